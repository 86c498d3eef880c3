//! Precedence that a streak gives: once, for the next opportunity with its code.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{AFTER, OPPORTUNITIES, Occasion};
use crate::streaks::run;
use crate::support::{MOMENT, TestServer, at, until};

const PRECEDENCES: &str = "/v1/opportunity-precedences";

/// Two months of pass or better give precedence for the next summit.
pub const GIVES: &str = "
UPDATE reward_policy_sets SET document = jsonb_insert(document, '{policies,-1}', '{
    \"kind\": \"streak\", \"code\": \"ahead\", \"priority\": 9, \"grade_at_least\": \"pass\", \"length\": 2,
    \"opportunity\": \"industry-summit\"}', true)";

#[tokio::test]
async fn whoever_has_precedence_is_ranked_first_once() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    occasion.year.given.sql.batch_execute(GIVES).await.unwrap();
    let (ahead, better) = (occasion.lecturer("E1", 2).await, occasion.year.lecturer("E2").await);
    // Excellent, but not twice in a row.
    for (month, sessions) in [(1, 3), (2, 1), (3, 3)] {
        occasion.year.teaches(better, month, sessions).await;
    }
    occasion.close().await;
    let given = occasion.hr().get(PRECEDENCES).await.expect(200)["items"].clone();
    assert_eq!(given.as_array().unwrap().len(), 1, "{given}");
    let own = &given[0];
    assert_eq!((&own["employee"]["id"], &own["code"]), (&json!(ahead), &json!("industry-summit")));
    assert_eq!((&own["policy_code"], &own["earned_period"]), (&json!("ahead"), &json!("2026-02")));
    assert_eq!(own["run"], run(&[("2026-01", "pass"), ("2026-02", "pass")]));
    assert_eq!((&own["used_at"], &own["withdrawn_at"]), (&Value::Null, &Value::Null));
    let path = format!("{PRECEDENCES}/{}", own["id"].as_str().unwrap());
    assert_eq!(occasion.of(ahead).get(&path).await.expect(200), *own);
    assert_eq!(occasion.of(better).get(&path).await.problem(404), "not_found");
    let told = "SELECT count(*) FROM outbox_events WHERE topic = 'opportunity_precedence.granted'";
    assert_eq!(occasion.year.given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 1);

    let ids = [occasion.published(json!({"seats": 1})).await, occasion.published(json!({"seats": 1})).await];
    let other = occasion.published(json!({"seats": 1, "code": "another"})).await;
    let standings = occasion.of(ahead).get(&format!("/v1/employees/{ahead}/training-opportunities")).await.expect(200);
    let ranks_first = standings["items"].as_array().unwrap().iter().map(|one| one["has_precedence"].clone());
    assert_eq!(ranks_first.collect::<Vec<_>>(), [json!(false), json!(true), json!(true)]);
    for id in ids.iter().chain([&other]) {
        occasion.apply(id, better).await.expect(201);
        occasion.apply(id, ahead).await.expect(201);
    }
    server.clock.set(at(AFTER));
    occasion.rank(&other).await.expect(200);
    assert_eq!(occasion.states(&other, &[ahead, better]).await, ["waiting", "offered"], "of another code");
    occasion.rank(&ids[0]).await.expect(200);
    assert_eq!(occasion.states(&ids[0], &[ahead, better]).await, ["offered", "waiting"]);
    assert_eq!(occasion.application(&ids[0], ahead).await["precedence_id"], own["id"]);
    assert!(occasion.hr().get(&path).await.expect(200)["used_at"].is_string());
    occasion.rank(&ids[1]).await.expect(200);
    assert_eq!(occasion.states(&ids[1], &[ahead, better]).await, ["waiting", "offered"], "it is spent");

    let refused = occasion.hr().act(&format!("{path}/withdraw"), "*", Some(json!({"reason": "误算"}))).await;
    assert_eq!(refused.problem(409), "state_conflict", "it was used");
    let cancel = json!({"reason": "主办方取消"});
    occasion.hr().act(&format!("{OPPORTUNITIES}/{}/cancel", ids[0]), "*", Some(cancel)).await.expect(200);
    assert_eq!(occasion.states(&ids[0], &[ahead, better]).await, ["cancelled", "cancelled"]);
    assert_eq!(occasion.hr().get(&path).await.expect(200)["used_at"], Value::Null, "it can be used again");
    let withdrawn = occasion.hr().act(&format!("{path}/withdraw"), "*", Some(json!({"reason": "误算"}))).await;
    let withdrawn = withdrawn.expect(200);
    assert_eq!((&withdrawn["withdraw_reason"], withdrawn["withdrawn_at"].is_string()), (&json!("误算"), true));
}

#[tokio::test]
async fn a_precedence_that_one_place_has_cost_is_not_given_back_with_another() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    occasion.year.given.sql.batch_execute(GIVES).await.unwrap();
    let (ahead, better) = (occasion.lecturer("E1", 2).await, occasion.year.lecturer("E2").await);
    occasion.close().await;
    let own = occasion.hr().get(PRECEDENCES).await.expect(200)["items"][0].clone();
    let path = format!("{PRECEDENCES}/{}", own["id"].as_str().unwrap());
    // The only place of the first is given away by hand: ranked with precedence, one waits for it.
    let (full, free) = (occasion.published(json!({"seats": 1})).await, occasion.published(json!({"seats": 1})).await);
    for id in [&full, &free] {
        occasion.apply(id, ahead).await.expect(201);
    }
    server.clock.set(at("2026-07-20T09:00:00Z"));
    occasion.offer(&full, better).await.expect(201);
    server.clock.set(at(AFTER));
    for id in [&full, &free] {
        occasion.rank(id).await.expect(200);
    }
    let states = [occasion.states(&full, &[ahead]).await, occasion.states(&free, &[ahead]).await];
    assert_eq!(states, [["waiting"], ["offered"]]);
    let used_at = occasion.hr().get(&path).await.expect(200)["used_at"].clone();
    assert!(used_at.is_string(), "{used_at}");
    has_lost_precedence(&occasion, &full, ahead).await;

    occasion.does(&full, better, "decline", Some(json!({}))).await.expect(200);
    let offered = occasion.application(&full, ahead).await;
    assert_eq!((&offered["state"], &offered["precedence_id"]), (&json!("offered"), &Value::Null));
    occasion.decides(&full, ahead, "revoke", json!({"reason": "已有另一名额"})).await.expect(200);
    assert_eq!(occasion.hr().get(&path).await.expect(200)["used_at"], used_at, "the other place has cost it");
    occasion.decides(&free, ahead, "revoke", json!({"reason": "另有安排"})).await.expect(200);
    assert_eq!(occasion.hr().get(&path).await.expect(200)["used_at"], Value::Null);
}

/// A job looks at the others for which somebody waits with a precedence that is spent.
async fn has_lost_precedence(occasion: &Occasion<'_>, opportunity: &str, person: Uuid) {
    until("whoever waits is ranked without the precedence", MOMENT, async || {
        let waits = occasion.application(opportunity, person).await;
        let is_lost = waits["state"] == "waiting" && waits["precedence_id"].is_null();
        if is_lost { Ok(()) } else { Err(waits.to_string()) }
    })
    .await;
}

#[tokio::test]
async fn a_precedence_that_is_spent_ranks_nobody_first_where_somebody_waits() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    occasion.year.given.sql.batch_execute(GIVES).await.unwrap();
    let (ahead, better) = (occasion.lecturer("E1", 2).await, occasion.year.lecturer("E2").await);
    let by_hand = occasion.year.lecturer("E3").await;
    // Excellent, but not twice in a row.
    for (month, sessions) in [(1, 3), (2, 1), (3, 3)] {
        occasion.year.teaches(better, month, sessions).await;
    }
    occasion.close().await;
    let (full, free) = (occasion.published(json!({"seats": 1})).await, occasion.published(json!({"seats": 1})).await);
    for (id, person) in [(&full, ahead), (&full, better), (&free, ahead)] {
        occasion.apply(id, person).await.expect(201);
    }
    server.clock.set(at("2026-07-20T09:00:00Z"));
    occasion.offer(&full, by_hand).await.expect(201);
    server.clock.set(at(AFTER));
    occasion.rank(&full).await.expect(200);
    let ranks = async || {
        [occasion.application(&full, ahead).await, occasion.application(&full, better).await]
            .map(|one| one["rank"].clone())
    };
    assert_eq!(ranks().await, [json!(1), json!(2)], "it is unspent");
    occasion.rank(&free).await.expect(200);
    assert_eq!(occasion.states(&free, &[ahead]).await, ["offered"]);
    has_lost_precedence(&occasion, &full, ahead).await;
    assert_eq!(ranks().await, [json!(2), json!(1)], "it is spent");
    occasion.does(&full, by_hand, "decline", Some(json!({}))).await.expect(200);
    assert_eq!(occasion.states(&full, &[ahead, better]).await, ["waiting", "offered"]);
    let told = "SELECT count(*) FROM outbox_events WHERE topic = 'opportunity_application.ranked_anew'";
    assert_eq!(occasion.year.given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 1);
    // The place that has cost it keeps it.
    assert!(occasion.application(&free, ahead).await["precedence_id"].is_string());
}

#[tokio::test]
async fn what_hr_cancels_costs_no_precedence_and_what_is_declined_does() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    occasion.year.given.sql.batch_execute(GIVES).await.unwrap();
    let (accepts, declines) = (occasion.lecturer("E1", 2).await, occasion.lecturer("E2", 2).await);
    occasion.close().await;
    let id = occasion.published(json!({})).await;
    for person in [accepts, declines] {
        occasion.apply(&id, person).await.expect(201);
    }
    server.clock.set(at(AFTER));
    occasion.rank(&id).await.expect(200);
    occasion.does(&id, accepts, "accept", None).await.expect(200);
    occasion.does(&id, declines, "decline", Some(json!({}))).await.expect(200);
    let is_used = async |person: Uuid| {
        let own = occasion.hr().get(&format!("{PRECEDENCES}?employee_id={person}")).await.expect(200);
        own["items"][0]["used_at"].is_string()
    };
    assert_eq!([is_used(accepts).await, is_used(declines).await], [true, true]);
    let cancel = json!({"reason": "主办方取消"});
    occasion.hr().act(&format!("{OPPORTUNITIES}/{id}/cancel"), "*", Some(cancel)).await.expect(200);
    assert_eq!(occasion.states(&id, &[accepts, declines]).await, ["cancelled", "declined"]);
    assert_eq!([is_used(accepts).await, is_used(declines).await], [false, true]);
}

#[tokio::test]
async fn a_statement_and_the_preview_of_a_close_tell_of_precedence() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let year = &occasion.year;
    year.given.sql.batch_execute(GIVES).await.unwrap();
    let lecturer = occasion.lecturer("E1", 2).await;
    year.close(1).await;
    let path = year.path(1, &format!("scorecards/{lecturer}/statement"));
    let statement = occasion.of(lecturer).get(&path).await.expect(200);
    let run = statement["runs"].as_array().unwrap().iter().find(|one| one["kind"] == "precedence").unwrap();
    assert_eq!((&run["opportunity_code"], &run["count"]), (&json!("industry-summit"), &json!(1)));
    let said = statement["sentences"].as_array().unwrap().iter().map(|own| own["text"].as_str().unwrap());
    assert!(said.into_iter().any(|text| text.contains("industry-summit")), "{statement}");
    crate::close_preview::computed(&server).await;
    let preview = occasion.hr().get(&year.path(2, "close-preview")).await.expect(200);
    let told = &preview["provisional"];
    assert_eq!((&told["precedence_count"], &told["title_count"]), (&json!(1), &json!(0)));
    let run = &told["runs"][0]["run"];
    assert_eq!((&run["outcome"], &run["opportunity"]), (&json!("precedence"), &json!("industry-summit")));
}
