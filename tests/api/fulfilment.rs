//! What nothing could ever fulfil is not published.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::feedback_form::{asking, item};
use crate::payroll::pay_item;
use crate::programmes::{make_programme, person, publish, with};
use crate::support::{Answer, Client, TestServer};

/// A programme, and who drafts and publishes there.
struct Scene {
    server: TestServer,
    maker: Client,
    checker: Client,
    base: String,
}

/// A rule with a form of one item.
fn rule() -> Value {
    asking(10, &[item("practicality", 5, false)])
}

impl Scene {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
        let base = format!("/v1/programmes/{}", make_programme(&maker).await);
        Self { server, maker, checker, base }
    }

    async fn publishes(&self, documents: &str, body: Value) -> Answer {
        let path = format!("{}/{documents}", self.base);
        let drafted = self.maker.post(&path, body).await;
        let answer = publish(&self.checker, &format!("{path}/{}", drafted.id()), drafted.etag()).await;
        if answer.status != 200 {
            self.maker.delete(&format!("{path}/{}", drafted.id()), "*").await.expect(204);
        }
        answer
    }
}

#[tokio::test]
async fn a_rule_with_what_no_value_reaches_is_not_published() {
    let scene = Scene::new().await;
    let gate = |metric: &str, least: i32| json!({"metric": metric, "at_least": least, "else_grade": "fail"});
    let gates = json!([
        gate("feedback_rating", 85),
        gate("response_rate", 101),
        gate("feedback_item:clarity", 7),
        gate("feedback_item:practicality", 7),
        gate("teaching_minutes", 600)
    ]);
    let draft = json!({"starts_period": "2026-03", "rule": with(rule(), "gates", gates)});
    let refused = scene.publishes("scoring-rules", draft).await;
    assert_eq!(refused.problem(422), "rule_refused");
    let expected = [
        ("/rule/gates/0/at_least", "never_reached"),
        ("/rule/gates/1/at_least", "never_reached"),
        ("/rule/gates/2/metric", "unknown_item"),
    ];
    assert_eq!(refused.faults(), expected);
    let steps = json!({"kind": "steps", "steps": [{"at_least": 80, "points": 100}, {"at_least": 8, "points": 90}]});
    let components = json!([{"metric": "feedback_rating", "weight_bp": 10000, "curve": steps}]);
    let draft = json!({"starts_period": "2026-03", "rule": with(rule(), "components", components)});
    let refused = scene.publishes("scoring-rules", draft).await;
    assert_eq!(refused.faults(), [("/rule/components/0/curve/steps/0/at_least", "never_reached")]);
    scene.publishes("scoring-rules", json!({"starts_period": "2026-03", "rule": rule()})).await.expect(200);
}

#[tokio::test]
async fn policies_that_nobody_can_win_or_payroll_cannot_pay_are_not_published() {
    let scene = Scene::new().await;
    scene.publishes("scoring-rules", json!({"starts_period": "2026-03", "rule": rule()})).await.expect(200);
    let top = |code: &str, priority: i32, more: Value| {
        let top = json!({"kind": "top_n", "code": code, "priority": priority, "metric": "score", "places_minor": [1]});
        more.as_object().unwrap().iter().fold(top, |top, (member, value)| with(top, member, value.clone()))
    };
    let draft = |policies: Value| json!({"starts_period": "2026-03", "policies": policies});
    let refused = scene
        .publishes(
            "reward-policies",
            draft(json!([
                top("a", 1, json!({"min_value": 101})),
                top("b", 2, json!({"metric": "external:exam", "min_n": 2, "pay_item_code": "gift"})),
                top("c", 3, json!({"tie_breakers": ["feedback_item:clarity"], "grade_at_least": "good"})),
                {"kind": "highest", "code": "d", "priority": 4, "metric": "reuse_rate", "certificate": "c", "min_value": 101},
            ])),
        )
        .await;
    assert_eq!(refused.problem(422), "rule_refused");
    let expected = [
        ("/policies/0/pay_item_code", "unknown_pay_item"),
        ("/policies/0/min_value", "never_reached"),
        ("/policies/1/pay_item_code", "unknown_pay_item"),
        ("/policies/1/min_n", "out_of_range"),
        ("/policies/2/pay_item_code", "unknown_pay_item"),
        ("/policies/2/tie_breakers/0", "unknown_item"),
        ("/policies/3/min_value", "never_reached"),
    ];
    assert_eq!(refused.faults(), expected);
    // A grade that the rule never gives: only its best one is left to nobody.
    let worse = with(rule(), "grades", json!([{"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}]));
    scene.publishes("scoring-rules", json!({"starts_period": "2026-04", "rule": worse})).await.expect(200);
    scene.maker.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
    let mut later = draft(json!([top("a", 1, json!({"grade_at_least": "good"}))]));
    scene.publishes("reward-policies", later.clone()).await.expect(200);
    later["starts_period"] = json!("2026-04");
    let refused = scene.publishes("reward-policies", later).await;
    assert_eq!(refused.faults(), [("/policies/0/grade_at_least", "unknown_grade")]);
    let chinese =
        scene.server.anonymous().request(reqwest::Method::GET, "/problems").header("accept-language", "zh-CN");
    let codes = scene.server.anonymous().send(chinese).await.expect(200);
    let known = codes["errors"].as_array().unwrap().iter().filter(|code| code["code"] == "unknown_pay_item").count();
    assert_eq!(known, 1);
}

#[tokio::test]
async fn a_draft_says_at_once_what_its_publication_would_refuse() {
    let scene = Scene::new().await;
    let gates = json!([{"metric": "feedback_item:clarity", "at_least": 7, "else_grade": "fail"}]);
    let rule_path = format!("{}/scoring-rules", scene.base);
    let draft = json!({"starts_period": "2026-03", "rule": with(rule(), "gates", gates)});
    let drafted = scene.maker.post(&rule_path, draft).await.expect(201);
    assert!(warned(&drafted).contains(&("unknown_item", "the feedback form has no item clarity")), "{drafted}");
    let path = format!("{}/reward-policies", scene.base);
    let useful = json!({"kind": "top_n", "code": "useful", "priority": 1, "metric": "feedback_item:clarity", "places_minor": [1]});
    let draft = json!({"starts_period": "2026-03", "policies": [useful]});
    let drafted = scene.maker.post(&path, draft.clone()).await;
    let path = format!("{path}/{}", drafted.id());
    let codes = |draft: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        draft["warnings"].as_array().unwrap().iter().map(|one| (text(&one["pointer"]), text(&one["code"]))).collect()
    };
    let at = |member: &str, code: &str| (format!("/policies/0/{member}"), code.to_owned());
    assert_eq!(codes(&drafted.body), [at("pay_item_code", "unknown_pay_item")]);
    // What is asked is known once there is a rule.
    scene.publishes("scoring-rules", json!({"starts_period": "2026-03", "rule": rule()})).await.expect(200);
    let both = [at("pay_item_code", "unknown_pay_item"), at("metric", "unknown_item")];
    assert_eq!(codes(&scene.maker.get(&path).await.body), both);
    scene.maker.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
    assert_eq!(codes(&scene.maker.get(&path).await.body), [at("metric", "unknown_item")]);
    let listed = scene.maker.get(&format!("{}/reward-policies", scene.base)).await.expect(200);
    assert_eq!(codes(&listed["items"][0]), [at("metric", "unknown_item")]);
    let refused = publish(&scene.checker, &path, drafted.etag()).await;
    assert_eq!(refused.faults(), [("/policies/0/metric", "unknown_item")]);
}

#[tokio::test]
async fn a_certificate_stands_in_no_exclusive_group() {
    let scene = Scene::new().await;
    scene.publishes("scoring-rules", json!({"starts_period": "2026-03", "rule": rule()})).await.expect(200);
    let highest = json!({"kind": "highest", "code": "h", "priority": 1, "metric": "reuse_count", "certificate": "c"});
    let draft = |policy: Value| json!({"starts_period": "2026-03", "policies": [policy]});
    let path = format!("{}/reward-policies", scene.base);
    let grouped = draft(with(highest.clone(), "exclusive_group", json!("g")));
    let refused = scene.maker.post(&path, grouped).await;
    assert_eq!(refused.problem(422), "rule_refused");
    assert_eq!(refused.faults(), [("/policies/0/exclusive_group", "certificate_in_group")]);
    scene.publishes("reward-policies", draft(highest)).await.expect(200);
}

/// What the warnings of a draft say: code and words.
fn warned(draft: &Value) -> Vec<(&str, &str)> {
    let warnings = draft["warnings"].as_array().unwrap().iter();
    warnings.map(|one| (one["code"].as_str().unwrap(), one["detail"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_draft_for_a_period_that_is_over_or_taken_says_so_at_once() {
    let scene = Scene::new().await;
    let drafted = async |documents: &str, period: &str| {
        let body = match documents {
            "scoring-rules" => json!({"starts_period": period, "rule": rule()}),
            _ => json!({"starts_period": period, "policies": []}),
        };
        scene.maker.post(&format!("{}/{documents}", scene.base), body).await
    };
    for documents in ["scoring-rules", "reward-policies"] {
        // The first version may start with any period.
        let first = drafted(documents, "2026-01").await;
        assert_eq!(warned(&first.body), [], "{documents}");
        let path = format!("{}/{documents}/{}", scene.base, first.id());
        let published = publish(&scene.checker, &path, first.etag()).await.expect(200);
        assert_eq!(warned(&published), []);
        let late = drafted(documents, "2026-02").await;
        let words = "it cannot be published now: the earliest period that it can start with is 2026-04";
        assert_eq!(warned(&late.body), [("starts_too_early", words)]);
        assert_eq!(late.body["warnings"][0]["pointer"], "/starts_period");
        let path = format!("{}/{documents}/{}", scene.base, late.id());
        let chinese = scene.maker.request(reqwest::Method::GET, &path).header("accept-language", "zh-CN");
        let chinese = scene.maker.send(chinese).await.expect(200);
        assert_eq!(warned(&chinese), [("starts_too_early", "目前无法发布：最早可自 2026-04 起生效")]);
        assert_eq!(publish(&scene.checker, &path, late.etag()).await.problem(409), "starts_too_early");
        let next = drafted(documents, "2026-05").await;
        assert_eq!(warned(&next.body), []);
        let path = format!("{}/{documents}/{}", scene.base, next.id());
        publish(&scene.checker, &path, next.etag()).await.expect(200);
        let twice = drafted(documents, "2026-05").await;
        let words = "it cannot be published: a published version already starts with this period";
        assert_eq!(warned(&twice.body), [("period_taken", words)]);
    }
}

#[tokio::test]
async fn a_rule_without_what_policies_need_is_not_published() {
    let scene = Scene::new().await;
    scene.publishes("scoring-rules", json!({"starts_period": "2026-03", "rule": rule()})).await.expect(200);
    scene.maker.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
    let top = json!({"kind": "top_n", "code": "useful", "priority": 1, "metric": "feedback_item:practicality",
                     "places_minor": [1], "grade_at_least": "excellent"});
    let policies = |period: &str, policy: &Value| json!({"starts_period": period, "policies": [policy]});
    scene.publishes("reward-policies", policies("2026-03", &top)).await.expect(200);
    let grades = json!([{"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}]);
    let poorer = with(asking(10, &[]), "grades", grades);
    let draft = |period: &str| json!({"starts_period": period, "rule": poorer});
    let refused = scene.publishes("scoring-rules", draft("2026-05")).await;
    assert_eq!(refused.problem(422), "rule_refused");
    let lacking = [("/rule/grades", "policy_needs_grade"), ("/rule/feedback/form/items", "policy_needs_item")];
    assert_eq!(refused.faults(), lacking);
    let said: Vec<&str> =
        refused.body["errors"].as_array().unwrap().iter().map(|one| one["detail"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        [
            "do not include Excellent (excellent), which the reward policy useful, in force from 2026-03 on, needs",
            "have no item practicality, which the reward policy useful, in force from 2026-03 on, needs",
        ]
    );
    // Policies of the same start that need less come first. Those of a later rule's time do not matter.
    let plain = json!({"kind": "top_n", "code": "top", "priority": 1, "metric": "score", "places_minor": [1]});
    scene.publishes("reward-policies", policies("2026-05", &plain)).await.expect(200);
    scene.publishes("scoring-rules", json!({"starts_period": "2026-06", "rule": rule()})).await.expect(200);
    scene.publishes("reward-policies", policies("2026-06", &top)).await.expect(200);
    scene.publishes("scoring-rules", draft("2026-05")).await.expect(200);
    // Policies that start while the rule serves matter.
    scene.publishes("reward-policies", policies("2026-07", &plain)).await.expect(200);
    scene.publishes("reward-policies", policies("2026-08", &top)).await.expect(200);
    assert_eq!(scene.publishes("scoring-rules", draft("2026-07")).await.faults(), lacking);
}
