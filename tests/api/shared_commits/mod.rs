//! Ratings that arrive together share a commit, and each has a fate of its own.

mod meanwhile;
mod trouble;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use futures_util::future::{join, join_all};
use lectern::auth::Role;
use lectern::call::SharedLimits;
use lectern::db::Watch;
use lectern::http::CommitMeter;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use uuid::Uuid;

use crate::feedback::Scene;
use crate::feedback_form::asking;
use crate::support::{Answer, Client, MOMENT, Options, TestServer, literal, until};

/// Learners who are registered for a session of a programme in the mode `named`.
struct Class<'s> {
    server: &'s TestServer,
    scene: Scene<'s>,
    learners: Vec<Uuid>,
}

impl<'s> Class<'s> {
    async fn of(server: &'s TestServer, learners: usize) -> Self {
        let scene = Scene::named(server).await;
        let learners: Vec<Uuid> = (0..learners).map(|_| server.state.ids.next()).collect();
        let ids: Vec<String> = learners.iter().map(Uuid::to_string).collect();
        for made in [
            "INSERT INTO employees (tenant_id, id, employee_number, name, hired_on, created_at, updated_at)
             SELECT $1::text::uuid, l.id::uuid, 'C' || l.place, 'Learner', '2020-01-01', now(), now()
               FROM unnest($2::text[]) WITH ORDINALITY AS l (id, place)",
            "INSERT INTO session_audience (tenant_id, id, session_id, employee_id, created_at)
             SELECT $1::text::uuid, gen_random_uuid(), s.id, l.id::uuid, now()
               FROM unnest($2::text[]) AS l (id) CROSS JOIN sessions s",
        ] {
            scene.given.sql.execute(made, &[&server.tenant.to_string(), &ids]).await.unwrap();
        }
        Self { server, scene, learners }
    }

    /// Its programme gets another mode.
    async fn in_mode(self, mode: &str, k: i32) -> Self {
        let sql = format!("UPDATE programmes SET feedback_mode = '{mode}', feedback_min_k = {k}");
        self.scene.given.sql.batch_execute(&sql).await.unwrap();
        self
    }

    fn client(&self, learner: usize) -> Client {
        self.server.person_token(self.server.tenant, self.learners[learner])
    }

    async fn rate(&self, learner: usize, rating: i32) -> Answer {
        self.send(&self.client(learner), rating).await
    }

    async fn send(&self, client: &Client, rating: i32) -> Answer {
        client.send(self.put(client, rating)).await
    }

    fn put(&self, client: &Client, rating: i32) -> RequestBuilder {
        put_on(self.scene.session, client, rating)
    }

    fn meter(&self) -> CommitMeter {
        self.server.metrics.commits("put_my_feedback")
    }

    async fn until_waiting(&self, count: i64) {
        let meter = self.meter();
        until(&format!("{count} requests wait"), MOMENT, async || match meter.waiting() {
            found if found == count => Ok(()),
            found => Err(found.to_string()),
        })
        .await;
    }

    /// The rating of the first learner holds the line up until this is done, and these requests stand in it.
    async fn held_up<T>(&self, requests: impl Future<Output = T>, done: impl Future<Output = ()>) -> T {
        let (lock, watcher) = (self.server.database.owner().await, self.server.database.owner().await);
        let held = format!("BEGIN; SELECT FROM employees WHERE id = '{}' FOR UPDATE", self.learners[0]);
        lock.batch_execute(&held).await.unwrap();
        let rest = async {
            self.server.database.until_blocked(&watcher, 1).await;
            let letting_go = async {
                done.await;
                lock.batch_execute("ROLLBACK").await.unwrap();
            };
            join(requests, letting_go).await.0
        };
        let (first, answers) = join(self.rate(0, 5), rest).await;
        first.expect(200);
        answers
    }

    /// So many requests stand in the line together.
    async fn gathered<T>(&self, requests: impl Future<Output = T>, count: i64) -> T {
        self.held_up(requests, self.until_waiting(count)).await
    }

    /// The ratings that are stored, by learner.
    async fn stored(&self) -> BTreeMap<Uuid, i32> {
        let rows = self.scene.given.sql.query("SELECT learner_id::text, rating FROM feedback", &[]).await.unwrap();
        let stored: BTreeMap<Uuid, i32> =
            rows.iter().map(|row| (row.get::<_, String>(0).parse().unwrap(), row.get(1))).collect();
        assert_eq!(stored.len(), rows.len());
        stored
    }

    /// Each rating is in the log once and was told once.
    async fn each_was_told_once(&self, ratings: usize) {
        for told in [
            "SELECT count(*) FROM audit_entries WHERE command = 'put_my_feedback'",
            "SELECT count(*) FROM outbox_events WHERE topic = 'feedback.received'",
        ] {
            assert_eq!(self.scene.sql(told).await, i64::try_from(ratings).unwrap(), "{told}");
        }
    }
}

fn put_on(session: Uuid, client: &Client, rating: i32) -> RequestBuilder {
    client.request(Method::PUT, &format!("/v1/sessions/{session}/my-feedback")).json(&json!({"rating": rating}))
}

/// Looks on at all statements.
fn watch(given: &Arc<Mutex<Vec<String>>>) -> Watch {
    let given = Arc::clone(given);
    Arc::new(move |event| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            given.lock().unwrap().push(query.to_string());
        }
    })
}

#[tokio::test]
async fn ratings_that_wait_are_written_with_as_few_statements_as_one() {
    // What a commit of ratings under a name takes, BEGIN and COMMIT included, however many they are.
    const IN_A_COMMIT: usize = 12;
    // What follows from them in the background.
    const OF_OTHERS: usize = 20;
    let given = Arc::new(Mutex::new(Vec::new()));
    let shared = SharedLimits { beside: usize::MAX, ..SharedLimits::default() };
    let server = TestServer::start_as(Options { watch: Some(watch(&given)), shared, ..Options::default() }).await;
    let class = Class::of(&server, 65).await;
    given.lock().unwrap().clear();
    let before = class.meter().commits();
    let answers = class.gathered(join_all((1..65).map(|learner| class.rate(learner, 8))), 64).await;
    let given = std::mem::take(&mut *given.lock().unwrap());
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(class.meter().commits() - before, 2, "the first one's, and that of all others");
    for part in [
        "role_grants",
        "AS begins_live_on",
        "AS rated_as",
        "INTO feedback AS",
        "INTO audit_entries",
        "INTO outbox_events",
    ] {
        assert_eq!(given.iter().filter(|text| text.contains(part)).count(), 2, "{part}");
    }
    let own: Vec<&String> = given.iter().filter(|text| text.contains(&server.tenant.to_string())).collect();
    assert!(own.len() <= 2 * IN_A_COMMIT + OF_OTHERS, "{}: {own:#?}", own.len());
    assert_eq!(class.stored().await.len(), 65);
    class.each_was_told_once(65).await;
    let own = "SELECT count(DISTINCT (actor_id, request_id)) FROM audit_entries
                WHERE command = 'put_my_feedback' AND actor_kind = 'person'";
    assert_eq!(class.scene.sql(own).await, 65, "each by its own learner and request");
    let own = "SELECT count(DISTINCT request_id) FROM outbox_events WHERE topic = 'feedback.received'";
    assert_eq!(class.scene.sql(own).await, 65);
}

#[tokio::test]
async fn a_refusal_fails_alone() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 6).await;
    let scene = &class.scene;
    scene.attended(class.learners[0], "present").await;
    scene.attended(class.learners[1], "present").await;
    scene.attended(class.learners[2], "absent").await;
    scene.attended(class.learners[3], "present").await;
    scene.attended(class.learners[4], "present").await;
    let left = format!("UPDATE employees SET left_on = '2026-03-01' WHERE id = '{}'", class.learners[4]);
    scene.given.sql.batch_execute(&left).await.unwrap();
    let lecturer = server.person_token(server.tenant, scene.lecturer);
    let (_, stranger) = scene.learner("stranger").await;
    let nobody = server.person_token(server.tenant, server.state.ids.next());
    let line = [
        (lecturer, 9),
        (stranger, 9),
        (nobody, 9),
        (class.client(1), 9),
        (class.client(2), 9),
        (class.client(3), 11),
        (class.client(4), 9),
    ];
    let answers = class.gathered(join_all(line.iter().map(|(client, rating)| class.send(client, *rating))), 7).await;
    let told: Vec<(u16, &str)> =
        answers.iter().map(|answer| (answer.status, answer.body["code"].as_str().unwrap_or_default())).collect();
    assert_eq!(
        told,
        [
            (422, "own_session"),
            (404, "not_found"),
            (401, "unauthenticated"),
            (200, ""),
            (422, "not_attendee"),
            (422, "invalid_values"),
            (403, "forbidden"),
        ]
    );
    assert_eq!(answers[5].faults(), [("/rating", "out_of_range")]);
    assert_eq!(class.meter().commits(), 2);
    // What needs no database is refused before the line, but after the right.
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(class.send(&machine, 9).await.problem(403), "forbidden");
    assert_eq!(scene.rate(&machine, json!({"rating": "9"})).await.problem(403), "forbidden");
    assert_eq!(scene.rate(&class.client(1), json!({"rating": "9"})).await.problem(422), "invalid_body");
    assert_eq!(class.meter().commits(), 2);
    let stored = class.stored().await;
    assert_eq!(stored, BTreeMap::from([(class.learners[0], 5), (class.learners[1], 9)]));
    class.each_was_told_once(2).await;
}

#[tokio::test]
async fn of_two_ratings_by_one_learner_the_one_that_came_last_counts() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 3).await;
    let line = async {
        let later = async {
            class.until_waiting(1).await;
            class.rate(1, 4).await
        };
        let other = async {
            class.until_waiting(2).await;
            class.rate(2, 7).await
        };
        join(class.rate(1, 9), join(later, other)).await
    };
    let (first, (second, other)) = Box::pin(class.gathered(line, 3)).await;
    assert_eq!(first.expect(200), second.expect(200));
    other.expect(200);
    assert_eq!(class.meter().commits(), 3, "the later one has a commit of its own");
    assert_eq!(class.stored().await[&class.learners[1]], 4);
    class.each_was_told_once(4).await;
}

#[tokio::test]
async fn a_full_line_tells_callers_to_come_back_and_holds_no_other_company_up() {
    let shared = SharedLimits { waiting: 2, ..SharedLimits::default() };
    let server = TestServer::start_as(Options { shared, ..Options::default() }).await;
    let class = Class::of(&server, 4).await;
    let elsewhere = server.person_of(server.tenant("other").await, &[]).await;
    let beyond = async {
        class.until_waiting(2).await;
        let refused = class.rate(3, 9).await;
        assert_eq!(refused.problem(503), "queue_full");
        assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
        // Another company has a line of its own.
        assert_eq!(class.send(&elsewhere, 9).await.problem(404), "not_found");
    };
    let (one, two) = Box::pin(class.held_up(join(class.rate(1, 9), class.rate(2, 9)), beyond)).await;
    one.expect(200);
    two.expect(200);
    class.rate(3, 9).await.expect(200);
    let metrics = String::from_utf8(server.metrics.render(&server.state.db).unwrap()).unwrap();
    for told in [
        "lectern_shared_commit_waiting{operation=\"put_my_feedback\"} 0",
        "lectern_shared_commit_requests_sum{operation=\"put_my_feedback\"} 5",
    ] {
        assert!(metrics.contains(told), "{told}: {metrics}");
    }
}

/// Whatever else goes wrong in a shared commit: a trigger stands for it.
#[tokio::test]
async fn when_a_commit_fails_its_requests_are_tried_one_by_one() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 8).await;
    let poison = "CREATE FUNCTION refuse_three() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN RAISE EXCEPTION 'three is unlucky'; END $$;
                  CREATE TRIGGER no_three BEFORE INSERT ON feedback FOR EACH ROW WHEN (NEW.rating = 3)
                  EXECUTE FUNCTION refuse_three()";
    class.scene.given.sql.batch_execute(poison).await.unwrap();
    let ratings = |learner: usize| if learner == 4 { 3 } else { 8 };
    let answers = class.gathered(join_all((1..8).map(|learner| class.rate(learner, ratings(learner)))), 7).await;
    for (learner, answer) in (1..8).zip(answers) {
        if learner == 4 {
            assert_eq!(answer.problem(500), "internal");
        } else {
            answer.expect(200);
        }
    }
    let stored = class.stored().await;
    assert_eq!(stored.len(), 7);
    assert!(!stored.contains_key(&class.learners[4]));
    class.each_was_told_once(7).await;
}

#[tokio::test]
async fn what_is_held_back_is_released_by_the_commit_that_makes_it_enough() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 8).await.in_mode("confidential", 3).await;
    let answers = class.gathered(join_all((1..8).map(|learner| class.rate(learner, 8))), 7).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let sql = async |sql: &str| class.scene.sql(sql).await;
    assert_eq!(sql("SELECT count(*) FROM feedback WHERE batch_id IS NOT NULL").await, 8);
    assert_eq!(sql("SELECT count(DISTINCT batch_id) FROM feedback").await, 1);
    assert_eq!(sql("SELECT count(*) FROM outbox_events WHERE topic = 'feedback.released'").await, 1);
    let nameless = "SELECT count(*) FROM audit_entries
                     WHERE command = 'put_my_feedback' AND actor_kind = 'system' AND request_id IS NULL AND subject_id IS NULL";
    assert_eq!(sql(nameless).await, 8);
    // Changes of what was released are shown once there are three.
    for (learner, shown) in [(1, 7), (2, 6), (3, 8)] {
        class.rate(learner, 2).await.expect(200);
        assert_eq!(sql("SELECT count(*) FROM feedback WHERE shown IS NULL").await, shown);
    }
}

#[tokio::test]
async fn what_is_held_back_leaves_no_mark_that_would_tell_its_moment() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 3).await.in_mode("confidential", 3).await;
    let marks = async || class.scene.sql("SELECT count(*) FROM live_marks WHERE session_id IS NOT NULL").await;
    let before = marks().await;
    for learner in [0, 1] {
        class.rate(learner, 8).await.expect(200);
        assert_eq!(marks().await, before, "held back");
    }
    class.rate(2, 8).await.expect(200);
    assert!(marks().await > before, "released");
}

#[tokio::test]
async fn anonymous_answers_share_a_commit_too() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 8).await.in_mode("anonymous", 5).await;
    let answers = class.gathered(join_all((1..8).map(|learner| class.rate(learner, 8))), 7).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(class.meter().commits(), 2);
    class.rate(1, 2).await.expect(200);
    let sql = async |sql: &str| class.scene.sql(sql).await;
    assert_eq!(sql("SELECT count(*) FROM anonymous_participants").await, 8);
    assert_eq!(sql("SELECT sum(times) FROM anonymous_counts WHERE key IS NULL AND value = 8").await, 7);
    assert_eq!(sql("SELECT sum(times) FROM anonymous_counts WHERE batch_id IS NOT NULL").await, 8, "released together");
    assert_eq!(sql("SELECT count(*) FROM feedback").await, 0);
}

#[tokio::test]
async fn each_answer_names_the_closed_periods_of_its_own_session() {
    let server = TestServer::start().await;
    let class = Class::of(&server, 2).await;
    let Scene { given, programme, lecturer, .. } = &class.scene;
    let rule = given.published("scoring_rules", *programme, 1, "2026-01", &asking(10, &[])).await;
    let snapshot = given.closed_period(*programme, rule, ["2026-02", "2026-02-01", "2026-03-01"]).await;
    let late = given.delivered_session(*programme, *lecturer, "2026-02-20T02:00:00Z", 10).await;
    let session = ("session_id", literal(&late.to_string()));
    let registered = ("employee_id", literal(&class.learners[1].to_string()));
    given.row("session_audience", &[session.clone(), registered]).await;
    let longer = [("extended_until", literal("2026-03-05")), ("reason", literal("The network was down"))];
    given.row("feedback_extensions", &[&[session][..], &longer[..]].concat()).await;
    let client = class.client(1);
    let both = join(class.rate(1, 8), client.send(put_on(late, &client, 8)));
    let (open, closed) = Box::pin(class.gathered(both, 2)).await;
    assert_eq!(class.meter().commits(), 2, "both in one");
    assert_eq!(open.expect(200)["period_closed"], json!([]));
    let told = json!([{
        "programme_id": programme, "period": "2026-02", "snapshot_id": snapshot, "snapshot_number": 1,
    }]);
    assert_eq!(closed.expect(200)["period_closed"], told);
}
