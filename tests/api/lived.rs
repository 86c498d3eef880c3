//! A company in the middle of everything, for those who look from outside.

use lectern::auth::Role;
use serde_json::json;
use uuid::Uuid;

use crate::closing::March;
use crate::payroll::Company;
use crate::support::{TestServer, literal};

/// Tables of which it has a row, besides others: what operations name by an id.
pub const TABLES: [&str; 37] = [
    "absences",
    "access_changes",
    "api_clients",
    "application_cases",
    "budget_raises",
    "certificates",
    "contents",
    "department_memberships",
    "departments",
    "employees",
    "feedback_papers",
    "jobs",
    "lecturer_group_memberships",
    "lecturer_group_organisers",
    "lecturer_groups",
    "lecturers",
    "mentor_offers",
    "mentorships",
    "opportunity_applications",
    "opportunity_precedences",
    "pay_groups",
    "payroll_batches",
    "payroll_lines",
    "periods",
    "programme_privileges",
    "promotion_applications",
    "promotion_policies",
    "restatements",
    "reward_entries",
    "reward_policy_sets",
    "role_grants",
    "scoring_rules",
    "session_change_requests",
    "sessions",
    "sign_in_bindings",
    "snapshots",
    "training_opportunities",
];

/// A company of ours in the middle of everything: taught and closed, rewarded and being paid, with rules in draft, applications and
/// jobs.
pub async fn lived(server: &TestServer) {
    let march = March::taught(server).await;
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    march.closed_by(&admin).await;
    let company = Company::new(server).await;
    let [first, second, _] = march.lecturers;
    let department = march.given.department("ours", None).await;
    march.given.membership(first, department, "2026-01-01").await;
    company.approved(first, 50_000).await;
    company.locked().await;
    company.approved(second, 70_000).await;
    assert_eq!(company.draft().await.status, 201);
    let text = |id: Uuid| literal(&id.to_string());
    let session: String = march.given.sql.query_one("SELECT id::text FROM sessions LIMIT 1", &[]).await.unwrap().get(0);
    let published =
        [("programme_id", text(march.programme)), ("title", literal("Ours")), ("published_at", "now()".into())];
    march.given.row("contents", &published).await;
    let submitted = [
        ("session_id", literal(&session)),
        ("learner_id", text(second)),
        ("description", literal("Ours")),
        ("state", literal("submitted")),
        ("submitted_at", "now()".to_owned()),
    ];
    march.given.row("application_cases", &submitted).await;
    let absence = json!({"employee_id": first, "kind": "leave", "starts_on": "2026-03-02", "ends_on": "2026-03-04"});
    admin.post("/v1/absences", absence).await.expect(201);
    let policy = json!({"target_code": "lead", "name": "Lead", "criteria": {"kind": "tenure", "months": 1}});
    let policy = admin.post("/v1/promotion-policies", policy).await;
    let applied = [
        ("employee_id", text(first)),
        ("policy_id", literal(&policy.id())),
        ("target_code", literal("lead")),
        ("asked_on", literal("2026-04-01")),
        ("answer", literal("{}")),
        ("state", literal("submitted")),
    ];
    march.given.row("promotion_applications", &applied).await;
    asks_and_waits(&march, &session).await;
    mentors(&march).await;
    goes_to_training(&march).await;
}

/// An offer, a pair, and what a good grade opens.
async fn mentors(march: &March<'_>) {
    let text = |id: Uuid| literal(&id.to_string());
    let [first, second, _] = march.lecturers;
    let programme = ("programme_id", text(march.programme));
    let opens = [programme.clone(), ("content_access", literal("earned")), ("mentor_capacity", "3".to_owned())];
    march.given.row("programme_privileges", &opens).await;
    let offers = [programme.clone(), ("employee_id", text(first)), ("capacity", "2".to_owned())];
    march.given.row("mentor_offers", &offers).await;
    let pair = [
        programme,
        ("mentor_id", text(first)),
        ("mentee_id", text(second)),
        ("state", literal("asked")),
        ("goals", literal("Ours")),
    ];
    march.given.row("mentorships", &pair).await;
}

/// What waits for a second person, or was asked for.
async fn asks_and_waits(march: &March<'_>, session: &str) {
    let text = |id: Uuid| literal(&id.to_string());
    let [first, second, _] = march.lecturers;
    let given = &march.given;
    let group: String = given.sql.query_one("SELECT id::text FROM lecturer_groups LIMIT 1", &[]).await.unwrap().get(0);
    let organises =
        [("group_id", literal(&group)), ("employee_id", text(second)), ("valid_from", literal("2026-01-01"))];
    given.row("lecturer_group_organisers", &organises).await;
    let asked = [
        ("session_id", literal(session)),
        ("kind", literal("cancel")),
        ("reason", literal("Ours")),
        ("state", literal("open")),
        ("asked_by_id", text(first)),
        ("late_after", "now()".to_owned()),
    ];
    given.row("session_change_requests", &asked).await;
    let waits = [
        ("employee_id", text(first)),
        ("field", literal("email")),
        ("target", literal(&first.to_string())),
        ("present", literal("null")),
        ("proposed", literal("\"ours@example.com\"")),
        ("state", literal("waiting")),
        ("proposed_kind", literal("person")),
        ("proposed_id", text(second)),
        ("answerable_id", text(second)),
    ];
    given.row("access_changes", &waits).await;
    let bound =
        [("employee_id", text(first)), ("issuer", literal("https://idp.example.com")), ("subject", literal("ours"))];
    given.row("sign_in_bindings", &bound).await;
    let period: String = given.sql.query_one("SELECT id::text FROM periods LIMIT 1", &[]).await.unwrap().get(0);
    let raised = [
        ("period_id", literal(&period)),
        ("budget_minor", "1000".to_owned()),
        ("currency", literal("CNY")),
        ("reason", literal("Ours")),
    ];
    given.row("budget_raises", &raised).await;
    given.sql.batch_execute(RESTATED).await.unwrap();
    let entered = [
        ("session_id", literal(session)),
        ("digest", literal(&"0".repeat(64))),
        ("form_count", "1".to_owned()),
        ("entered_by_id", text(first)),
        ("entered_at", "now()".to_owned()),
    ];
    given.row("feedback_papers", &entered).await;
}

/// Somebody has applied for a training opportunity, and has precedence for the next one.
async fn goes_to_training(march: &March<'_>) {
    let text = |id: Uuid| literal(&id.to_string());
    let given = &march.given;
    let published = [
        ("code", literal("summit")),
        ("kind", literal("summit")),
        ("title", literal("Ours")),
        ("provider", literal("Ours")),
        ("starts_on", literal("2026-05-01")),
        ("ends_on", literal("2026-05-02")),
        ("apply_until_at", literal("2026-04-20T00:00:00Z")),
        ("answer_days", "5".to_owned()),
        ("seats", "1".to_owned()),
        ("cost_minor", "0".to_owned()),
        ("currency", literal("CNY")),
        ("ranking", literal("{}")),
        ("state", literal("open")),
    ];
    let opportunity = given.row("training_opportunities", &published).await;
    let applied = [
        ("opportunity_id", text(opportunity)),
        ("employee_id", text(march.lecturers[0])),
        ("state", literal("applied")),
        ("by_hand", "false".to_owned()),
        ("applied_at", "now()".to_owned()),
    ];
    given.row("opportunity_applications", &applied).await;
    let snapshot: String = given.sql.query_one("SELECT id::text FROM snapshots LIMIT 1", &[]).await.unwrap().get(0);
    let ahead = [
        ("employee_id", text(march.lecturers[0])),
        ("programme_id", text(march.programme)),
        ("code", literal("summit")),
        ("snapshot_id", literal(&snapshot)),
        ("policy_code", literal("ahead")),
        ("earned_period", literal("2026-03")),
        ("firing_number", "1".to_owned()),
        ("run", literal("[]")),
        ("granted_at", "now()".to_owned()),
    ];
    given.row("opportunity_precedences", &ahead).await;
}

/// A closed period was computed again, and nobody has decided on it.
const RESTATED: &str = "
INSERT INTO snapshots (tenant_id, id, period_id, number, rule_id, policy_set_id, settings, digest, lecturer_count, rated_count,
                       reward_total_minor, currency, closed_at, closed_by_kind, closed_by_id)
SELECT tenant_id, gen_random_uuid(), period_id, 2, rule_id, policy_set_id, settings, digest, lecturer_count, rated_count,
       reward_total_minor, currency, closed_at, closed_by_kind, closed_by_id
  FROM snapshots;
INSERT INTO restatements (tenant_id, id, programme_id, period_id, period, base_id, base_number, snapshot_id, number, state, reason,
                          lecturer_count, currency, later_periods, created_at)
SELECT p.tenant_id, gen_random_uuid(), p.programme_id, p.id, p.period, p.snapshot_id, 1, n.id, 2, 'proposed', 'Ours', 1, 'CNY', '[]', now()
  FROM periods p JOIN snapshots n ON n.period_id = p.id AND n.number = 2";
