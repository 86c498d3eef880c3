//! Versions of rules and policies, from the draft to the periods in which they serve.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::payroll::pay_item;
use crate::programmes::{make_programme, person, programme, publish, rule, with};
use crate::support::{TestServer, at, literal};

#[tokio::test]
async fn a_rule_is_drafted_by_one_and_published_by_another() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let id = make_programme(&maker).await;
    let rules = format!("/v1/programmes/{id}/scoring-rules");
    let body = json!({"starts_period": "2026-03", "rule": rule()});
    let drafted = maker.post(&rules, body.clone()).await;
    let (path, etag) = (format!("{rules}/{}", drafted.id()), drafted.etag().to_owned());
    let draft = drafted.expect(201);
    assert_eq!((&draft["version"], &draft["state"], &draft["warnings"]), (&json!(1), &json!("draft"), &json!([])));
    let learner = person(&server, &[]).await;
    assert_eq!(learner.get(&path).await.problem(404), "not_found");
    assert_eq!(learner.get(&rules).await.expect(200)["items"], json!([]));
    assert_eq!(publish(&maker, &path, &etag).await.problem(403), "self_approval");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(publish(&machine, &path, &etag).await.problem(403), "person_required");
    let published = publish(&checker, &path, &etag).await;
    let newer = published.etag().to_owned();
    let published = published.expect(200);
    assert_eq!((&published["state"], &published["self_approved"]), (&json!("published"), &json!(false)));
    assert_ne!(published["checker"]["id"], published["maker"]["id"]);
    assert_eq!(learner.get(&path).await.expect(200), published);
    assert_eq!(learner.get(&format!("{rules}?state=published")).await.expect(200)["items"], json!([published]));
    assert_eq!(maker.put(&path, &newer, body).await.problem(409), "state_conflict");
    assert_eq!(maker.delete(&path, &newer).await.problem(409), "state_conflict");
    assert_eq!(publish(&checker, &path, &newer).await.problem(409), "state_conflict");
}

/// An administrator's machine is the administrator's other hand.
#[tokio::test]
async fn who_drafted_by_a_machine_may_not_publish() {
    let server = TestServer::start().await;
    let (owner, other) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let machine = crate::access::machine_made_by(&server, &owner, &["admin"]).await;
    let id = make_programme(&owner).await;
    let rules = format!("/v1/programmes/{id}/scoring-rules");
    let drafted = machine.post(&rules, json!({"starts_period": "2026-03", "rule": rule()})).await;
    let path = format!("{rules}/{}", drafted.id());
    assert_eq!(publish(&owner, &path, drafted.etag()).await.problem(403), "self_approval");
    let body = json!({"starts_period": "2026-03", "rule": rule()});
    let replaced = machine.put(&path, drafted.etag(), body).await;
    assert_eq!(publish(&owner, &path, replaced.etag()).await.problem(403), "self_approval");
    let published = publish(&other, &path, replaced.etag()).await.expect(200);
    assert!(published["maker"]["id"].is_string() && published["maker"] != published["checker"]);
}

/// One PATCH of these, after the month's end, moved a score from 40 to 52.
#[tokio::test]
async fn what_moves_scores_or_money_stands_in_the_versions_alone() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let programme = format!("/v1/programmes/{}", make_programme(&maker).await);
    for patch in [
        json!({"rank_scope": "department"}),
        json!({"appraisal_weight_bp": 1500}),
        json!({"reuse_kinds": ["taught"]}),
        json!({"case_max_age_days": 3}),
        json!({"settle_days": 0}),
        json!({"feedback_window_minutes": 60}),
        json!({"feedback_scale": 5}),
        json!({"feedback_items": []}),
        json!({"budget": null}),
        json!({"over_budget": "scale"}),
        json!({"person_cap": null}),
        json!({"take_back": "none"}),
    ] {
        assert_eq!(maker.patch(&programme, "*", patch.clone()).await.problem(422), "invalid_body", "{patch}");
    }
    let terms = json!({"rank_scope": "department", "appraisal_weight_bp": 1500, "reuse_kinds": ["taught"],
                       "case_max_age_days": 3, "settle_days": 0, "content_window_months": 6,
                       "feedback": {"min_responses": 1, "prior_weight": "0", "prior_mean": null, "window_minutes": 60,
                                    "form": {"scale": 5, "items": []}}});
    let mut proposed = rule();
    proposed.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
    let rules = format!("{programme}/scoring-rules");
    let drafted = maker.post(&rules, json!({"starts_period": "2026-03", "rule": proposed})).await;
    for (name, value) in terms.as_object().unwrap() {
        assert_eq!(drafted.body["rule"][name], *value);
    }
    let path = format!("{rules}/{}", drafted.id());
    assert_eq!(publish(&maker, &path, drafted.etag()).await.problem(403), "self_approval");
    publish(&checker, &path, drafted.etag()).await.expect(200);
    let period = maker.get(&format!("{programme}/periods/2026-03")).await.expect(200);
    assert_eq!(period["closable_at"], period["ends_at"], "no days to settle");
    let limits = json!({"budget_minor": 500_000, "over_budget": "scale", "person_cap_minor": 7, "take_back": "none"});
    let mut policies = json!({"starts_period": "2026-03", "policies": []});
    policies.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
    let drafted = maker.post(&format!("{programme}/reward-policies"), policies).await.expect(201);
    for (name, value) in limits.as_object().unwrap() {
        assert_eq!(drafted[name], *value);
    }
    let plain = json!({"starts_period": "2026-03", "policies": []});
    let drafted = maker.post(&format!("{programme}/reward-policies"), plain).await.expect(201);
    assert_eq!((&drafted["budget_minor"], &drafted["over_budget"]), (&Value::Null, &json!("hold")));
}

#[tokio::test]
async fn settings_that_nothing_follows_from_are_refused() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    for k in [2, 51] {
        let refused = client.post("/v1/programmes", with(programme(), "feedback_min_k", json!(k))).await;
        assert_eq!(refused.faults(), [("/feedback_min_k", "out_of_range")]);
    }
    let made = client.post("/v1/programmes", with(programme(), "feedback_min_k", json!(5))).await;
    let path = format!("/v1/programmes/{}/reward-policies", made.id());
    let policies = json!({"starts_period": "2026-03", "policies": [], "take_back": "sometimes", "budget_minor": -1});
    let drafted = client.post(&path, policies).await;
    assert_eq!((drafted.problem(422), drafted.faults()[0].0), ("invalid_body", "/take_back"));
    let policies = json!({"starts_period": "2026-03", "policies": [], "take_back": "adjust", "budget_minor": -1});
    let drafted = client.post(&path, policies).await;
    assert_eq!((drafted.problem(422), drafted.faults()), ("rule_refused", vec![("/budget_minor", "out_of_range")]));
}

#[tokio::test]
async fn a_draft_may_be_replaced_and_dropped() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let id = make_programme(&maker).await;
    let rules = format!("/v1/programmes/{id}/scoring-rules");
    let drafted = maker.post(&rules, json!({"starts_period": "2026-03", "rule": rule()})).await;
    let (path, etag) = (format!("{rules}/{}", drafted.id()), drafted.etag().to_owned());
    let bare = with(with(rule(), "gates", json!([])), "min_weight_present_bp", json!(0));
    let replaced = checker.put(&path, &etag, json!({"starts_period": "2026-04", "rule": bare})).await;
    let newer = replaced.etag().to_owned();
    assert_ne!(newer, etag);
    let replaced = replaced.expect(200);
    assert_eq!((&replaced["version"], &replaced["starts_on"]), (&json!(1), &json!("2026-04-01")));
    let warned: Vec<&str> =
        replaced["warnings"].as_array().unwrap().iter().map(|w| w["pointer"].as_str().unwrap()).collect();
    assert_eq!(warned, ["/rule/min_weight_present_bp", "/rule/gates"]);
    // Who replaced it is its maker now.
    assert_eq!(publish(&checker, &path, &newer).await.problem(403), "self_approval");
    assert_eq!(maker.delete(&path, &etag).await.problem(412), "precondition_failed");
    maker.delete(&path, &newer).await.expect(204);
    assert_eq!(maker.get(&path).await.problem(404), "not_found");
}

#[tokio::test]
async fn every_fault_of_a_rule_is_named_under_the_rule() {
    let server = TestServer::start().await;
    let maker = person(&server, &[Role::Admin]).await;
    let id = make_programme(&maker).await;
    let mut wrong = rule();
    wrong["components"][0]["weight_bp"] = json!(9000);
    wrong["grades"] =
        json!([{"code": "pass", "at_least": 90}, {"code": "good", "at_least": 0}, {"code": "odd", "at_least": 10}]);
    let body = json!({"starts_period": "2026-Q2", "rule": wrong});
    let refused = maker.post(&format!("/v1/programmes/{id}/scoring-rules"), body).await;
    assert_eq!(refused.problem(422), "rule_refused");
    assert_eq!(
        refused.faults(),
        [
            ("/starts_period", "bad_format"),
            ("/rule/components", "weights_sum"),
            ("/rule/gates/0/else_grade", "unknown_grade"),
            ("/rule/grades/0/code", "grade_order"),
            ("/rule/grades/2/code", "unknown_grade"),
        ]
    );
}

#[tokio::test]
async fn a_version_starts_with_a_period_that_is_still_to_come_and_the_first_with_any() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let id = make_programme(&maker).await;
    let rules = format!("/v1/programmes/{id}/scoring-rules");
    let attempt = async |period: &str| {
        let drafted = maker.post(&rules, json!({"starts_period": period, "rule": rule()})).await;
        publish(&checker, &format!("{rules}/{}", drafted.id()), drafted.etag()).await
    };
    attempt("2025-11").await.expect(200);
    // From the second version on the periods so far have their rule already.
    assert_eq!(attempt("2026-02").await.problem(409), "starts_too_early");
    assert_eq!(attempt("2026-03").await.problem(409), "starts_too_early");
    attempt("2026-05").await.expect(200);
    assert_eq!(attempt("2026-05").await.problem(409), "already_exists");
    let columns = [
        ("programme_id", literal(&id)),
        ("period", literal("2026-04")),
        ("starts_on", literal("2026-04-01")),
        ("ends_on", literal("2026-05-01")),
        ("starts_at", literal("2026-03-31T16:00:00Z")),
        ("ends_at", literal("2026-04-30T16:00:00Z")),
        ("state", literal("closed")),
        ("closed_at", literal("2026-03-01T01:00:00Z")),
    ];
    server.given().await.row("periods", &columns).await;
    assert_eq!(attempt("2026-04").await.problem(409), "starts_too_early");
    let numbers = maker.get(&format!("{rules}?limit=2")).await.expect(200);
    assert_eq!(numbers["items"][0]["version"], 6);
    assert!(numbers["next_cursor"].is_string());
}

#[tokio::test]
async fn the_small_company_switch_lets_the_maker_publish() {
    let server = TestServer::start().await;
    let maker = person(&server, &[Role::Admin]).await;
    let id = make_programme(&maker).await;
    let rules = format!("/v1/programmes/{id}/scoring-rules");
    let drafted = maker.post(&rules, json!({"starts_period": "2026-03", "rule": rule()})).await;
    let given = server.given().await;
    given.sql.execute("UPDATE tenants SET self_approval = true", &[]).await.unwrap();
    let published = publish(&maker, &format!("{rules}/{}", drafted.id()), drafted.etag()).await.expect(200);
    assert_eq!(published["self_approved"], true);
}

#[tokio::test]
async fn policies_go_with_the_rule_of_their_period() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let id = make_programme(&maker).await;
    let base = format!("/v1/programmes/{id}");
    let bonus = |grade: &str| {
        json!({"starts_period": "2026-03", "policies": [
            {"kind": "grade_bonus", "code": "b", "priority": 1, "amounts_minor": {grade: 100_000}}]})
    };
    let drafted = maker.post(&format!("{base}/reward-policies"), bonus("excellent")).await;
    let path = format!("{base}/reward-policies/{}", drafted.id());
    assert_eq!(publish(&checker, &path, drafted.etag()).await.problem(409), "state_conflict");
    let rule = maker.post(&format!("{base}/scoring-rules"), json!({"starts_period": "2026-03", "rule": rule()})).await;
    publish(&checker, &format!("{base}/scoring-rules/{}", rule.id()), rule.etag()).await.expect(200);
    let refused = publish(&checker, &path, drafted.etag()).await;
    assert_eq!(refused.problem(422), "rule_refused");
    assert_eq!(refused.faults(), [("/policies/0/pay_item_code", "unknown_pay_item")]);
    maker.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
    let published = publish(&checker, &path, drafted.etag()).await.expect(200);
    assert_eq!(published["policies"][0]["amounts_minor"], json!({"excellent": 100_000}));
    let refused = maker.post(&format!("{base}/reward-policies"), bonus("good")).await;
    assert_eq!(refused.problem(422), "rule_refused");
    assert_eq!(refused.faults(), [("/policies/0/amounts_minor/good", "unknown_grade")]);
    // A least grade is the company's, whether or not the rule gives it to anybody.
    let mut least = bonus("excellent");
    least["policies"][0]["grade_at_least"] = json!("good");
    maker.post(&format!("{base}/reward-policies"), least.clone()).await.expect(201);
    least["policies"][0]["grade_at_least"] = json!("superb");
    let refused = maker.post(&format!("{base}/reward-policies"), least).await;
    assert_eq!(refused.faults(), [("/policies/0/grade_at_least", "unknown_grade")]);
    let mut fee = bonus("excellent");
    fee["policies"] = json!([{"kind": "session_fee", "code": "f", "priority": 1, "rates_minor": {"senior": 1, "master": 1},
                              "factors": [{"by": "difficulty", "values": {"hard": -1}}]}]);
    let levels = json!({"levels": [{"code": "senior", "name_zh": "高级", "name_en": "Senior"}]});
    maker.patch("/v1/display-names", "*", levels).await.expect(200);
    let refused = maker.post(&format!("{base}/reward-policies"), fee.clone()).await;
    assert_eq!(
        refused.faults(),
        [("/policies/0/factors/0/values/hard", "out_of_range"), ("/policies/0/rates_minor/master", "unknown_level")]
    );
    fee["policies"][0]["rates_minor"] = json!({"senior": 1});
    // What earns nothing has the factor 0.
    fee["policies"][0]["factors"][0]["values"]["hard"] = json!("0");
    maker.post(&format!("{base}/reward-policies"), fee).await.expect(201);
}

#[tokio::test]
async fn periods_run_from_the_first_rule_to_today() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let id = make_programme(&client).await;
    let path = format!("/v1/programmes/{id}/periods");
    let only = client.get(&path).await.expect(200);
    assert_eq!(
        only["items"],
        json!([{
            "programme_id": id, "period": "2026-03", "state": "open", "starts_on": "2026-03-01", "ends_on": "2026-03-31",
            "starts_at": "2026-02-28T16:00:00Z", "ends_at": "2026-03-31T16:00:00Z",
            "closable_at": "2026-04-05T16:00:00Z", "closed_at": null, "appeals_until_at": null, "feedback_min_k": 3,
        }])
    );
    let given = server.given().await;
    given.published("scoring_rules", id.parse().unwrap(), 1, "2026-01", &rule()).await;
    let columns = [
        ("programme_id", literal(&id)),
        ("period", literal("2026-01")),
        ("starts_on", literal("2026-01-01")),
        ("ends_on", literal("2026-02-01")),
        ("starts_at", literal("2025-12-31T16:00:00Z")),
        ("ends_at", literal("2026-01-31T16:00:00Z")),
        ("state", literal("closed")),
        ("closed_at", literal("2026-02-06T01:00:00Z")),
    ];
    given.row("periods", &columns).await;
    let first = client.get(&format!("{path}?limit=2")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = client.get(&format!("{path}?limit=2&cursor={cursor}")).await.expect(200);
    let states: Vec<(&str, &str)> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|item| (item["period"].as_str().unwrap(), item["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("2026-03", "open"), ("2026-02", "closing"), ("2026-01", "closed")]);
    assert_eq!(second["next_cursor"], Value::Null);
    server.clock.set(at("2026-03-31T16:00:00Z"));
    let client = server.client(&[Role::Admin]).await;
    assert_eq!(client.get(&format!("{path}/2026-03")).await.expect(200)["state"], "closing");
    assert_eq!(client.get(&format!("{path}/2026-Q1")).await.problem(404), "not_found");
    assert_eq!(client.get(&format!("{path}/March")).await.problem(400), "invalid_path");
}

#[tokio::test]
async fn a_group_passes_to_another_programme_once_the_periods_of_the_first_are_over() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let group = given.group("shared").await;
    let first = given.programme("first", group).await;
    given.published("scoring_rules", first, 1, "2026-01", &rule()).await;
    let second = maker.post("/v1/programmes", with(programme(), "group_ids", json!([group]))).await.id();
    let attempt = async |programme: &str, period: &str| {
        let rules = format!("/v1/programmes/{programme}/scoring-rules");
        let drafted = maker.post(&rules, json!({"starts_period": period, "rule": rule()})).await;
        publish(&checker, &format!("{rules}/{}", drafted.id()), drafted.etag()).await
    };
    let taken = attempt(&second, "2026-04").await;
    assert_eq!((taken.problem(422), taken.faults()), ("rule_refused", vec![("/rule/groups/0", "taken")]));
    assert!(taken.text.contains(&first.to_string()), "{}", taken.text);
    let ended = maker.act(&format!("/v1/programmes/{first}/end"), "*", None).await.expect(200);
    assert_eq!(ended["last_period_ends_on"], "2026-03-31");
    let early = attempt(&second, "2026-03").await;
    assert_eq!(early.problem(409), "starts_too_early");
    assert!(early.body["detail"].as_str().unwrap().contains("2026-04"), "{}", early.text);
    attempt(&second, "2026-04").await.expect(200);
    // Nor does a third one score it while the second goes on.
    let third = with(with(programme(), "group_ids", json!([group])), "code", json!("third"));
    let third = maker.post("/v1/programmes", third).await.id();
    assert_eq!(attempt(&third, "2026-05").await.faults(), [("/rule/groups/0", "taken")]);
}
