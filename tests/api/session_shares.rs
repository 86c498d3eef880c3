//! Who may give whom which share of a session.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sessions::{company, with};
use crate::support::{Answer, TestServer};

fn lecturers(shares: &[(Uuid, &str)]) -> Value {
    let shares: Vec<Value> =
        shares.iter().map(|(person, credit)| json!({"employee_id": person, "credit": credit})).collect();
    json!({"lecturers": shares})
}

#[track_caller]
fn assert_refused(answer: &Answer) {
    assert_eq!((answer.problem(422), answer.faults()), ("invalid_values", vec![("/lecturers", "not_eligible")]));
}

#[tokio::test]
async fn a_lecturer_plans_with_co_lecturers_at_equal_shares() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let (own, other, third) = (company.lecturer, company.stranger, company.colleague);
    let lecturer = server.person_token(server.tenant, own);
    let own_session = with(company.plan(own), json!({"kind": "voluntary"}));
    let plan = |shares: &[(Uuid, &str)]| with(own_session.clone(), lecturers(shares));
    assert_refused(&lecturer.post("/v1/sessions", plan(&[(own, "0.00000001"), (other, "0.99999999")])).await);
    assert_refused(&lecturer.post("/v1/sessions", plan(&[(other, "0.5"), (third, "0.5")])).await);
    let planned = lecturer.post("/v1/sessions", plan(&[(own, "0.5"), (other, "0.5")])).await;
    let path = format!("{}/lecturers", planned.header("location"));
    // Whoever is named may add, and nobody leaves another out.
    let co_lecturer = server.person_token(server.tenant, other);
    assert_refused(&co_lecturer.put(&path, "*", lecturers(&[(other, "1")])).await);
    assert_refused(&lecturer.put(&path, "*", lecturers(&[(other, "1")])).await);
    assert_refused(&lecturer.put(&path, "*", lecturers(&[(own, "0.6"), (other, "0.4")])).await);
    let thirds = lecturers(&[(own, "0.33"), (other, "0.33"), (third, "0.34")]);
    let shared = co_lecturer.put(&path, planned.etag(), thirds).await.expect(200);
    assert_eq!(shared["lecturers"].as_array().unwrap().len(), 3);
    // What HR has shared out unequally is HR's.
    let hr = server.client(&[Role::Hris]).await;
    hr.put(&path, "*", lecturers(&[(own, "0.9"), (other, "0.1")])).await.expect(200);
    assert_refused(&co_lecturer.put(&path, "*", lecturers(&[(own, "0.5"), (other, "0.5")])).await);
}

#[tokio::test]
async fn a_manager_shares_out_among_the_own_people() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let manager = server.person_token(server.tenant, company.manager);
    let (own, other) = (company.lecturer, company.colleague);
    let plan = |shares: &[(Uuid, &str)]| with(company.plan(own), lecturers(shares));
    let with_a_stranger = [(own, "0.01"), (company.stranger, "0.99")];
    assert_refused(&manager.post("/v1/sessions", plan(&with_a_stranger)).await);
    let planned = manager.post("/v1/sessions", plan(&[(own, "0.3"), (other, "0.7")])).await;
    planned.expect(201);
    let hr = server.client(&[Role::Hris]).await;
    let later = json!({"starts_at": "2026-03-11T06:00:00Z"});
    let shared = hr.post("/v1/sessions", with(plan(&[(own, "0.5"), (company.stranger, "0.5")]), later)).await;
    let path = format!("{}/lecturers", shared.header("location"));
    assert_refused(&manager.put(&path, "*", lecturers(&[(own, "1")])).await);
    let kept = lecturers(&[(own, "0.2"), (other, "0.3"), (company.stranger, "0.5")]);
    manager.put(&path, "*", kept).await.expect(200);
}

/// A role moves the fee, so it is not the lecturer's to set. What nothing is said of stays.
#[tokio::test]
async fn managers_and_hr_say_who_assists() {
    let server = TestServer::start().await;
    let company = company(&server.given().await).await;
    let (own, other) = (company.lecturer, company.colleague);
    let hr = server.client(&[Role::Hris]).await;
    let lecturer = server.person_token(server.tenant, own);
    let roles = |of_other: Value| {
        json!({"lecturers": [
            {"employee_id": own, "credit": "0.5"}, {"employee_id": other, "credit": "0.5", "role": of_other}]})
    };
    let voluntary = with(company.plan(own), json!({"kind": "voluntary"}));
    let refused = lecturer.post("/v1/sessions", with(voluntary.clone(), roles(json!("assistant")))).await;
    assert_eq!(refused.faults(), [("/lecturers/1/role", "not_eligible")]);
    let planned = hr.post("/v1/sessions", with(voluntary, roles(json!("assistant")))).await;
    let found = |answer: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lecturers = answer["lecturers"].as_array().unwrap();
        lecturers.iter().map(|own| (text(&own["employee"]["id"]), text(&own["role"]))).collect()
    };
    let path = format!("{}/lecturers", planned.header("location"));
    let both = [(own.to_string(), "lead".to_owned()), (other.to_string(), "assistant".to_owned())];
    assert_eq!(found(&planned.expect(201)), both);
    let refused = lecturer.put(&path, "*", roles(json!("co"))).await;
    assert_eq!(refused.faults(), [("/lecturers/1/role", "not_eligible")]);
    assert_eq!(found(&lecturer.put(&path, "*", roles(Value::Null)).await.expect(200)), both);
    let changed = hr.put(&path, "*", roles(json!("co"))).await.expect(200);
    assert_eq!(found(&changed)[1].1, "co");
}
