//! Before March: departments, people, a lecturer group with its organiser, a programme with rule and reward policies by two.

use serde_json::{Value, json};

use crate::support::{Department, Person, Story};

const DEPARTMENTS: [Department; 3] =
    [("HQ", None, false, None), ("SALES", Some("HQ"), false, None), ("EAST", Some("SALES"), false, Some("CC-EAST"))];

const PEOPLE: [Person; 12] = [
    ("HR2", "赵敏", "HQ"),
    ("HR3", "吴芳", "HQ"),
    ("ORG", "钱进", "HQ"),
    ("AUDIT", "郑直", "HQ"),
    ("BOSS", "周总", "SALES"),
    ("L1", "李雷", "SALES"),
    ("L2", "韩梅梅", "EAST"),
    ("L3", "王强", "EAST"),
    ("X1", "孙一", "SALES"),
    ("X2", "孙二", "SALES"),
    ("X3", "孙三", "SALES"),
    ("X4", "孙四", "EAST"),
];

impl Story<'_> {
    pub async fn is_set_up(&mut self) {
        self.has_departments(&DEPARTMENTS).await;
        self.has_people(&PEOPLE).await;
        self.has_lecturers(&[("A1", "L1", "junior"), ("A2", "L2", "senior"), ("A3", "L3", "junior")]).await;
        let organisers = format!("/v1/lecturer-groups/{}/organisers", self.id("group"));
        let organiser = json!({"employee_id": self.id("ORG"), "starts_on": "2026-01-01"});
        self.hris().await.post(&organisers, organiser).await.expect(201);
        self.has_roles(&[
            ("HR2", "admin", None),
            ("HR3", "admin", None),
            ("AUDIT", "auditor", None),
            ("BOSS", "manager", Some("SALES")),
            ("L2", "manager", Some("EAST")),
        ])
        .await;
        let feedback = json!({"feedback_mode": "confidential", "feedback_min_k": 3});
        self.has_a_programme("HR2", feedback, rule(), policies()).await;
    }
}

/// 40 % rating, 20 % sessions (of two), 20 % punctuality, 10 % reuse, 10 % cases (of half of the attendees).
fn rule() -> Value {
    let component = |metric: &str, weight: i64, to: i64| json!({"metric": metric, "weight_bp": weight, "curve": {"kind": "linear", "to": to}});
    json!({
        "rank_scope": "programme", "appraisal_weight_bp": 1500,
        "components": [
            component("feedback_rating", 4000, 10),
            component("session_count", 2000, 2),
            component("submission_timeliness", 2000, 100),
            component("reuse_rate", 1000, 100),
            component("knowledge_conversion_rate", 1000, 50)
        ],
        "grades": [
            {"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 75},
            {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}
        ],
        "gates": [
            {"metric": "session_count", "at_least": 1, "else_grade": "fail", "required": true},
            {"metric": "feedback_rating", "at_least": 7, "else_grade": "pass"}
        ],
        "min_session_minutes": 30, "min_weight_present_bp": 5000
    })
}

/// 800 and 500 yuan by grade, and 1000 and 500 for the two best of three at least.
fn policies() -> Value {
    json!([
        {"kind": "grade_bonus", "code": "bonus", "priority": 1, "pay_item_code": "LB",
         "amounts_minor": {"excellent": 80000, "good": 50000}},
        {"kind": "top_n", "code": "best", "priority": 2, "pay_item_code": "TA", "metric": "score",
         "places_minor": [100_000, 50_000], "min_contenders": 3}
    ])
}
