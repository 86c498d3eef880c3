//! The feedback form: a part of the rule version. Learners get that of the period of their session, and answers keep theirs.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::feedback::Scene;
use crate::programmes::{make_programme, person, publish, rule, with};
use crate::support::{Client, TestServer, literal};

/// An item with this key and scale, in both languages.
pub fn item(key: &str, scale: i32, required: bool) -> Value {
    json!({"key": key, "name_zh": format!("{key}（{scale} 分）"), "name_en": format!("{key} of {scale}"), "scale": scale,
           "required": required})
}

/// A rule whose form has this scale and these items.
pub fn asking(scale: i32, items: &[Value]) -> Value {
    with(rule(), "feedback", json!({"form": {"scale": scale, "items": items}}))
}

async fn form(learner: &Client, session: &str) -> Value {
    learner.get(&format!("/v1/sessions/{session}/my-feedback")).await.expect(200)
}

#[tokio::test]
async fn every_fault_of_a_form_is_named() {
    let server = TestServer::start().await;
    let admin = person(&server, &[Role::Admin]).await;
    let rules = format!("/v1/programmes/{}/scoring-rules", make_programme(&admin).await);
    let draft = |rule: Value| json!({"starts_period": "2026-03", "rule": rule});
    let items = [
        item("pace", 1, true),
        with(with(item("not a key", 101, false), "name_zh", json!(" ")), "name_en", json!("")),
        item("pace", 5, false),
    ];
    let wrong = admin.post(&rules, draft(asking(0, &items))).await;
    assert_eq!(wrong.problem(422), "rule_refused");
    assert_eq!(
        wrong.faults(),
        [
            ("/rule/feedback/form/scale", "out_of_range"),
            ("/rule/feedback/form/items/0/scale", "out_of_range"),
            ("/rule/feedback/form/items/1/key", "bad_characters"),
            ("/rule/feedback/form/items/1/name_zh", "empty"),
            ("/rule/feedback/form/items/1/name_en", "empty"),
            ("/rule/feedback/form/items/1/scale", "out_of_range"),
            ("/rule/feedback/form/items/2/key", "duplicate")
        ]
    );
    let many: Vec<Value> = (0..31).map(|i| item(&format!("k{i}"), 5, false)).collect();
    let many = admin.post(&rules, draft(asking(10, &many))).await;
    assert_eq!(many.faults(), [("/rule/feedback/form/items", "too_many")]);
    let nameless = draft(asking(10, &[json!({"key": "pace", "name": "Pace", "scale": 5, "required": false})]));
    assert_eq!(admin.post(&rules, nameless).await.problem(422), "invalid_body");
}

#[tokio::test]
async fn what_is_scored_must_be_on_the_form_of_the_same_rule() {
    let server = TestServer::start().await;
    let (maker, checker) = (person(&server, &[Role::Admin]).await, person(&server, &[Role::Admin]).await);
    let rules = format!("/v1/programmes/{}/scoring-rules", make_programme(&maker).await);
    let scored =
        json!([{"metric": "feedback_item:practicality", "weight_bp": 10000, "curve": {"kind": "linear", "to": 10}}]);
    let attempt = async |rule: Value| {
        let drafted = maker.post(&rules, json!({"starts_period": "2026-03", "rule": rule})).await;
        let path = format!("{rules}/{}", drafted.id());
        let answer = publish(&checker, &path, drafted.etag()).await;
        if answer.status != 200 {
            maker.delete(&path, "*").await.expect(204);
        }
        answer
    };
    for form in [rule(), asking(10, &[item("pace", 5, false)])] {
        let refused = attempt(with(form, "components", scored.clone())).await;
        assert_eq!(refused.problem(422), "rule_refused");
        assert_eq!(refused.faults(), [("/rule/components/0/metric", "unknown_item")], "with an empty form as well");
    }
    let asked = asking(10, &[item("practicality", 5, false)]);
    let published = attempt(with(asked.clone(), "components", scored)).await.expect(200);
    assert_eq!(published["rule"]["feedback"]["form"], asked["feedback"]["form"]);
}

#[tokio::test]
async fn an_item_has_a_scale_of_its_own() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let admin = server.client(&[Role::Admin]).await;
    let rule = asking(10, &[item("practicality", 5, true), item("again", 2, false)]);
    let version = scene.given.published("scoring_rules", scene.programme, 1, "2026-01", &rule).await;

    let learner = scene.registered("A").await;
    let shown = form(&learner, &scene.session.to_string()).await;
    assert_eq!(shown["form"], rule["feedback"]["form"], "enough to draw a page");
    assert_eq!((&shown["rated"], &shown["feedback_mode"]), (&json!(false), &json!("named")));
    assert_eq!(shown["window_ends_at"], "2026-03-03T03:00:00Z");
    let wrong = json!({"rating": 11, "items": {"practicalty": 4, "again": 0, "pace": 3}});
    let wrong = scene.rate(&learner, wrong).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(
        wrong.faults(),
        [
            ("/rating", "out_of_range"),
            ("/items/again", "out_of_range"),
            ("/items/pace", "unknown_field"),
            ("/items/practicalty", "unknown_field"),
            ("/items/practicality", "required")
        ]
    );
    assert!(wrong.text.contains("did you mean practicality?"), "{}", wrong.text);
    assert_eq!(scene.sql("SELECT count(*) FROM feedback").await, 0);
    scene.rate(&learner, json!({"rating": 9, "items": {"practicality": 4}})).await.expect(200);
    let other = scene.registered("B").await;
    scene.rate(&other, json!({"rating": 8, "items": {"practicality": 5, "again": 2}})).await.expect(200);
    let of_version = format!("SELECT count(*) FROM feedback WHERE rule_id = '{version}'");
    assert_eq!(scene.sql(&of_version).await, 2, "an answer names the version of its form");
    let said = scene.feedback(&admin).await.expect(200);
    assert_eq!(
        said["items"],
        json!([
            {"key": "again", "scale": 2, "n": 1, "sum": "2"}, {"key": "practicality", "scale": 5, "n": 2, "sum": "9"}
        ])
    );
    let card = format!("/v1/programmes/{}/periods/2026-03/scorecards/{}", scene.programme, scene.lecturer);
    let card = admin.get(&card).await.expect(200);
    let metric = &card["scorecard"]["card"]["metrics"]["feedback_item:practicality"];
    assert_eq!(metric, &json!({"value": "9.000000", "n": 2}), "9 of 10 on a scale of 5 each");
}

#[tokio::test]
async fn a_form_is_that_of_the_period_of_the_session() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let (march, april) = (asking(5, &[item("pace", 4, true)]), asking(7, &[item("clarity", 3, false)]));
    scene.given.published("scoring_rules", scene.programme, 1, "2026-03", &march).await;
    scene.given.published("scoring_rules", scene.programme, 2, "2026-04", &april).await;
    let plan = async |start: &str| {
        let columns = [
            ("programme_id", literal(&scene.programme.to_string())),
            ("title", literal("Planned")),
            ("kind", literal("assigned")),
            ("mode", literal("on_site")),
            ("state", literal("planned")),
            ("scheduled_start", literal(start)),
            ("scheduled_minutes", "60".to_owned()),
        ];
        scene.given.row("sessions", &columns).await
    };
    let (learner, client) = scene.registered_person("A").await;
    // April begins at 16:00 UTC in Shanghai. Before the first rule, a rating out of 10 is asked and nothing else.
    let usual = json!({"scale": 10, "items": []});
    for (start, expected) in [
        ("2026-02-28T15:59:00Z", &usual),
        ("2026-03-31T15:59:00Z", &march["feedback"]["form"]),
        ("2026-03-31T16:00:00Z", &april["feedback"]["form"]),
    ] {
        let session = plan(start).await;
        let columns = [("session_id", literal(&session.to_string())), ("employee_id", literal(&learner.to_string()))];
        scene.given.row("session_audience", &columns).await;
        let shown = form(&client, &session.to_string()).await;
        assert_eq!((&shown["form"], &shown["window_ends_at"]), (expected, &Value::Null), "{start}");
    }
}

#[tokio::test]
async fn a_later_version_scales_no_stored_answer_anew_and_a_change_is_given_on_the_form_of_now() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let admin = server.client(&[Role::Admin]).await;
    let (learner, other) = (scene.registered("A").await, scene.registered("B").await);
    for client in [&learner, &other] {
        scene.rate(client, json!({"rating": 9})).await.expect(200);
    }
    let unknown = scene.rate(&learner, json!({"rating": 9, "items": {"pace": 3}})).await;
    assert_eq!(unknown.faults(), [("/items/pace", "unknown_field")], "a form without items asks for none");
    assert!(unknown.text.contains("the form of this session asks no items"), "{}", unknown.text);
    // The first rule of a programme may start in the running period.
    let version = scene
        .given
        .published("scoring_rules", scene.programme, 1, "2026-03", &asking(5, &[item("pace", 5, true)]))
        .await;
    let ratings = async || scene.feedback(&admin).await.expect(200)["ratings"].clone();
    assert_eq!(ratings().await, json!([{"scale": 10, "n": 2, "sum": "18"}]), "they were given out of 10");
    let refused = scene.rate(&learner, json!({"rating": 9})).await;
    assert_eq!(refused.faults(), [("/rating", "out_of_range"), ("/items/pace", "required")]);
    scene.rate(&learner, json!({"rating": 4, "items": {"pace": 5}})).await.expect(200);
    assert_eq!(ratings().await, json!([{"scale": 5, "n": 1, "sum": "4"}, {"scale": 10, "n": 1, "sum": "9"}]));
    let forms = format!(
        "SELECT count(*) FROM feedback WHERE CASE scale WHEN 5 THEN rule_id = '{version}' ELSE rule_id IS NULL END"
    );
    assert_eq!(scene.sql(&forms).await, 2);
    let card = format!("/v1/programmes/{}/periods/2026-03/scorecards/{}", scene.programme, scene.lecturer);
    let card = admin.get(&card).await.expect(200);
    let rating = &card["scorecard"]["card"]["metrics"]["feedback_rating"];
    assert_eq!(rating, &json!({"value": "8.500000", "n": 2}), "8 and 9 of 10");
    let shown = learner.get(&format!("/v1/sessions/{}/my-feedback", scene.session)).await;
    assert!(!shown.etag().is_empty());
    let again = learner.request(Method::GET, &format!("/v1/sessions/{}/my-feedback", scene.session));
    let again = learner.send(again.header("if-none-match", shown.etag())).await;
    assert_eq!(again.status, 304);
}
