//! Content with its versions, its reuse, and application cases.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, Given, TestServer, at, literal};

/// A delivered session of a lecturer whose learner X was there, with the manager of both.
struct Class {
    session: Uuid,
    lecturer: Uuid,
    learner: Uuid,
    outsider: Uuid,
    manager: Uuid,
}

/// At 2026-03-11 15:00 in Shanghai; the session was on the 10th.
async fn class(server: &TestServer, given: &Given<'_>) -> Class {
    let group = given.group("sales").await;
    let programme = given.programme("sharing", group).await;
    let department = given.department("east", None).await;
    let mut people = Vec::new();
    for number in ["L", "X", "O", "B"] {
        let person = given.employee(number).await;
        given.membership(person, department, "2020-01-01").await;
        people.push(person);
    }
    let [lecturer, learner, outsider, manager] = people[..] else { panic!("four people") };
    given.lecturer(lecturer, Some(group), "2020-01-01").await;
    let text = |id: Uuid| literal(&id.to_string());
    let role = [("employee_id", text(manager)), ("role", literal("manager")), ("department_id", text(department))];
    given.row("role_grants", &role).await;
    let session = given.delivered_session(programme, lecturer, "2026-03-10T06:00:00Z", 5).await;
    let present = [
        ("session_id", text(session)),
        ("employee_id", text(learner)),
        ("state", literal("present")),
        ("source", literal("door")),
    ];
    given.row("attendance_records", &present).await;
    server.clock.set(at("2026-03-11T07:00:00Z"));
    Class { session, lecturer, learner, outsider, manager }
}

fn content() -> Value {
    json!({"title": "老客户维护三步法", "outline": "1. 背景 2. 案例", "body": "The text."})
}

async fn act(client: &Client, path: &str) -> Answer {
    client.send(client.request(Method::POST, path)).await
}

/// The session's content, submitted by its lecturer.
async fn submitted(client: &Client, class: &Class) -> String {
    client.post(&format!("/v1/sessions/{}/submit-content", class.session), content()).await.id()
}

#[tokio::test]
async fn the_first_version_is_the_submission() {
    let server = TestServer::start().await;
    let class = class(&server, &server.given().await).await;
    let lecturer = server.person_token(server.tenant, class.lecturer);
    let submit = format!("/v1/sessions/{}/submit-content", class.session);
    let empty = lecturer.post(&submit, json!({"title": "Nothing"})).await;
    assert_eq!((empty.problem(422), empty.faults()), ("invalid_values", vec![("/outline", "required")]));
    let early = with_moment(content(), "2026-03-01T00:00:00Z");
    let early = lecturer.post(&submit, early).await;
    assert_eq!((early.problem(422), early.faults()), ("invalid_values", vec![("/submitted_at", "not_eligible")]));
    let answer = lecturer.post(&submit, content()).await;
    let path = answer.header("location").to_owned();
    let first = answer.expect(201);
    assert_eq!((&first["state"], &first["published_at"]), (&json!("published"), &json!("2026-03-11T07:00:00Z")));
    assert_eq!(first["authors"][0]["employee_number"], "L");
    assert_eq!(first["latest_version"]["number"], 1);
    assert_eq!(lecturer.post(&submit, content()).await.problem(409), "already_exists");

    server.clock.set(at("2026-03-11T07:10:00Z"));
    let file = json!({"name": "a.pdf", "media_type": "application/pdf", "byte_size": 7, "sha256": "0".repeat(64)});
    let bad = json!({"file": {"name": "a.pdf", "media_type": "application/pdf", "byte_size": -1, "sha256": "F"}});
    let bad = lecturer.post(&format!("{path}/versions"), bad).await;
    assert_eq!(bad.problem(422), "invalid_values");
    assert_eq!(bad.faults(), [("/file/byte_size", "out_of_range"), ("/file/sha256", "bad_format")]);
    let nothing = lecturer.post(&format!("{path}/versions"), json!({})).await;
    assert_eq!((nothing.problem(422), nothing.faults()), ("invalid_values", vec![("/body", "required")]));
    let second = lecturer.post(&format!("{path}/versions"), json!({"file": file})).await.expect(200);
    assert_eq!((&second["latest_version"]["number"], &second["latest_version"]["file"]), (&json!(2), &file));
    let session = lecturer.get(&format!("/v1/sessions/{}", class.session)).await.expect(200);
    assert_eq!(session["submitted_at"], "2026-03-11T07:00:00Z", "the first version's moment");
    let versions = lecturer.get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(versions["items"].as_array().unwrap().len(), 2);
    let body = lecturer.get(&format!("{path}/versions/1/body")).await.expect(200);
    assert_eq!(body["body"], "The text.");
    assert_eq!(lecturer.get(&format!("{path}/versions/3/body")).await.problem(404), "not_found");
}

fn with_moment(mut content: Value, moment: &str) -> Value {
    content["submitted_at"] = json!(moment);
    content
}

#[tokio::test]
async fn hr_s_systems_say_when_they_took_a_content_in() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let class = class(&server, &given).await;
    let hr = server.client(&[Role::Hris]).await;
    let submit = format!("/v1/sessions/{}/submit-content", class.session);
    let future = hr.post(&submit, with_moment(content(), "2026-04-01T00:00:00Z")).await;
    assert_eq!((future.problem(422), future.faults()), ("invalid_values", vec![("/submitted_at", "out_of_range")]));
    hr.post(&submit, with_moment(content(), "2026-03-08T00:00:00Z")).await.expect(201);
    let session = hr.get(&format!("/v1/sessions/{}", class.session)).await.expect(200);
    assert_eq!(session["submitted_at"], "2026-03-08T00:00:00Z");
}

#[tokio::test]
async fn only_its_lecturers_submit_and_only_authors_withdraw() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let class = class(&server, &given).await;
    given.lecturer(class.outsider, None, "2020-01-01").await;
    let (lecturer, outsider) =
        (server.person_token(server.tenant, class.lecturer), server.person_token(server.tenant, class.outsider));
    let submit = format!("/v1/sessions/{}/submit-content", class.session);
    assert_eq!(outsider.post(&submit, content()).await.problem(404), "not_found");
    let learner = server.person_token(server.tenant, class.learner);
    assert_eq!(learner.post(&submit, content()).await.problem(403), "forbidden");
    let path = format!("/v1/contents/{}", submitted(&lecturer, &class).await);
    outsider.get(&path).await.expect(200);
    assert_eq!(act(&outsider, &format!("{path}/withdraw")).await.problem(404), "not_found");
    let stale = lecturer.request(Method::POST, &format!("{path}/withdraw")).header("if-match", "\"9\"");
    assert_eq!(lecturer.send(stale).await.problem(412), "precondition_failed");
    let gone = act(&lecturer, &format!("{path}/withdraw")).await.expect(200);
    assert_eq!(gone["state"], "withdrawn");
    assert_eq!(act(&lecturer, &format!("{path}/withdraw")).await.problem(409), "state_conflict");
    assert_eq!(outsider.get(&path).await.problem(404), "not_found");
    lecturer.get(&path).await.expect(200);
    server.person_token(server.tenant, class.manager).get(&path).await.expect(200);
    let listed = async |client: &Client, query: &str| {
        client.get(&format!("/v1/contents?{query}")).await.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!((listed(&outsider, "").await, listed(&lecturer, "").await), (0, 1));
    assert_eq!(listed(&lecturer, "state=withdrawn").await, 1);
    assert_eq!(listed(&lecturer, &format!("author_id={}", class.learner)).await, 0);
    assert_eq!(listed(&lecturer, &format!("session_id={}&state=published", class.session)).await, 0);
    lecturer.post(&submit, content()).await.expect(201);
}

#[tokio::test]
async fn reuse_is_recorded_once_whoever_counts_it() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let class = class(&server, &given).await;
    let lecturer = server.person_token(server.tenant, class.lecturer);
    let learner = server.person_token(server.tenant, class.learner);
    let id = submitted(&lecturer, &class).await;
    let own = learner.post("/v1/reuse-events", json!({"content_id": id, "kind": "download"})).await.expect(201);
    assert_eq!((&own["employee"]["employee_number"], &own["source"].as_str().unwrap()[..8]), (&json!("X"), "lectern:"));
    assert_eq!(own["occurred_at"], "2026-03-11T07:00:00Z");
    // Views, and what authors do, are facts too; scoring leaves them out.
    lecturer.post("/v1/reuse-events", json!({"content_id": id, "kind": "download"})).await.expect(201);
    learner.post("/v1/reuse-events", json!({"content_id": id, "kind": "view"})).await.expect(201);
    let wrong = json!({
        "content_id": Uuid::new_v4(), "employee_id": class.outsider, "kind": "forward", "source": "wiki",
        "occurred_at": "2026-04-01T00:00:00Z"
    });
    let wrong = learner.post("/v1/reuse-events", wrong).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(
        wrong.faults(),
        [
            ("/content_id", "not_found"),
            ("/employee_id", "not_eligible"),
            ("/source", "not_eligible"),
            ("/occurred_at", "out_of_range")
        ]
    );
    let hr = server.client(&[Role::Hris]).await;
    let numbered = json!({
        "content_id": id, "employee_id": class.outsider, "kind": "forward", "source": "wiki", "source_ref": "f-1"
    });
    let first = hr.post("/v1/reuse-events", numbered.clone()).await;
    let again = hr.post("/v1/reuse-events", numbered).await;
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.body, again.body);
    let count = "SELECT count(*) FROM outbox_events WHERE topic = 'reuse.recorded'";
    assert_eq!(given.sql.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 4);
    let listed = async |client: &Client, query: String| {
        client.get(&format!("/v1/reuse-events?{query}")).await.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(listed(&hr, format!("content_id={id}")).await, 4);
    assert_eq!(listed(&hr, "kind=view".to_owned()).await, 1);
    assert_eq!(listed(&hr, format!("employee_id={}", class.outsider)).await, 1);
    assert_eq!(listed(&learner, String::new()).await, 2, "their own ones");
}

#[tokio::test]
async fn a_batch_of_reuse_names_what_it_leaves_out() {
    let server = TestServer::start().await;
    let class = class(&server, &server.given().await).await;
    let lecturer = server.person_token(server.tenant, class.lecturer);
    let id = submitted(&lecturer, &class).await;
    let hr = server.client(&[Role::Hris]).await;
    let item = |employee: Uuid, reference: &str| json!({"content_id": id, "employee_id": employee, "kind": "download", "source": "wiki", "source_ref": reference});
    let items = json!([
        item(class.learner, "d-1"),
        item(Uuid::new_v4(), "d-2"),
        item(class.learner, "d-1"),
        item(class.outsider, "")
    ]);
    let atomic = hr.post("/v1/reuse-events/batch", json!({"mode": "atomic", "items": items})).await;
    assert_eq!(atomic.problem(422), "invalid_values");
    assert_eq!(atomic.faults(), [("/items/1/employee_id", "not_found"), ("/items/3/source_ref", "empty")]);
    let each = hr.post("/v1/reuse-events/batch", json!({"mode": "per_item", "items": items})).await.expect(200);
    let each = each["items"].as_array().unwrap();
    assert_eq!((&each[0]["is_new"], &each[2]["is_new"]), (&json!(true), &json!(false)));
    assert_eq!(each[0]["reuse_event_id"], each[2]["reuse_event_id"]);
    assert_eq!(each[1]["problem"]["code"], "invalid_values");
    assert_eq!(hr.get("/v1/reuse-events").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_case_is_an_attendee_s_and_comes_once() {
    let server = TestServer::start().await;
    let class = class(&server, &server.given().await).await;
    let learner = server.person_token(server.tenant, class.learner);
    let case = json!({"session_id": class.session, "description": "挽回了一个客户。", "applied_on": "2026-03-11"});
    let submitted = learner.post("/v1/application-cases", case.clone()).await;
    let path = submitted.header("location").to_owned();
    let submitted = submitted.expect(201);
    assert_eq!((&submitted["state"], &submitted["learner"]["employee_number"]), (&json!("submitted"), &json!("X")));
    assert_eq!(learner.post("/v1/application-cases", case).await.problem(409), "already_exists");
    let admin = server.client(&[Role::Admin]).await;
    for (who, pointer) in [(class.outsider, "/learner_id"), (class.lecturer, "/learner_id")] {
        let case = json!({"session_id": class.session, "learner_id": who, "description": "Was not there."});
        let refused = admin.post("/v1/application-cases", case).await;
        assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![(pointer, "not_eligible")]));
    }
    // Who names nobody is told at a place of their own request.
    let own = json!({"session_id": class.session, "description": "I gave it."});
    let own = server.person_token(server.tenant, class.lecturer).post("/v1/application-cases", own).await;
    assert_eq!((own.problem(422), own.faults()), ("invalid_values", vec![("/session_id", "not_eligible")]));
    for day in ["2026-03-09", "2026-03-12"] {
        let case = json!({"session_id": class.session, "description": "When?", "applied_on": day});
        let refused = learner.post("/v1/application-cases", case).await;
        assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/applied_on", "out_of_range")]));
    }
    let unseen = json!({"session_id": class.session, "description": "Not mine."});
    let unseen = server.person_token(server.tenant, class.outsider).post("/v1/application-cases", unseen).await;
    assert_eq!((unseen.problem(422), unseen.faults()), ("invalid_values", vec![("/session_id", "not_found")]));
    for (person, sees) in
        [(class.learner, true), (class.lecturer, true), (class.manager, true), (class.outsider, false)]
    {
        let client = server.person_token(server.tenant, person);
        let (one, list) = (client.get(&path).await, client.get("/v1/application-cases").await.expect(200));
        assert_eq!((one.status == 200, list["items"].as_array().unwrap().len()), (sees, usize::from(sees)));
    }
}

#[tokio::test]
async fn who_reports_a_case_for_a_learner_does_not_decide_it() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let class = class(&server, &given).await;
    let hr = given.employee("HR").await;
    let hr = server.person(hr, &[Role::Admin]).await;
    let case = json!({"session_id": class.session, "learner_id": class.learner, "description": "挽回了一个客户。"});
    let id = hr.post("/v1/application-cases", case).await.id();
    let confirm = format!("/v1/application-cases/{id}/confirm");
    assert_eq!(hr.post(&confirm, json!({})).await.problem(403), "self_approval");
    let manager = server.person_token(server.tenant, class.manager);
    assert_eq!(manager.post(&confirm, json!({})).await.expect(200)["state"], "confirmed");
}

#[tokio::test]
async fn nobody_decides_a_case_in_the_own_interest() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let class = class(&server, &given).await;
    let learner = server.person_token(server.tenant, class.learner);
    let case = json!({"session_id": class.session, "description": "挽回了一个客户。"});
    let id = learner.post("/v1/application-cases", case).await.id();
    let confirm = format!("/v1/application-cases/{id}/confirm");
    assert_eq!(learner.post(&confirm, json!({})).await.problem(403), "forbidden");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(machine.post(&confirm, json!({})).await.problem(403), "person_required");
    for interested in [class.learner, class.lecturer] {
        let client = server.person(interested, &[Role::Admin]).await;
        assert_eq!(client.post(&confirm, json!({})).await.problem(403), "self_approval");
    }
    let elsewhere = given.employee("W").await;
    let elsewhere = server.person(elsewhere, &[Role::Manager]).await;
    assert_eq!(elsewhere.post(&confirm, json!({})).await.problem(404), "not_found");
    let manager = server.person_token(server.tenant, class.manager);
    let stale = manager.request(Method::POST, &confirm).header("if-match", "\"7\"").json(&json!({}));
    assert_eq!(manager.send(stale).await.problem(412), "precondition_failed");
    let confirmed = manager.post(&confirm, json!({"note": "I know the customer"})).await.expect(200);
    assert_eq!((&confirmed["state"], &confirmed["note"]), (&json!("confirmed"), &json!("I know the customer")));
    assert_eq!(confirmed["decided_by"]["employee_number"], "B");
    let again = manager.post(&format!("/v1/application-cases/{id}/reject"), json!({})).await;
    assert_eq!(again.problem(409), "state_conflict");
    let topics = "SELECT topic FROM outbox_events ORDER BY id";
    let topics: Vec<String> = given.sql.query(topics, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(topics, ["case.submitted", "case.confirmed"]);
    let told =
        "SELECT count(*) FROM audit_entries WHERE details::text LIKE '%customer%' OR details::text LIKE '%客户%'";
    assert_eq!(given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 0, "no text in the operation log");
}
