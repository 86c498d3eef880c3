//! Held fees, what corrects them, and what is paid once.

use futures_util::future::join;
use lectern::auth::Role;
use serde_json::{Value, json};

use crate::closing::{March, finished};
use crate::people_merge::Two;
use crate::programmes::person;
use crate::session_fees::{act, fees, held, of_day, taught};
use crate::support::{Answer, Client, TestServer, at};

async fn adjust(client: &Client, fee: &Value, minor: i64) -> Answer {
    let (id, body) = (fee["id"].as_str().unwrap(), json!({"amount_minor": minor, "currency": "CNY"}));
    client
        .post_keyed(&format!("/v1/rewards/{id}/adjustments"), id, json!({"amount": body, "reason": "课时重复计算"}))
        .await
}

async fn now(client: &Client, reward: &Value) -> Value {
    client.get(&format!("/v1/rewards/{}", reward["id"].as_str().unwrap())).await.expect(200)
}

async fn certified(client: &Client, march: &March<'_>, from: &str) {
    let certificate = json!({"employee_id": march.lecturers[0], "kind": "ttt", "issuer": "学院", "starts_on": from});
    client.post("/v1/competence-certificates", certificate).await.expect(201);
}

/// The path of a restatement of March.
async fn proposed(march: &March<'_>, maker: &Client) -> String {
    let ordered = maker.post(&march.path("restate"), json!({"reason": "更正"})).await;
    let result = finished(maker, &ordered).await;
    format!("/v1/restatements/{}", result["restatement_id"].as_str().unwrap())
}

/// One restates March, and the other accepts it.
async fn restated(march: &March<'_>, maker: &Client, checker: &Client) {
    let restatement = proposed(march, maker).await;
    checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await.expect(200);
}

/// It goes with it as well: by two people, who do not release it by itself, or by a restatement.
#[tokio::test]
async fn what_people_enter_to_correct_a_held_fee_waits_with_it() {
    let server = TestServer::start().await;
    let (march, [asker, supplier, decider]) = held(&server, json!({})).await;
    let first = of_day(&asker, "E1", "2026-03-10").await;
    let second = of_day(&asker, "E1", "2026-03-11").await;
    let of_first = adjust(&asker, &first, -5_000).await.expect(201);
    let of_second = adjust(&asker, &second, -5_000).await.expect(201);
    assert_eq!((&of_first["state"], &of_first["hold"]), (&json!("held"), &first["hold"]));
    assert_eq!(act(&asker, &of_first, "release-request").await.problem(409), "state_conflict");
    assert_eq!(act(&decider, &of_first, "approve").await.problem(409), "state_conflict");
    act(&asker, &first, "release-request").await.expect(200);
    act(&decider, &first, "release").await.expect(200);
    assert_eq!(now(&asker, &of_first).await["state"], "granted");
    certified(&supplier, &march, "2026-03-11").await;
    restated(&march, &asker, &decider).await;
    assert_eq!(now(&asker, &second).await["state"], "granted");
    assert_eq!(now(&asker, &of_second).await["state"], "granted");
}

#[tokio::test]
async fn what_is_taken_back_of_a_fee_over_budget_stays_held_when_its_gates_let_it_go() {
    let server = TestServer::start().await;
    let limits = json!({"budget_minor": 1, "over_budget": "hold", "take_back": "adjust"});
    let (march, [asker, decider, _]) = held(&server, limits).await;
    let first = of_day(&asker, "E1", "2026-03-10").await;
    let shorter = "UPDATE sessions SET delivered_minutes = 30 WHERE delivered_start::date = '2026-03-10'
                      AND id IN (SELECT session_id FROM reward_entries WHERE amount_minor = 20000)";
    march.given.sql.batch_execute(shorter).await.unwrap();
    restated(&march, &asker, &decider).await;
    let found = asker.get(&format!("/v1/rewards?corrects_id={}", first["id"].as_str().unwrap())).await.expect(200);
    let back = &found["items"][0];
    assert_eq!((&back["amount"]["amount_minor"], &back["hold"]["cause"]), (&json!(-10_000), &json!("gate")));
    act(&asker, &first, "release-request").await.expect(200);
    act(&decider, &first, "release").await.expect(200);
    for reward in [&first, back] {
        let reward = now(&asker, reward).await;
        assert_eq!((&reward["state"], &reward["hold"]["cause"]), (&json!("held"), &json!("budget")));
    }
}

/// It would miss what is taken back at the same time.
#[tokio::test]
async fn a_release_waits_for_whoever_corrects_rewards_of_the_period() {
    let server = TestServer::start().await;
    let (_, [asker, decider, _]) = held(&server, json!({})).await;
    let first = of_day(&asker, "E1", "2026-03-10").await;
    act(&asker, &first, "release-request").await.expect(200);
    let (owner, watcher) = (server.database.owner().await, server.database.owner().await);
    owner.batch_execute("BEGIN; SELECT FROM periods WHERE period = '2026-03' FOR UPDATE").await.unwrap();
    let meanwhile = async {
        server.database.until_blocked(&watcher, 1).await;
        owner.batch_execute("ROLLBACK").await.unwrap();
    };
    let (released, ()) = join(act(&decider, &first, "release"), meanwhile).await;
    assert_eq!(released.expect(200)["state"], "granted");
}

#[tokio::test]
async fn who_supplied_what_was_missing_is_known_after_a_merge_of_the_lecturer() {
    let server = TestServer::start().await;
    let (march, [asker, supplier, decider]) = held(&server, json!({})).await;
    let first = of_day(&asker, "E1", "2026-03-10").await;
    certified(&supplier, &march, "2026-03-01").await;
    let kept = march.given.employee("K1").await;
    Two::new(&server).await.merge(kept, march.lecturers[0]).await;
    act(&asker, &first, "release-request").await.expect(200);
    assert_eq!(act(&supplier, &first, "release").await.problem(403), "self_approval");
    act(&decider, &first, "release").await.expect(200);
}

/// A session that March would pay for is corrected into April, and April pays for it before March's restatement is accepted.
#[tokio::test]
async fn a_restatement_pays_for_no_session_that_another_period_has_paid_for_since() {
    let server = TestServer::start().await;
    let march = taught(&server, &json!({})).await;
    let moved = async |by: &str| {
        let sql = format!(
            "UPDATE sessions SET delivered_start = delivered_start {by} interval '1 month',
                                 scheduled_start = scheduled_start {by} interval '1 month'
              WHERE extract(day FROM delivered_start) = 12"
        );
        march.given.sql.batch_execute(&sql).await.unwrap();
    };
    moved("+").await;
    let maker = person(&server, &[Role::Admin]).await;
    march.closed_by(&maker).await;
    moved("-").await;
    let restatement = proposed(&march, &maker).await;
    moved("+").await;
    server.clock.set(at("2026-05-07T01:00:00Z"));
    let [closer, checker] = [person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await];
    let ordered = closer.post(&march.path("close").replace("2026-03", "2026-04"), json!({})).await;
    assert_eq!(finished(&closer, &ordered).await["reward_total_minor"], 20_000);
    let refused = checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await;
    assert_eq!(refused.problem(409), "restatement_outdated");
    let paid = fees(&march).await.into_iter().filter(|(_, day, _)| *day == 12);
    assert_eq!(paid.map(|(_, _, minor)| minor).collect::<Vec<_>>(), [20_000]);
}
