//! The hand-over to payroll: from approved rewards to what the payroll system says about their lines.

mod acknowledging;
mod at_once;
mod batches;
mod beside_others;
mod histories;
mod layouts;
mod layouts_guarded;
mod lines;
mod settings;
mod uploading;
mod walk;
mod whole_company;

use std::sync::atomic::{AtomicU32, Ordering};

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, Given, TestServer, literal};

/// A company with one pay item and one pay group, and who works there with payroll.
pub struct Company<'s> {
    pub given: Given<'s>,
    pub programme: Uuid,
    pub maker: Uuid,
    pub checker: Uuid,
    /// A person of HR.
    pub hr: Client,
    /// The payroll system.
    pub machine: Client,
    pub group: String,
}

impl<'s> Company<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        let given = server.given().await;
        let lecturers = given.group("lecturers").await;
        let programme = given.programme("lecturers", lecturers).await;
        let (maker, checker) = (given.employee("MAKER").await, given.employee("CHECKER").await);
        let hr = server.person(checker, &[Role::Admin]).await;
        let machine = server.client(&[Role::Payroll]).await;
        hr.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
        let group = json!({"code": "SH", "name": "上海公司", "is_default": true});
        let group = hr.post("/v1/pay-groups", group).await;
        Self { given, programme, maker, checker, group: group.id(), hr, machine }
    }

    /// An entry of the ledger that is approved now, earned in February 2026.
    pub async fn approved(&self, employee: Uuid, amount_minor: i64) -> Uuid {
        self.approved_with(employee, amount_minor, &[]).await
    }

    pub async fn approved_with(&self, employee: Uuid, amount_minor: i64, more: &[(&str, String)]) -> Uuid {
        let kind = if amount_minor > 0 { "award" } else { "adjustment" };
        let all = [
            ("employee_id", literal(&employee.to_string())),
            ("programme_id", literal(&self.programme.to_string())),
            ("earned_period", literal("2026-02")),
            ("pay_item_code", literal("lecturer-reward")),
            ("kind", literal(kind)),
            ("amount_minor", amount_minor.to_string()),
            ("currency", literal("CNY")),
            ("reason_code", literal("manual")),
            ("reason_text", literal("=Danke, 讲师")),
            ("maker_kind", literal("person")),
            ("maker_id", literal(&self.maker.to_string())),
        ];
        let given = all.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let columns: Vec<(&str, String)> = given.chain(more.iter().cloned()).collect();
        let entry = self.given.row("reward_entries", &columns).await;
        self.event(entry, 1, "granted", self.maker).await;
        self.event(entry, 2, "approved", self.checker).await;
        entry
    }

    async fn event(&self, entry: Uuid, seq: i32, event: &str, actor: Uuid) {
        let columns = [
            ("entry_id", literal(&entry.to_string())),
            ("seq", seq.to_string()),
            ("event", literal(event)),
            ("maker_id", literal(&self.maker.to_string())),
            ("actor_kind", literal("person")),
            ("actor_id", literal(&actor.to_string())),
            ("occurred_at", literal(&self.given.server.clock.now().to_rfc3339())),
        ];
        self.given.row("reward_entry_events", &columns).await;
    }

    pub fn draft_of(&self, currency: &str) -> Value {
        json!({"pay_group_id": self.group, "currency": currency, "pay_period": "2026-03"})
    }

    pub async fn draft(&self) -> Answer {
        self.machine.post_keyed("/v1/payroll-batches", &key(), self.draft_of("CNY")).await
    }

    /// A draft that was locked at once.
    pub async fn locked(&self) -> Value {
        let draft = self.draft().await;
        let id = draft.id();
        assert_eq!(draft.status, 201, "{}", draft.text);
        lock(&self.machine, &id, draft.etag()).await.expect(200)
    }

    pub async fn lines(&self, batch: &str) -> Vec<Value> {
        let page = self.machine.get(&format!("/v1/payroll-batches/{batch}/lines?limit=200")).await.expect(200);
        page["items"].as_array().unwrap().clone()
    }

    /// The events of an entry's history, oldest first.
    pub async fn history(&self, entry: Uuid) -> Vec<String> {
        let reward = self.hr.get(&format!("/v1/rewards/{entry}")).await.expect(200);
        reward["history"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn acknowledge(&self, batch: &str, body: Value) -> Answer {
        self.machine.post_keyed(&format!("/v1/payroll-batches/{batch}/acknowledgements"), &key(), body).await
    }
}

pub fn pay_item(code: &str) -> Value {
    json!({
        "code": code, "name_zh": "讲师奖励", "name_en": "Lecturer reward", "issuance_way": "with_salary",
        "tax_mode": "combined", "tax_category": "wages"
    })
}

/// A new `Idempotency-Key`.
pub fn key() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("key-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

pub async fn lock(client: &Client, batch: &str, etag: &str) -> Answer {
    let request = client.request(Method::POST, &format!("/v1/payroll-batches/{batch}/lock"));
    client.send(request.header("idempotency-key", key()).header("if-match", etag)).await
}

pub async fn void(client: &Client, batch: &str, etag: &str) -> Answer {
    let request = client.request(Method::POST, &format!("/v1/payroll-batches/{batch}/void"));
    let request = request.header("idempotency-key", key()).header("if-match", etag);
    client.send(request.json(&json!({"reason": "Wrong period."}))).await
}

/// A part of an answer about these lines, with its control totals.
pub fn part(run: &str, answers: &[(&Value, &str)]) -> Value {
    let lines: Vec<Value> = answers
        .iter()
        .map(|(line, status)| match *status {
            "rejected" => json!({"line_id": line["id"], "status": status, "reason": "No bank account."}),
            "paid" => json!({"line_id": line["id"], "status": status, "external_reference": "PAY-1"}),
            _ => json!({"line_id": line["id"], "status": status}),
        })
        .collect();
    let sum: i64 = answers.iter().map(|(line, _)| line["amount_minor"].as_i64().unwrap()).sum();
    let total = json!({"amount_minor": sum, "currency": "CNY"});
    json!({
        "consumer": "payroll", "run_id": run, "lines": lines, "final": false,
        "totals": {"line_count": answers.len(), "total": total}
    })
}

/// The final answer, with the totals of the batch.
pub fn complete(run: &str, batch: &Value, answers: &[(&Value, &str)]) -> Value {
    let mut body = part(run, answers);
    body["final"] = json!(true);
    body["totals"] = json!({"line_count": batch["totals"]["line_count"], "total": batch["totals"]["total"]});
    body
}
