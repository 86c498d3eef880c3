//! Money that is held over budget, and what is taken back of it.

use serde_json::{Value, json};

use crate::adjustments::{act, adjust, admin, id, yuan};
use crate::adjustments_restated::{missed, proposed};
use crate::closing::March;
use crate::payroll::key;
use crate::support::{Client, TestServer};

/// Terms of a budget of 10 yuan: everything that March grants is held.
const HELD: &str = "UPDATE reward_policy_sets
                       SET document = document || '{\"budget_minor\": 1000, \"over_budget\": \"hold\", \"take_back\": \"adjust\"}'";

/// Two people raise the budget.
async fn raised(march: &March<'_>, maker: &Client, checker: &Client, to: i64) {
    let raises = march.path("budget-raises");
    let raise = maker.post(&raises, json!({"budget": yuan(to), "reason": "追加预算"})).await;
    checker.act(&format!("{raises}/{}/approve", raise.id()), "*", None).await.expect(200);
}

async fn approved(march: &March<'_>, checker: &Client) -> Value {
    let whole = json!({"programme_id": march.programme, "period": "2026-03"});
    checker.post_keyed("/v1/rewards/approve-batch", &key(), whole).await.expect(200)
}

/// It would be taken out of other money, while what it corrects cannot be paid.
#[tokio::test]
async fn what_is_taken_back_of_held_money_is_held_with_it() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    march.given.sql.batch_execute(HELD).await.unwrap();
    let [maker, checker] = [admin(&server).await, admin(&server).await];
    march.closed_by(&maker).await;
    missed(&maker, &march, march.lecturers[1]).await;
    let restatement = proposed(&maker, &march).await;
    checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await.expect(200);
    let own = checker.get(&restatement).await.expect(200);
    let query = format!("/v1/rewards?snapshot_id={}", own["snapshot_id"].as_str().unwrap());
    let found = checker.get(&query).await.expect(200)["items"].clone();
    let back = found[0].clone();
    assert_eq!(found.as_array().unwrap().len(), 1, "the differences of the restatement alone: {found}");
    assert_eq!((&back["state"], &back["amount"]), (&json!("held"), &yuan(-300)));
    assert_eq!(act(&checker, &back, "approve", None).await.problem(409), "state_conflict");
    raised(&march, &maker, &checker, 950).await;
    let approved = approved(&march, &checker).await;
    assert_eq!((&approved["approved_count"], &approved["totals"]), (&json!(5), &json!([yuan(950)])), "{approved}");
}

/// By hand as well: what lowers it waits with it, and somebody else approves both.
#[tokio::test]
async fn what_people_take_back_of_held_money_waits_with_it() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    march.given.sql.batch_execute(HELD).await.unwrap();
    let [closer, maker, checker] = [admin(&server).await, admin(&server).await, admin(&server).await];
    march.closed_by(&closer).await;
    let query = format!("/v1/rewards?policy=bonus&employee_id={}", march.lecturers[0]);
    let bonus = checker.get(&query).await.expect(200)["items"][0].clone();
    assert_eq!((&bonus["state"], &bonus["hold"]["cause"]), (&json!("held"), &json!("budget")));
    let back = adjust(&maker, &bonus, -30_000).await.expect(201);
    assert_eq!((&back["state"], &back["hold"]), (&json!("held"), &bonus["hold"]));
    let refused = act(&checker, &back, "approve", None).await;
    assert_eq!((refused.problem(409), &refused.body["needed_budget"]), ("state_conflict", &yuan(1250)));
    let these = checker.post_keyed("/v1/rewards/approve-batch", &key(), json!({"ids": [back["id"]]})).await;
    assert_eq!(these.faults(), [("/ids/0", "not_eligible")]);
    let none = approved(&march, &checker).await;
    assert_eq!((&none["approved_count"], &none["held_count"]), (&json!(0), &json!(5)), "{none}");
    // What adds something stands outside the budget.
    let more = adjust(&maker, &bonus, 2_000).await.expect(201);
    assert_eq!((&more["state"], &more["hold"]), (&json!("granted"), &json!(null)));

    raised(&march, &maker, &checker, 1250).await;
    assert_eq!(act(&maker, &back, "approve", None).await.problem(403), "self_approval");
    let rest = approved(&march, &maker).await;
    assert_eq!((&rest["approved_count"], &rest["own_count"], &rest["held_count"]), (&json!(4), &json!(2), &json!(0)));
    let own = approved(&march, &checker).await;
    assert_eq!((&own["approved_count"], &own["totals"]), (&json!(2), &json!([yuan(-280)])), "{own}");
    let lowered = checker.get(&format!("/v1/rewards/{}", id(&back))).await.expect(200);
    let events = lowered["history"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap());
    assert_eq!(events.collect::<Vec<_>>(), ["granted", "held", "released", "approved"]);

    // A rejected one is what it was when it is taken up again.
    let again = adjust(&maker, &bonus, -1_000).await.expect(201);
    assert_eq!(again["state"], "granted", "nothing holds the bonus any more");
}
