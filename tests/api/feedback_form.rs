//! The feedback form of a programme.

use lectern::auth::Role;
use serde_json::json;

use crate::feedback::Scene;
use crate::support::TestServer;

#[tokio::test]
async fn every_fault_of_a_form_is_named() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let admin = server.client(&[Role::Admin]).await;
    let path = format!("/v1/programmes/{}", scene.programme);
    let form = json!({"feedback_items": [
        {"key": "pace", "name": "Pace", "scale": 1}, {"key": "not a key", "name": " ", "scale": 5},
        {"key": "pace", "name": "Pace", "scale": 5}
    ]});
    let wrong = admin.patch(&path, "*", form).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(
        wrong.faults(),
        [
            ("/feedback_items/0/scale", "out_of_range"),
            ("/feedback_items/1/key", "bad_characters"),
            ("/feedback_items/1/name", "empty"),
            ("/feedback_items/2/key", "duplicate")
        ]
    );
    let many: Vec<_> = (0..21).map(|i| json!({"key": format!("k{i}"), "name": "K", "scale": 5})).collect();
    let many = admin.patch(&path, "*", json!({"feedback_items": many})).await;
    assert_eq!(many.faults(), [("/feedback_items", "too_many")]);
}

#[tokio::test]
async fn an_item_has_a_scale_of_its_own() {
    let server = TestServer::start().await;
    let scene = Scene::named(&server).await;
    let admin = server.client(&[Role::Admin]).await;
    let form = json!([
        {"key": "practicality", "name": "实用性", "scale": 5}, {"key": "again", "name": "Would you come again?", "scale": 2}
    ]);
    let programme = format!("/v1/programmes/{}", scene.programme);
    let changed = admin.patch(&programme, "*", json!({"feedback_items": form})).await.expect(200);
    assert_eq!(changed["feedback_items"], form);
    let log = admin.get("/v1/audit-entries?command=update_programme").await.expect(200);
    assert_eq!(log["items"][0]["fields"], json!(["feedback_items"]));

    let learner = scene.registered("A").await;
    let shown = learner.get(&format!("/v1/sessions/{}/my-feedback", scene.session)).await.expect(200);
    assert_eq!((&shown["rating_scale"], &shown["items"]), (&json!(10), &form), "enough to draw a page");
    let wrong = json!({"rating": 9, "items": {"practicality": 6, "again": 0, "pace": 3}});
    let wrong = scene.rate(&learner, wrong).await;
    assert_eq!(wrong.problem(422), "invalid_values");
    assert_eq!(
        wrong.faults(),
        [("/items/again", "out_of_range"), ("/items/pace", "unknown_field"), ("/items/practicality", "out_of_range")]
    );
    scene.rate(&learner, json!({"rating": 9, "items": {"practicality": 4}})).await.expect(200);
    let other = scene.registered("B").await;
    scene.rate(&other, json!({"rating": 8, "items": {"practicality": 5, "again": 2}})).await.expect(200);
    let said = scene.feedback(&admin).await.expect(200);
    assert_eq!(
        said["items"],
        json!([
            {"key": "again", "scale": 2, "n": 1, "sum": 2}, {"key": "practicality", "scale": 5, "n": 2, "sum": 9}
        ])
    );
    let card = format!("/v1/programmes/{}/periods/2026-03/scorecards/{}", scene.programme, scene.lecturer);
    let rule = json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
    });
    scene.given.published("scoring_rules", scene.programme, 1, "2026-01", &rule).await;
    let card = admin.get(&card).await.expect(200);
    let metric = &card["scorecard"]["card"]["metrics"]["feedback_item:practicality"];
    assert_eq!(metric, &json!({"value": "9.000000", "n": 2}), "9 of 10 on a scale of 5 each");
}
