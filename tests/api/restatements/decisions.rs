//! What is declined, rejected or corrected by hand stays decided until its facts change, and what is refused.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ATTENDED, Closed, entry, proposal};
use crate::support::TestServer;

#[tokio::test]
async fn what_cannot_be_restated_or_accepted_is_refused_by_name() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, "SELECT").await;
    let reason = json!({"reason": "Why not?"});
    let path = |period: &str| closed.march.path("restate").replace("2026-03", period);
    assert_eq!(closed.maker.post(&path("2026-04"), reason.clone()).await.problem(409), "state_conflict");
    assert_eq!(closed.maker.post(&path("2026-Q1"), reason.clone()).await.problem(404), "not_found");
    let nobody = format!("/v1/programmes/{}/periods/2026-03/restate", Uuid::nil());
    assert_eq!(closed.maker.post(&nobody, reason.clone()).await.problem(404), "not_found");
    assert_eq!(closed.maker.post(&path("2026-03"), json!({})).await.problem(422), "invalid_body");

    closed.forgotten(1, 20).await;
    let restatement = closed.proposed().await;
    let again = closed.ordered().await;
    assert_eq!(again.problem(409), "restatement_waiting");
    assert!(restatement.ends_with(again.body["restatement_id"].as_str().unwrap()));
    let accept = format!("{restatement}/accept");
    assert_eq!(closed.maker.act(&accept, "*", Some(json!({}))).await.problem(403), "self_approval");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(machine.act(&accept, "*", Some(json!({}))).await.problem(403), "person_required");
    assert_eq!(closed.checker.act(&accept, "\"9\"", Some(json!({}))).await.problem(412), "precondition_failed");
    let missing = format!("/v1/restatements/{}", Uuid::nil());
    for path in [missing.clone(), format!("{missing}/lines")] {
        assert_eq!(closed.checker.get(&path).await.problem(404), "not_found");
    }
    closed.accepted(&restatement).await;
    assert_eq!(closed.checker.act(&accept, "*", Some(json!({}))).await.problem(409), "state_conflict");
    assert_eq!(closed.ledger().await.len(), 4, "nothing was entered twice");
}

#[tokio::test]
async fn a_declined_restatement_is_read_by_nobody_and_the_period_can_be_restated_again() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, "SELECT").await;
    closed.forgotten(1, 20).await;
    let first = closed.proposed().await;
    let refused = closed.checker.act(&format!("{first}/decline"), "*", Some(json!({}))).await;
    assert_eq!(refused.problem(422), "invalid_body");
    let declined =
        closed.checker.act(&format!("{first}/decline"), "*", Some(json!({"reason": "Not yet checked."}))).await;
    assert_eq!(
        (&declined.body["state"], &declined.body["decision_reason"]),
        (&json!("declined"), &json!("Not yet checked."))
    );
    assert_eq!(
        closed.checker.act(&format!("{first}/accept"), "*", Some(json!({}))).await.problem(409),
        "state_conflict"
    );
    assert_eq!(closed.statement(1).await["scorecard"]["snapshot"]["number"], 1);
    for rest in ["snapshots/2", "snapshots/2/replay"] {
        assert_eq!(closed.checker.get(&closed.march.path(rest)).await.problem(404), "not_found", "{rest}");
    }
    assert_eq!(closed.number("SELECT count(*) FROM reward_entries WHERE kind = 'adjustment'").await, 0);

    let second = closed.proposed().await;
    assert_eq!(closed.proposals(&second).await, closed.proposals(&first).await);
    assert_eq!(closed.accepted(&second).await["number"], 3);
    let page = closed.checker.get(&closed.march.path("snapshots")).await.expect(200);
    let numbers: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|own| &own["number"]).collect();
    assert_eq!(numbers, [1, 3]);
    let list = closed.checker.get("/v1/restatements?state=declined&period=2026-03").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn declined_parts_and_rejected_rewards_stay_decided_until_their_facts_change() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, "SELECT").await;
    // The bonus of the second is rejected; the facts of the third change.
    let rewards = closed.checker.get("/v1/rewards?policy=bonus").await.expect(200);
    let bonus =
        rewards["items"].as_array().unwrap().iter().find(|own| own["amount"]["amount_minor"] == 30_000).unwrap();
    let path = format!("/v1/rewards/{}/reject", bonus["id"].as_str().unwrap());
    closed.checker.act(&path, "*", Some(json!({"reason": "Not earned."}))).await.expect(200);
    closed.forgotten(2, 20).await;
    let restatement = closed.proposed().await;
    assert!(closed.proposals(&restatement).await.is_empty(), "a third of the points earns nothing");
    closed.accepted(&restatement).await;

    // Two more sessions of the third: excellent, first place shared. One part is declined.
    closed.forgotten(2, 21).await;
    closed.forgotten(2, 22).await;
    let restatement = closed.proposed().await;
    let found = closed.proposals(&restatement).await;
    let of_third: Vec<_> = found.iter().filter(|own| own.0 == "E3").cloned().collect();
    let expected = [
        proposal("E3", "certificate", "most", 0),
        proposal("E3", "grant", "bonus", 80_000),
        proposal("E3", "grant", "minutes", 7_500),
    ];
    assert_eq!(of_third, expected);
    assert!(
        !found.iter().any(|own| own.0 == "E2" && own.2 == "bonus"),
        "rejected, and nothing about it has changed: {found:?}"
    );
    let lines = closed.lines(&restatement).await;
    let third = lines.iter().find(|line| line["employee"]["employee_number"] == "E3").unwrap();
    let part = third["proposals"].as_array().unwrap().iter().find(|own| own["policy"] == "bonus").unwrap();
    let accept = format!("{restatement}/accept");
    let declining = |id: &Value| json!({"proposal_id": id, "reason": "Two of them were given together."});
    let unknown = json!({"declined": [declining(&json!(Uuid::nil())), declining(&part["id"]), declining(&part["id"])]});
    let refused = closed.checker.act(&accept, "*", Some(unknown)).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let faults = [("/declined/0/proposal_id", "not_found"), ("/declined/2/proposal_id", "duplicate")];
    assert_eq!(refused.faults(), faults);
    let accepted =
        closed.checker.act(&accept, "*", Some(json!({"declined": [declining(&part["id"])]}))).await.expect(200);
    assert_eq!((&accepted["state"], &accepted["totals"]["declined_count"]), (&json!("accepted"), &json!(1)));
    assert!(!closed.ledger().await.contains(&entry("E3", "bonus", 80_000)));
    assert_eq!(closed.restated().await["restatement_id"], Value::Null, "it was decided");

    // Their facts change: what was rejected and what was declined is due again.
    closed.forgotten(2, 23).await;
    closed.forgotten(1, 24).await;
    let found = closed.proposals(&closed.proposed().await).await;
    for due in [proposal("E2", "grant", "bonus", 80_000), proposal("E3", "grant", "bonus", 80_000)] {
        assert!(found.contains(&due), "{found:?}");
    }
}

#[tokio::test]
async fn what_was_corrected_by_hand_is_counted_once_its_facts_change() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, "SELECT").await;
    let rewards = closed.checker.get("/v1/rewards?policy=bonus").await.expect(200);
    let bonus =
        rewards["items"].as_array().unwrap().iter().find(|own| own["amount"]["amount_minor"] == 30_000).unwrap();
    let less = json!({"amount": {"amount_minor": -10_000, "currency": "CNY"}, "reason": "One session was short."});
    let path = format!("/v1/rewards/{}/adjustments", bonus["id"].as_str().unwrap());
    closed.checker.post_keyed(&path, "less", less).await.expect(201);
    closed.forgotten(2, 20).await;
    let restatement = closed.proposed().await;
    assert!(closed.proposals(&restatement).await.is_empty());
    closed.accepted(&restatement).await;
    closed.forgotten(1, 21).await;
    let found = closed.proposals(&closed.proposed().await).await;
    assert!(found.contains(&proposal("E2", "grant", "bonus", 60_000)), "80000 less the 20000 that are left: {found:?}");
}

#[tokio::test]
async fn what_was_rejected_since_the_proposal_is_not_taken_back() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, ATTENDED).await;
    closed.forgotten(1, 20).await;
    let restatement = closed.proposed().await;
    let rewards = closed.checker.get("/v1/rewards?policy=minutes").await.expect(200);
    let first =
        rewards["items"].as_array().unwrap().iter().find(|own| own["amount"]["amount_minor"] == 10_000).unwrap();
    let path = format!("/v1/rewards/{}/reject", first["id"].as_str().unwrap());
    closed.checker.act(&path, "*", Some(json!({"reason": "Counted twice."}))).await.expect(200);
    let refused = closed.checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await;
    assert_eq!(refused.problem(409), "restatement_outdated");
    assert_eq!(refused.body["employee_ids"], json!([closed.march.lecturers[0]]));
    assert_eq!(closed.statement(1).await["scorecard"]["snapshot"]["number"], 1);
    let why = json!({"reason": "The ledger has changed."});
    closed.checker.act(&format!("{restatement}/decline"), "*", Some(why)).await.expect(200);
    let found = closed.proposals(&closed.proposed().await).await;
    assert!(found.contains(&proposal("E1", "grant", "minutes", 7_500)), "{found:?}");
}
