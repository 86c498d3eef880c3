//! Places: by rank, passed on, by hand, within the budget, used or not.

use serde_json::{Value, json};

use super::{AFTER, APPLICATIONS, OPPORTUNITIES, Occasion, left};
use crate::support::{MOMENT, TestServer, at, until};

#[tokio::test]
async fn places_go_by_result_and_tie_rule_and_are_passed_on() {
    let mut server = TestServer::start().await;
    // What time brings about is looked at here by hand.
    server.take_worker().stop().await;
    let worker = server.another_worker().await;
    let occasion = Occasion::new(&server).await;
    let (newer, older) = (occasion.lecturer("E1", 3).await, occasion.lecturer("E2", 3).await);
    let (third, fourth, gone) =
        (occasion.lecturer("E3", 2).await, occasion.lecturer("E4", 0).await, occasion.lecturer("E5", 3).await);
    let since = format!("UPDATE lecturers SET appointed_on = '2019-01-01' WHERE employee_id = '{older}'");
    occasion.year.given.sql.batch_execute(&since).await.unwrap();
    occasion.close().await;
    let id = occasion.published(json!({})).await;
    for person in [gone, fourth, third, newer, older] {
        occasion.apply(&id, person).await.expect(201);
    }
    let early = occasion.rank(&id).await;
    assert_eq!(early.problem(409), "applications_open");
    left(&occasion, gone).await;
    worker.stop().await;
    server.clock.set(at(AFTER));
    let ranked = occasion.rank(&id).await.expect(200);
    assert_eq!(
        (&ranked["state"], &ranked["taken_count"], &ranked["waiting_count"]),
        (&json!("ranked"), &json!(2), &json!(2))
    );
    let money = |minor: i64| json!({"amount_minor": minor, "currency": "CNY"});
    let budget = json!({"limit": money(1_000_000), "committed": money(760_000), "left": money(240_000)});
    assert_eq!(ranked["budget"], budget);
    let all = [older, newer, third, fourth, gone];
    assert_eq!(occasion.states(&id, &all).await, ["offered", "offered", "waiting", "waiting", "passed_over"]);
    let mut ranks = Vec::new();
    for person in &all[..4] {
        let own = occasion.application(&id, *person).await;
        ranks.push((own["rank"].clone(), own["score"].clone()));
    }
    let expected =
        [(1, "100.00"), (2, "100.00"), (3, "66.67"), (4, "0.00")].map(|(rank, score)| (json!(rank), json!(score)));
    assert_eq!(ranks, expected, "who has been appointed for longer comes first");

    let accepted = occasion.does(&id, older, "accept", None).await.expect(200);
    assert!(accepted["accepted_at"].is_string());
    assert_eq!(occasion.does(&id, third, "accept", None).await.problem(409), "state_conflict");
    let declined = occasion.does(&id, newer, "decline", Some(json!({"reason": "时间冲突"}))).await.expect(200);
    assert_eq!(declined["state"], "declined");
    let own = occasion.application(&id, third).await;
    assert_eq!((&own["state"], &own["respond_by_at"]), (&json!("offered"), &json!("2026-07-25T10:00:01Z")));

    // Nobody answers: the offer is over, and the next in rank gets it.
    server.clock.set(at("2026-07-25T10:00:01Z"));
    assert_eq!(occasion.does(&id, third, "accept", None).await.problem(409), "offer_lapsed");
    assert_eq!(occasion.does(&id, third, "decline", Some(json!({}))).await.problem(409), "offer_lapsed");
    let touched =
        occasion.hr().patch(&format!("{OPPORTUNITIES}/{id}"), "*", json!({"place": "上海"})).await.expect(200);
    assert_eq!(touched["taken_count"], 2);
    assert_eq!(occasion.states(&id, &all).await, ["accepted", "declined", "passed_on", "offered", "passed_over"]);
    for (what, body) in [("accept", None), ("decline", Some(json!({})))] {
        let late = occasion.does(&id, third, what, body).await;
        assert_eq!(late.problem(409), "offer_lapsed", "{what} once it is passed on");
        assert!(late.text.contains("2026-07-25 18:00"), "until when it stood: {}", late.text);
    }
    let late = occasion.apply(&id, newer).await;
    assert_eq!(late.problem(409), "applications_closed", "it is ranked");
    assert!(late.text.contains("2026-07-20 18:00"), "{}", late.text);
    let reason = json!({"reason": "已离职"});
    occasion.decides(&id, older, "revoke", reason).await.expect(200);
    assert_eq!(occasion.opportunity(&id).await["taken_count"], 1, "nobody waits any more");
}

#[tokio::test]
async fn an_offer_that_nobody_answers_is_passed_on_by_itself() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let (first, second) = (occasion.lecturer("E1", 3).await, occasion.lecturer("E2", 2).await);
    occasion.close().await;
    let id = occasion.published(json!({"seats": 1})).await;
    for person in [first, second] {
        occasion.apply(&id, person).await.expect(201);
    }
    server.clock.set(at(AFTER));
    occasion.rank(&id).await.expect(200);
    assert_eq!(occasion.states(&id, &[first, second]).await, ["offered", "waiting"]);
    server.clock.set(at("2026-07-25T10:00:02Z"));
    until("the place is passed on", MOMENT, async || {
        let states = occasion.states(&id, &[first, second]).await;
        if states == ["passed_on", "offered"] { Ok(()) } else { Err(format!("{states:?}")) }
    })
    .await;
    let told = "SELECT count(*) FROM outbox_events WHERE topic = 'opportunity_application.passed_on'";
    assert_eq!(occasion.year.given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test]
async fn a_place_by_hand_needs_a_lecturer_a_place_and_the_money() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let (one, other, gone) =
        (occasion.lecturer("E1", 0).await, occasion.lecturer("E2", 0).await, occasion.lecturer("E3", 0).await);
    left(&occasion, gone).await;
    let learner = occasion.year.given.employee("L1").await;
    let id = occasion.published(json!({"seats": 1, "budget": {"amount_minor": 700_000, "currency": "CNY"}})).await;
    assert_eq!(occasion.offer(&id, gone).await.faults(), [("/employee_id", "not_employed")]);
    assert_eq!(occasion.offer(&id, learner).await.faults(), [("/employee_id", "not_eligible")]);
    assert_eq!(occasion.offer(&id, occasion.server.state.ids.next()).await.faults(), [("/employee_id", "not_found")]);
    let offered = occasion.offer(&id, one).await.expect(201);
    assert_eq!((&offered["state"], &offered["by_hand"]), (&json!("offered"), &json!(true)));
    assert_eq!(offered["cost"]["amount_minor"], 380_000);
    assert_eq!(occasion.offer(&id, one).await.problem(409), "already_exists");
    assert_eq!(occasion.offer(&id, other).await.problem(409), "no_seats_left");
    let capacity =
        |seats: i32, minor: i64| json!({"seats": seats, "budget": {"amount_minor": minor, "currency": "CNY"}});
    let path = format!("{OPPORTUNITIES}/{id}/capacity");
    occasion.hr().put(&path, "*", capacity(2, 700_000)).await.expect(200);
    let refused = occasion.offer(&id, other).await;
    assert_eq!(refused.problem(409), "budget_exceeded");
    assert_eq!(occasion.opportunity(&id).await["taken_count"], 1, "nothing changed");
    let below = occasion.hr().put(&path, "*", capacity(0, 100)).await;
    assert_eq!(below.faults(), [("/seats", "out_of_range"), ("/budget/amount_minor", "out_of_range")]);
    occasion.hr().put(&path, "*", capacity(2, 760_000)).await.expect(200);
    occasion.offer(&id, other).await.expect(201);
    let own = occasion.server.person(one, &[lectern::auth::Role::Admin]).await;
    let body = json!({"employee_id": one, "reason": "自荐"});
    let another = occasion.published(json!({})).await;
    let self_offer = own.post(&format!("{OPPORTUNITIES}/{another}/offers"), body).await;
    assert_eq!(self_offer.problem(403), "self_approval");
}

#[tokio::test]
async fn whoever_attends_gets_the_certificate_and_it_stands_in_the_career_file() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let (came, missed) = (occasion.lecturer("E1", 3).await, occasion.lecturer("E2", 2).await);
    let certificate = json!({"certificate": {"kind": "ttt", "months": 36}, "kind": "train_the_trainer"});
    let id = occasion.published(certificate).await;
    for person in [came, missed] {
        occasion.offer(&id, person).await.expect(201);
        occasion.does(&id, person, "accept", None).await.expect(200);
    }
    let there = |attended: bool| json!({"attended": attended, "certificate_number": attended.then_some("TTT-1")});
    assert_eq!(
        occasion.decides(&id, came, "attendance", there(true)).await.problem(409),
        "state_conflict",
        "too early"
    );
    server.clock.set(at("2026-08-22T02:00:00Z"));
    assert_eq!(occasion.does(&id, came, "withdraw", None).await.problem(409), "state_conflict", "too late");
    let attended = occasion.decides(&id, came, "attendance", there(true)).await.expect(200);
    assert_eq!(attended["state"], "attended");
    let path = format!("/v1/competence-certificates/{}", attended["certificate_id"].as_str().unwrap());
    let competence = occasion.hr().get(&path).await.expect(200);
    let shown =
        ["kind", "issuer", "certificate_number", "starts_on", "ends_on"].map(|member| competence[member].clone());
    assert_eq!(shown, ["ttt", "企业培训协会", "TTT-1", "2026-08-21", "2029-08-20"].map(|text| json!(text)));
    let absent = occasion.decides(&id, missed, "attendance", there(false)).await.expect(200);
    assert_eq!((&absent["state"], &absent["certificate_id"]), (&json!("no_show"), &Value::Null));
    assert_eq!(occasion.opportunity(&id).await["budget"]["committed"]["amount_minor"], 760_000, "it is paid for");
    assert_eq!(occasion.decides(&id, came, "attendance", there(true)).await.problem(409), "state_conflict", "it is so");
    let cancel = json!({"reason": "误操作"});
    let refused = occasion.hr().act(&format!("{OPPORTUNITIES}/{id}/cancel"), "*", Some(cancel)).await;
    assert_eq!(refused.problem(409), "state_conflict");
    assert!(refused.text.contains("is one with recorded attendance; for this, it must be one without."));

    let record = async |as_of: &str| {
        let path = format!("/v1/employees/{missed}/lecturer-record{as_of}");
        occasion.hr().get(&path).await.expect(200)["training_opportunities"].clone()
    };
    let now = record("").await;
    assert_eq!((&now[0]["state"], &now[0]["title"]), (&json!("no_show"), &json!("企业学习行业峰会")));
    assert_eq!(record("?as_of=2026-07-10").await[0]["state"], "accepted");
    assert_eq!(record("?as_of=2026-07-01").await, json!([]));
    let corrected = json!({"attended": true, "certificate_number": "TTT-2", "reason": "签到表漏登"});
    let mended = occasion.decides(&id, missed, "attendance", corrected).await.expect(200);
    assert_eq!((&mended["state"], mended["certificate_id"].is_string()), (&json!("attended"), true));
    let page = occasion.hr().get(&format!("/v1/employees/{missed}/lecturer-record/page")).await;
    assert!(page.text.contains("企业学习行业峰会"), "{}", page.text);
    let changed = occasion.hr().get("/v1/lecturer-records?updated_since=2026-08-22T00:00:00Z").await.expect(200);
    assert_eq!(changed["items"].as_array().unwrap().len(), 2);
    let listed = occasion.of(came).get(APPLICATIONS).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "their own one");
}

#[tokio::test]
async fn an_outcome_that_was_a_mistake_is_corrected_with_a_reason_and_its_certificate_goes() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let one = occasion.lecturer("E1", 0).await;
    let certificate = json!({"certificate": {"kind": "ttt", "months": 36}, "kind": "train_the_trainer"});
    let id = occasion.published(certificate).await;
    occasion.offer(&id, one).await.expect(201);
    occasion.does(&id, one, "accept", None).await.expect(200);
    server.clock.set(at("2026-08-22T02:00:00Z"));
    let came = json!({"attended": true, "certificate_number": "TTT-1"});
    let attended = occasion.decides(&id, one, "attendance", came).await.expect(200);
    let path = format!("/v1/competence-certificates/{}", attended["certificate_id"].as_str().unwrap());
    let refused = occasion.decides(&id, one, "attendance", json!({"attended": false})).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/reason", "required")]));
    assert_eq!(occasion.application(&id, one).await["etag"], attended["etag"], "nothing changed");
    assert_eq!(occasion.hr().get(&path).await.status, 200);

    let mistake = json!({"attended": false, "reason": "误将他人签到记在此人名下"});
    let corrected = occasion.decides(&id, one, "attendance", mistake.clone()).await.expect(200);
    assert_eq!((&corrected["state"], &corrected["certificate_id"]), (&json!("no_show"), &Value::Null));
    assert_eq!(corrected["reason"], attended["reason"], "why the place was offered by hand stays");
    assert_eq!(occasion.hr().get(&path).await.problem(404), "not_found");
    for command in ["record_opportunity_attendance", "delete_competence_certificate"] {
        let log = occasion.hr().get(&format!("/v1/audit-entries?command={command}")).await.expect(200);
        assert!(log["items"].to_string().contains("误将他人签到记在此人名下"), "{log}");
    }
    let told = "SELECT string_agg(topic, ' ' ORDER BY id) FROM outbox_events
                 WHERE topic IN ('opportunity_application.attended', 'opportunity_application.no_show')";
    let told: String = occasion.year.given.sql.query_one(told, &[]).await.unwrap().get(0);
    assert_eq!(told, "opportunity_application.attended opportunity_application.no_show");

    let refused = occasion.decides(&id, one, "attendance", mistake).await;
    assert_eq!(refused.problem(409), "state_conflict", "it is so");
    assert!(refused.text.contains("is no_show; for this, it must be accepted or attended."), "{}", refused.text);
    let again = json!({"attended": true, "certificate_number": "TTT-1", "reason": "核对后确认到场"});
    let again = occasion.decides(&id, one, "attendance", again).await.expect(200);
    assert_eq!((&again["state"], again["certificate_id"].is_string()), (&json!("attended"), true));
}

#[tokio::test]
async fn an_offer_stands_no_longer_than_a_first_day_that_was_moved() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let one = occasion.lecturer("E1", 0).await;
    let id = occasion.published(json!({})).await;
    server.clock.set(at("2026-07-19T00:00:00Z"));
    let offered = occasion.offer(&id, one).await.expect(201);
    assert_eq!(offered["respond_by_at"], "2026-07-24T00:00:00Z");
    let earlier = json!({"starts_on": "2026-07-21", "ends_on": "2026-07-22"});
    occasion.hr().patch(&format!("{OPPORTUNITIES}/{id}"), "*", earlier).await.expect(200);
    assert_eq!(occasion.application(&id, one).await["respond_by_at"], "2026-07-21T16:00:00Z");
}
