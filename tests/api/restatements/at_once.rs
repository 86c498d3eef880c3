//! Restatements beside each other and beside approvals, and that a large one gives what it would give in one piece.

use serde_json::json;
use uuid::Uuid;

use super::{ATTENDED, Closed, admin, entry};
use crate::closing::finished;
use crate::support::{TestServer, literal};

#[tokio::test]
async fn of_two_restatements_at_once_one_waits() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, "SELECT").await;
    let second_worker = server.another_worker().await;
    closed.forgotten(1, 20).await;
    let (one, other) = tokio::join!(closed.ordered(), closed.ordered());
    for ordered in [one, other] {
        match ordered.status {
            202 => drop(finished(&closed.maker, &ordered).await),
            _ => assert_eq!(ordered.problem(409), "restatement_waiting"),
        }
    }
    assert_eq!(closed.number("SELECT count(*) FROM restatements").await, 1);
    assert_eq!(closed.number("SELECT count(*) FROM snapshots").await, 2);
    second_worker.stop().await;
}

#[tokio::test]
async fn accepting_beside_an_approval_and_beside_itself_has_the_effect_of_one() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server, ATTENDED).await;
    closed.forgotten(1, 20).await;
    let restatement = closed.proposed().await;
    let whole = json!({"programme_id": closed.march.programme, "period": "2026-03"});
    let third = admin(&server).await;
    let accept = format!("{restatement}/accept");
    let (approved, one, other) = tokio::join!(
        third.post_keyed("/v1/rewards/approve-batch", "whole", whole.clone()),
        closed.checker.act(&accept, "*", Some(json!({}))),
        third.act(&accept, "*", Some(json!({}))),
    );
    approved.expect(200);
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, other.text);
    third.post_keyed("/v1/rewards/approve-batch", "rest", whole).await.expect(200);
    let expected = [
        entry("E1", "bonus", 80_000),
        entry("E1", "minutes", 7_500),
        entry("E2", "bonus", 80_000),
        entry("E2", "minutes", 7_500),
    ];
    assert_eq!(closed.ledger().await, expected);
    let waiting = closed.checker.get("/v1/rewards?state=granted").await.expect(200);
    assert_eq!(waiting["items"], json!([]), "everything is approved, each once");
}

#[tokio::test]
async fn restatements_do_not_depend_on_the_chunks() {
    let mut found = Vec::new();
    for chunk in [1_000, 2, 1] {
        let server = TestServer::start().await;
        let closed = Closed::new(&server, ATTENDED).await;
        closed.forgotten(1, 20).await;
        closed
            .march
            .given
            .sql
            .batch_execute("UPDATE lecturer_group_memberships SET valid_to = '2020-02-01'")
            .await
            .unwrap();
        let request =
            json!({"programme": closed.march.programme, "period": "2026-03", "reason": "Anew", "chunk": chunk});
        let job = closed
            .march
            .given
            .job(&[
                ("kind", literal("restate_period")),
                ("state", literal("queued")),
                ("request", literal(&request.to_string())),
                ("run_after", literal("2026-04-07T00:00:00Z")),
                ("requested_by_kind", literal("system")),
                ("requested_by_id", literal(&Uuid::nil().to_string())),
            ])
            .await;
        let job = closed.maker.job_ended(&format!("/v1/jobs/{job}")).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        let restatement = format!("/v1/restatements/{}", job["result"]["restatement_id"].as_str().unwrap());
        let lines = closed.lines(&restatement).await;
        assert_eq!(lines.iter().filter(|line| line["after"].is_null()).count(), 1, "the third is in no group any more");
        closed.accepted(&restatement).await;
        let snapshot = closed.checker.get(&closed.march.path("snapshots/2")).await.expect(200);
        let replay = closed.checker.get(&closed.march.path("snapshots/2/replay")).await.expect(200);
        assert_eq!(replay["matches"], true, "{replay}");
        found.push((snapshot["digest"].clone(), closed.proposals(&restatement).await));
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
}
