//! Everybody can mend: what was reported or decided wrongly is put right with a reason, and the log says so.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Given, TestServer, at, literal};

/// A delivered session of a lecturer with one attendee, under a rule, on 11 March.
struct Taught {
    programme: Uuid,
    session: Uuid,
    lecturer: Uuid,
    learner: Uuid,
    boss: Uuid,
}

impl Taught {
    async fn new(server: &TestServer, given: &Given<'_>) -> Self {
        let group = given.group("sales").await;
        let programme = given.programme("sharing", group).await;
        let rule = json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
            "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
        });
        given.published("scoring_rules", programme, 1, "2026-01", &rule).await;
        let [lecturer, learner, boss] =
            [given.employee("L").await, given.employee("X").await, given.employee("B").await];
        given.lecturer(lecturer, Some(group), "2020-01-01").await;
        let session = given.delivered_session(programme, lecturer, "2026-03-10T06:00:00Z", 5).await;
        let text = |id: Uuid| literal(&id.to_string());
        let present = [
            ("session_id", text(session)),
            ("employee_id", text(learner)),
            ("state", literal("present")),
            ("source", literal("door")),
        ];
        given.row("attendance_records", &present).await;
        server.clock.set(at("2026-03-11T06:00:00Z"));
        Self { programme, session, lecturer, learner, boss }
    }

    async fn statement(&self, client: &Client) -> Value {
        let path = format!("/v1/programmes/{}/periods/2026-03/scorecards/{}", self.programme, self.lecturer);
        client.get(&path).await.expect(200)
    }
}

/// What the operation log says of the latest command of this name.
async fn logged(given: &Given<'_>, command: &str) -> Value {
    let sql = "SELECT details::text FROM audit_entries WHERE command = $1 ORDER BY id DESC LIMIT 1";
    let row = given.sql.query_one(sql, &[&command]).await.unwrap();
    serde_json::from_str(row.get::<_, &str>(0)).unwrap()
}

#[tokio::test]
async fn a_reuse_is_voided_by_hr_and_counts_no_more() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let taught = Taught::new(&server, &given).await;
    let hr = server.client(&[Role::Admin]).await;
    let lecturer = server.person_token(server.tenant, taught.lecturer);
    let learner = server.person_token(server.tenant, taught.learner);
    let content = json!({"title": "老客户维护三步法", "outline": "1. 背景"});
    let content = lecturer.post(&format!("/v1/sessions/{}/submit-content", taught.session), content).await.id();
    let event = json!({
        "content_id": content, "employee_id": taught.learner, "kind": "download", "source": "wiki", "source_ref": "d-1"
    });
    let id = hr.post("/v1/reuse-events", event.clone()).await.id();
    let reused = async || taught.statement(&hr).await["contents"][0]["reused_by"].clone();
    assert_eq!(reused().await, 1);
    let path = format!("/v1/reuse-events/{id}/void");
    let reason = json!({"reason": "下载记录为系统测试"});
    assert_eq!(learner.post(&path, reason.clone()).await.problem(403), "hr_required");
    assert_eq!(hr.post(&path, json!({"reason": ""})).await.faults(), [("/reason", "empty")]);
    let voided = hr.post(&path, reason.clone()).await.expect(200);
    assert_eq!(
        (&voided["voided"]["reason"], &voided["voided"]["at"]),
        (&reason["reason"], &json!("2026-03-11T06:00:00Z"))
    );
    assert_eq!(reused().await, 0);
    assert_eq!(logged(&given, "void_reuse_event").await["reason"], reason["reason"]);
    // It stays on record, also when its source sends it again.
    assert_eq!(hr.post("/v1/reuse-events", event).await.expect(200)["voided"]["reason"], reason["reason"]);
    assert_eq!(reused().await, 0);
    assert_eq!(hr.post(&path, reason).await.problem(409), "state_conflict");
    assert_eq!(
        hr.post(&format!("/v1/reuse-events/{}/void", Uuid::new_v4()), json!({"reason": "x"})).await.problem(404),
        "not_found"
    );
}

#[tokio::test]
async fn a_confirmed_case_is_voided_and_makes_room_for_another() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let taught = Taught::new(&server, &given).await;
    let hr = server.person(taught.boss, &[Role::Admin]).await;
    let learner = server.person_token(server.tenant, taught.learner);
    let case = json!({"session_id": taught.session, "description": "挽回了一个客户。"});
    let id = learner.post("/v1/application-cases", case.clone()).await.id();
    hr.post(&format!("/v1/application-cases/{id}/confirm"), json!({})).await.expect(200);
    let cases = async || taught.statement(&hr).await["sessions"][0]["confirmed_cases"].clone();
    assert_eq!(cases().await, 1);
    let path = format!("/v1/application-cases/{id}/void");
    let reason = json!({"reason": "案例与该分享无关"});
    let manager = server.person(given.employee("M").await, &[Role::Manager]).await;
    assert_eq!(manager.post(&path, reason.clone()).await.problem(403), "hr_required");
    for interested in [taught.lecturer, taught.learner] {
        let client = server.person(interested, &[Role::Admin]).await;
        assert_eq!(client.post(&path, reason.clone()).await.problem(403), "self_approval");
    }
    let voided = hr.post(&path, reason.clone()).await.expect(200);
    assert_eq!((&voided["state"], &voided["voided"]["by"]["employee_number"]), (&json!("confirmed"), &json!("B")));
    assert_eq!(cases().await, 0);
    assert_eq!(logged(&given, "void_application_case").await["reason"], reason["reason"]);
    let confirm = format!("/v1/application-cases/{id}/confirm");
    assert_eq!(hr.post(&confirm, json!({})).await.problem(409), "state_conflict");
    assert_eq!(hr.post(&path, reason).await.problem(409), "state_conflict");
    learner.post("/v1/application-cases", case).await.expect(201);
}

#[tokio::test]
async fn a_delivery_goes_out_and_in_again_with_its_ratings() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let taught = Taught::new(&server, &given).await;
    let hr = server.client(&[Role::Admin]).await;
    let learner = server.person_token(server.tenant, taught.learner);
    let path = format!("/v1/sessions/{}", taught.session);
    let rate = learner.request(reqwest::Method::PUT, &format!("{path}/my-feedback")).json(&json!({"rating": 9}));
    assert!(learner.send(rate).await.status < 300);
    let kept = async || -> i64 { given.sql.query_one("SELECT count(*) FROM feedback", &[]).await.unwrap().get(0) };
    for (verb, state) in [("miss", "missed"), ("cancel", "cancelled"), ("miss", "missed"), ("cancel", "cancelled")] {
        let silent = hr.post(&format!("{path}/{verb}"), json!({})).await;
        assert_eq!(silent.status, 422, "{}", silent.text);
        let done = hr.post(&format!("{path}/{verb}"), json!({"reason": "更正"})).await.expect(200);
        assert_eq!((&done["state"], kept().await), (&json!(state), 1));
        assert_eq!(taught.statement(&hr).await["sessions"].as_array().unwrap().len(), usize::from(state == "missed"));
    }
    let report = json!({"started_at": "2026-03-10T06:00:00Z", "delivered_minutes": 60, "reason": "确已完成"});
    hr.post(&format!("{path}/deliver"), report).await.expect(200);
    assert_eq!(taught.statement(&hr).await["sessions"][0]["minutes"], 60);
    assert_eq!((kept().await, &logged(&given, "deliver_session").await["reason"]), (1, &json!("确已完成")));
}
