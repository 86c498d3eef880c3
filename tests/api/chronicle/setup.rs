//! Before March: departments, people, a lecturer group with its organiser, a programme with rule and reward policies by two.

use lectern::auth::Role;
use serde_json::{Value, json};

use super::Story;
use crate::month::published;

/// Number, name and department of everybody.
const PEOPLE: [(&str, &str, &str); 12] = [
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
        self.has_departments_and_people().await;
        self.has_lecturers().await;
        self.has_roles().await;
        self.has_a_programme().await;
    }

    async fn has_departments_and_people(&mut self) {
        let hris = self.hris().await;
        for (code, parent) in [("HQ", None), ("SALES", Some("HQ")), ("EAST", Some("SALES"))] {
            let parent = parent.map(|parent| self.id(parent).to_owned());
            let cost_centre = (code == "EAST").then_some("CC-EAST");
            let department = json!({"code": code, "name": code, "parent_id": parent, "cost_centre": cost_centre});
            let made = hris.post("/v1/departments", department).await;
            self.keep(code, &made);
        }
        let item = |(number, name, department): &(&str, &str, &str)| {
            let feishu = json!({"system": "feishu", "kind": "open_id", "value": format!("ou_{number}")});
            json!({"employee_number": number, "name": name, "hired_on": "2024-01-01", "external_ids": [feishu],
                   "department": {"code": department, "starts_on": "2024-01-01"}})
        };
        let items: Vec<Value> = PEOPLE.iter().map(item).collect();
        let batch = hris.post("/v1/employees/batch", json!({"mode": "atomic", "items": items})).await.expect(200);
        for ((number, ..), item) in PEOPLE.iter().zip(batch["items"].as_array().unwrap()) {
            self.ids.insert(number, item["employee_id"].as_str().unwrap().to_owned());
        }
    }

    async fn has_lecturers(&mut self) {
        let hris = self.hris().await;
        let group = hris.post("/v1/lecturer-groups", json!({"code": "customers", "name": "客户维护"})).await;
        self.keep("group", &group);
        let group = format!("/v1/lecturer-groups/{}", self.id("group"));
        for (name, lecturer, level) in [("A1", "L1", "junior"), ("A2", "L2", "senior"), ("A3", "L3", "junior")] {
            let employee = self.id(lecturer).to_owned();
            let appointment = json!({"employee_id": employee, "appointed_on": "2025-08-01", "level": level});
            let appointed = hris.post("/v1/lecturers", appointment).await;
            self.keep(name, &appointed);
            // A level of past days takes two.
            assert_eq!(self.admin().await.confirm_waiting(&appointed.body).await.len(), 1);
            let member = json!({"employee_id": employee, "starts_on": "2025-08-01"});
            hris.post(&format!("{group}/members"), member).await.expect(201);
        }
        let organiser = json!({"employee_id": self.id("ORG"), "starts_on": "2026-01-01"});
        hris.post(&format!("{group}/organisers"), organiser).await.expect(201);
    }

    /// The operator's client proposes, and the first administrator confirms: a role takes two.
    async fn has_roles(&mut self) {
        let (operator, admin) = (self.server.client(&[Role::Admin]).await, self.admin().await);
        for (number, role, department) in [
            ("HR2", "admin", None),
            ("HR3", "admin", None),
            ("AUDIT", "auditor", None),
            ("BOSS", "manager", Some("SALES")),
            ("L2", "manager", Some("EAST")),
        ] {
            let department = department.map(|code| self.id(code));
            let grant = json!({"employee_id": self.id(number), "role": role, "department_id": department});
            admin.confirm(&operator.post("/v1/role-grants", grant).await).await;
        }
    }

    async fn has_a_programme(&mut self) {
        let (maker, checker) = (self.admin().await, self.person("HR2"));
        let programme = json!({
            "code": "customers", "name": "客户维护分享", "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month",
            "group_ids": [self.id("group")], "feedback_mode": "confidential", "feedback_min_k": 3
        });
        let made = maker.post("/v1/programmes", programme).await;
        self.keep("programme", &made);
        for (code, name) in [("LB", "讲师奖金"), ("TA", "培训津贴")] {
            let item = json!({"code": code, "name_zh": name, "name_en": code, "issuance_way": "with_salary"});
            maker.post("/v1/pay-items", item).await.expect(201);
        }
        let base = format!("/v1/programmes/{}", self.id("programme"));
        let rule = json!({"starts_period": "2026-03", "rule": rule()});
        published(&maker, &checker, &format!("{base}/scoring-rules"), rule).await;
        let policies = json!({"starts_period": "2026-03", "policies": policies()});
        published(&maker, &checker, &format!("{base}/reward-policies"), policies).await;
        let etag = maker.get(&base).await.etag().to_owned();
        maker.act(&format!("{base}/activate"), &etag, Some(json!({}))).await.expect(200);
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
