//! What-ifs: drafts of rules and policies tried on closed periods, and that no draft is published untried where there are such.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::closing::{March, rule};
use crate::programmes::{person, publish_as_it_is, tried_out, with};
use crate::streaks::{NOTICES, TITLES, Year};
use crate::support::{Client, TestServer};

/// March closed, and two administrators.
async fn closed(server: &TestServer) -> (March<'_>, Client, Client) {
    let march = March::taught(server).await;
    let (maker, checker) = (person(server, &[Role::Admin]).await, person(server, &[Role::Admin]).await);
    march.closed_by(&maker).await;
    (march, maker, checker)
}

impl March<'_> {
    fn base(&self) -> String {
        format!("/v1/programmes/{}", self.programme)
    }
}

/// The rule of March with a target of so many sessions, from May on.
fn target(sessions: i32) -> Value {
    let mut changed = rule();
    changed["components"][0]["curve"]["to"] = json!(sessions);
    json!({"starts_period": "2026-05", "rule": changed})
}

/// How many have each grade, before and after.
fn grades(report: &Value) -> Vec<(&str, i64, i64)> {
    let count = |own: &Value, side: &str| own[side].as_i64().unwrap();
    let grades = report["grades"].as_array().unwrap();
    grades.iter().map(|own| (own["grade"].as_str().unwrap(), count(own, "before"), count(own, "after"))).collect()
}

#[tokio::test]
async fn a_draft_tried_on_a_closed_period_shows_who_moves_and_what_it_costs() {
    let server = TestServer::start().await;
    let (march, maker, _) = closed(&server).await;
    let draft = maker.post(&format!("{}/scoring-rules", march.base()), target(6)).await;
    let count = "SELECT (SELECT count(*) FROM reward_entries) + (SELECT count(*) FROM snapshot_lecturers) + (SELECT count(*) FROM snapshots)";
    let stored: i64 = march.given.sql.query_one(count, &[]).await.unwrap().get(0);
    let what_ifs = format!("{}/what-ifs", march.base());
    let ordered = maker.post(&what_ifs, json!({"scoring_rule_id": draft.id(), "periods": ["2026-03"]})).await;
    assert_eq!(ordered.header("location"), format!("{what_ifs}/{}", ordered.id()));
    let ordered = ordered.expect(202);
    assert_eq!((&ordered["state"], &ordered["reports"]), (&json!("running"), &json!([])));
    let job = maker.job_ended(&format!("/v1/jobs/{}", ordered["job_id"].as_str().unwrap())).await;
    assert_eq!((&job["state"], &job["result"]["what_if_id"]), (&json!("succeeded"), &ordered["id"]), "{job}");
    let path = format!("{what_ifs}/{}", ordered["id"].as_str().unwrap());
    let done = maker.get(&path).await.expect(200);
    assert_eq!((&done["state"], &done["cost_before"]["amount_minor"]), (&json!("done"), &json!(125_000)));
    assert_eq!(done["cost_after"]["amount_minor"], 15_000);
    let report = &done["reports"][0];
    assert_eq!(grades(report), [("excellent", 1, 0), ("pass", 1, 0), ("fail", 1, 3)]);
    let moved = ["score", "grade", "rank", "rewards"].map(|what| report[format!("moved_in_{what}")].as_i64().unwrap());
    assert_eq!(moved, [2, 2, 0, 2]);
    assert_eq!((&report["lecturer_count"], &report["untried"]), (&json!(3), &json!([])));
    let sums: Vec<(&str, i64, i64)> = report["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| {
            let amount = |side: &str| own[side]["amount_minor"].as_i64().unwrap();
            (own["policy"].as_str().unwrap(), amount("amount_before"), amount("amount_after"))
        })
        .collect();
    assert_eq!(sums, [("bonus", 110_000, 0), ("minutes", 15_000, 15_000), ("most", 0, 0)]);
    // Person by person, in pages.
    let people = maker.get(&format!("{path}/lecturers?limit=2")).await.expect(200);
    let first = &people["items"][0];
    assert_eq!(first["employee"]["employee_number"], "E1");
    assert_eq!((&first["before"]["score"], &first["after"]["score"]), (&json!("100.00"), &json!("50.00")));
    assert_eq!((&first["before"]["grade"], &first["after"]["grade"]), (&json!("excellent"), &json!("fail")));
    assert_eq!(first["before"]["rewards"].as_array().unwrap().len(), 3);
    assert!(people["next_cursor"].is_string());
    let stay = maker.get(&format!("{path}/lecturers?moved=false&period=2026-03")).await.expect(200);
    assert_eq!(stay["items"].as_array().unwrap().len(), 1);
    assert_eq!(stay["items"][0]["employee"]["employee_number"], "E3");
    let nobody = maker.get(&format!("{path}/lecturers?period=2026-02")).await.expect(200);
    assert_eq!(nobody["items"], json!([]));
    let one = maker.get(&format!("{path}/lecturers?employee_id={}", march.lecturers[1])).await.expect(200);
    assert_eq!(one["items"][0]["after"]["score"], "33.33");
    // Nothing but the report is stored.
    assert_eq!(march.given.sql.query_one(count, &[]).await.unwrap().get::<_, i64>(0), stored);
    // Like drafts, for those who maintain them and for auditors.
    let (learner, auditor) = (person(&server, &[]).await, person(&server, &[Role::Auditor]).await);
    assert_eq!(learner.get(&path).await.problem(404), "not_found");
    assert_eq!(learner.get(&format!("{path}/lecturers")).await.problem(404), "not_found");
    assert_eq!(learner.get(&what_ifs).await.expect(200)["items"], json!([]));
    assert_eq!(auditor.get(&what_ifs).await.expect(200)["items"], json!([done]));
}

#[tokio::test]
async fn policies_are_tried_too_alone_or_with_a_rule() {
    let server = TestServer::start().await;
    let (march, maker, _) = closed(&server).await;
    let set = with(crate::closing::policies(), "budget_minor", json!(50_000));
    let set = with(with(set, "over_budget", json!("scale")), "starts_period", json!("2026-05"));
    let set = maker.post(&format!("{}/reward-policies", march.base()), set).await.id();
    // The same rule: nobody's score moves.
    let same = maker.post(&format!("{}/scoring-rules", march.base()), target(3)).await.id();
    let alone = tried_out(&maker, &march.base(), json!({"reward_policy_set_id": set})).await;
    let report = &alone["reports"][0];
    assert_eq!((&report["period"], &report["moved_in_score"]), (&json!("2026-03"), &json!(0)));
    assert_eq!((&report["cost_after"]["amount_minor"], &report["budget_before"]), (&json!(50_000), &Value::Null));
    assert_eq!(report["budget_after"]["amount_minor"], 50_000);
    assert_eq!((&alone["scoring_rule_id"], &alone["rule_digest"]), (&Value::Null, &Value::Null));
    let both = tried_out(&maker, &march.base(), json!({"reward_policy_set_id": set, "scoring_rule_id": same})).await;
    assert_eq!(both["reports"][0]["cost_after"], report["cost_after"]);
    let rule_alone = tried_out(&maker, &march.base(), json!({"scoring_rule_id": same})).await;
    assert_eq!(rule_alone["cost_after"], rule_alone["cost_before"]);
    assert_eq!(rule_alone["rule_digest"], both["rule_digest"]);
}

/// Three sessions a month are excellent, and a third month makes a senior lecturer; under the draft all three months are failed.
#[tokio::test]
async fn titles_and_notices_are_counted_with_the_grades_that_were_tried() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let steady = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(steady, month, 3).await;
        year.close(month).await;
    }
    let base = format!("/v1/programmes/{}", year.programme);
    let draft = with(target(6), "starts_period", json!("2026-08"));
    let draft = year.admin.post(&format!("{base}/scoring-rules"), draft).await.id();
    let tried = tried_out(&year.admin, &base, json!({"scoring_rule_id": draft})).await;
    let counts = |report: &Value| {
        let names = ["titles_before", "titles_after", "notices_before", "notices_after", "moved_in_runs"];
        names.map(|name| report[name].as_i64().unwrap())
    };
    let reports: Vec<[i64; 5]> = tried["reports"].as_array().unwrap().iter().map(counts).collect();
    assert_eq!(reports, [[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [1, 0, 0, 0, 1]]);
    let money = json!({"amount_minor": 0, "currency": "CNY"});
    let senior = json!([{"policy": "senior", "amount_before": money, "amount_after": money, "granted_before": 1, "granted_after": 0}]);
    assert_eq!(tried["reports"][2]["policies"], senior);
    let path = format!("{base}/what-ifs/{}/lecturers", tried["id"].as_str().unwrap());
    let march = year.admin.get(&format!("{path}?period=2026-03")).await.expect(200)["items"][0].clone();
    assert_eq!((&march["moved"], &march["runs_after"]), (&json!(true), &json!([])));
    assert_eq!(
        (&march["runs_before"][0]["title"], &march["runs_before"][0]["policy"]),
        (&json!("senior-lecturer"), &json!("senior"))
    );
    let february = year.admin.get(&format!("{path}?period=2026-02")).await.expect(200)["items"][0].clone();
    assert_eq!(february["runs_after"][0]["outcome"], "notice");
    // Nothing of it is granted.
    assert_eq!((year.items(TITLES).await.len(), year.items(NOTICES).await.len()), (1, 0));
}

#[tokio::test]
async fn what_was_frozen_under_other_settings_is_named_as_untried() {
    let server = TestServer::start().await;
    let (march, maker, _) = closed(&server).await;
    let mut body = target(3);
    body["rule"]["reuse_kinds"] = json!(["taught"]);
    body["rule"]["groups"] = json!([]);
    body["rule"]["case_max_age_days"] = json!(7);
    body["rule"]["feedback"]["window_minutes"] = json!(60);
    let draft = maker.post(&format!("{}/scoring-rules", march.base()), body).await.id();
    let done = tried_out(&maker, &march.base(), json!({"scoring_rule_id": draft})).await;
    let untried =
        json!(["/rule/groups", "/rule/reuse_kinds", "/rule/case_max_age_days", "/rule/feedback/window_minutes"]);
    assert_eq!(done["reports"][0]["untried"], untried);
}

#[tokio::test]
async fn where_a_period_is_closed_a_draft_is_published_after_a_what_if_of_it() {
    let server = TestServer::start().await;
    let (march, maker, checker) = closed(&server).await;
    let rules = format!("{}/scoring-rules", march.base());
    let draft = maker.post(&rules, target(4)).await;
    let path = format!("{rules}/{}", draft.id());
    let refused = publish_as_it_is(&checker, &path, draft.etag()).await;
    assert_eq!(refused.problem(409), "what_if_missing");
    tried_out(&maker, &march.base(), json!({"scoring_rule_id": draft.id()})).await;
    // The draft is changed after it was tried.
    let changed = maker.put(&path, draft.etag(), target(5)).await;
    let refused = publish_as_it_is(&checker, &path, changed.etag()).await;
    assert_eq!(refused.problem(409), "what_if_of_another_draft");
    // What was tried is the document: back to it, it is the same draft.
    let back = maker.put(&path, changed.etag(), target(4)).await;
    publish_as_it_is(&checker, &path, back.etag()).await.expect(200);
    let sets = format!("{}/reward-policies", march.base());
    maker.post("/v1/pay-items", crate::payroll::pay_item("LR")).await.expect(201);
    let draft = maker.post(&sets, with(crate::closing::policies(), "starts_period", json!("2026-05"))).await;
    let path = format!("{sets}/{}", draft.id());
    assert_eq!(publish_as_it_is(&checker, &path, draft.etag()).await.problem(409), "what_if_missing");
    tried_out(&maker, &march.base(), json!({"reward_policy_set_id": draft.id()})).await;
    publish_as_it_is(&checker, &path, draft.etag()).await.expect(200);
}

#[tokio::test]
async fn a_what_if_that_cannot_be_is_refused_with_every_fault() {
    let server = TestServer::start().await;
    let (march, maker, _) = closed(&server).await;
    let what_ifs = format!("{}/what-ifs", march.base());
    let draft = maker.post(&format!("{}/scoring-rules", march.base()), target(4)).await.id();
    let unknown = server.state.ids.next();
    let asked = json!({"periods": ["2026-04", "2026-Q1"]});
    assert_eq!(
        maker.post(&what_ifs, asked).await.faults(),
        [("/scoring_rule_id", "at_least_one"), ("/periods/0", "not_eligible"), ("/periods/1", "bad_format")]
    );
    let asked = json!({"scoring_rule_id": unknown, "reward_policy_set_id": draft, "periods": []});
    assert_eq!(
        maker.post(&what_ifs, asked).await.faults(),
        [("/scoring_rule_id", "not_found"), ("/reward_policy_set_id", "not_found"), ("/periods", "empty")]
    );
    let asked = json!({"scoring_rule_id": draft, "periods": ["2026-03", "2026-03"]});
    assert_eq!(maker.post(&what_ifs, asked).await.faults(), [("/periods/1", "duplicate")]);
    // Another programme has its own versions, and no closed period.
    let group = march.given.group("other").await;
    let other = march.given.programme("other", group).await;
    let others = format!("/v1/programmes/{other}");
    let foreign = maker.post(&format!("{others}/what-ifs"), json!({"scoring_rule_id": draft})).await;
    assert_eq!(foreign.faults(), [("/scoring_rule_id", "not_found")]);
    let own = maker.post(&format!("{others}/scoring-rules"), target(4)).await.id();
    let early = maker.post(&format!("{others}/what-ifs"), json!({"scoring_rule_id": own})).await;
    assert_eq!(early.problem(409), "state_conflict");
    let nothing = json!({"scoring_rule_id": null});
    assert_eq!(person(&server, &[]).await.post(&what_ifs, nothing).await.problem(403), "forbidden");
}
