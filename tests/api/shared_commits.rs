//! Ratings that arrive together share a commit, and each has a fate of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use futures_util::future::{join, join_all};
use lectern::auth::Role;
use lectern::auth::routes::issue;
use lectern::call::SharedLimits;
use lectern::db::Watch;
use lectern::http::CommitMeter;
use lectern::kernel::clock::Clock;
use lectern::kernel::ids::Ids;
use lectern::keys::{InstallationKey, OutsideIssuers, TokenActor};
use lectern::start;
use lectern::state::{Marked, Parts, State, TenantCodes};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::feedback::Scene;
use crate::feedback_form::asking;
use crate::support::{Answer, Client, MOMENT, Options, TestServer, WORK, literal, until};

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
    let server = TestServer::start_as(Options { watch: Some(watch(&given)), ..Options::default() }).await;
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
    let (first, (second, other)) = class.gathered(line, 3).await;
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
    let (one, two) = class.held_up(join(class.rate(1, 9), class.rate(2, 9)), beyond).await;
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
    let (open, closed) = class.gathered(both, 2).await;
    assert_eq!(class.meter().commits(), 2, "both in one");
    assert_eq!(open.expect(200)["period_closed"], json!([]));
    let told = json!([{
        "programme_id": programme, "period": "2026-02", "snapshot_id": snapshot, "snapshot_number": 1,
    }]);
    assert_eq!(closed.expect(200)["period_closed"], told);
}

/// What a learner gives.
fn rating(learner: usize) -> i32 {
    i32::try_from(learner % 11).unwrap()
}

/// Told to come back, the learner does, until the rating is taken.
async fn insists(class: &Class<'_>, taken: &AtomicUsize, learner: usize, key: &str) {
    let client = class.client(learner);
    until("the rating is taken", WORK, async || {
        let request = class.put(&client, rating(learner)).header("idempotency-key", key);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        if answer.status() == 200 { Ok(()) } else { Err(answer.text().await.unwrap()) }
    })
    .await;
    taken.fetch_add(1, Ordering::Relaxed);
}

/// Of ten learners one sends everything twice with one key, and one twice with two.
async fn insists_as_usual(class: &Class<'_>, taken: &AtomicUsize, learner: usize) {
    let again = match learner % 10 {
        1 => "key",
        2 => "other",
        _ => return insists(class, taken, learner, "key").await,
    };
    join(insists(class, taken, learner, "key"), insists(class, taken, learner, again)).await;
}

/// Of ten learners another one hangs up.
#[tokio::test]
async fn a_thousand_ratings_with_twins_hang_ups_and_cut_connections_are_each_there_once() {
    const LEARNERS: usize = 1000;
    open_more_files();
    let server = TestServer::start().await;
    let class = Class::of(&server, LEARNERS).await;
    let taken = AtomicUsize::new(0);
    let hang_ups: Vec<JoinHandle<_>> = (0..LEARNERS)
        .step_by(10)
        .map(|learner| tokio::spawn(class.put(&class.client(learner), rating(learner)).send()))
        .collect();
    let owner = server.database.owner().await;
    let trouble = async {
        for count in [50, 150, 300, 500, 700] {
            until("some ratings are taken", WORK, async || match taken.load(Ordering::Relaxed) {
                found if found >= count => Ok(()),
                found => Err(found.to_string()),
            })
            .await;
            hang_ups.iter().take(count / 10).for_each(JoinHandle::abort);
            let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name = 'lectern' AND xact_start IS NOT NULL";
            owner.query_one(cut, &[]).await.unwrap();
        }
        hang_ups.iter().for_each(JoinHandle::abort);
    };
    let insisting = (0..LEARNERS).filter(|learner| learner % 10 != 0);
    let insisting = join_all(insisting.map(|learner| insists_as_usual(&class, &taken, learner)));
    join(insisting, trouble).await;
    class.until_waiting(0).await;
    server.database.until_idle(&owner).await;
    let stored = class.stored().await;
    for (learner, id) in class.learners.iter().enumerate() {
        match stored.get(id) {
            Some(found) => assert_eq!(*found, rating(learner)),
            None => assert_eq!(learner % 10, 0, "only who has hung up may not be there"),
        }
    }
    class.each_was_told_once(stored.len()).await;
}

/// A thousand clients at once need a thousand sockets on both sides.
pub fn open_more_files() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(8192)), hard).unwrap();
}

/// `lectern serve` beside the test's server, on the same database, until it is killed.
pub struct Process {
    child: Child,
    /// Open until the end, for what else it has to say.
    _said: BufReader<ChildStdout>,
    pub base: String,
}

impl Process {
    pub fn serve(server: &TestServer) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
        command.arg("serve").env_clear().envs([
            ("LECTERN_DATABASE_URL", server.database.url.as_str()),
            ("LECTERN_SECRET_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
            ("LECTERN_BIND", "127.0.0.1:0"),
        ]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut said, mut line) = (BufReader::new(child.stdout.take().unwrap()), String::new());
        while !line.contains("serves at http://") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it has ended");
        }
        let (_, base) = line.split_once("serves at ").unwrap();
        let base = base.split_whitespace().next().unwrap().to_owned();
        Self { child, _said: said, base }
    }

    /// Asks it to stop (SIGTERM).
    pub fn ask_to_stop(&self) {
        let child = i32::try_from(self.child.id()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child), nix::sys::signal::SIGTERM).unwrap();
    }

    /// Waits for its end, and returns whether it ended well.
    pub fn ended_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// What makes tokens that it takes.
    pub async fn issuer(&self, server: &TestServer) -> State {
        let (db, clock) = (server.state.db.clone(), Clock::system());
        let (ids, public_url) = (Ids::new(clock.clone()), self.base.clone());
        let installation = Arc::new(InstallationKey::from_bytes([7; 32]));
        let signing = start::open_signing_keys(&db, &installation, ids.next(), &clock).await.unwrap();
        let outside = OutsideIssuers::new(Vec::new(), db.runtime()).unwrap();
        let tenants = TenantCodes::default();
        let marked = Marked::default();
        State::new(db, Parts { clock, ids, public_url, installation, signing, outside, tenants, marked })
    }
}

impl Drop for Process {
    /// SIGKILL.
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Sends a rating to the process. Whether it is acknowledged.
async fn acknowledged(request: RequestBuilder) -> bool {
    let Ok(answer) = request.send().await else { return false };
    let status = answer.status();
    let Ok(answered) = answer.json::<Value>().await else { return false };
    assert_eq!(status, 200, "{answered}");
    true
}

#[tokio::test]
async fn what_a_killed_process_has_acknowledged_is_there_and_a_retry_doubles_nothing() {
    const LEARNERS: usize = 400;
    let server = TestServer::start().await;
    let class = Class::of(&server, LEARNERS).await;
    server.clock.set(Clock::system().now());
    let today = "UPDATE sessions SET scheduled_start = now() - interval '2 hours', delivered_start = now() - interval '2 hours'";
    class.scene.given.sql.batch_execute(today).await.unwrap();
    let process = Process::serve(&server);
    let (issuer, client) = (process.issuer(&server).await, Client::anonymous(&process.base));
    let process = Mutex::new(Some(process));
    let told = Mutex::new(BTreeSet::new());
    let rates = async |learner: usize| {
        let actor = TokenActor::Person { employee_id: class.learners[learner] };
        let token = issue(&issuer, server.tenant, actor, "test".to_owned(), Vec::new()).unwrap();
        if acknowledged(class.put(&client.with_token(token), 7)).await {
            let mut told = told.lock().unwrap();
            told.insert(class.learners[learner]);
            if told.len() > LEARNERS / 4 {
                drop(process.lock().unwrap().take());
            }
        }
    };
    join_all((0..LEARNERS).map(|learner| rates(learner))).await;
    let told = told.into_inner().unwrap();
    assert!(process.into_inner().unwrap().is_none(), "it was killed: {} were acknowledged", told.len());
    // What it had begun is undone as soon as the database notices.
    let owner = server.database.owner().await;
    server.database.until_idle(&owner).await;
    let stored = class.stored().await;
    assert!(told.iter().all(|learner| stored.get(learner) == Some(&7)));
    class.each_was_told_once(stored.len()).await;
    for answer in join_all((0..LEARNERS).map(|learner| class.rate(learner, 7))).await {
        answer.expect(200);
    }
    assert_eq!(class.stored().await.len(), LEARNERS);
    class.each_was_told_once(LEARNERS).await;
}
