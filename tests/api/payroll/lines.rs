//! Lines and exports of a locked batch.

use aws_lc_rs::digest::{SHA256, digest};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Company, complete, void};
use crate::support::{TestServer, literal};

#[tokio::test]
async fn a_line_says_everything_that_payroll_needs() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let given = &company.given;
    let person = given.employee("E1").await;
    let department = given.department("S", None).await;
    let sql = format!("UPDATE departments SET cost_centre = 'CC-1' WHERE id = '{department}'");
    given.sql.batch_execute(&sql).await.unwrap();
    given.membership(person, department, "2020-01-01").await;
    let external = [
        ("employee_id", literal(&person.to_string())),
        ("system", literal("feishu")),
        ("kind", literal("open_id")),
        ("value", literal("ou_1")),
    ];
    given.row("employee_external_ids", &external).await;
    let entry = company.approved(person, 80_000).await;
    let batch = company.locked().await;
    let mut line = company.lines(batch["id"].as_str().unwrap()).await.remove(0);
    assert!(line["id"].is_string());
    let made_by = line["made_by"].clone();
    assert_eq!(made_by["kind"], "person");
    for member in ["id", "made_by"] {
        line.as_object_mut().unwrap().remove(member);
    }
    let expected = json!({
        "batch_id": batch["id"], "number": 1,
        "employee": {"id": person, "employee_number": "E1", "name": "Person E1",
            "external_ids": [{"system": "feishu", "kind": "open_id", "value": "ou_1"}]},
        "pay_item_code": "lecturer-reward", "kind": "award", "amount_minor": 80_000, "amount": "800.00", "currency": "CNY",
        "earned_starts_on": "2026-02-01", "earned_ends_on": "2026-02-28", "pay_period": "2026-03",
        "issuance_way": "with_salary", "tax_mode": "combined", "tax_category": "wages", "cost_centre": "CC-1",
        "reason": {"code": "manual", "zh": "=Danke, 讲师", "en": "=Danke, 讲师"},
        "sources": [{"type": "reward", "id": entry, "rule_version": null}],
        "corrects_line_id": null, "previous_line_id": null, "approved_by_id": company.checker,
        "status": null, "rejection_reason": null, "external_reference": null,
    });
    assert_eq!(line, expected);
    // The line keeps the name of that day.
    given.sql.batch_execute(&format!("UPDATE employees SET name = 'Other' WHERE id = '{person}'")).await.unwrap();
    assert_eq!(company.lines(batch["id"].as_str().unwrap()).await[0]["employee"]["name"], "Person E1");
}

#[tokio::test]
async fn a_correction_names_the_line_that_it_corrects() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    let first = company.approved(person, 900).await;
    let corrects = |entry: uuid::Uuid| [("corrects_id", literal(&entry.to_string()))];
    let second = company.approved_with(person, -100, &corrects(first)).await;
    let batch = company.locked().await;
    let lines = company.lines(batch["id"].as_str().unwrap()).await;
    assert_eq!(lines[1]["corrects_line_id"], lines[0]["id"]);
    company.approved_with(person, -200, &corrects(second)).await;
    company.approved(person, 500).await;
    let later = company.locked().await;
    let later = company.lines(later["id"].as_str().unwrap()).await;
    assert_eq!(later[0]["corrects_line_id"], lines[1]["id"]);
}

#[tokio::test]
async fn lines_come_in_pages_of_a_stable_order_and_as_one_file() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    for number in ["E3", "E1", "E10", "E2"] {
        company.approved(company.given.employee(number).await, 1000).await;
    }
    let batch = company.locked().await;
    let path = format!("/v1/payroll-batches/{}", batch["id"].as_str().unwrap());
    let mut target = format!("{path}/lines?limit=3");
    let mut lines: Vec<Value> = Vec::new();
    loop {
        let page = company.machine.get(&target).await.expect(200);
        lines.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        target = format!("{path}/lines?limit=3&cursor={cursor}");
    }
    let numbers: Vec<&str> = lines.iter().map(|line| line["employee"]["employee_number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["E1", "E10", "E2", "E3"]);
    let file = company.machine.get(&format!("{path}/export?format=jsonl")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/jsonl"));
    let exported: Vec<Value> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The file has what never changes of the lines.
    for line in &mut lines {
        for member in ["status", "rejection_reason", "external_reference"] {
            assert_eq!(line.as_object_mut().unwrap().remove(member), Some(Value::Null));
        }
    }
    assert_eq!(exported, lines);
    let sha: String = digest(&SHA256, file.text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(batch["totals"]["lines_sha256"], json!(sha));
    assert_eq!(file.etag(), format!("\"{sha}-jsonl\""));
    let request = company.machine.request(Method::GET, &format!("{path}/export?format=jsonl"));
    assert_eq!(company.machine.send(request.header("if-none-match", file.etag())).await.status, 304);
    assert_eq!(company.machine.get(&format!("{path}/export?format=xml")).await.problem(400), "invalid_query");
}

#[tokio::test]
async fn a_file_longer_than_a_page_of_the_database_is_whole() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    // Copies of one entry with its history: 1,100 lines are three pages.
    let entry = company.approved(person, 7).await;
    let sql = format!(
        "CREATE TEMP TABLE copies AS SELECT gen_random_uuid() AS id FROM generate_series(1, 1099);
         INSERT INTO reward_entries SELECT e.tenant_id, c.id, e.employee_id, e.programme_id, e.snapshot_id, e.policy_set_id,
             e.policy_code, e.session_id, e.earned_period, e.pay_item_code, e.kind, e.amount_minor, e.currency, e.corrects_id,
             e.reason_code, e.reason_params, e.reason_text, e.maker_kind, e.maker_id, e.caused_by_id, e.created_at
           FROM reward_entries e CROSS JOIN copies c WHERE e.id = '{entry}';
         INSERT INTO reward_entry_events SELECT v.tenant_id, gen_random_uuid(), c.id, v.seq, v.event, v.maker_id, v.actor_kind,
             v.actor_id, v.self_approved, v.batch_id, v.line_id, v.reason_code, v.reason, v.occurred_at
           FROM reward_entry_events v CROSS JOIN copies c WHERE v.entry_id = '{entry}'"
    );
    company.given.sql.batch_execute(&sql).await.unwrap();
    let batch = company.locked().await;
    assert_eq!((&batch["totals"]["line_count"], &batch["totals"]["people_count"]), (&json!(1100), &json!(1)));
    let path = format!("/v1/payroll-batches/{}/export", batch["id"].as_str().unwrap());
    let file = company.machine.get(&format!("{path}?format=jsonl")).await;
    let sha: String = digest(&SHA256, file.text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((file.text.lines().count(), json!(sha)), (1100, batch["totals"]["lines_sha256"].clone()));
    let table = company.machine.get(&format!("{path}?format=csv")).await;
    assert_eq!(table.text.lines().count(), 1101);
    let book = company.machine.get(&format!("{path}?format=xlsx")).await.workbook();
    assert_eq!(book.len(), 1101);
    assert_eq!((book[1][2].as_str(), book[1100][2].as_str()), ("1", "1100"), "in the order of the lines");
}

#[tokio::test]
async fn a_workbook_has_texts_and_numbers_and_no_formula() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    company.approved(company.given.employee("0071").await, 80_050).await;
    company.approved(company.given.employee("E2").await, -5).await;
    company.approved(company.given.employee("E3").await, 9_007_199_254_000_000).await;
    company.hr.patch(&format!("/v1/pay-groups/{}", company.group), "*", json!({"recoverable": true})).await.expect(200);
    let batch = company.locked().await;
    let path = format!("/v1/payroll-batches/{}/export?format=xlsx", batch["id"].as_str().unwrap());
    let english = company.machine.get(&path).await;
    let request = company.machine.request(Method::GET, &path).header("accept-language", "zh-CN");
    let chinese = company.machine.send(request).await;
    let codes = company.machine.get(&format!("{path}&headings=codes")).await;
    assert_eq!((english.header("content-language"), chinese.header("content-language")), ("en", "zh-CN"));
    let (english_rows, chinese_rows, codes_rows) = (english.workbook(), chinese.workbook(), codes.workbook());
    let at = |name: &str| codes_rows[0].iter().position(|own| *own == format!("'{name}")).unwrap();
    assert_eq!((&*english_rows[0][at("amount")], &*chinese_rows[0][at("amount")]), ("'Amount", "'金额"));
    assert_eq!(english_rows[1..], chinese_rows[1..]);
    let told = |row: usize| {
        ["employee_number", "amount_minor", "amount", "reason_zh"].map(|name| &*english_rows[row][at(name)])
    };
    assert_eq!(told(1), ["'0071", "80050", "800.5", "'=Danke, 讲师"]);
    assert_eq!(told(2), ["'E2", "-5", "-0.05", "'=Danke, 讲师"]);
    let exact = ["'E3", "'9007199254000000", "'90071992540000.00", "'=Danke, 讲师"];
    assert_eq!(told(3), exact, "what no spreadsheet shows exactly is a text");
    // Another language is another file, and the same file has the same bytes.
    let digest = batch["totals"]["lines_sha256"].as_str().unwrap();
    assert_eq!(english.etag(), format!("\"{digest}-xlsx-en\""));
    assert_eq!(chinese.etag(), format!("\"{digest}-xlsx-zh-CN\""));
    assert_eq!(codes.etag(), format!("\"{digest}-xlsx\""));
    assert_eq!(company.machine.get(&path).await.bytes, english.bytes);
    let again = company.machine.request(Method::GET, &path).header("if-none-match", english.etag());
    assert_eq!(company.machine.send(again).await.status, 304);
    let words = format!("/v1/payroll-batches/{}/export?format=csv&headings=words", batch["id"].as_str().unwrap());
    assert_eq!(company.machine.get(&words).await.csv()[0][at("employee_number")], "Employee number");
}

#[tokio::test]
async fn a_table_is_safe_to_open() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    company.approved(company.given.employee("E1").await, 5).await;
    company.approved(company.given.employee("E2").await, -5).await;
    let wide = [("reason_text", literal("＝1+1"))];
    company.approved_with(company.given.employee("E3").await, 7, &wide).await;
    company.hr.patch(&format!("/v1/pay-groups/{}", company.group), "*", json!({"recoverable": true})).await.expect(200);
    let batch = company.locked().await;
    let path = format!("/v1/payroll-batches/{}/export?format=csv", batch["id"].as_str().unwrap());
    let file = company.machine.get(&path).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").ends_with(".csv\""));
    let text = file.text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|own| own == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(&rows[0][at("reason_zh")], "'=Danke, 讲师");
    assert_eq!(&rows[2][at("reason_zh")], "'＝1+1", "a spreadsheet reads the full-width sign as well");
    assert_eq!((&rows[1][at("amount")], &rows[1][at("amount_minor")]), ("-0.05", "-5"));
    assert_eq!((&rows[1][at("kind")], &rows[1][at("made_by_kind")]), ("adjustment", "person"));
}

#[tokio::test]
async fn only_a_batch_that_stands_is_exported() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    company.approved(company.given.employee("E1").await, 5).await;
    let draft = company.draft().await;
    let export = |id: &str| format!("/v1/payroll-batches/{id}/export?format=jsonl");
    assert_eq!(company.machine.get(&export(&draft.id())).await.problem(409), "state_conflict");
    void(&company.hr, &draft.id(), "*").await.expect(200);
    let batch = company.locked().await;
    let id = batch["id"].as_str().unwrap();
    let before = company.machine.get(&export(id)).await;
    let lines = company.lines(id).await;
    company.acknowledge(id, complete("R1", &batch, &[(&lines[0], "paid")])).await.expect(201);
    let after = company.machine.get(&export(id)).await;
    assert_eq!((after.etag(), &after.text), (before.etag(), &before.text));
    company.approved(company.given.employee("E2").await, 5).await;
    let undone = company.locked().await;
    let undone = undone["id"].as_str().unwrap();
    void(&company.hr, undone, "*").await.expect(200);
    assert_eq!(company.machine.get(&export(undone)).await.problem(409), "state_conflict");
    let told = company.machine.get(&format!("/v1/payroll-batches/{undone}/lines")).await.expect(200);
    assert_eq!((&told["batch_state"], told["items"].as_array().unwrap().len()), (&json!("void"), 1));
}
