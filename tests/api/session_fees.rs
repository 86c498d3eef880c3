//! Teaching fees: what a close grants for each session, by the facts of its day.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::closing::March;
use crate::programmes::person;
use crate::support::{Answer, Client, TestServer, literal};

/// Sessions of the first lecturer on 10, 11 and 12 March, of the second on 10 and 11 March, an hour each. Seniors get 200.00, others
/// 100.00; on a holiday twice as much.
pub async fn taught<'s>(server: &'s TestServer, more: &Value) -> March<'s> {
    let march = March::taught(server).await;
    let mut fee = json!({
        "kind": "session_fee", "code": "fee", "priority": 1, "pay_item_code": "LR", "rates_minor": {"senior": 20_000},
        "default_rate_minor": 10_000, "roles": {"assistant": "0.5"}, "factors": [{"by": "day_kind", "values": {"holiday": 2}}],
    });
    fee.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let document = literal(&json!({ "policies": [fee] }).to_string());
    let sql = format!(
        "UPDATE reward_policy_sets SET document = {document};
         INSERT INTO lecturer_levels (tenant_id, id, lecturer_id, level, valid_from, created_at, updated_at)
         SELECT tenant_id, gen_random_uuid(), id, 'senior', '2026-03-01', now(), now() FROM lecturers WHERE employee_id = '{}'",
        march.lecturers[0]
    );
    march.given.sql.batch_execute(&sql).await.unwrap();
    march
}

/// Lists these days of March, and no others.
pub async fn listed(client: &Client, days: Value) -> Answer {
    client.send(client.request(Method::PUT, "/v1/calendar/2026-03").json(&json!({ "days": days }))).await
}

/// Lecturer, day of the session and amount of each reward.
pub async fn fees(march: &March<'_>) -> Vec<(String, i32, i64)> {
    let sql = "SELECT o.employee_number, extract(day FROM s.delivered_start)::integer, e.amount_minor
                 FROM reward_entries e
                 JOIN employees o ON o.id = e.employee_id
                 JOIN sessions s ON s.id = e.session_id
                ORDER BY 1, 2";
    let rows = march.given.sql.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

fn fee(number: &str, day: i32, amount: i64) -> (String, i32, i64) {
    (number.to_owned(), day, amount)
}

#[tokio::test]
async fn a_close_grants_a_fee_for_each_session() {
    let server = TestServer::start().await;
    let march = taught(&server, &json!({})).await;
    let hr = person(&server, &[Role::Admin]).await;
    let holiday = json!([{"day": "2026-03-11", "kind": "holiday", "name": "植树节"}]);
    listed(&hr, holiday).await.expect(200);
    march
        .given
        .sql
        .batch_execute(
            "UPDATE session_lecturers SET role = 'assistant' WHERE session_id IN
        (SELECT id FROM sessions WHERE delivered_start::date = '2026-03-12')",
        )
        .await
        .unwrap();
    let result = march.closed_by(&hr).await;
    assert_eq!(result["reward_total_minor"], 100_000);
    let granted = [
        fee("E1", 10, 20_000),
        fee("E1", 11, 40_000),
        fee("E1", 12, 10_000),
        fee("E2", 10, 10_000),
        fee("E2", 11, 20_000),
    ];
    assert_eq!(fees(&march).await, granted);
    let rewards = hr.get("/v1/rewards").await.expect(200);
    let rewards = rewards["items"].as_array().unwrap();
    assert!(rewards.iter().all(|reward| reward["session_id"].is_string() && reward["policy"] == "fee"));
    // What was frozen gives the same again, and nothing has changed since.
    let none = hr.get(&march.path("late-facts")).await.expect(200);
    assert_eq!(none["items"], json!([]));
    // A day that becomes another one is a late fact of those who taught on it.
    let told = listed(&hr, json!([])).await.expect(200);
    assert_eq!(told["period_closed"][0]["period"], "2026-03");
    let late = hr.get(&march.path("late-facts")).await.expect(200);
    let late = late["items"].as_array().unwrap();
    assert_eq!(late.len(), 2);
    let field = json!({"name": "day_kind", "before": "holiday", "after": "workday"});
    assert!(late.iter().all(|own| own["facts"][0]["fields"] == json!([field])), "{late:?}");
}

#[tokio::test]
async fn the_calendar_of_a_period_is_replaced_as_a_whole() {
    let server = TestServer::start().await;
    let (hr, learner) = (person(&server, &[Role::Hris]).await, person(&server, &[Role::Learner]).await);
    let holiday = json!({"day": "2026-03-11", "kind": "holiday", "name": "植树节"});
    let worked = json!({"day": "2026-03-14", "kind": "workday", "name": null});
    listed(&hr, json!([worked, holiday])).await.expect(200);
    let found = learner.get("/v1/calendar/2026").await.expect(200);
    assert_eq!(found["days"], json!([holiday, worked]), "in their order");
    let refused = listed(&hr, json!([worked, {"day": "2026-04-01", "kind": "holiday"}, worked])).await;
    assert_eq!((refused.problem(422), refused.faults().len()), ("invalid_values", 2));
    assert_eq!(refused.faults(), [("/days/1/day", "out_of_range"), ("/days/2/day", "duplicate")]);
    assert_eq!(listed(&learner, json!([])).await.problem(403), "forbidden");
    listed(&hr, json!([])).await.expect(200);
    assert_eq!(learner.get("/v1/calendar/2026-Q1").await.expect(200)["days"], json!([]));
}
