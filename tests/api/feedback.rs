//! Rating a session, and reading what was said.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::feedback_form::{asking, item};
use crate::support::{Answer, Client, Given, TestServer, at, literal};

/// A session of 60 minutes that started on 2 March at 10:00 in Shanghai, with one lecturer.
pub struct Scene<'s> {
    pub given: Given<'s>,
    server: &'s TestServer,
    pub programme: Uuid,
    pub lecturer: Uuid,
    pub session: Uuid,
}

pub const START: &str = "2026-03-02T02:00:00Z";

impl<'s> Scene<'s> {
    /// In the mode `confidential`, with k = 3.
    pub async fn new(server: &'s TestServer) -> Self {
        let scene = Self::named(server).await;
        let confidential = "UPDATE programmes SET feedback_mode = 'confidential', feedback_min_k = 3";
        scene.given.sql.batch_execute(confidential).await.unwrap();
        scene
    }

    /// In the mode `named`.
    pub async fn named(server: &'s TestServer) -> Self {
        let given = server.given().await;
        let group = given.group("knowledge").await;
        let programme = given.programme("programme", group).await;
        let lecturer = given.employee("L1").await;
        given.lecturer(lecturer, Some(group), "2025-01-01").await;
        let session = given.delivered_session(programme, lecturer, START, 10).await;
        server.clock.set(at("2026-03-02T04:00:00Z"));
        Self { given, server, programme, lecturer, session }
    }

    /// A rule whose form has these items, each on a scale of 10.
    async fn asks(&self, keys: &[&str]) {
        let items: Vec<Value> = keys.iter().map(|key| item(key, 10, false)).collect();
        self.given.published("scoring_rules", self.programme, 1, "2026-01", &asking(10, &items)).await;
    }

    pub async fn learner(&self, number: &str) -> (Uuid, Client) {
        let id = self.given.employee(number).await;
        (id, self.server.person_token(self.server.tenant, id))
    }

    pub async fn registered(&self, number: &str) -> Client {
        self.registered_person(number).await.1
    }

    pub async fn registered_person(&self, number: &str) -> (Uuid, Client) {
        let (id, client) = self.learner(number).await;
        self.row("session_audience", id, &[]).await;
        (id, client)
    }

    /// Moves the clock; a token does not live that long, so there is a new one.
    pub fn later(&self, now: &str, person: Uuid) -> Client {
        self.server.clock.set(at(now));
        self.server.person_token(self.server.tenant, person)
    }

    pub async fn attended(&self, learner: Uuid, state: &str) {
        self.row("attendance_records", learner, &[("state", literal(state)), ("source", literal("test"))]).await;
    }

    pub async fn row(&self, table: &str, employee: Uuid, more: &[(&str, String)]) {
        let mut columns =
            vec![("session_id", literal(&self.session.to_string())), ("employee_id", literal(&employee.to_string()))];
        columns.extend(more.iter().cloned());
        self.given.row(table, &columns).await;
    }

    pub async fn rate(&self, client: &Client, body: Value) -> Answer {
        let path = format!("/v1/sessions/{}/my-feedback", self.session);
        client.send(client.request(Method::PUT, &path).json(&body)).await
    }

    pub async fn feedback(&self, client: &Client) -> Answer {
        client.get(&format!("/v1/sessions/{}/feedback", self.session)).await
    }

    pub async fn sql(&self, sql: &str) -> i64 {
        self.given.sql.query_one(sql, &[]).await.unwrap().get(0)
    }
}

#[tokio::test]
async fn a_learner_changes_the_rating_until_the_window_ends_and_finds_out_nothing_about_it() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.asks(&["pace", "practicality"]).await;
    let (id, learner) = scene.registered_person("A").await;
    let path = format!("/v1/sessions/{}/my-feedback", scene.session);
    let before = learner.get(&path).await.expect(200);
    assert_eq!((&before["rated"], &before["feedback_mode"]), (&json!(false), &json!("confidential")));
    let body = json!({"rating": 9, "items": {"pace": 7, "practicality": 10}, "text": "Used it the same day."});
    let first = scene.rate(&learner, body.clone()).await.expect(200);
    assert_eq!(first["rated"], true);
    assert_eq!(first["window_ends_at"], "2026-03-03T03:00:00Z");
    // The same again, another, and the first again: one answer.
    let other = json!({"rating": 2, "items": {"pace": 1}});
    for again in [&body, &other, &body, &other] {
        assert_eq!(scene.rate(&learner, again.clone()).await.expect(200), first);
    }
    let last = "SELECT count(*) FROM feedback WHERE rating = 2 AND comment IS NULL AND items = '[{\"key\": \"pace\", \"value\": 1, \"scale\": 10}]'";
    assert_eq!((scene.sql("SELECT count(*) FROM feedback").await, scene.sql(last).await), (1, 1));
    // When the window is over, what was given is refused like anything else.
    let learner = scene.later("2026-03-05T00:00:00Z", id);
    for again in [&other, &body] {
        assert_eq!(scene.rate(&learner, again.clone()).await.problem(409), "feedback_window_closed");
    }
    assert_eq!(learner.get(&path).await.expect(200)["rated"], true);
    assert_eq!(scene.sql(last).await, 1);
}

#[tokio::test]
async fn in_the_mode_named_the_lecturer_sees_who_and_the_last_rating_counts_at_once() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    scene.asks(&["pace"]).await;
    let (a, learner) = scene.registered_person("A").await;
    let form = learner.get(&format!("/v1/sessions/{}/my-feedback", scene.session)).await.expect(200);
    assert_eq!(form["feedback_mode"], "named", "announced before anything is typed");
    let lecturer = server.person_token(server.tenant, scene.lecturer);
    scene.rate(&learner, json!({"rating": 9, "items": {"pace": 8}, "text": "Good"})).await.expect(200);
    let said = scene.feedback(&lecturer).await.expect(200);
    assert_eq!(
        said["by_learner"],
        json!([{
            "learner": {"id": a, "employee_number": "A", "name": "Person A"}, "rating": 9, "scale": 10,
            "items": [{"key": "pace", "scale": 10, "value": 8}], "text": "Good"
        }])
    );
    scene.rate(&learner, json!({"rating": 6})).await.expect(200);
    let said = scene.feedback(&lecturer).await.expect(200);
    assert_eq!((&said["n"], &said["rating"], &said["texts"]), (&json!(1), &json!("6.000000"), &json!([])));
    assert_eq!(said["by_learner"][0]["rating"], 6);
    // Here the log may say who.
    let log = "SELECT count(*) FROM audit_entries a JOIN employees e ON e.id = a.actor_id
                WHERE a.command = 'put_my_feedback' AND e.employee_number = 'A' AND a.subject_type = 'session'";
    assert_eq!(scene.sql(log).await, 2);
    assert_eq!(scene.sql("SELECT count(*) FROM audit_entries a WHERE a::text ~ 'Good|rating'").await, 0);
}

#[tokio::test]
async fn twins_of_one_rating_count_once() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let learner = scene.registered("A").await;
    let body = json!({"rating": 8});
    let answers = futures_util::future::join_all((0..6).map(|_| scene.rate(&learner, body.clone()))).await;
    for answer in answers {
        answer.expect(200);
    }
    assert_eq!(scene.sql("SELECT count(*) FROM feedback").await, 1);
    assert_eq!(scene.sql("SELECT count(*) FROM outbox_events WHERE topic = 'feedback.received'").await, 1);
}

#[tokio::test]
async fn each_refusal_says_why() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let body = json!({"rating": 9});
    let lecturer = server.person_token(server.tenant, scene.lecturer);
    assert_eq!(scene.rate(&lecturer, body.clone()).await.problem(422), "own_session");
    let (_, stranger) = scene.learner("stranger").await;
    assert_eq!(scene.rate(&stranger, body.clone()).await.problem(404), "not_found", "no more than of no session");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(scene.rate(&machine, body.clone()).await.problem(403), "forbidden");

    let (id, _) = scene.registered_person("A").await;
    let learner = scene.later("2026-03-03T03:00:01Z", id);
    let late = scene.rate(&learner, body.clone()).await;
    assert_eq!(late.problem(409), "feedback_window_closed");
    assert!(late.body["detail"].as_str().unwrap().contains("2026-03-03 11:00 (Asia/Shanghai)"), "{}", late.text);
    let learner = scene.later("2026-03-03T03:00:00Z", id);
    scene.rate(&learner, body.clone()).await.expect(200);

    scene.given.sql.batch_execute(
        "UPDATE sessions SET state = 'planned', delivered_start = NULL, delivered_minutes = NULL, head_count = NULL, delivery_confirmed_at = NULL",
    ).await.unwrap();
    let another = scene.registered("another").await;
    assert_eq!(scene.rate(&another, body.clone()).await.problem(409), "not_delivered");
    let nowhere = format!("/v1/sessions/{}/my-feedback", server.state.ids.next());
    let answer = learner.send(learner.request(Method::PUT, &nowhere).json(&body)).await;
    assert_eq!(answer.problem(404), "not_found");
}

#[tokio::test]
async fn every_fault_of_a_rating_is_named() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.asks(&["pace"]).await;
    let learner = scene.registered("A").await;
    let wrong = scene.rate(&learner, json!({"rating": 11, "items": {"pace": -1, "not a key": 3}, "text": " "})).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(
        wrong.faults(),
        [
            ("/rating", "out_of_range"),
            ("/items/not a key", "unknown_field"),
            ("/items/pace", "out_of_range"),
            ("/text", "empty")
        ]
    );
    let float = scene.rate(&learner, json!({"rating": 8.5})).await;
    assert_eq!(float.problem(422), "invalid_body");
    assert_eq!(float.faults(), [("/rating", "wrong_type")]);
    let nul = scene.rate(&learner, json!({"rating": 8, "text": "a\u{0}b"})).await;
    assert_eq!(nul.faults(), [("/text", "nul_character")]);
    assert_eq!(scene.sql("SELECT count(*) FROM feedback").await, 0);
}

#[tokio::test]
async fn what_was_said_is_read_without_who_and_when() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.asks(&["clarity", "pace"]).await;
    let said = [
        ("A", json!({"rating": 9, "items": {"pace": 8}, "text": "zebra"})),
        ("B", json!({"rating": 8, "items": {"pace": 10, "clarity": 6}, "text": "apple"})),
        ("C", json!({"rating": 8, "text": "mango"})),
    ];
    let mut learners = Vec::new();
    for (number, body) in said {
        let (id, client) = scene.learner(number).await;
        scene.row("session_audience", id, &[]).await;
        scene.rate(&client, body).await.expect(200);
        learners.push(id);
    }
    let lecturer = server.person_token(server.tenant, scene.lecturer);
    let answer = scene.feedback(&lecturer).await;
    assert!(!answer.etag().is_empty());
    for learner in &learners {
        assert!(!answer.text.contains(&learner.to_string()), "nobody is named");
    }
    assert!(!answer.text.contains("2026-03"), "no time is told");
    let mut said = answer.expect(200);
    let mut texts: Vec<Value> = said["texts"].as_array_mut().unwrap().drain(..).collect();
    texts.sort_by_key(Value::to_string);
    assert_eq!(texts, [json!({"text": "apple"}), json!({"text": "mango"}), json!({"text": "zebra"})]);
    assert_eq!(
        said,
        json!({
            "session_id": scene.session,
            "rating": "8.333333",
            "n": 3,
            "ratings": [{"scale": 10, "n": 3, "sum": "25"}],
            "items": [{"key": "clarity", "scale": 10, "n": 1, "sum": "6"}, {"key": "pace", "scale": 10, "n": 2, "sum": "18"}],
            "texts": [],
            "by_learner": null,
            "invited": null,
            "rated": null,
        })
    );

    // Journal and log hold no rating, no text, and nothing that ties a person to a session's rating.
    let audit = "SELECT count(*) FROM audit_entries
                  WHERE command = 'put_my_feedback' AND subject_id IS NULL AND actor_kind = 'system'";
    assert_eq!(scene.sql(audit).await, 3);
    let told = "SELECT count(*) FROM audit_entries a WHERE a::text ~ 'zebra|apple|mango|rating'";
    assert_eq!(scene.sql(told).await, 0);
    let events = "SELECT count(*) FROM outbox_events WHERE topic = 'feedback.released' AND subject_type = 'programme'
                     AND occurred_at = '2026-03-02T00:00:00Z' AND request_id IS NULL AND traceparent IS NULL
                     AND substr(id::text, 15, 1) = '4'";
    assert_eq!(scene.sql(events).await, 1, "of what is released, without an instant or a request");
    assert_eq!(scene.sql("SELECT count(*) FROM outbox_events WHERE topic ~ 'feedback'").await, 1);
    assert_eq!(scene.sql("SELECT count(*) FROM idempotency_keys").await, 0);
}

#[tokio::test]
async fn the_log_tells_of_a_rating_when_its_day_is_over_and_no_instant() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    for number in ["A", "B"] {
        scene.rate(&scene.registered(number).await, json!({"rating": 9})).await.expect(200);
    }
    let path = "/v1/audit-entries?command=put_my_feedback";
    let auditor = server.client(&[Role::Auditor]).await;
    assert_eq!(scene.feedback(&auditor).await.expect(200)["n"], 0, "held back");
    assert_eq!(auditor.get(path).await.expect(200)["items"], json!([]));
    server.clock.set(at("2026-03-03T00:00:00Z"));
    let auditor = server.client(&[Role::Auditor]).await;
    let log = auditor.get(path).await.expect(200);
    let entries = log["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!((&entry["request_id"], &entry["subject_id"]), (&Value::Null, &Value::Null));
        assert_eq!(entry["actor"]["kind"], "system", "not by whom");
        assert_eq!((&entry["occurred_at"], &entry["details"]), (&json!("2026-03-03T00:00:00Z"), &json!({})));
        let id: Uuid = entry["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(id.get_version_num(), 4, "an id that tells no time");
    }
    assert_eq!(scene.sql("SELECT count(*) FROM outbox_events WHERE topic ~ 'feedback'").await, 0);
}

#[tokio::test]
async fn a_session_is_there_for_whom_it_concerns() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let path = format!("/v1/sessions/{}/my-feedback", scene.session);
    let (absent, absent_client) = scene.learner("absent").await;
    assert_eq!(absent_client.get(&path).await.problem(404), "not_found");
    scene.attended(absent, "absent").await;
    assert_eq!(absent_client.get(&path).await.expect(200)["rated"], false);
    assert_eq!(scene.rate(&absent_client, json!({"rating": 9})).await.problem(422), "not_attendee");
    let (_, stranger) = scene.learner("stranger").await;
    assert_eq!(stranger.get(&path).await.problem(404), "not_found");
    // Who sees the session is told why not.
    let hr = scene.given.employee("H").await;
    let hr = server.person(hr, &[Role::Admin]).await;
    hr.get(&path).await.expect(200);
    assert_eq!(scene.rate(&hr, json!({"rating": 9})).await.problem(422), "not_attendee");
    let lecturer = server.person_token(server.tenant, scene.lecturer);
    lecturer.get(&path).await.expect(200);
}

#[tokio::test]
async fn feedback_is_seen_by_its_lecturer_the_manager_and_hr() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let department = scene.given.department("sales", None).await;
    scene.given.membership(scene.lecturer, department, "2025-01-01").await;
    let other_department = scene.given.department("plant", None).await;
    let manager_of = async |department: Uuid| {
        let id = scene.given.employee(&format!("M-{department}")).await;
        let columns = [
            ("employee_id", literal(&id.to_string())),
            ("role", literal("manager")),
            ("department_id", literal(&department.to_string())),
        ];
        scene.given.row("role_grants", &columns).await;
        server.person_token(server.tenant, id)
    };
    let manager = manager_of(department).await;
    let other_manager = manager_of(other_department).await;
    let colleague = scene.given.employee("L2").await;
    scene.given.lecturer(colleague, None, "2025-01-01").await;
    let colleague = server.person_token(server.tenant, colleague);
    let (_, learner) = scene.learner("A").await;
    scene.feedback(&server.person_token(server.tenant, scene.lecturer)).await.expect(200);
    scene.feedback(&manager).await.expect(200);
    scene.feedback(&server.client(&[Role::Auditor]).await).await.expect(200);
    assert_eq!(scene.feedback(&other_manager).await.problem(404), "not_found");
    assert_eq!(scene.feedback(&colleague).await.problem(404), "not_found");
    assert_eq!(scene.feedback(&learner).await.problem(403), "forbidden");
    let elsewhere = server.tenant("other").await;
    let foreign = server.client_of(elsewhere, &[Role::Admin]).await;
    assert_eq!(scene.feedback(&foreign).await.problem(404), "not_found");
}
