//! A company that is set up over HTTP, as its HR would do it, and lives. Only the tenant, its first administrator and its machine
//! clients are there before, as `lectern tenant create` makes them.

use std::collections::BTreeMap;

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Client, TestServer, at};

/// The company, and what its people have made so far, by names.
pub struct Story<'s> {
    pub server: &'s TestServer,
    pub ids: BTreeMap<&'static str, String>,
    pub first_admin: Uuid,
}

/// A department: code, the department above, whether its lecturers are ranked together, cost centre.
pub type Department = (&'static str, Option<&'static str>, bool, Option<&'static str>);

/// Somebody: number, name, department.
pub type Person = (&'static str, &'static str, &'static str);

impl<'s> Story<'s> {
    pub fn new(server: &'s TestServer) -> Self {
        Self { server, ids: BTreeMap::new(), first_admin: server.state.ids.next() }
    }

    /// Moves the clock. Callers get new tokens: no token lives that long.
    pub fn now(&self, instant: &str) {
        self.server.clock.set(at(instant));
    }

    pub fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// Keeps the id of what was made, under a name of the story.
    #[track_caller]
    pub fn keep(&mut self, name: &'static str, made: &Answer) {
        assert_eq!(made.status, 201, "{name}: {}", made.text);
        self.ids.insert(name, made.id());
    }

    /// Somebody of the company, with a token of now.
    pub fn person(&self, name: &str) -> Client {
        self.server.person_token(self.server.tenant, self.id(name).parse().unwrap())
    }

    pub async fn admin(&self) -> Client {
        self.server.person(self.first_admin, &[Role::Admin]).await
    }

    pub async fn hris(&self) -> Client {
        self.server.client(&[Role::Hris]).await
    }

    pub fn session(&self, name: &str) -> String {
        format!("/v1/sessions/{}", self.id(name))
    }

    pub fn period(&self, period: &str, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/{period}/{rest}", self.id("programme"))
    }

    /// Departments, each after the one above it.
    pub async fn has_departments(&mut self, departments: &[Department]) {
        let hris = self.hris().await;
        for &(code, parent, ranks, cost_centre) in departments {
            let parent = parent.map(|parent| self.id(parent).to_owned());
            let department = json!({"code": code, "name": code, "parent_id": parent, "is_ranking_unit": ranks,
                                    "cost_centre": cost_centre});
            let made = hris.post("/v1/departments", department).await;
            self.keep(code, &made);
        }
    }

    /// People who were all hired in 2024, each with an id in Feishu.
    pub async fn has_people(&mut self, people: &[Person]) {
        let item = |(number, name, department): &Person| {
            let feishu = json!({"system": "feishu", "kind": "open_id", "value": format!("ou_{number}")});
            json!({"employee_number": number, "name": name, "hired_on": "2024-01-01", "external_ids": [feishu],
                   "department": {"code": department, "starts_on": "2024-01-01"}})
        };
        let items: Vec<Value> = people.iter().map(item).collect();
        let batch = json!({"mode": "atomic", "items": items});
        let batch = self.hris().await.post("/v1/employees/batch", batch).await.expect(200);
        for (&(number, ..), item) in people.iter().zip(batch["items"].as_array().unwrap()) {
            self.ids.insert(number, item["employee_id"].as_str().unwrap().to_owned());
        }
    }

    /// A group of lecturers who were appointed in 2025: the name of the appointment, the lecturer, the level.
    pub async fn has_lecturers(&mut self, lecturers: &[(&'static str, &str, &str)]) {
        let hris = self.hris().await;
        let group = hris.post("/v1/lecturer-groups", json!({"code": "customers", "name": "客户维护"})).await;
        self.keep("group", &group);
        let members = format!("/v1/lecturer-groups/{}/members", self.id("group"));
        for &(name, lecturer, level) in lecturers {
            let employee = self.id(lecturer).to_owned();
            let appointment = json!({"employee_id": employee, "appointed_on": "2025-08-01", "level": level});
            let appointed = hris.post("/v1/lecturers", appointment).await;
            self.keep(name, &appointed);
            // A level of past days takes two.
            assert_eq!(self.admin().await.confirm_waiting(&appointed.body).await.len(), 1);
            let member = json!({"employee_id": employee, "starts_on": "2025-08-01"});
            hris.post(&members, member).await.expect(201);
        }
    }

    /// The operator's client proposes, and the first administrator confirms: a role takes two.
    pub async fn has_roles(&self, roles: &[(&str, &str, Option<&str>)]) {
        let (operator, admin) = (self.server.client(&[Role::Admin]).await, self.admin().await);
        for &(number, role, department) in roles {
            let department = department.map(|code| self.id(code));
            let grant = json!({"employee_id": self.id(number), "role": role, "department_id": department});
            admin.confirm(&operator.post("/v1/role-grants", grant).await).await;
        }
    }

    /// A monthly programme for the group that pays from March on, with what else it has. The first administrator drafts its rule and
    /// its policies, and the checker publishes them.
    pub async fn has_a_programme(&mut self, checker: &str, more: Value, rule: Value, policies: Value) {
        let (maker, checker) = (self.admin().await, self.person(checker));
        self.makes_a_programme(more).await;
        for (code, name) in [("LB", "讲师奖金"), ("TA", "培训津贴")] {
            let item = json!({"code": code, "name_zh": name, "name_en": code, "issuance_way": "with_salary"});
            maker.post("/v1/pay-items", item).await.expect(201);
        }
        let rule = json!({"starts_period": "2026-03", "rule": rule});
        published(&maker, &checker, &self.programme("/scoring-rules"), rule).await;
        let policies = json!({"starts_period": "2026-03", "policies": policies});
        published(&maker, &checker, &self.programme("/reward-policies"), policies).await;
        self.activates_the_programme().await;
    }

    /// A monthly programme for the group without a rule, with what else it has.
    pub async fn makes_a_programme(&mut self, more: Value) {
        let mut programme = json!({"code": "customers", "name": "客户维护分享", "time_zone": "Asia/Shanghai",
                                   "currency": "CNY", "cycle": "month", "group_ids": [self.id("group")]});
        programme.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.admin().await.post("/v1/programmes", programme).await;
        self.keep("programme", &made);
    }

    pub fn programme(&self, rest: &str) -> String {
        format!("/v1/programmes/{}{rest}", self.id("programme"))
    }

    pub async fn activates_the_programme(&self) {
        let admin = self.admin().await;
        let etag = admin.get(&self.programme("")).await.etag().to_owned();
        let active = admin.act(&self.programme("/activate"), &etag, Some(json!({}))).await.expect(200);
        assert_eq!(active["state"], "active");
    }

    /// An hour and a half after the start its lecturer reports a session, which is not enough to confirm it.
    pub async fn is_reported(&self, session: &str, by: &str, start: &str, minutes: u32) {
        self.server.clock.set(at(start) + chrono::TimeDelta::minutes(90));
        let report = json!({"started_at": start, "delivered_minutes": minutes});
        let path = format!("{}/deliver", self.session(session));
        let delivered = self.person(by).post(&path, report).await.expect(200);
        assert_eq!(delivered["delivery"]["confirmed_at"], Value::Null, "a lecturer's own word");
    }

    /// HR's system sends who was there.
    pub async fn attended(&self, session: &str, learners: &[&str]) -> Value {
        let record = |learner: &&str| json!({"employee_id": self.id(learner), "state": "present", "minutes": 45});
        let records: Vec<Value> = learners.iter().map(record).collect();
        let list = json!({"source": "door", "records": records});
        self.hris().await.put(&format!("{}/attendance", self.session(session)), "*", list).await.expect(200)
    }

    /// A lecturer submits the content of a session.
    pub async fn submitted(&self, session: &str, lecturer: &str) -> Answer {
        let content = json!({"title": session, "outline": "1. 背景 2. 案例 3. 方法"});
        self.person(lecturer).post(&format!("{}/submit-content", self.session(session)), content).await
    }

    /// Everything that was granted for a period, as (number, policy, amount).
    pub async fn granted(&self, client: &Client, period: &str) -> Vec<(String, String, i64)> {
        let page = client.get(&format!("/v1/rewards?period={period}&limit=200")).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let line = |reward: &Value| {
            let amount = reward["amount"]["amount_minor"].as_i64().unwrap();
            (text(&reward["employee"]["employee_number"]), text(&reward["policy"]), amount)
        };
        let mut all: Vec<(String, String, i64)> = page["items"].as_array().unwrap().iter().map(line).collect();
        all.sort();
        all
    }
}

/// One drafts, the same one may not publish, another does.
pub async fn published(maker: &Client, checker: &Client, path: &str, body: Value) {
    let draft = maker.post(path, body).await;
    let publish = format!("{path}/{}/publish", draft.id());
    assert_eq!(maker.act(&publish, draft.etag(), None).await.problem(403), "self_approval");
    assert_eq!(checker.act(&publish, draft.etag(), None).await.expect(200)["state"], "published");
}
