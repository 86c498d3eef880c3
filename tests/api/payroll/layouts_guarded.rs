//! Files that payroll systems would not take, or would lose money by, are not made.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::layouts::{LAYOUTS, column, external_id, file, made};
use super::{Company, complete, key, lock, void};
use crate::support::{Answer, TestServer, literal};

fn layout(more: Value) -> Value {
    let columns = json!([column("工号", "employee_number"), column("项目", "pay_item_code"), column("金额", "amount")]);
    let mut layout = json!({"name": "导入表", "rows": "sums", "columns": columns});
    let Value::Object(more) = more else { panic!("members of a layout") };
    layout.as_object_mut().unwrap().extend(more);
    layout
}

async fn exported(company: &Company<'_>, batch: &Value, layout: &str) -> Answer {
    company.machine.get(&file(batch, layout, "csv")).await
}

/// The cells of the table, without its header.
async fn cells(company: &Company<'_>, batch: &Value, layout: &str) -> Vec<Vec<String>> {
    exported(company, batch, layout).await.csv().split_off(1)
}

/// A batch of this currency and pay period that was locked at once.
async fn locked(company: &Company<'_>, currency: &str, pay_period: &str) -> Value {
    let mut body = company.draft_of(currency);
    body["pay_period"] = json!(pay_period);
    let draft = company.machine.post_keyed("/v1/payroll-batches", &key(), body).await;
    assert_eq!(draft.status, 201, "{}", draft.text);
    lock(&company.machine, &draft.id(), draft.etag()).await.expect(200)
}

#[tokio::test]
async fn no_file_replaces_what_another_batch_pays() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (one, two) = (company.given.employee("E1").await, company.given.employee("E2").await);
    let replacing = made(&company, "replacing", layout(json!({"replaces": true}))).await.id();
    company.approved(one, 10_000).await;
    company.approved(two, 20_000).await;
    let first = company.locked().await;
    let both = [["E1", "lecturer-reward", "100.00"], ["E2", "lecturer-reward", "200.00"]];
    assert_eq!(cells(&company, &first, &replacing).await, both);

    // A second batch of the same pay period has a line of the first person, and one of somebody else.
    company.approved(one, 5_000).await;
    company.approved(company.given.employee("E3").await, 30_000).await;
    let second = company.locked().await;
    let refused = exported(&company, &second, &replacing).await;
    assert_eq!((refused.problem(409), &refused.body["count"]), ("layout_replaces", &json!(1)));
    let person = json!({"id": one, "employee_number": "E1", "name": "Person E1"});
    let replaced = json!([{
        "employee_id": one, "employee": person, "pay_item_code": "lecturer-reward", "batch_id": first["id"]
    }]);
    assert_eq!(refused.body["replaced"], replaced);
    let part = format!("{}&part=1", file(&second, &replacing, "xlsx"));
    assert_eq!(company.machine.get(&part).await.problem(409), "layout_replaces");
    // The first one still has its file; so has the second one in layouts that add, and of lines that the first one has none of.
    assert_eq!(cells(&company, &first, &replacing).await, both);
    let adding = made(&company, "adding", layout(json!({}))).await.id();
    assert_eq!(cells(&company, &second, &adding).await.len(), 2);
    let negative = made(&company, "negative", layout(json!({"replaces": true, "amounts": "negative"}))).await.id();
    assert!(cells(&company, &second, &negative).await.is_empty());

    // What is paid in another pay period replaces nothing.
    void(&company.hr, second["id"].as_str().unwrap(), "*").await.expect(200);
    let later = locked(&company, "CNY", "2026-04").await;
    let rows = [["E1", "lecturer-reward", "50.00"], ["E3", "lecturer-reward", "300.00"]];
    assert_eq!(cells(&company, &later, &replacing).await, rows);

    // The payroll system has one value, whatever the currency.
    company.approved_with(two, 700, &[("currency", literal("USD"))]).await;
    let dollars = locked(&company, "USD", "2026-03").await;
    let refused = exported(&company, &dollars, &replacing).await;
    assert_eq!(refused.problem(409), "layout_replaces");
    assert_eq!(refused.body["replaced"][0]["batch_id"], first["id"]);
}

#[tokio::test]
async fn a_value_that_payroll_has_rejected_belongs_to_the_batch_that_pays_it_instead() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    for (number, amount) in [("E1", 10_000), ("E2", 20_000)] {
        company.approved(company.given.employee(number).await, amount).await;
    }
    let replacing = made(&company, "replacing", layout(json!({"replaces": true}))).await.id();
    let first = company.locked().await;
    let id = first["id"].as_str().unwrap();
    let lines = company.lines(id).await;
    let answers = [(&lines[0], "rejected"), (&lines[1], "paid")];
    company.acknowledge(id, complete("R1", &first, &answers)).await.expect(201);
    assert_eq!(cells(&company, &first, &replacing).await.len(), 2);
    // What was rejected is paid by another batch of the same pay period. From then on the first file would replace that.
    let second = company.locked().await;
    assert_eq!(cells(&company, &second, &replacing).await, [["E1", "lecturer-reward", "100.00"]]);
    let refused = exported(&company, &first, &replacing).await;
    assert_eq!((refused.problem(409), &refused.body["count"]), ("layout_replaces", &json!(1)));
    assert_eq!(refused.body["replaced"][0]["batch_id"], second["id"]);
}

#[tokio::test]
async fn a_file_has_no_amount_that_the_payroll_system_does_not_take() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let one = company.given.employee("E1").await;
    company.approved_with(one, 80_000, &[("earned_period", literal("2026-01"))]).await;
    company.approved_with(one, -5_000, &[("earned_period", literal("2026-02"))]).await;
    company.approved(company.given.employee("E2").await, 10_000).await;
    let batch = company.locked().await;
    let lines = company.lines(batch["id"].as_str().unwrap()).await;
    let ids = |numbers: &[usize]| json!(numbers.iter().map(|i| lines[*i]["id"].clone()).collect::<Vec<Value>>());
    let person = json!({"id": one, "employee_number": "E1", "name": "Person E1"});
    let row = |minor: i64, numbers: &[usize]| {
        let amount = json!({"amount_minor": minor, "currency": "CNY"});
        json!({
            "employee_id": one, "employee": person, "pay_item_code": "lecturer-reward", "amount": amount,
            "line_ids": ids(numbers)
        })
    };
    for (i, (more, expected)) in [
        (json!({"min_amount": 100, "max_amount": 750}), None),
        (json!({"max_amount": 749}), Some(vec![row(75_000, &[0, 1])])),
        (json!({"rows": "lines", "min_amount": 0, "max_amount": 800}), Some(vec![row(-5_000, &[1])])),
        (
            json!({"rows": "lines", "min_amount": 0, "max_amount": 799}),
            Some(vec![row(80_000, &[0]), row(-5_000, &[1])]),
        ),
        // What is not in the file is not looked at.
        (json!({"rows": "lines", "amounts": "not_negative", "min_amount": 0}), None),
        (json!({"rows": "lines", "amounts": "negative", "max_amount": -50}), None),
    ]
    .into_iter()
    .enumerate()
    {
        let id = made(&company, &format!("bounds-{i}"), layout(more)).await.id();
        let answer = exported(&company, &batch, &id).await;
        match expected {
            None => assert_eq!(answer.status, 200, "{i}: {}", answer.text),
            Some(rows) => {
                assert_eq!((answer.problem(409), &answer.body["count"]), ("layout_out_of_bounds", &json!(rows.len())));
                assert_eq!(answer.body["out_of_bounds"], json!(rows), "{i}");
            }
        }
    }
    let id = made(&company, "chinese", layout(json!({"min_amount": 0, "max_amount": 749}))).await.id();
    let request = company.machine.request(Method::GET, &file(&batch, &id, "csv"));
    let refused = company.machine.send(request.header("accept-language", "zh-CN")).await;
    let detail = refused.body["detail"].as_str().unwrap().replace(' ', "");
    assert!(detail.contains("只接受介于0与749之间的金额，该批次有1行超出范围"), "{detail}");
}

#[tokio::test]
async fn no_file_has_a_row_without_its_payee() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let given = &company.given;
    let (one, two, three) = (given.employee("E1").await, given.employee("E2").await, given.employee("E3").await);
    external_id(&company, one, "xinrenxinshi", "employee_id", "x1").await;
    external_id(&company, one, "feishu", "open_id", "ou_1").await;
    external_id(&company, two, "feishu", "open_id", "ou_2").await;
    external_id(&company, three, "xinrenxinshi", "open_id", "another kind").await;
    company.approved(one, 10_000).await;
    company.approved_with(two, 20_000, &[("earned_period", literal("2026-01"))]).await;
    company.approved_with(two, 5_000, &[("earned_period", literal("2026-02"))]).await;
    company.approved(three, 30_000).await;
    let batch = company.locked().await;
    let id = |name: &str, system: &str, kind: &str| json!({"name": name, "source": "external_id", "system": system, "kind": kind});
    let columns = json!([
        id("employeeId", "xinrenxinshi", "employee_id"),
        id("user_id", "feishu", "open_id"),
        column("金额", "amount")
    ]);
    let ids = made(&company, "ids", layout(json!({"columns": columns}))).await.id();
    let person = |id: Uuid, number: &str, columns: Value| {
        let employee = json!({"id": id, "employee_number": number, "name": format!("Person {number}")});
        json!({"employee_id": id, "employee": employee, "columns": columns})
    };
    let missing =
        json!([person(two, "E2", json!(["employeeId"])), person(three, "E3", json!(["employeeId", "user_id"]))]);
    for format in ["csv", "xlsx", "jsonl"] {
        let refused = company.machine.get(&file(&batch, &ids, format)).await;
        assert_eq!((refused.problem(409), &refused.body["count"]), ("layout_ids_missing", &json!(2)));
        assert_eq!(refused.body["ids_missing"], missing, "{format}");
    }
    let request = company.machine.request(Method::GET, &file(&batch, &ids, "csv"));
    let refused = company.machine.send(request.header("accept-language", "zh-CN")).await;
    let detail = refused.body["detail"].as_str().unwrap().replace(' ', "");
    assert!(detail.contains("该批次有2人在锁定时没有此ID"), "{detail}");
    // Who is not in the file needs no id.
    let negative = made(&company, "negative", layout(json!({"amounts": "negative", "columns": columns}))).await.id();
    assert!(cells(&company, &batch, &negative).await.is_empty());
    // Lines keep what they were locked with; a batch that is made anew has the ids.
    external_id(&company, two, "xinrenxinshi", "employee_id", "x2").await;
    external_id(&company, three, "xinrenxinshi", "employee_id", "x3").await;
    external_id(&company, three, "feishu", "open_id", "ou_3").await;
    assert_eq!(exported(&company, &batch, &ids).await.problem(409), "layout_ids_missing");
    void(&company.hr, batch["id"].as_str().unwrap(), "*").await.expect(200);
    let again = company.locked().await;
    let rows = [["x1", "ou_1", "100.00"], ["x2", "ou_2", "250.00"], ["x3", "ou_3", "300.00"]];
    assert_eq!(cells(&company, &again, &ids).await, rows);
}

#[tokio::test]
async fn a_layout_that_would_lose_values_by_itself_is_refused() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let wrong = json!({
        "name": "x", "replaces": true, "min_amount": 1, "max_amount": 0, "columns": [column("a", "amount")]
    });
    let refused = company.hr.post(LAYOUTS, json!({"code": "x", "layout": wrong})).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let mut faults = refused.faults();
    faults.sort_unstable();
    let expected = [
        ("/layout/columns", "not_eligible"),
        ("/layout/min_amount", "never_reached"),
        ("/layout/rows", "not_eligible"),
    ];
    assert_eq!(faults, expected);
    let twice = json!([{"from": "a", "to": "1"}, {"from": "b", "to": "1"}]);
    let twice = json!([{"name": "a", "source": "pay_item_code", "values": twice}]);
    let twice = layout(json!({"replaces": true, "columns": twice}));
    let refused = company.hr.post(LAYOUTS, json!({"code": "x", "layout": twice})).await;
    assert_eq!(refused.faults(), [("/layout/columns/0/values/1/to", "duplicate")]);
    // Where values add up, two items may be one.
    let adding = json!({"name": "x", "columns": [
        {"name": "a", "source": "pay_item_code", "values": [{"from": "a", "to": "1"}, {"from": "b", "to": "1"}]}
    ]});
    made(&company, "x", adding).await;
}
