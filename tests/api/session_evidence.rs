//! Whose word a delivery stands on, and which attendance list does.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sessions::{company, delivered};
use crate::support::{Client, TestServer, at};

const AFTER: &str = "2026-03-10T08:00:00Z";

fn alone(lecturer: Uuid) -> Value {
    json!({"lecturers": [{"employee_id": lecturer}]})
}

fn list_of(people: &[Uuid]) -> Value {
    let records: Vec<Value> = people.iter().map(|person| json!({"employee_id": person, "state": "present"})).collect();
    json!({"source": "door", "records": records})
}

async fn confirm(client: &Client, session: &str) -> Value {
    let path = format!("/v1/sessions/{session}/confirm-delivery");
    client.send(client.request(Method::POST, &path)).await.expect(200)
}

#[tokio::test]
async fn what_still_waits_for_a_second_word_is_found() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at(AFTER));
    let hr = server.client(&[Role::Hris]).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let mut ids = Vec::new();
    for plan in company.plans(company.lecturer).take(3) {
        ids.push(hr.post("/v1/sessions", plan).await.id());
    }
    delivered(&lecturer, &ids[0]).await;
    delivered(&hr, &ids[1]).await;
    let found = async |query: &str| -> Vec<String> {
        let page = hr.get(&format!("/v1/sessions?{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found("is_confirmed=false").await, [ids[0].clone()], "not what is only planned");
    assert_eq!(found("is_confirmed=true").await, [ids[1].clone()]);
    confirm(&hr, &ids[0]).await;
    assert_eq!(found("is_confirmed=false&state=delivered").await, Vec::<String>::new());
}

#[tokio::test]
async fn nobody_takes_the_credit_of_what_they_confirmed() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at(AFTER));
    let hr = server.client(&[Role::Hris]).await;
    let manager = server.person_token(server.tenant, company.manager);
    let id = hr.post("/v1/sessions", company.plan(company.lecturer)).await.id();
    let path = format!("/v1/sessions/{id}/lecturers");
    assert_eq!(delivered(&manager, &id).await["delivery"]["confirmed_by"]["employee_number"], "B");
    assert_eq!(manager.put(&path, "*", alone(company.manager)).await.problem(403), "hr_required");
    let own = server.given().await.employee("H").await;
    let administrator = server.person(own, &[Role::Admin]).await;
    assert_eq!(administrator.put(&path, "*", alone(own)).await.problem(403), "self_approval");
    let machine = crate::access::machine_made_by(&server, &administrator, &["admin"]).await;
    assert_eq!(machine.put(&path, "*", alone(own)).await.problem(403), "self_approval");
    // A correction among others leaves the word of who has none of it; their own one does not carry over.
    let moved = manager.put(&path, "*", alone(company.colleague)).await.expect(200);
    assert_eq!(moved["delivery"]["confirmed_by"]["employee_number"], "B");
    let credited = hr.put(&path, "*", alone(company.manager)).await.expect(200);
    assert_eq!((&credited["state"], &credited["delivery"]["confirmed_at"]), (&json!("delivered"), &Value::Null));
    assert_eq!(confirm(&hr, &id).await["delivery"]["confirmed_at"], AFTER);
}

#[tokio::test]
async fn a_lecturer_s_own_attendance_list_confirms_nothing() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at(AFTER));
    let teaching_hr = server.person(company.lecturer, &[Role::Hris]).await;
    let door = server.client(&[Role::Hris]).await;
    let id = teaching_hr.post("/v1/sessions", company.own_plan(company.lecturer)).await.id();
    let attendance = format!("/v1/sessions/{id}/attendance");
    teaching_hr.put(&attendance, "*", list_of(&[company.learner])).await.expect(200);
    assert_eq!(delivered(&teaching_hr, &id).await["delivery"]["confirmed_at"], Value::Null);
    teaching_hr.put(&attendance, "*", list_of(&[company.learner, company.colleague])).await.expect(200);
    assert_eq!(delivered(&teaching_hr, &id).await["delivery"]["confirmed_at"], Value::Null);
    door.put(&attendance, "*", list_of(&[company.learner])).await.expect(200);
    let session = door.get(&format!("/v1/sessions/{id}")).await.expect(200);
    assert_eq!(session["delivery"]["confirmed_at"], AFTER);
}

#[tokio::test]
async fn a_late_list_brings_nobody_back() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at(AFTER));
    let door = server.client(&[Role::Hris]).await;
    let planned = door.post("/v1/sessions", company.plan(company.lecturer)).await;
    let path = format!("{}/attendance", planned.header("location"));
    let put = async |recorded_at: &str, people: &[Uuid]| {
        let mut list = list_of(people);
        list["recorded_at"] = json!(recorded_at);
        door.put(&path, "*", list).await.expect(200)
    };
    let (a, b) = (company.learner, company.colleague);
    put("2026-03-10T07:00:00Z", &[a, b]).await;
    let second = put("2026-03-10T07:20:00Z", &[a]).await;
    assert_eq!((&second["present"], &second["removed"]), (&json!(1), &json!(1)));
    let late = put("2026-03-10T07:10:00Z", &[a, b]).await;
    assert_eq!((&late["present"], &late["stale"], &late["removed"]), (&json!(1), &json!(2), &json!(0)));
    assert_eq!(late["etag"], second["etag"], "nothing has changed");
    // Also where the list that stands names nobody.
    put("2026-03-10T07:40:00Z", &[]).await;
    assert_eq!(put("2026-03-10T07:30:00Z", &[a, b]).await["present"], 0);
    assert_eq!(door.get(&path).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn the_audience_is_not_chosen_after_the_session_by_its_lecturer() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let lecturer = server.person_token(server.tenant, company.lecturer);
    let planned = lecturer.post("/v1/sessions", company.own_plan(company.lecturer)).await;
    let path = format!("{}/audience", planned.header("location"));
    let friends = json!({"employee_ids": [company.colleague]});
    lecturer.put(&path, "*", json!({"employee_ids": [company.learner]})).await.expect(200);
    server.clock.set(at(AFTER));
    let lecturer = server.person_token(server.tenant, company.lecturer);
    assert_eq!(lecturer.put(&path, "*", friends.clone()).await.problem(409), "state_conflict", "it has begun");
    delivered(&lecturer, &planned.id()).await;
    assert_eq!(lecturer.put(&path, "*", friends.clone()).await.problem(409), "state_conflict");
    let mut past = company.own_plan(company.lecturer);
    past["audience"] = json!([company.colleague]);
    let past = lecturer.post("/v1/sessions", past).await;
    assert_eq!((past.problem(422), past.faults()), ("invalid_values", vec![("/audience", "not_eligible")]));
    let manager = server.person_token(server.tenant, company.manager);
    manager.put(&path, "*", friends).await.expect(200);
}

/// What is made by an administrator who teaches is no second word on what they teach.
#[tokio::test]
async fn a_machine_s_word_is_that_of_who_answers_for_it() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at(AFTER));
    let teaching_admin = server.person(company.lecturer, &[Role::Admin]).await;
    let made = json!({"name": "door", "roles": ["hris"]});
    let made = teaching_admin.post("/v1/api-clients", made).await.expect(201);
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let anonymous = server.anonymous();
    let asked = anonymous.request(Method::POST, "/oauth/token").body(form);
    let asked = asked.header("content-type", "application/x-www-form-urlencoded");
    let token = anonymous.send(asked).await.expect(200)["access_token"].as_str().unwrap().to_owned();
    let machine = server.with_token(token);

    let id = machine.post("/v1/sessions", company.own_plan(company.lecturer)).await.id();
    let reported = delivered(&machine, &id).await;
    assert_eq!(reported["delivery"]["reported_by"]["employee_number"], "L");
    assert_eq!(reported["delivery"]["confirmed_at"], Value::Null);
    machine.put(&format!("/v1/sessions/{id}/attendance"), "*", list_of(&[company.learner])).await.expect(200);
    let session = machine.get(&format!("/v1/sessions/{id}")).await.expect(200);
    assert_eq!(session["delivery"]["confirmed_at"], Value::Null);
    let confirm_path = format!("/v1/sessions/{id}/confirm-delivery");
    let refused = machine.send(machine.request(Method::POST, &confirm_path)).await;
    assert_eq!(refused.problem(403), "self_approval");
    let another = server.person(company.manager, &[Role::Admin]).await;
    assert_eq!(confirm(&another, &id).await["delivery"]["confirmed_by"]["employee_number"], "B");
}

#[tokio::test]
async fn a_lecturer_s_own_list_shuts_nobody_else_s_out() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    server.clock.set(at(AFTER));
    let teaching_hr = server.person(company.lecturer, &[Role::Hris]).await;
    let door = server.client(&[Role::Hris]).await;
    let id = door.post("/v1/sessions", company.plan(company.lecturer)).await.id();
    let path = format!("/v1/sessions/{id}/attendance");
    teaching_hr.put(&path, "*", list_of(&[company.learner, company.colleague])).await.expect(200);
    let mut earlier = list_of(&[company.learner]);
    earlier["recorded_at"] = json!("2026-03-10T07:30:00Z");
    let stands = door.put(&path, "*", earlier).await.expect(200);
    assert_eq!((&stands["present"], &stands["stale"]), (&json!(1), &json!(0)));
}
