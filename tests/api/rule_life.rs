//! The life of a rule: started from a template, changed, and compared with the one before.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::close_preview::computed;
use crate::closing::finished;
use crate::payroll::pay_item;
use crate::programmes::{make_programme, person, publish, publish_as_it_is, rule, tried_out, with};
use crate::support::{Answer, Client, TestServer, at};

/// A template's reward policies as the body of a draft.
fn policies_from(template: &Value) -> Value {
    with(template["reward_policies"].clone(), "starts_period", json!("2026-03"))
}

#[tokio::test]
async fn every_template_is_published_as_it_stands_once_its_codes_are_there() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let learner = person(&server, &[]).await;
    let listed = learner.get("/v1/rule-templates").await.expect(200);
    let codes: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|own| own["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["simple", "technology_company", "manufacturer", "teaching_fees"]);
    let first = learner.get("/v1/rule-templates?limit=1").await.expect(200);
    let next = format!("/v1/rule-templates?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(learner.get(&next).await.expect(200)["items"].as_array().unwrap().len(), 2);
    assert_eq!(learner.get("/v1/rule-templates/none").await.problem(404), "not_found");
    let simple = learner.get("/v1/rule-templates/simple").await.expect(200);
    let lacks: Vec<(&str, &str)> = simple["to_fill"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| (own["pointer"].as_str().unwrap(), own["code"].as_str().unwrap()))
        .collect();
    assert_eq!(lacks, [("/reward_policies/policies/0/pay_item_code", "unknown_pay_item")]);
    maker.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
    for code in codes {
        let template = learner.get(&format!("/v1/rule-templates/{code}")).await.expect(200);
        assert_eq!(template["to_fill"], json!([]), "{code}");
        let body =
            json!({"code": code, "name": code, "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month"});
        let base = format!("/v1/programmes/{}", maker.post("/v1/programmes", body).await.id());
        let drafted = maker
            .post(&format!("{base}/scoring-rules"), json!({"starts_period": "2026-03", "rule": template["rule"]}))
            .await;
        assert_eq!(drafted.body["warnings"], json!([]), "{code}");
        publish(&checker, &format!("{base}/scoring-rules/{}", drafted.id()), drafted.etag()).await.expect(200);
        let drafted = maker.post(&format!("{base}/reward-policies"), policies_from(&template)).await;
        publish(&checker, &format!("{base}/reward-policies/{}", drafted.id()), drafted.etag()).await.expect(200);
    }
}

async fn in_chinese(client: &Client, path: &str) -> Answer {
    client.send(client.request(Method::GET, path).header("accept-language", "zh-CN")).await
}

#[tokio::test]
async fn a_draft_says_in_words_what_it_changes() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let id = make_programme(&maker).await;
    let rules = format!("/v1/programmes/{id}/scoring-rules");
    let first = maker.post(&rules, json!({"starts_period": "2026-03", "rule": rule()})).await;
    let first_path = format!("{rules}/{}", first.id());
    let new = maker.get(&format!("{first_path}/differences")).await.expect(200);
    assert_eq!(new["before"], Value::Null);
    let kinds = new["differences"].as_array().unwrap();
    assert!(kinds.len() > 10 && kinds.iter().all(|own| own["kind"] == "added"), "{new}");
    publish(&checker, &first_path, first.etag()).await.expect(200);
    let mut changed = with(rule(), "appraisal_weight_bp", json!(1500));
    changed["components"][0]["curve"]["to"] = json!(3);
    changed["gates"] = json!([]);
    let draft = maker.post(&rules, json!({"starts_period": "2026-04", "rule": changed})).await;
    let path = format!("{rules}/{}/differences", draft.id());
    let told = maker.get(&path).await;
    assert_eq!(told.header("content-language"), "en");
    let told = told.expect(200);
    assert_eq!(told["before"]["id"], json!(first.id()));
    assert_eq!((&told["after"]["version"], &told["after"]["state"]), (&json!(2), &json!("draft")));
    let differences = told["differences"].as_array().unwrap();
    let said: Vec<(&str, &str)> =
        differences.iter().map(|own| (own["pointer"].as_str().unwrap(), own["text"].as_str().unwrap())).collect();
    assert_eq!(
        said,
        [
            (
                "/rule/components/0/curve",
                "Number of sessions, points: 0 at 0 to 100 at 3 instead of 0 at 0 to 100 at 2"
            ),
            ("/rule/appraisal_weight_bp", "Weight in the appraisal: 15 % instead of 0 %"),
            (
                "/rule/gates/0",
                "Minimum of number of sessions: no longer (lowest value 1; grade at best below it Fail; fails if there is no value yes before)"
            ),
        ]
    );
    let chinese = in_chinese(&maker, &path).await;
    assert_eq!(chinese.header("content-language"), "zh-CN");
    let chinese = chinese.expect(200);
    assert_eq!(chinese["differences"][1]["text"], "在绩效考核中的占比：由“0%”改为“15%”");
    // The other way round, and with itself.
    let back = maker.get(&format!("{first_path}/differences?with={}", draft.id())).await.expect(200);
    assert_eq!(back["differences"].as_array().unwrap().len(), 3);
    let same = maker.get(&format!("{path}?with={}", draft.id())).await.expect(200);
    assert_eq!(same["differences"], json!([]));
    // A published version is compared with the one before it, and drafts are for those who maintain them.
    let itself = maker.get(&format!("{first_path}/differences")).await.expect(200);
    assert_eq!(itself["before"], Value::Null);
    let learner = person(&server, &[]).await;
    learner.get(&format!("{first_path}/differences")).await.expect(200);
    assert_eq!(learner.get(&path).await.problem(404), "not_found");
    let hidden = format!("{first_path}/differences?with={}", draft.id());
    assert_eq!(learner.get(&hidden).await.problem(404), "not_found");
}

#[tokio::test]
async fn reward_policies_are_compared_too() {
    let server = TestServer::start().await;
    let maker = person(&server, &[Role::Admin]).await;
    let id = make_programme(&maker).await;
    let path = format!("/v1/programmes/{id}/reward-policies");
    let set = |amount: i64, budget: Value| {
        json!({"starts_period": "2026-03", "budget_minor": budget, "policies": [
            {"kind": "grade_bonus", "code": "bonus", "priority": 1, "amounts_minor": {"excellent": amount}}]})
    };
    let one = maker.post(&path, set(100_000, json!(null))).await;
    let other = maker.post(&path, set(50_000, json!(1_000_000))).await;
    let told = maker.get(&format!("{path}/{}/differences?with={}", other.id(), one.id())).await.expect(200);
    let said: Vec<&str> =
        told["differences"].as_array().unwrap().iter().map(|own| own["text"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        [
            "Policy bonus, amounts: Excellent 500.00 CNY instead of Excellent 1000.00 CNY",
            "Budget of a period: 10000.00 CNY instead of none"
        ]
    );
}

/// From a template to the next version: published, previewed, closed as previewed, tried and published anew.
#[tokio::test]
async fn a_template_is_lived_for_a_month_and_changed_after_a_what_if() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let given = server.given().await;
    let group = given.group("g").await;
    let base = format!("/v1/programmes/{}", given.programme("p", group).await);
    let programme = base.rsplit('/').next().unwrap().parse().unwrap();
    maker.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
    let template = maker.get("/v1/rule-templates/simple").await.expect(200);
    let (rules, sets) = (format!("{base}/scoring-rules"), format!("{base}/reward-policies"));
    let drafted = maker.post(&rules, json!({"starts_period": "2026-03", "rule": template["rule"]})).await;
    publish_as_it_is(&checker, &format!("{rules}/{}", drafted.id()), drafted.etag()).await.expect(200);
    let drafted = maker.post(&sets, policies_from(&template)).await;
    publish_as_it_is(&checker, &format!("{sets}/{}", drafted.id()), drafted.etag()).await.expect(200);
    for (number, sessions) in [("E1", 2), ("E2", 2), ("E3", 1)] {
        let lecturer = given.employee(number).await;
        given.lecturer(lecturer, Some(group), "2020-01-01").await;
        for day in 0..sessions {
            given.delivered_session(programme, lecturer, &format!("2026-03-{}T02:00:00Z", 10 + day), 10).await;
        }
    }
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    computed(&server).await;
    let month = format!("{base}/periods/2026-03");
    let preview = maker.get(&format!("{month}/close-preview")).await.expect(200);
    assert_eq!(
        (&preview["blocks"], &preview["provisional"]["reserved"]["amount_minor"]),
        (&json!([]), &json!(200_000))
    );
    let ordered = maker.post(&format!("{month}/close"), json!({})).await;
    assert_eq!(finished(&maker, &ordered).await["reward_total_minor"], 200_000);
    // Three sessions instead of two: nobody would have been excellent.
    let mut changed = template["rule"].clone();
    changed["components"][0]["curve"]["to"] = json!("3");
    let draft = maker.post(&rules, json!({"starts_period": "2026-05", "rule": changed})).await;
    let path = format!("{rules}/{}", draft.id());
    let told = maker.get(&format!("{path}/differences")).await.expect(200);
    assert_eq!(told["differences"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(publish_as_it_is(&checker, &path, draft.etag()).await.problem(409), "what_if_missing");
    let tried = tried_out(&maker, &base, json!({"scoring_rule_id": draft.id()})).await;
    assert_eq!(
        (&tried["cost_before"]["amount_minor"], &tried["cost_after"]["amount_minor"]),
        (&json!(200_000), &json!(0))
    );
    publish_as_it_is(&checker, &path, draft.etag()).await.expect(200);
}
