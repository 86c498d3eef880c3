//! Sessions from plan to delivery, with lecturers, audience and attendance.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Given, TestServer, at, literal};

/// A company: lecturers L and M in the department of manager B, another lecturer elsewhere, and a learner.
pub struct Company {
    pub programme: Uuid,
    department: Uuid,
    pub lecturer: Uuid,
    pub colleague: Uuid,
    pub stranger: Uuid,
    pub manager: Uuid,
    pub learner: Uuid,
}

pub async fn company(given: &Given<'_>) -> Company {
    let group = given.group("sales").await;
    let programme = given.programme("sharing", group).await;
    let department = given.department("east", None).await;
    let elsewhere = given.department("west", None).await;
    let mut people = Vec::new();
    for number in ["L", "M", "S", "B", "X"] {
        people.push(given.employee(number).await);
    }
    let [lecturer, colleague, stranger, manager, learner] = people[..] else { panic!("five people") };
    for person in [lecturer, colleague, manager, learner] {
        given.membership(person, department, "2020-01-01").await;
    }
    given.membership(stranger, elsewhere, "2020-01-01").await;
    for person in [lecturer, colleague, stranger] {
        given.lecturer(person, Some(group), "2020-01-01").await;
    }
    let columns = [
        ("employee_id", literal(&manager.to_string())),
        ("role", literal("manager")),
        ("department_id", literal(&department.to_string())),
    ];
    given.row("role_grants", &columns).await;
    Company { programme, department, lecturer, colleague, stranger, manager, learner }
}

impl Company {
    /// The same as the lecturer's own, voluntary one.
    pub fn own_plan(&self, lecturer: Uuid) -> Value {
        with(self.plan(lecturer), json!({"kind": "voluntary"}))
    }

    /// Plans of this lecturer one after the other, from 2026-03-10 12:00 in Shanghai on.
    pub fn plans(&self, lecturer: Uuid) -> impl Iterator<Item = Value> {
        (4..).map(move |hour| with(self.plan(lecturer), json!({"starts_at": format!("2026-03-10T{hour:02}:00:00Z")})))
    }

    /// A plan of 2026-03-10 14:00 in Shanghai by this lecturer.
    pub fn plan(&self, lecturer: Uuid) -> Value {
        json!({
            "programme_id": self.programme, "title": "老客户维护三步法", "kind": "assigned", "mode": "on_site",
            "starts_at": "2026-03-10T06:00:00Z", "scheduled_minutes": 45, "lecturers": [{"employee_id": lecturer}]
        })
    }
}

/// The plan with these members set.
pub fn with(mut plan: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        plan[name] = value.clone();
    }
    plan
}

pub async fn delivered(client: &Client, id: &str) -> Value {
    let body = json!({"started_at": "2026-03-10T06:05:00Z", "delivered_minutes": 40, "head_count": 12});
    client.post(&format!("/v1/sessions/{id}/deliver"), body).await.expect(200)
}

#[tokio::test]
async fn a_lecturer_plans_an_own_session() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    let client = server.person_token(server.tenant, company.lecturer);
    let answer = client.post("/v1/sessions", company.own_plan(company.lecturer)).await;
    let (etag, location) = (answer.etag().to_owned(), answer.header("location").to_owned());
    let session = answer.expect(201);
    assert_eq!(location, format!("/v1/sessions/{}", session["id"].as_str().unwrap()));
    assert_eq!((session["etag"].as_str().unwrap(), session["state"].as_str().unwrap()), (etag.as_str(), "planned"));
    assert_eq!(session["due_at"], "2026-03-09T06:00:00Z", "a day before");
    assert_eq!(session["department_id"], json!(company.department));
    assert_eq!(session["lecturers"][0]["credit"], "1");
    assert_eq!(session["lecturers"][0]["is_appointed"], true);
    assert_eq!(session["lecturers"][0]["employee"]["employee_number"], "L");
    assert_eq!(session["is_undecided"], false);
    let mut read = client.get(&location).await.expect(200);
    read["period_closed"] = json!([]);
    assert_eq!(read, session);
    let events = "SELECT topic FROM outbox_events ORDER BY id";
    let topics: Vec<String> = given.sql.query(events, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(topics, ["session.planned"]);
}

#[tokio::test]
async fn every_fault_of_a_plan_is_named() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let nobody = Uuid::new_v4();
    let plan = json!({
        "programme_id": nobody, "group_id": nobody, "title": "A session", "kind": "voluntary", "mode": "online",
        "starts_at": "2026-03-10T06:00:00Z", "scheduled_minutes": 45, "audience": [company.lecturer, nobody],
        "lecturers": [
            {"employee_id": company.lecturer, "credit": "0.5"}, {"employee_id": nobody, "credit": "0.6"}
        ]
    });
    let answer = admin.post("/v1/sessions", plan).await;
    assert_eq!(answer.problem(422), "invalid_values");
    let mut faults = answer.faults();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [
            ("/audience/0", "not_eligible"),
            ("/audience/1", "not_found"),
            ("/group_id", "not_found"),
            ("/lecturers", "credits_sum"),
            ("/lecturers/1/employee_id", "not_found"),
            ("/programme_id", "not_found"),
        ]
    );
    let form = with(company.plan(company.lecturer), json!({"title": " ", "scheduled_minutes": 0, "lecturers": []}));
    let answer = admin.post("/v1/sessions", form).await;
    assert_eq!(answer.problem(422), "invalid_values");
    assert_eq!(answer.faults(), [("/lecturers", "empty"), ("/scheduled_minutes", "out_of_range"), ("/title", "empty")]);
}

#[tokio::test]
async fn an_ended_programme_takes_no_session() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = company(&given).await;
    given.sql.batch_execute("UPDATE programmes SET state = 'ended'").await.unwrap();
    let admin = server.client(&[Role::Admin]).await;
    let answer = admin.post("/v1/sessions", company.plan(company.lecturer)).await;
    assert_eq!(answer.problem(422), "invalid_values");
    assert_eq!(answer.faults(), [("/programme_id", "not_eligible")]);
}

#[tokio::test]
async fn who_plans_for_whom() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let manager = server.person_token(server.tenant, company.manager);
    let hr = server.client(&[Role::Hris]).await;
    for (client, whose, allowed) in [
        (&lecturer, company.lecturer, true),
        (&lecturer, company.colleague, false),
        (&manager, company.colleague, true),
        (&manager, company.stranger, false),
        (&hr, company.stranger, true),
    ] {
        let answer = client.post("/v1/sessions", company.own_plan(whose)).await;
        if allowed {
            answer.expect(201);
        } else {
            assert_eq!(answer.problem(422), "invalid_values");
            assert_eq!(answer.faults(), [("/lecturers", "not_eligible")]);
        }
    }
    let later = json!({"due_at": null, "starts_at": "2026-03-11T06:00:00Z"});
    let own_due = with(company.own_plan(company.lecturer), later);
    let refused = lecturer.post("/v1/sessions", own_due.clone()).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/due_at", "not_eligible")]));
    assert_eq!(manager.post("/v1/sessions", own_due).await.expect(201)["due_at"], Value::Null);
    let learner = server.person_token(server.tenant, company.learner);
    assert_eq!(learner.post("/v1/sessions", company.plan(company.learner)).await.problem(403), "forbidden");
}

#[tokio::test]
async fn a_retry_plans_once() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let plan = company.plan(company.lecturer);
    let first = admin.post_keyed("/v1/sessions", "plan-1", plan.clone()).await;
    let second = admin.post_keyed("/v1/sessions", "plan-1", plan).await;
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!((second.status, &second.text), (201, &first.text));
    let all = admin.get("/v1/sessions").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_batch_plans_all_or_what_it_can() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let good = company.plan(company.lecturer);
    let bad = with(company.plan(Uuid::new_v4()), json!({"title": ""}));
    let later = with(company.plan(company.lecturer), json!({"starts_at": "2026-03-10T07:00:00Z"}));
    let items = json!([good, bad, later]);
    let atomic = admin.post("/v1/sessions/batch", json!({"mode": "atomic", "items": items})).await;
    assert_eq!(atomic.problem(422), "invalid_values");
    assert_eq!(atomic.faults(), [("/items/1/title", "empty"), ("/items/1/lecturers/0/employee_id", "not_found")]);
    assert_eq!(admin.get("/v1/sessions").await.expect(200)["items"], json!([]));
    let each = admin.post("/v1/sessions/batch", json!({"mode": "per_item", "items": items})).await.expect(200);
    let each = each["items"].as_array().unwrap();
    assert_eq!(each[1]["session_id"], Value::Null);
    assert_eq!(each[1]["problem"]["errors"][0]["pointer"], "/title");
    assert!(each[0]["problem"].is_null() && each[2]["problem"].is_null());
    let stored = admin.get(&format!("/v1/sessions/{}", each[2]["session_id"].as_str().unwrap())).await;
    assert_eq!(stored.etag(), each[2]["etag"].as_str().unwrap());
    stored.expect(200);
}

#[tokio::test]
async fn a_plan_changes_while_it_is_one() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let planned = admin.post("/v1/sessions", company.plan(company.lecturer)).await;
    let (etag, path) = (planned.etag().to_owned(), planned.header("location").to_owned());
    let change = json!({"starts_at": "2026-03-12T06:00:00Z", "place": "3F", "is_first_run": true});
    let changed = admin.patch(&path, &etag, change.clone()).await;
    let now = changed.etag().to_owned();
    let changed = changed.expect(200);
    assert_eq!((&changed["starts_at"], &changed["place"]), (&json!("2026-03-12T06:00:00Z"), &json!("3F")));
    assert_eq!(changed["due_at"], "2026-03-11T06:00:00Z", "it keeps its distance");
    assert_eq!(admin.patch(&path, &etag, change).await.problem(412), "precondition_failed");
    let wrong = admin.patch(&path, &now, json!({"title": null, "group_id": Uuid::new_v4()})).await;
    assert_eq!(
        (wrong.problem(422), wrong.faults()),
        ("invalid_values", vec![("/title", "not_null"), ("/group_id", "not_found")])
    );
    let without = admin.send(admin.request(reqwest::Method::PATCH, &path).json(&json!({}))).await;
    assert_eq!(without.problem(428), "precondition_required");
    admin.post(&format!("{path}/cancel"), json!({"reason": "The room is gone"})).await.expect(200);
    let late = admin.patch(&path, "*", json!({"place": null})).await;
    assert_eq!(late.problem(409), "state_conflict");
}

#[tokio::test]
async fn a_lecturer_s_own_report_waits_for_a_second_word() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-10T07:00:00Z"));
    let admin = server.client(&[Role::Admin]).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let manager = server.person_token(server.tenant, company.manager);
    let mut ids = Vec::new();
    for plan in company.plans(company.lecturer).take(3) {
        ids.push(admin.post("/v1/sessions", plan).await.id());
    }
    let own = delivered(&lecturer, &ids[0]).await;
    assert_eq!(own["state"], "delivered");
    assert_eq!(own["delivery"]["delivered_minutes"], 40);
    assert_eq!(own["delivery"]["reported_by"]["employee_number"], "L");
    assert_eq!(own["delivery"]["confirmed_at"], Value::Null);
    let confirm = format!("/v1/sessions/{}/confirm-delivery", ids[0]);
    let act = |client: &Client| {
        let (client, request) = (client.clone(), client.request(reqwest::Method::POST, &confirm));
        async move { client.send(request).await }
    };
    assert_eq!(act(&manager).await.problem(403), "hr_required");
    let teaching_admin = server.person(company.lecturer, &[Role::Admin]).await;
    assert_eq!(act(&teaching_admin).await.problem(403), "self_approval");
    let confirmed = act(&admin).await.expect(200);
    assert_eq!(confirmed["delivery"]["confirmed_at"], "2026-03-10T07:00:00Z");
    // Somebody else's report needs nobody's word.
    let by_manager = delivered(&manager, &ids[1]).await;
    assert_eq!(by_manager["delivery"]["confirmed_by"]["employee_number"], "B");
    // Attendance that knew of people before the report is the second word.
    let list = json!({"source": "door", "records": [{"employee_id": company.learner, "state": "present"}]});
    admin.put(&format!("/v1/sessions/{}/attendance", ids[2]), "*", list).await.expect(200);
    let after = delivered(&lecturer, &ids[2]).await;
    assert_eq!(after["delivery"]["confirmed_at"], "2026-03-10T07:00:00Z");
}

#[tokio::test]
async fn what_became_of_a_session_is_decided_and_corrected() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let id = admin.post("/v1/sessions", company.plan(company.lecturer)).await.id();
    let path = format!("/v1/sessions/{id}");
    let early = admin.post(&format!("{path}/miss"), json!({})).await;
    assert_eq!(early.problem(409), "state_conflict");
    let future = json!({"started_at": "2026-03-10T06:00:00Z", "delivered_minutes": 40});
    let future = admin.post(&format!("{path}/deliver"), future).await;
    assert_eq!((future.problem(422), future.faults()), ("invalid_values", vec![("/started_at", "out_of_range")]));
    server.clock.set(at("2026-03-10T07:00:00Z"));
    let admin = server.client(&[Role::Admin]).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    assert_eq!(admin.get(&path).await.expect(200)["is_undecided"], true);
    let undecided = admin.get("/v1/sessions?is_undecided=true").await.expect(200);
    assert_eq!(undecided["items"][0]["id"], json!(id));
    let escape = lecturer.post(&format!("{path}/cancel"), json!({"reason": "Late"})).await;
    assert_eq!(escape.problem(403), "consent_required");
    let missed = lecturer.post(&format!("{path}/miss"), json!({"reason": "Ill"})).await.expect(200);
    assert_eq!((&missed["state"], &missed["reason"]), (&json!("missed"), &json!("Ill")));
    assert_eq!(missed["is_undecided"], false);
    let overturn = json!({"started_at": "2026-03-10T06:00:00Z", "delivered_minutes": 40});
    let overturn = lecturer.post(&format!("{path}/deliver"), overturn).await;
    assert_eq!(overturn.problem(409), "state_conflict");
    let report = json!({"started_at": "2026-03-10T06:05:00Z", "delivered_minutes": 40, "head_count": 12});
    let silent = admin.post(&format!("{path}/deliver"), report.clone()).await;
    assert_eq!((silent.problem(422), silent.faults()), ("invalid_values", vec![("/reason", "required")]));
    let corrected = with(report, json!({"reason": "签到表晚到"}));
    let corrected = admin.post(&format!("{path}/deliver"), corrected).await.expect(200);
    assert_eq!((&corrected["state"], &corrected["reason"]), (&json!("delivered"), &Value::Null));
    let stale =
        admin.request(reqwest::Method::POST, &format!("{path}/miss")).header("if-match", "\"1\"").json(&json!({}));
    assert_eq!(admin.send(stale).await.problem(412), "precondition_failed");
    admin.post(&format!("{path}/cancel"), json!({"reason": "Entered twice"})).await.expect(200);
    let again = admin.post(&format!("{path}/cancel"), json!({"reason": "Twice"})).await;
    assert_eq!(again.problem(409), "state_conflict");
    // HR brings it back, a manager does not.
    let manager = server.person_token(server.tenant, company.manager);
    let missed = json!({"reason": "并非取消，讲师缺席"});
    assert_eq!(manager.post(&format!("{path}/miss"), missed.clone()).await.problem(403), "hr_required");
    assert_eq!(admin.post(&format!("{path}/miss"), missed).await.expect(200)["state"], "missed");
}

#[tokio::test]
async fn everybody_sees_what_concerns_them() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let plan = with(company.plan(company.lecturer), json!({"audience": [company.learner]}));
    let id = admin.post("/v1/sessions", plan).await.id();
    let other = admin.post("/v1/sessions", company.plan(company.stranger)).await.id();
    for (person, seen) in [
        (company.lecturer, vec![&id]),
        (company.learner, vec![&id]),
        (company.manager, vec![&id]),
        (company.stranger, vec![&other]),
        (company.colleague, vec![]),
    ] {
        let client = server.person_token(server.tenant, person);
        let list = client.get("/v1/sessions").await.expect(200);
        let ids: Vec<&str> =
            list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(ids, seen);
        let one = client.get(&format!("/v1/sessions/{id}")).await;
        if seen.contains(&&id) {
            one.expect(200);
        } else {
            assert_eq!(one.problem(404), "not_found");
        }
    }
    // A learner sees the session and decides nothing about it; a lecturer decides nothing about others' sessions.
    let foreign = server.person_token(server.tenant, company.stranger);
    let refused = foreign.post(&format!("/v1/sessions/{id}/cancel"), json!({"reason": "No"})).await;
    assert_eq!(refused.problem(404), "not_found");
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let mut ids = Vec::new();
    for (lecturer, day) in [(company.lecturer, 10), (company.colleague, 11), (company.lecturer, 12)] {
        let starts_at = format!("2026-03-{day}T06:00:00Z");
        let plan = with(company.plan(lecturer), json!({"starts_at": starts_at}));
        ids.push(admin.post("/v1/sessions", plan).await.id());
    }
    let list = async |query: String| -> Vec<String> {
        let page = admin.get(&format!("/v1/sessions?{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list(format!("lecturer_id={}", company.lecturer)).await, [ids[0].clone(), ids[2].clone()]);
    assert_eq!(list("from=2026-03-11T06:00:00Z&to=2026-03-12T06:00:00Z".to_owned()).await, [ids[1].clone()]);
    assert_eq!(list(format!("programme_id={}", company.programme)).await, ids);
    assert!(list("state=cancelled".to_owned()).await.is_empty());
    let first = admin.get("/v1/sessions?limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = admin.get(&format!("/v1/sessions?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((&second["items"][0]["id"], &second["next_cursor"]), (&json!(ids[2]), &Value::Null));
}

#[tokio::test]
async fn lecturers_share_the_credit() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let plan = with(company.plan(company.lecturer), json!({"audience": [company.stranger]}));
    let planned = admin.post("/v1/sessions", plan).await;
    let path = format!("{}/lecturers", planned.header("location"));
    let shares = |a: &str, b: &str| {
        json!({"lecturers": [
            {"employee_id": company.lecturer, "credit": a}, {"employee_id": company.stranger, "credit": b}
        ]})
    };
    let unequal = admin.put(&path, planned.etag(), shares("0.6", "0.6")).await;
    assert_eq!((unequal.problem(422), unequal.faults()), ("invalid_values", vec![("/lecturers", "credits_sum")]));
    let shared = admin.put(&path, planned.etag(), shares("0.4", "0.6")).await.expect(200);
    assert_eq!(shared["lecturers"][0]["employee"]["employee_number"], "S", "who has the most comes first");
    assert_ne!(shared["department_id"], json!(company.department), "and their department is credited");
    let audience = admin.get(&format!("{}/audience", planned.header("location"))).await.expect(200);
    assert_eq!(audience["items"], json!([]), "a lecturer is no audience");
}

#[tokio::test]
async fn an_audience_is_replaced_as_a_whole() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let admin = server.client(&[Role::Admin]).await;
    let planned = admin.post("/v1/sessions", company.plan(company.lecturer)).await;
    let path = format!("{}/audience", planned.header("location"));
    let people = json!({"employee_ids": [company.learner, company.colleague]});
    let put = admin.put(&path, planned.etag(), people).await;
    let etag = put.etag().to_owned();
    put.expect(200);
    assert_eq!(admin.put(&path, planned.etag(), json!({"employee_ids": []})).await.problem(412), "precondition_failed");
    let wrong = json!({"employee_ids": [company.lecturer, Uuid::new_v4(), company.learner, company.learner]});
    let wrong = admin.put(&path, &etag, wrong).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    let mut faults = wrong.faults();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [("/employee_ids/0", "not_eligible"), ("/employee_ids/1", "not_found"), ("/employee_ids/3", "duplicate")]
    );
    admin.put(&path, &etag, json!({"employee_ids": [company.learner]})).await.expect(200);
    let list = admin.get(&path).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let learner = server.person_token(server.tenant, company.learner);
    assert_eq!(learner.get(&path).await.expect(200)["items"][0]["id"], json!(company.learner));
}

#[tokio::test]
async fn the_later_recorded_attendance_stands() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at("2026-03-10T08:00:00Z"));
    let admin = server.client(&[Role::Hris]).await;
    let id = admin.post("/v1/sessions", company.plan(company.lecturer)).await.id();
    let path = format!("/v1/sessions/{id}/attendance");
    let list =
        |recorded_at: &str, records: Value| json!({"source": "door", "recorded_at": recorded_at, "records": records});
    let (learner, colleague) = (company.learner, company.colleague);
    let first = list(
        "2026-03-10T07:00:00Z",
        json!([
            {"employee_id": learner, "state": "present", "minutes": 40},
            {"employee_id": colleague, "state": "absent"}, {"employee_id": company.lecturer, "state": "present"}
        ]),
    );
    let stored = admin.put(&path, "*", first).await.expect(200);
    assert_eq!((&stored["present"], &stored["absent"], &stored["removed"]), (&json!(2), &json!(1), &json!(0)));
    let older = list("2026-03-10T06:30:00Z", json!([{"employee_id": learner, "state": "absent"}]));
    let stale = admin.put(&path, "*", older).await.expect(200);
    assert_eq!((&stale["present"], &stale["stale"], &stale["removed"]), (&json!(2), &json!(1), &json!(0)));
    let newer = list("2026-03-10T07:30:00Z", json!([{"employee_id": colleague, "state": "present"}]));
    let newer = admin.put(&path, stale["etag"].as_str().unwrap(), newer).await.expect(200);
    assert_eq!((&newer["present"], &newer["removed"], &newer["stale"]), (&json!(1), &json!(2), &json!(0)));
    let records = admin.get(&path).await.expect(200);
    assert_eq!(records["items"][0]["employee"]["employee_number"], "M");
    let wrong = list(
        "2026-03-11T07:00:00Z",
        json!([
            {"employee_id": learner, "state": "present"}, {"employee_id": learner, "state": "absent"},
            {"employee_id": Uuid::new_v4(), "state": "present"}
        ]),
    );
    let wrong = admin.put(&path, "*", wrong).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(
        wrong.faults(),
        [
            ("/records/1/employee_id", "duplicate"),
            ("/records/2/employee_id", "not_found"),
            ("/recorded_at", "out_of_range")
        ]
    );
    // A learner sees their own record, a lecturer of the session all; a lecturer records nothing.
    let own = server.person_token(server.tenant, colleague).get(&path).await.expect(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    let lecturer = server.person_token(server.tenant, company.lecturer);
    assert_eq!(lecturer.get(&path).await.expect(200), records);
    let refused = lecturer.put(&path, "*", json!({"source": "me", "records": []})).await;
    assert_eq!(refused.problem(403), "forbidden");
}
