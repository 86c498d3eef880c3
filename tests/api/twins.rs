//! The same request twice at the same moment: one of them does it, the other is told so. Nobody is told of an internal error.

use futures_util::future::join_all;
use lectern::auth::Role;
use serde_json::{Value, json};

use crate::closing::{finished, rule};
use crate::payroll::pay_item;
use crate::support::{TestServer, at};

const AT_ONCE: usize = 4;

#[tokio::test]
async fn two_first_closes_of_a_period_answer_as_one() {
    let server = TestServer::start().await;
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let given = server.given().await;
    let client = server.person(server.state.ids.next(), &[Role::Admin]).await;
    for round in 0..12 {
        let group = given.group(&format!("g{round}")).await;
        let programme = given.programme(&format!("p{round}"), group).await;
        given.published("scoring_rules", programme, 1, "2026-03", &rule()).await;
        let path = format!("/v1/programmes/{programme}/periods/2026-03/close");
        let ordered = join_all((0..AT_ONCE).map(|_| client.post(&path, json!({})))).await;
        let mut results = Vec::new();
        for one in &ordered {
            results.push(finished(&client, one).await);
        }
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
        assert_eq!(results[0]["already_closed"], false, "{results:?}");
        if round == 11 {
            server.clock.set(at("2026-04-07T01:00:01Z"));
            let later = finished(&client, &client.post(&path, json!({})).await).await;
            assert_eq!(later["already_closed"], true, "who closes it again changes nothing, and is told: {later}");
            assert_eq!(later["snapshot_id"], results[0]["snapshot_id"]);
        }
    }
}

/// What can be made only once, by path and body; `{n}` is the round.
fn once(employee: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("/v1/departments", json!({"code": "D{n}", "name": "D"})),
        ("/v1/employees", json!({"employee_number": "N{n}", "name": "N"})),
        ("/v1/lecturer-groups", json!({"code": "g{n}", "name": "G"})),
        ("/v1/lecturers", json!({"employee_id": employee, "appointed_on": "2026-0{n}-01"})),
        ("/v1/pay-items", pay_item("I{n}")),
        ("/v1/pay-groups", json!({"code": "G{n}", "name": "G"})),
        (
            "/v1/programmes",
            json!({"code": "p{n}", "name": "P", "currency": "CNY", "time_zone": "Asia/Shanghai", "cycle": "month"}),
        ),
    ]
}

#[tokio::test]
async fn what_can_be_made_once_is_made_once() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let client = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let employee = given.employee("E1").await.to_string();
    for round in 1..4 {
        for (path, body) in once(&employee) {
            let body: Value = serde_json::from_str(&body.to_string().replace("{n}", &round.to_string())).unwrap();
            let answers = join_all((0..AT_ONCE).map(|_| client.post(path, body.clone()))).await;
            let made = answers.iter().filter(|answer| answer.status == 201).count();
            let is_new = round == 1 || path != "/v1/lecturers";
            assert_eq!(made, usize::from(is_new), "{path}: {answers:?}");
            assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409 | 422)), "{path}: {answers:?}");
        }
    }
}

/// A role waits for a second person: however often it is asked for, one change waits.
#[tokio::test]
async fn a_role_that_is_asked_for_several_times_waits_once() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let client = server.person(server.state.ids.next(), &[Role::Admin]).await;
    for round in 0..3 {
        let employee = given.employee(&format!("E{round}")).await;
        let body = json!({"employee_id": employee, "role": "auditor"});
        let answers = join_all((0..AT_ONCE).map(|_| client.post("/v1/role-grants", body.clone()))).await;
        assert!(answers.iter().all(|answer| answer.status == 202), "{answers:?}");
        assert!(answers.iter().all(|answer| answer.id() == answers[0].id()), "they answer as one: {answers:?}");
    }
    let waiting = client.get("/v1/access-changes").await.expect(200);
    assert_eq!(waiting["items"].as_array().unwrap().len(), 3, "{waiting}");
}

#[tokio::test]
async fn what_may_be_there_already_is_taken_again() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let client = server.person(server.state.ids.next(), &[Role::Admin]).await;
    for round in 0..4 {
        let person = |i| json!({"employee_number": format!("B{round}-{i}"), "name": "Somebody"});
        let body = json!({"mode": "per_item", "items": (0..20).map(person).collect::<Vec<_>>()});
        let answers = join_all((0..AT_ONCE).map(|_| client.post("/v1/employees/batch", body.clone()))).await;
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409)), "{answers:?}");
    }
    let count = "SELECT count(*) FROM employees WHERE employee_number LIKE 'B%'";
    assert_eq!(given.sql.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 80);
}
