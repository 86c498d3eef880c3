//! What HR's appraisal takes over from closed periods.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Given, TestServer, literal};

struct Scene<'s> {
    given: Given<'s>,
    server: &'s TestServer,
    programme: Uuid,
    rule: Uuid,
    lecturers: [Uuid; 3],
}

impl<'s> Scene<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let given = server.given().await;
        let group = given.group("knowledge").await;
        let programme = given.programme("programme", group).await;
        let mut lecturers = Vec::new();
        for number in ["L1", "=L2", "L3"] {
            let id = given.employee(number).await;
            given.lecturer(id, Some(group), "2025-01-01").await;
            lecturers.push(id);
        }
        let lecturers = [lecturers[0], lecturers[1], lecturers[2]];
        let rule = json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 1}}],
            "grades": [{"code": "good", "at_least": 75}, {"code": "fail", "at_least": 0}],
            "appraisal_weight_bp": 1500
        });
        let rule = given.published("scoring_rules", programme, 1, "2026-01", &rule).await;
        Self { given, server, programme, rule, lecturers }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/2026-01/appraisal-shares{rest}", self.programme)
    }

    /// The result of a lecturer in a snapshot; without a score, not rated.
    async fn result(&self, snapshot: Uuid, position: usize, score: Option<(&str, &str, &str)>) {
        let id = self.lecturers[position];
        let rated = if score.is_some() { "rated" } else { "not_rated" };
        let reason = if score.is_some() { Value::Null } else { json!("exempt") };
        let (number, grade, share) = score.map_or((Value::Null, Value::Null, Value::Null), |(number, grade, share)| {
            (json!(number), json!(grade), json!(share))
        });
        let inputs = json!({
            "employee_id": id, "employee_number": "", "days": 31, "exempt_days": 0, "department": null,
            "sessions": [], "contents": [], "external": {}
        });
        let card = json!({
            "status": rated, "reason": reason, "days": 31, "exempt_days": 0, "metrics": {}, "components": [], "counted_weight_bp": 10000,
            "score": number, "grade_by_score": grade, "grade": grade, "gates": [], "share_of_appraisal": share
        });
        let text = |value: &Value| value.as_str().map_or_else(|| "NULL".to_owned(), literal);
        let columns = [
            ("snapshot_id", literal(&snapshot.to_string())),
            ("employee_id", literal(&id.to_string())),
            ("inputs", literal(&inputs.to_string())),
            ("card", literal(&card.to_string())),
            ("status", literal(rated)),
            ("reason", text(&reason)),
            ("score", text(&number)),
            ("grade", text(&grade)),
            ("rank", if score.is_some() { "1" } else { "NULL" }.to_owned()),
            ("ranked_of", if score.is_some() { "1" } else { "NULL" }.to_owned()),
        ];
        self.given.row("snapshot_lecturers", &columns).await;
    }

    /// The period is restated: the first lecturer is better, the second as before, the third no longer in it.
    async fn restate(&self, base: Uuid) {
        let period = format!("(SELECT period_id FROM snapshots WHERE id = '{base}')");
        let columns = [
            ("period_id", period.clone()),
            ("number", "2".to_owned()),
            ("rule_id", literal(&self.rule.to_string())),
            ("settings", literal("{}")),
            ("digest", literal(&"1".repeat(64))),
            ("lecturer_count", "2".to_owned()),
            ("rated_count", "2".to_owned()),
            ("reward_total_minor", "0".to_owned()),
            ("currency", literal("CNY")),
            ("closed_at", literal("2026-03-01T00:00:00Z")),
            ("closed_by_kind", literal("system")),
            ("closed_by_id", literal(&Uuid::nil().to_string())),
        ];
        let snapshot = self.given.row("snapshots", &columns).await;
        self.result(snapshot, 0, Some(("100.00", "good", "15.00"))).await;
        self.result(snapshot, 1, Some(("50.00", "fail", "7.50"))).await;
        let checker = self.given.employee("checker").await;
        let columns = [
            ("programme_id", literal(&self.programme.to_string())),
            ("period_id", period),
            ("period", literal("2026-01")),
            ("base_id", literal(&base.to_string())),
            ("base_number", "1".to_owned()),
            ("snapshot_id", literal(&snapshot.to_string())),
            ("number", "2".to_owned()),
            ("state", literal("accepted")),
            ("reason", literal("A wrong attendance")),
            ("lecturer_count", "3".to_owned()),
            ("currency", literal("CNY")),
            ("later_periods", literal("[]")),
            ("checker_id", literal(&checker.to_string())),
            ("decided_at", literal("2026-03-02T00:00:00Z")),
        ];
        let restatement = self.given.row("restatements", &columns).await;
        let result = |score: &str, grade: &str| json!({"status": "rated", "score": score, "grade": grade, "rank": 1});
        let before = [result("80.00", "good"), result("50.00", "fail"), json!({"status": "not_rated"})];
        let after = [Some(result("100.00", "good")), Some(result("50.00", "fail")), None];
        for ((lecturer, before), after) in self.lecturers.iter().zip(before).zip(after) {
            let columns = [
                ("restatement_id", literal(&restatement.to_string())),
                ("employee_id", literal(&lecturer.to_string())),
                ("facts", literal("[]")),
                ("before", literal(&before.to_string())),
                ("after", after.map_or_else(|| "NULL".to_owned(), |after| literal(&after.to_string()))),
            ];
            self.given.row("restatement_lines", &columns).await;
        }
        self.given.counts(snapshot).await;
    }
}

/// Number, status, share and since when, of each.
fn shares(page: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            let told = [&item["employee"]["employee_number"], &item["status"], &item["share"], &item["updated_at"]];
            told.map(text).join(" ")
        })
        .collect()
}

#[tokio::test]
async fn the_appraisal_takes_over_what_is_closed_and_what_a_restatement_moved() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let hris = server.client(&[Role::Hris]).await;
    assert_eq!(shares(&hris.get(&scene.path("")).await.expect(200)), [] as [&str; 0], "an open period has none yet");
    let snapshot =
        scene.given.closed_period(scene.programme, scene.rule, ["2026-01", "2026-01-01", "2026-02-01"]).await;
    scene.result(snapshot, 0, Some(("80.00", "good", "12.00"))).await;
    scene.result(snapshot, 1, Some(("50.00", "fail", "7.50"))).await;
    scene.result(snapshot, 2, None).await;
    let closed = hris.get(&scene.path("")).await.expect(200);
    let at = closed["items"][0]["updated_at"].as_str().unwrap().to_owned();
    assert_eq!(
        shares(&closed),
        [format!("L1 rated 12.00 {at}"), format!("=L2 rated 7.50 {at}"), format!("L3 not_rated - {at}")]
    );
    assert_eq!(closed["items"][0]["appraisal_weight_bp"], 1500);
    assert_eq!(closed["items"][2]["reason"], "exempt");
    let first = hris.get(&scene.path("?limit=2")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = hris.get(&scene.path(&format!("?limit=2&cursor={cursor}"))).await.expect(200);
    assert_eq!([shares(&first), shares(&second)].concat(), shares(&closed));
    let since = "?updated_since=2026-03-01T00:00:00Z";
    assert_eq!(shares(&hris.get(&scene.path(since)).await.expect(200)), [] as [&str; 0]);

    scene.restate(snapshot).await;
    let moved = "2026-03-02T00:00:00Z";
    let changed = hris.get(&scene.path(since)).await.expect(200);
    assert_eq!(shares(&changed), [format!("L1 rated 15.00 {moved}"), format!("L3 removed - {moved}")]);
    assert_eq!(changed["items"][0]["snapshot_number"], 2);
    let all = hris.get(&scene.path("")).await.expect(200);
    assert_eq!(
        shares(&all),
        [format!("L1 rated 15.00 {moved}"), format!("=L2 rated 7.50 {at}"), format!("L3 removed - {moved}")]
    );

    let table = hris.get(&scene.path("/export")).await;
    assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"appraisal-shares-2026-01.csv\"");
    let lines: Vec<&str> = table.text.strip_prefix('\u{feff}').unwrap().lines().collect();
    assert_eq!(lines.len(), 4, "{}", table.text);
    let [one, two, _] = scene.lecturers;
    assert_eq!(lines[1], format!("2026-01,{one},L1,Person L1,rated,,100.00,good,1500,15.00,2,{moved}"));
    assert!(
        lines[2].starts_with(&format!("2026-01,{two},'=L2,Person =L2,rated,,50.00,fail,1500,7.50,2,")),
        "{}",
        lines[2]
    );
    let narrow = hris.get(&scene.path(&format!("/export{since}"))).await;
    assert_eq!(narrow.text.lines().count(), 3);
}

#[tokio::test]
async fn shares_are_those_of_the_people_whom_the_caller_may_see() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let snapshot =
        scene.given.closed_period(scene.programme, scene.rule, ["2026-01", "2026-01-01", "2026-02-01"]).await;
    scene.result(snapshot, 0, Some(("80.00", "good", "12.00"))).await;
    scene.result(snapshot, 2, None).await;
    let own = scene.server.person_token(server.tenant, scene.lecturers[0]);
    let page = own.get(&scene.path("")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(own.get(&scene.path("/export")).await.text.lines().count(), 2);
    let payroll = server.client(&[Role::Payroll]).await;
    assert_eq!(payroll.get(&scene.path("")).await.problem(403), "forbidden");
    assert_eq!(payroll.get(&scene.path("/export")).await.problem(403), "forbidden");
    let hris = server.client(&[Role::Hris]).await;
    assert_eq!(hris.get(&scene.path("?updated_since=soon")).await.problem(400), "invalid_query");
    let other = format!("/v1/programmes/{}/periods/2026-Q1/appraisal-shares", scene.programme);
    assert_eq!(hris.get(&other).await.problem(404), "not_found");
    assert_eq!(hris.get(&format!("{other}/export")).await.problem(404), "not_found");
}
