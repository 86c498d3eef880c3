//! Layouts: batches as payroll systems take them.

use std::fs;

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Company;
use crate::support::{Answer, TestServer, literal};

pub const LAYOUTS: &str = "/v1/payroll-layouts";

/// Two people with their ids in two payroll systems; one has two awards and a deduction, the other one award.
async fn two_people(company: &Company<'_>) -> Value {
    let given = &company.given;
    let earned = |period: &str| [("earned_period", literal(period)), ("reason_text", literal("优秀讲师奖"))];
    let people = [
        ("E1", "1", vec![("2025-12", 80_000), ("2026-01", 20_000), ("2026-02", -5_000)]),
        ("E2", "2", vec![("2026-02", 50_000)]),
    ];
    for (number, id, amounts) in people {
        let person = given.employee(number).await;
        external_id(company, person, "feishu", "open_id", &format!("ou_{id}")).await;
        external_id(company, person, "xinrenxinshi", "employee_id", &format!("x{id}")).await;
        for (period, amount) in amounts {
            company.approved_with(person, amount, &earned(period)).await;
        }
    }
    company.locked().await
}

pub async fn external_id(company: &Company<'_>, person: Uuid, system: &str, kind: &str, value: &str) {
    let columns = [
        ("employee_id", literal(&person.to_string())),
        ("system", literal(system)),
        ("kind", literal(kind)),
        ("value", literal(value)),
    ];
    company.given.row("employee_external_ids", &columns).await;
}

pub fn column(name: &str, source: &str) -> Value {
    json!({"name": name, "source": source})
}

pub async fn made(company: &Company<'_>, code: &str, layout: Value) -> Answer {
    let made = company.hr.post(LAYOUTS, json!({"code": code, "layout": layout})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made
}

/// The path of a batch's file in a layout.
pub fn file(batch: &Value, layout: &str, format: &str) -> String {
    format!("/v1/payroll-batches/{}/export?format={format}&layout_id={layout}", batch["id"].as_str().unwrap())
}

#[tokio::test]
async fn every_preset_writes_what_its_payroll_system_takes() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let batch = two_people(&company).await;
    let lines = company.lines(batch["id"].as_str().unwrap()).await;
    let numbered = |text: &str| {
        lines.iter().fold(text.to_owned(), |text, line| {
            text.replace(line["id"].as_str().unwrap(), &format!("LINE-{}", line["number"]))
        })
    };
    let fixture = |name: &str| fs::read_to_string(format!("tests/fixtures/payroll/{name}")).unwrap();
    let presets = company.machine.get("/v1/payroll-layout-presets").await.expect(200);
    for preset in presets["items"].as_array().unwrap() {
        let code = preset["code"].as_str().unwrap();
        // The notes say what is only an example.
        let example = if code.starts_with("frappe") { "My Company" } else { "values" };
        for note in ["note_zh", "note_en"] {
            assert!(preset[note].as_str().unwrap().contains(example), "{code} {note}");
        }
        let layout = made(&company, code, preset["layout"].clone()).await.id();
        let table = company.machine.get(&file(&batch, &layout, "csv")).await;
        let text = table.text.strip_prefix('\u{feff}').unwrap().replace("\r\n", "\n");
        assert_eq!(numbered(&text), fixture(&format!("{code}.csv")), "{code}");
        // The workbook has the same cells.
        let book = company.machine.get(&file(&batch, &layout, "xlsx")).await.workbook();
        assert_eq!(book.len(), table.csv().len(), "{code}");
        assert_eq!(book[0].iter().map(|name| &name[1..]).collect::<Vec<&str>>(), table.csv()[0]);
        if code == "xinrenxinshi-bonus" {
            let objects = company.machine.get(&file(&batch, &layout, "jsonl")).await;
            assert_eq!(objects.header("content-type"), "application/jsonl");
            assert_eq!(numbered(&objects.text), fixture("xinrenxinshi-bonus.jsonl"));
            assert_eq!(book[1][2], "1000");
        }
    }
}

#[tokio::test]
async fn a_file_comes_in_parts_that_are_all_of_it_once() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    for number in ["E1", "E2", "E3", "E4", "E5"] {
        company.approved(company.given.employee(number).await, 1000).await;
    }
    let batch = company.locked().await;
    let columns = json!([column("number", "employee_number"), column("amount", "amount")]);
    for rows in ["lines", "sums"] {
        let layout = json!({"name": "Parts", "rows": rows, "chunk_size": 2, "columns": columns});
        let layout = made(&company, rows, layout).await.id();
        let whole = company.machine.get(&file(&batch, &layout, "csv")).await;
        assert_eq!((whole.csv().len(), whole.header("link")), (6, ""));
        let mut target = format!("{}&part=1", file(&batch, &layout, "csv"));
        let (mut all, mut tags) = (vec![whole.csv()[0].clone()], vec![whole.etag().to_owned()]);
        loop {
            let part = company.machine.get(&target).await;
            all.extend(part.csv().into_iter().skip(1));
            tags.push(part.etag().to_owned());
            let link = part.header("link");
            let Some((next, _)) = link.strip_prefix('<').and_then(|link| link.split_once('>')) else { break };
            target = next.to_owned();
        }
        assert_eq!(all, whole.csv(), "{rows}");
        assert_eq!(tags.len(), 4, "three parts");
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 4, "each has a tag of its own");
        let beyond = company.machine.get(&format!("{}&part=4", file(&batch, &layout, "csv"))).await;
        assert_eq!(beyond.problem(404), "not_found");
        let before = company.machine.get(&format!("{}&part=0", file(&batch, &layout, "csv"))).await;
        assert_eq!(before.problem(400), "invalid_query");
        assert!(before.body["detail"].as_str().unwrap().contains("part must be at least 1"), "{}", before.text);
    }
    let path = format!("/v1/payroll-batches/{}/export?format=csv", batch["id"].as_str().unwrap());
    assert_eq!(
        company.machine.get(&format!("{path}&part=1")).await.csv().len(),
        6,
        "without a layout there is one part"
    );
    assert_eq!(company.machine.get(&format!("{path}&part=2")).await.problem(404), "not_found");
}

#[tokio::test]
async fn nothing_is_rounded_and_no_layout_is_used_for_another_group() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    company.approved(company.given.employee("E1").await, 80_050).await;
    let batch = company.locked().await;
    let amount = json!([column("amount", "amount")]);
    let layout = |decimals: Value, group: Value| json!({"name": "整数", "decimals": decimals, "pay_group_id": group, "columns": amount});
    for (code, decimals, written) in [
        ("zero", json!(0), None),
        ("one", json!(1), Some("800.5")),
        ("own", json!(null), Some("800.50")),
        ("four", json!(4), Some("800.5000")),
    ] {
        let id = made(&company, code, layout(decimals, json!(company.group))).await.id();
        let table = company.machine.get(&file(&batch, &id, "csv")).await;
        match written {
            Some(written) => assert_eq!(table.csv()[1], [written]),
            None => assert_eq!(table.problem(409), "layout_not_exact"),
        }
    }
    let other = company.hr.post("/v1/pay-groups", json!({"code": "BJ", "name": "北京公司"})).await.id();
    let id = made(&company, "other", layout(json!(2), json!(other))).await.id();
    assert_eq!(company.machine.get(&file(&batch, &id, "csv")).await.problem(409), "layout_of_other_group");
    let nobody = server.state.ids.next().to_string();
    assert_eq!(company.machine.get(&file(&batch, &nobody, "csv")).await.problem(404), "not_found");
}

#[tokio::test]
async fn a_layout_is_made_read_replaced_and_deleted() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let layout = json!({"name": "导入表", "columns": [column("工号", "employee_number")]});
    let first = made(&company, "own", layout.clone()).await;
    let path = format!("{LAYOUTS}/{}", first.id());
    assert_eq!(first.header("location"), path);
    let complete = json!({
        "name": "导入表", "pay_group_id": null, "rows": "lines", "amounts": "all", "chunk_size": null, "decimals": null,
        "replaces": false, "min_amount": null, "max_amount": null,
        "columns": [{"name": "工号", "source": "employee_number", "text": null, "system": null, "kind": null, "values": []}]
    });
    assert_eq!(first.body["layout"], complete);
    assert_eq!(company.machine.get(&path).await.expect(200), first.body);
    let again = company.hr.post(LAYOUTS, json!({"code": "own", "layout": layout})).await;
    assert_eq!(again.problem(409), "already_exists");
    let new = json!({"name": "导入表二", "decimals": 2, "columns": [column("金额", "amount")]});
    let replaced = company.hr.put(&path, first.etag(), new.clone()).await.expect(200);
    assert_eq!((&replaced["layout"]["name"], &replaced["code"]), (&json!("导入表二"), &json!("own")));
    assert_eq!(company.hr.put(&path, first.etag(), new).await.problem(412), "precondition_failed");
    let page = company.machine.get(LAYOUTS).await.expect(200);
    assert_eq!(page["items"], json!([replaced]));
    let without = company.hr.request(Method::DELETE, &path);
    assert_eq!(company.hr.send(without).await.problem(428), "precondition_required");
    assert_eq!(company.hr.delete(&path, "*").await.status, 204);
    assert_eq!(company.hr.get(&path).await.problem(404), "not_found");
    let log = company.hr.get("/v1/audit-entries?subject_type=payroll_layout").await.expect(200);
    let commands: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|entry| entry["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["delete_payroll_layout", "replace_payroll_layout", "create_payroll_layout"]);
}

#[tokio::test]
async fn a_faulty_layout_is_refused_with_all_its_faults() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let nobody = server.state.ids.next();
    let layout = json!({
        "name": "", "rows": "sums", "pay_group_id": nobody, "decimals": 5, "chunk_size": 0,
        "columns": [column("a", "fixed_text"), column("a", "line_id"), column("b", "amount_without_sign")]
    });
    let refused = company.hr.post(LAYOUTS, json!({"code": "x y", "layout": layout})).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let mut faults = refused.faults();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [
            ("/code", "bad_characters"),
            ("/layout/chunk_size", "out_of_range"),
            ("/layout/columns/0/text", "required"),
            ("/layout/columns/1/name", "duplicate"),
            ("/layout/columns/1/source", "not_eligible"),
            ("/layout/columns/2/source", "not_eligible"),
            ("/layout/decimals", "out_of_range"),
            ("/layout/name", "empty"),
            ("/layout/pay_group_id", "not_found"),
        ]
    );
    let unknown = json!({"code": "x", "layout": {"name": "x", "columns": [column("a", "salary")]}});
    assert_eq!(company.hr.post(LAYOUTS, unknown).await.problem(422), "invalid_body");
    assert_eq!(company.machine.get(LAYOUTS).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn payroll_and_hr_make_layouts_and_auditors_read_them() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let body = json!({"code": "own", "layout": {"name": "x", "columns": [column("a", "amount")]}});
    let auditor = server.client(&[Role::Auditor]).await;
    assert_eq!(auditor.post(LAYOUTS, body.clone()).await.problem(403), "forbidden");
    let made = company.machine.post(LAYOUTS, body).await;
    auditor.get(&format!("{LAYOUTS}/{}", made.id())).await.expect(200);
    let lecturer = server.client(&[Role::Manager]).await;
    assert_eq!(lecturer.get(LAYOUTS).await.problem(403), "forbidden");
    let stranger = server.client_of(server.tenant("other").await, &[Role::Admin]).await;
    assert_eq!(stranger.get(&format!("{LAYOUTS}/{}", made.id())).await.problem(404), "not_found");
    assert_eq!(stranger.get(LAYOUTS).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_value_is_what_the_payroll_system_calls_it() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("0071").await;
    external_id(&company, person, "sap", "userId", "@71").await;
    company.approved(person, 500).await;
    let batch = company.locked().await;
    let columns = json!([
        {"name": "=item", "source": "pay_item_code", "values": [{"from": "lecturer-reward", "to": "@奖金"}]},
        {"name": "id", "source": "external_id", "system": "sap", "kind": "userId"},
        {"name": "number", "source": "employee_number"},
        {"name": "company", "source": "fixed_text", "text": "+A"}
    ]);
    let layout = made(&company, "own", json!({"name": "x", "columns": columns})).await.id();
    let table = company.machine.get(&file(&batch, &layout, "csv")).await.csv();
    assert_eq!(table, [["'=item", "id", "number", "company"], ["'@奖金", "'@71", "0071", "'+A"]]);
    let book = company.machine.get(&file(&batch, &layout, "xlsx")).await.workbook();
    assert_eq!(book, [["'=item", "'id", "'number", "'company"], ["'@奖金", "'@71", "'0071", "'+A"]]);
    let objects = company.machine.get(&file(&batch, &layout, "jsonl")).await.text;
    let object: Value = serde_json::from_str(objects.trim()).unwrap();
    assert_eq!(object, json!({"=item": "@奖金", "id": "@71", "number": "0071", "company": "+A"}));
}
