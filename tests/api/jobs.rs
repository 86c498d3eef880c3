//! The worker: what is tried again, what is given up, how it stops, what it clears away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use lectern::auth::{Actor, Role};
use lectern::db::Share;
use lectern::error::{Code, Error};
use lectern::jobs::{self, Runner, Worker};
use lectern::journal::{Circumstances, write_tx};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::support::{Client, MOMENT, TestServer, WORK, literal, until};

async fn enqueue(server: &TestServer, kind: &'static str) -> Uuid {
    enqueue_for(server, server.tenant, kind).await
}

async fn enqueue_for(server: &TestServer, tenant: Uuid, kind: &'static str) -> Uuid {
    let queued = write_tx(&server.state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move { jobs::enqueue(tx, kind, json!({})).await }.boxed()
    });
    queued.await.unwrap().id
}

/// The job as soon as it is in this state.
async fn in_state(client: &Client, id: Uuid, state: &str) -> Value {
    until(&format!("the job is {state}"), WORK, async || {
        let job = client.get(&format!("/v1/jobs/{id}")).await.expect(200);
        if job["state"] == state { Ok(job) } else { Err(job.to_string()) }
    })
    .await
}

#[tokio::test]
async fn a_job_whose_rows_were_taken_is_tried_again() {
    let mut server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let (tries, tried) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (count, told) = (Arc::clone(&tries), Arc::clone(&tried));
    let runner = Runner::default().with("taken", Share::Jobs, move |_| {
        let (before, told) = (count.fetch_add(1, Ordering::SeqCst), Arc::clone(&told));
        async move {
            told.notify_one();
            if before == 0 { Err(Error::new(Code::Busy)) } else { Ok(json!({"try": before + 1})) }
        }
    });
    server.replace_worker(runner).await;
    let id = enqueue(&server, "taken").await;
    tried.notified().await;
    let waiting = in_state(&client, id, "queued").await;
    assert_eq!(waiting["problem"]["code"], "busy");
    server.clock.set(server.clock.now() + TimeDelta::seconds(60));
    assert_eq!(in_state(&client, id, "succeeded").await["result"], json!({"try": 2}));
}

#[tokio::test]
async fn a_job_that_ended_its_worker_five_times_is_given_up() {
    let mut server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let runner = Runner::default().with("deadly", Share::Jobs, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok(json!({})) }
    });
    server.replace_worker(runner).await;
    let given = server.given().await;
    let abandoned = |attempts: i32| {
        [
            ("kind", literal("deadly")),
            ("state", literal("running")),
            ("request", literal("{\"file\": \"large\"}")),
            ("run_after", literal("2026-03-01T00:00:00Z")),
            ("attempts", attempts.to_string()),
            ("claimed_at", literal("2026-03-01T00:50:00Z")),
            ("claimed_by", literal("a worker that died")),
            ("requested_by_kind", literal("system")),
            ("requested_by_id", literal(&Uuid::nil().to_string())),
        ]
    };
    let last = given.job(&abandoned(4)).await;
    in_state(&client, last, "succeeded").await;
    let beyond = given.job(&abandoned(5)).await;
    let job = in_state(&client, beyond, "failed").await;
    assert_eq!(job["problem"]["code"], "internal");
    assert_eq!(runs.load(Ordering::SeqCst), 1, "the last one was not begun");
    let kept: String = given.sql.query_one("SELECT string_agg(request::text, '') FROM jobs", &[]).await.unwrap().get(0);
    assert_eq!(kept, "{}{}");
}

#[tokio::test]
async fn a_worker_does_not_wait_longer_than_it_may_for_its_job() {
    let mut server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let begun = Arc::new(Notify::new());
    let told = Arc::clone(&begun);
    let endless = move |_| {
        told.notify_one();
        std::future::pending()
    };
    server.replace_worker(Runner::default().with("endless", Share::Jobs, endless)).await;
    let id = enqueue(&server, "endless").await;
    begun.notified().await;
    let stopping = server.take_worker().stop_within(Duration::from_millis(10));
    tokio::time::timeout(MOMENT, stopping).await.expect("it does not wait for the job");
    in_state(&client, id, "running").await;
    // Another process takes it over once the claim is old.
    server.clock.set(server.clock.now() + TimeDelta::seconds(61));
    server.replace_worker(Runner::default().with("endless", Share::Jobs, |_| async { Ok(json!({})) })).await;
    in_state(&client, id, "succeeded").await;
}

#[tokio::test]
async fn answers_kept_for_retries_are_removed_when_their_time_is_over() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    client.post_keyed("/v1/departments", "old", json!({"code": "A", "name": "A"})).await.expect(201);
    server.clock.set(server.clock.now() + TimeDelta::days(7) - TimeDelta::minutes(30));
    let client = server.client(&[Role::Admin]).await;
    client.post_keyed("/v1/departments", "new", json!({"code": "B", "name": "B"})).await.expect(201);
    server.clock.set(server.clock.now() + TimeDelta::hours(1));
    let owner = server.database.owner().await;
    let keys = "SELECT coalesce(string_agg(key, ',' ORDER BY key), '') FROM idempotency_keys";
    until("the new one alone is kept", WORK, async || {
        let left: String = owner.query_one(keys, &[]).await.unwrap().get(0);
        if left == "new" { Ok(()) } else { Err(left) }
    })
    .await;
}

/// A thousand companies more, without anything to do.
async fn companies(server: &TestServer) {
    let sql = "INSERT INTO tenants (id, code, name, created_at, updated_at)
               SELECT gen_random_uuid(), 'company-' || n, 'Company', now(), now() FROM generate_series(1, 1000) n";
    server.database.owner().await.batch_execute(sql).await.unwrap();
}

/// How many statements the service is given while its worker looks for jobs four times.
async fn in_four_rounds(server: &TestServer, worker: &Worker) -> u64 {
    let (rounds, statements) = (worker.rounds(), server.state.db.statements());
    until("it has looked four times", MOMENT, async || {
        let went = worker.rounds() - rounds;
        if went < 4 { Err(format!("{went} times")) } else { Ok(()) }
    })
    .await;
    server.state.db.statements() - statements
}

#[tokio::test]
async fn looking_for_jobs_is_one_question_for_any_number_of_companies() {
    let mut server = TestServer::start().await;
    let worker = server.take_worker();
    // It removes expired data of all companies when it starts; these come later.
    in_four_rounds(&server, &worker).await;
    companies(&server).await;
    let statements = in_four_rounds(&server, &worker).await;
    assert!(statements <= 3 * 6, "begin, question, commit, and what began before: {statements}");
    worker.stop_within(MOMENT).await;
}

#[tokio::test]
async fn a_job_of_any_company_starts_when_it_is_ordered() {
    let mut server = TestServer::start().await;
    let begun = Arc::new(Notify::new());
    let told = Arc::clone(&begun);
    let runner = Runner::default().with("short", Share::Jobs, move |_| {
        told.notify_one();
        async { Ok(json!({})) }
    });
    server.replace_worker(runner).await;
    companies(&server).await;
    let worker = server.take_worker();
    for code in ["first", "second"] {
        let tenant = server.tenant(code).await;
        let client = server.client_of(tenant, &[Role::Admin]).await;
        let before = worker.rounds();
        let id = enqueue_for(&server, tenant, "short").await;
        begun.notified().await;
        let rounds = worker.rounds() - before;
        assert!(rounds <= 4, "the round that had begun, the next one, and what this test was late: {rounds}");
        in_state(&client, id, "succeeded").await;
    }
    let left: i64 =
        server.database.owner().await.query_one("SELECT count(*) FROM waiting_jobs", &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
    worker.stop_within(MOMENT).await;
}

/// While a release is rolled out, a worker of the one before may meet a job of a new kind.
#[tokio::test]
async fn a_job_of_an_unknown_kind_waits_for_a_worker_that_knows_it_and_holds_up_no_other() {
    let mut server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let old = || Runner::default().with("short", Share::Jobs, |_| async { Ok(json!({})) });
    server.replace_worker(old()).await;
    let new = enqueue(&server, "new").await;
    let short = enqueue(&server, "short").await;
    in_state(&client, short, "succeeded").await;
    let owner = server.database.owner().await;
    until("it is looked at again later", WORK, async || {
        let later = format!("SELECT due_at > '{}' FROM waiting_jobs WHERE job_id = '{new}'", server.clock.now());
        if owner.query_one(&later, &[]).await.unwrap().get(0) { Ok(()) } else { Err("it is due".to_owned()) }
    })
    .await;
    let waiting = client.get(&format!("/v1/jobs/{new}")).await.expect(200);
    assert_eq!((&waiting["state"], &waiting["problem"]), (&json!("queued"), &json!(null)));
    server.replace_worker(old().with("new", Share::Jobs, |_| async { Ok(json!({"done": true})) })).await;
    server.clock.set(server.clock.now() + TimeDelta::seconds(2));
    assert_eq!(in_state(&client, new, "succeeded").await["result"], json!({"done": true}));
}

/// However many it orders, and however long they take.
#[tokio::test]
async fn a_company_with_many_jobs_keeps_no_other_waiting() {
    let mut server = TestServer::start().await;
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let runner = Runner::default().with("short", Share::Jobs, |_| async { Ok(json!({})) }).with(
        "long",
        Share::Jobs,
        move |_| {
            let gate = Arc::clone(&opened);
            async move {
                gate.notified().await;
                Ok(json!({}))
            }
        },
    );
    server.replace_worker(runner).await;
    let client = server.client(&[Role::Admin]).await;
    let first = enqueue(&server, "long").await;
    for _ in 0..20 {
        enqueue(&server, "long").await;
    }
    in_state(&client, first, "running").await;
    for code in ["first", "second"] {
        let tenant = server.tenant(code).await;
        let other = server.client_of(tenant, &[Role::Admin]).await;
        let id = enqueue_for(&server, tenant, "short").await;
        in_state(&other, id, "succeeded").await;
    }
    let running = "SELECT count(*) FROM jobs WHERE state = 'running'";
    let owner = server.database.owner().await;
    assert_eq!(owner.query_one(running, &[]).await.unwrap().get::<_, i64>(0), 1);
    gate.notify_one();
    in_state(&client, first, "succeeded").await;
    server.take_worker().stop_within(Duration::from_millis(10)).await;
}

/// As a release without that table leaves them.
#[tokio::test]
async fn a_job_that_nobody_would_look_at_is_found_again() {
    let mut server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    server.take_worker().stop_within(MOMENT).await;
    let owner = server.database.owner().await;
    let other = server.tenant("other").await;
    let (lost, ended) = (enqueue(&server, "short").await, enqueue_for(&server, other, "short").await);
    let later = enqueue(&server, "short").await;
    let sql = format!(
        "DELETE FROM waiting_jobs WHERE job_id IN ('{lost}', '{later}');
         UPDATE jobs SET run_after = created_at + interval '1 day' WHERE id = '{later}';
         UPDATE jobs SET state = 'cancelled', finished_at = now() WHERE id = '{ended}'"
    );
    owner.batch_execute(&sql).await.unwrap();
    server.replace_worker(Runner::default().with("short", Share::Jobs, |_| async { Ok(json!({})) })).await;
    in_state(&client, lost, "succeeded").await;
    until("nobody looks at what has ended", WORK, async || {
        let left = format!("SELECT count(*) FROM waiting_jobs WHERE job_id <> '{later}'");
        let left: i64 = owner.query_one(&left, &[]).await.unwrap().get(0);
        if left == 0 { Ok(()) } else { Err(left.to_string()) }
    })
    .await;
    let due = format!(
        "SELECT w.due_at = j.run_after FROM waiting_jobs w JOIN jobs j ON j.id = w.job_id WHERE j.id = '{later}'"
    );
    assert!(owner.query_one(&due, &[]).await.unwrap().get::<_, bool>(0), "nobody looks at it before it is due");
}
