//! Rejected rewards of a period that was restated since: they are taken up again only if the restatement has not decided them anew.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::adjustments::{Desk, act, adjust, balances, no, yuan};
use crate::closing::{March, finished};
use crate::support::{Client, TestServer, at};

/// A restatement grants anew what the changed facts earn, so the rejected award of before would come on top.
#[tokio::test]
async fn what_a_restatement_has_decided_anew_is_not_taken_up_again() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    let second = desk.march.lecturers[1];
    let query = format!("/v1/rewards?policy=bonus&employee_id={second}");
    let bonus = desk.checker.get(&query).await.expect(200)["items"][0].clone();
    let rejected = act(&desk.checker, &bonus, "reject", Some(no())).await.expect(200);
    desk.march.given.delivered_session(desk.march.programme, second, "2026-03-20T02:00:00Z", 10).await;
    let ordered = desk.maker.post(&desk.march.path("restate"), json!({"reason": "补登分享"})).await;
    let restated = finished(&desk.maker, &ordered).await;
    let accept = format!("/v1/restatements/{}/accept", restated["restatement_id"].as_str().unwrap());
    server.clock.set(at("2026-04-07T01:01:00Z"));
    desk.checker.act(&accept, "*", Some(json!({}))).await.expect(200);
    let reason = Some(json!({"reason": "经核对无误"}));
    let refused = act(&desk.closer, &rejected, "reconsider", reason).await;
    assert_eq!(refused.problem(409), "state_conflict");
    assert!(refused.text.contains("decided anew by a restatement"), "{}", refused.text);
    let all = balances(&desk.checker).await;
    let own = all.iter().find(|of| of["employee"]["id"] == json!(second)).unwrap();
    let bonus = own["balances"].as_array().unwrap().iter().find(|one| one["policy"] == "bonus").unwrap();
    assert_eq!((&bonus["unbatched"], &bonus["voided"]), (&yuan(800), &yuan(300)));
}

/// One of a lecturer's two sessions did not take place after all: no bonus is due.
pub async fn missed(client: &Client, march: &March<'_>, lecturer: Uuid) {
    let sql =
        "SELECT session_id::text FROM session_lecturers WHERE employee_id = $1::text::uuid ORDER BY session_id LIMIT 1";
    let row = march.given.sql.query_one(sql, &[&lecturer.to_string()]).await.unwrap();
    let path = format!("/v1/sessions/{}/miss", row.get::<_, String>(0));
    client.post(&path, json!({"reason": "当天未举行"})).await.expect(200);
}

/// The path of the restatement that this person has ordered.
pub async fn proposed(client: &Client, march: &March<'_>) -> String {
    let ordered = client.post(&march.path("restate"), json!({"reason": "更正"})).await;
    format!("/v1/restatements/{}", finished(client, &ordered).await["restatement_id"].as_str().unwrap())
}

#[tokio::test]
async fn what_a_restatement_no_longer_finds_due_is_not_taken_up_again() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    let [first, second, _] = desk.march.lecturers;
    let reward = async |policy: &str, of: Uuid| {
        let query = format!("/v1/rewards?policy={policy}&employee_id={of}");
        desk.checker.get(&query).await.expect(200)["items"][0].clone()
    };
    let more = adjust(&desk.maker, &reward("minutes", second).await, 7_000).await.expect(201);
    let mut rejected = Vec::new();
    for own in [reward("bonus", second).await, more, reward("minutes", first).await] {
        rejected.push(act(&desk.checker, &own, "reject", Some(no())).await.expect(200));
    }
    missed(&desk.maker, &desk.march, second).await;
    let restatement = proposed(&desk.maker, &desk.march).await;
    server.clock.set(at("2026-04-07T01:01:00Z"));
    desk.checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await.expect(200);
    let again = async |own: &Value| act(&desk.closer, own, "reconsider", Some(no())).await;
    for own in &rejected[..2] {
        assert_eq!(again(own).await.problem(409), "state_conflict", "by hand or not: it was decided anew");
    }
    assert_eq!(again(&rejected[2]).await.expect(200)["state"], "granted", "nothing about the first has changed");
}
