//! A person's yearly statement of rewards: what was paid, why and when, and what was not.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::payroll::{Company, complete};
use crate::people_merge::Two;
use crate::support::{Answer, Client, TestServer, literal};

/// What payroll reports after an entry was approved, at these instants.
async fn events(company: &Company<'_>, entry: Uuid, events: &[(&str, &str)]) {
    for (seq, (event, at)) in (3..).zip(events) {
        let columns = [
            ("entry_id", literal(&entry.to_string())),
            ("seq", seq.to_string()),
            ("event", literal(event)),
            ("maker_id", literal(&company.maker.to_string())),
            ("actor_kind", literal("client")),
            ("actor_id", literal(&Uuid::from_u128(7).to_string())),
            ("occurred_at", literal(at)),
        ];
        company.given.row("reward_entry_events", &columns).await;
    }
}

async fn statement(client: &Client, person: Uuid, query: &str) -> Value {
    client.get(&format!("/v1/employees/{person}/reward-statement{query}")).await.expect(200)
}

fn ids(part: &Value) -> Vec<String> {
    let lines = part["lines"].as_array().unwrap().iter();
    lines.map(|line| line["reward_id"].as_str().unwrap().to_owned()).collect()
}

fn money(minor: i64, currency: &str) -> Value {
    json!({"amount_minor": minor, "currency": currency})
}

#[tokio::test]
async fn a_reward_belongs_to_the_year_in_which_it_was_paid_where_the_company_is() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    let (late, next) = (company.approved(person, 80_000).await, company.approved(person, 7).await);
    // One second before the year ends in Shanghai, and the second after.
    events(&company, late, &[("batched", "2026-12-20T00:00:00Z"), ("paid", "2026-12-31T15:59:59Z")]).await;
    events(&company, next, &[("batched", "2026-12-20T00:00:00Z"), ("paid", "2026-12-31T16:00:00Z")]).await;
    let year = statement(&company.hr, person, "?year=2026").await;
    assert_eq!((&year["starts_on"], &year["ends_on"]), (&json!("2026-01-01"), &json!("2026-12-31")));
    assert_eq!((ids(&year["paid"]), ids(&year["unpaid"])), (vec![late.to_string()], vec![next.to_string()]));
    let (paid, unpaid) = (&year["paid"]["lines"][0], &year["unpaid"]["lines"][0]);
    assert_eq!((&paid["paid_on"], &paid["state"]), (&json!("2026-12-31"), &json!("paid")));
    assert_eq!((&unpaid["paid_on"], &unpaid["state"]), (&json!(null), &json!("batched")));
    let after = statement(&company.hr, person, "?year=2027").await;
    assert_eq!((ids(&after["paid"]), &after["unpaid"]["lines"]), (vec![next.to_string()], &json!([])));
    assert_eq!(after["paid"]["lines"][0]["paid_on"], "2027-01-01");
    let before = statement(&company.hr, person, "?year=2025").await;
    let empty = json!({"lines": [], "by_pay_item": [], "totals": []});
    assert_eq!((&before["paid"], &before["unpaid"]), (&empty, &empty));
    // Without a year, the present one.
    assert_eq!(statement(&company.hr, person, "").await["ends_on"], "2026-12-31");
}

#[tokio::test]
async fn sums_are_exact_with_corrections_and_by_pay_item() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    company.hr.post("/v1/pay-items", crate::payroll::pay_item("session-fee")).await.expect(201);
    let person = company.given.employee("E1").await;
    let award = company.approved(person, 80_001).await;
    let fee = company.approved_with(person, 30_000, &[("pay_item_code", literal("session-fee"))]).await;
    let corrects = [("corrects_id", literal(&award.to_string()))];
    let back = company.approved_with(person, -5_000, &corrects).await;
    let abroad = company.approved_with(person, 9, &[("currency", literal("USD"))]).await;
    let refused = company.approved(person, 1_000_000).await;
    for entry in [award, fee, back] {
        events(&company, entry, &[("batched", "2026-03-01T02:00:00Z"), ("paid", "2026-03-02T02:00:00Z")]).await;
    }
    events(&company, refused, &[("rejected", "2026-03-01T02:00:00Z")]).await;
    let year = statement(&company.hr, person, "?year=2026").await;
    let sum = |item: &str, minor: i64| json!({"pay_item_code": item, "pay_item_name_zh": "讲师奖励", "pay_item_name_en": "Lecturer reward", "amount": money(minor, "CNY")});
    let sums = json!([sum("lecturer-reward", 75_001), sum("session-fee", 30_000)]);
    assert_eq!((&year["paid"]["by_pay_item"], &year["paid"]["totals"]), (&sums, &json!([money(105_001, "CNY")])));
    assert_eq!(
        (ids(&year["unpaid"]), &year["unpaid"]["totals"]),
        (vec![abroad.to_string()], &json!([money(9, "USD")]))
    );
    let lines = year["paid"]["lines"].as_array().unwrap();
    let taken = lines.iter().find(|line| line["reward_id"] == json!(back)).unwrap();
    assert_eq!((&taken["kind"], &taken["corrects_id"]), (&json!("adjustment"), &json!(award)));
    assert_eq!((&taken["amount"], &taken["reason"]["zh"]), (&money(-5_000, "CNY"), &json!("=Danke, 讲师")));
}

#[tokio::test]
async fn what_payroll_has_paid_has_its_period_and_reference_for_leavers_too() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    let entry = company.approved(person, 80_000).await;
    let sql = format!("UPDATE employees SET hired_on = '2020-01-01', left_on = '2026-02-16' WHERE id = '{person}'");
    company.given.sql.batch_execute(&sql).await.unwrap();
    let batch = company.locked().await;
    let id = batch["id"].as_str().unwrap();
    let waiting = statement(&company.machine, person, "?year=2026").await;
    let line = &waiting["unpaid"]["lines"][0];
    assert_eq!((&line["state"], &line["pay_period"]), (&json!("batched"), &json!("2026-03")));
    let lines = company.lines(id).await;
    company.acknowledge(id, complete("R1", &batch, &[(&lines[0], "paid")])).await.expect(201);
    let paid = statement(&company.machine, person, "?year=2026").await;
    let line = &paid["paid"]["lines"][0];
    assert_eq!((&line["reward_id"], &line["earned_period"]), (&json!(entry), &json!("2026-02")));
    assert_eq!((&line["pay_period"], &line["external_reference"]), (&json!("2026-03"), &json!("PAY-1")));
    assert_eq!((&line["paid_on"], &line["granted_on"]), (&json!("2026-03-01"), &json!("2026-03-01")));
}

#[tokio::test]
async fn it_is_printed_and_exported_in_both_languages() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    let paid = [("reason_text", literal("=HYPERLINK(\"<b>\")"))];
    let entry = company.approved_with(person, 80_050, &paid).await;
    company.approved(person, -50).await;
    events(&company, entry, &[("paid", "2026-03-02T02:00:00Z")]).await;
    let ask = async |path: &str, language: &str| -> Answer {
        let path = format!("/v1/employees/{person}/reward-statement/{path}?year=2026");
        let request = company.hr.request(Method::GET, &path).header("accept-language", language);
        company.hr.send(request).await
    };
    let page = ask("page", "zh-CN").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("content-language"), "zh-CN");
    for part in [
        "<h1>年度奖励对账单</h1>",
        "本年已发放",
        "800.50 CNY",
        "2026-03-02",
        "=HYPERLINK(&quot;&lt;b&gt;&quot;)",
        "更正",
        "已批准",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    for loading in ["<img", "<script", "<link", "href=", "@import", "url("] {
        assert!(!page.text.contains(loading), "{loading}");
    }
    assert!(ask("page", "en").await.text.contains("<h1>Statement of rewards</h1>"));
    let table = ask("export", "en").await;
    assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(table.header("content-disposition"), format!("attachment; filename=\"rewards-2026-{person}.csv\""));
    // A workbook has the same rows, and its columns are named in the reader's language.
    let book = company
        .hr
        .request(Method::GET, &format!("/v1/employees/{person}/reward-statement/export?year=2026&format=xlsx"));
    let book = company.hr.send(book.header("accept-language", "zh-CN")).await;
    assert_eq!(book.header("content-disposition"), format!("attachment; filename=\"rewards-2026-{person}.xlsx\""));
    let (book, rows) = (book.workbook(), table.csv());
    assert_eq!(
        book.iter().map(|row| row[..3].to_vec()).collect::<Vec<_>>(),
        [
            ["'部分", "'发放日期", "'金额"],
            ["'paid", "'2026-03-02", "800.5"],
            ["'paid_by_pay_item", "", "800.5"],
            ["'paid_total", "", "800.5"],
            ["'unpaid", "", "-0.5"],
            ["'unpaid_by_pay_item", "", "-0.5"],
            ["'unpaid_total", "", "-0.5"],
        ]
    );
    assert_eq!((book.len(), book[1].len()), (rows.len(), rows[0].len()));
    let mut reader = csv::Reader::from_reader(table.text.strip_prefix('\u{feff}').unwrap().as_bytes());
    let columns = reader.headers().unwrap().clone();
    let at = |name: &str| columns.iter().position(|own| own == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let told: Vec<(&str, &str, &str)> =
        rows.iter().map(|row| (&row[at("part")], &row[at("amount")], &row[at("reason")])).collect();
    let expected = [
        ("paid", "800.50", "'=HYPERLINK(\"<b>\")"),
        ("paid_by_pay_item", "800.50", ""),
        ("paid_total", "800.50", ""),
        ("unpaid", "-0.50", "'=Danke, 讲师"),
        ("unpaid_by_pay_item", "-0.50", ""),
        ("unpaid_total", "-0.50", ""),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn lecturers_see_their_own_and_a_merged_record_is_the_persons() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (kept, duplicate) = (company.given.employee("K1").await, company.given.employee("E1").await);
    let entry = company.approved(duplicate, 80_000).await;
    let (own, other) =
        (server.person(duplicate, &[Role::Lecturer]).await, server.person(kept, &[Role::Lecturer]).await);
    assert_eq!(ids(&statement(&own, duplicate, "").await["unpaid"]), [entry.to_string()]);
    let path = format!("/v1/employees/{duplicate}/reward-statement");
    assert_eq!(other.get(&path).await.problem(404), "not_found");
    assert_eq!(company.hr.get(&format!("{path}?year=1899")).await.problem(400), "invalid_query");
    let unknown = format!("/v1/employees/{}/reward-statement", server.state.ids.next());
    assert_eq!(company.hr.get(&unknown).await.problem(404), "not_found");
    Two::new(&server).await.merge(kept, duplicate).await;
    for record in [kept, duplicate] {
        let merged = statement(&company.hr, record, "").await;
        assert_eq!((&merged["employee"]["id"], ids(&merged["unpaid"])), (&json!(kept), vec![entry.to_string()]));
    }
}
