//! A clerk acknowledges a batch with a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Company, key, part, void};
use crate::support::{Answer, Client, TestServer};

/// A file about a batch, with these totals.
fn upload(run: &str, (count, minor, is_final): (usize, i64, bool), file: &[u8]) -> Value {
    let total = json!({"amount_minor": minor, "currency": "CNY"});
    json!({
        "consumer": "payroll", "run_id": run, "final": is_final, "totals": {"line_count": count, "total": total},
        "content_base64": STANDARD.encode(file)
    })
}

async fn send(company: &Company<'_>, batch: &str, body: Value) -> Answer {
    company.machine.post_keyed(&format!("/v1/payroll-batches/{batch}/acknowledgements/file"), &key(), body).await
}

/// A locked batch with a line of 100, 200 and 300 fen.
async fn three_lines(company: &Company<'_>) -> (String, Vec<Value>) {
    for (number, amount) in [("E1", 100), ("E2", 200), ("E3", 300)] {
        company.approved(company.given.employee(number).await, amount).await;
    }
    let batch = company.locked().await;
    let id = batch["id"].as_str().unwrap().to_owned();
    let lines = company.lines(&id).await;
    (id, lines)
}

async fn template(client: &Client, batch: &str) -> Answer {
    client.get(&format!("/v1/payroll-batches/{batch}/acknowledgement-template")).await
}

/// The template with these texts in its last three columns, row by row.
fn filled_in(template: &str, said: &[[&str; 3]]) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(template.strip_prefix('\u{feff}').unwrap().as_bytes());
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(reader.headers().unwrap()).unwrap();
    for (row, said) in reader.records().zip(said) {
        let row = row.unwrap();
        let own = row.iter().take(row.len() - 3);
        writer.write_record(own.chain(said.iter().copied())).unwrap();
    }
    writer.into_inner().unwrap()
}

#[tokio::test]
async fn a_clerk_fills_in_the_template_and_sends_it_back() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines) = three_lines(&company).await;
    let empty = template(&company.machine, &batch).await;
    assert_eq!((empty.status, empty.header("content-type")), (200, "text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"payroll-2026-03-{batch}-acknowledgement.csv\"");
    assert_eq!(empty.header("content-disposition"), name);
    let exported = company.machine.get(&format!("/v1/payroll-batches/{batch}/export?format=csv")).await;
    let head = exported.text.lines().next().unwrap();
    assert_eq!(empty.text.lines().next().unwrap(), format!("{head},status,rejection_reason,external_reference"));
    let file = filled_in(&empty.text, &[["accepted", "", ""], ["已拒绝", "没有银行账户", ""], ["", "", ""]]);
    let first = send(&company, &batch, upload("R1", (2, 300, false), &file)).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(company.hr.get(first.header("location")).await.expect(200), first.body);
    let said: Vec<Value> = first.body["lines"].as_array().unwrap().iter().map(|line| line["status"].clone()).collect();
    assert_eq!((said.len(), said.contains(&json!("rejected"))), (2, true));
    // The template shows what was reported; what is sent again changes nothing.
    let begun = template(&company.machine, &batch).await;
    assert!(begun.text.contains(",accepted,,") && begun.text.contains(",rejected,没有银行账户,"), "{}", begun.text);
    let file =
        filled_in(&begun.text, &[["paid", "", "PAY-1"], ["rejected", "没有银行账户", ""], ["PAID", "", "PAY-3"]]);
    let last = send(&company, &batch, upload("R2", (3, 600, true), &file)).await;
    assert_eq!(last.status, 201, "{}", last.text);
    let now = company.hr.get(&format!("/v1/payroll-batches/{batch}")).await.expect(200);
    assert_eq!(now["state"], "acknowledged");
    let statuses: Vec<Value> = company.lines(&batch).await.iter().map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, ["paid", "rejected", "paid"]);
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn a_template_with_headings_in_words_comes_back_as_well() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, _) = three_lines(&company).await;
    let path = format!("/v1/payroll-batches/{batch}/acknowledgement-template");
    let codes = company.machine.get(&format!("{path}?headings=codes")).await;
    assert_eq!(codes.text, template(&company.machine, &batch).await.text);
    for (i, (language, first, last)) in [
        ("en", "Line id,Batch id,", ",Status,Rejection reason,Payment reference"),
        ("zh-CN", "明细 ID,批次 ID,", ",状态,拒绝原因,付款凭证号"),
    ]
    .into_iter()
    .enumerate()
    {
        let request = company.machine.request(Method::GET, &format!("{path}?headings=words"));
        let words = company.machine.send(request.header("accept-language", language)).await;
        assert_eq!((words.status, words.header("content-language")), (200, language));
        let head = words.text.strip_prefix('\u{feff}').unwrap().lines().next().unwrap();
        assert!(head.starts_with(first) && head.ends_with(last), "{head}");
        let file = filled_in(&words.text, &[["已接受", "", ""], ["accepted", "", ""], ["", "", ""]]);
        let taken = send(&company, &batch, upload(&format!("R{i}"), (2, 300, false), &file)).await;
        assert_eq!(taken.status, 201, "{}", taken.text);
        // The cells have codes.
        let begun = template(&company.machine, &batch).await;
        assert!(begun.text.contains(",accepted,,") && !begun.text.contains("已接受"), "{}", begun.text);
    }
    assert_eq!(company.machine.get(&format!("{path}?headings=short")).await.problem(400), "invalid_query");
}

#[tokio::test]
async fn a_run_answers_once_in_whichever_way() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines) = three_lines(&company).await;
    let listed = company.acknowledge(&batch, part("R1", &[(&lines[0], "paid"), (&lines[1], "rejected")])).await;
    assert_eq!(listed.status, 201, "{}", listed.text);
    let (first, second) = (lines[0]["id"].as_str().unwrap(), lines[1]["id"].as_str().unwrap());
    // In GB18030, with another order, other columns and a number as a spreadsheet writes it.
    let text = format!(
        "姓名,状态,ID,拒绝原因,付款编号,金额\n李四,已拒绝,{second},No bank account.,,2\n王芳,已发放,{first},,PAY-1,\"1.00\"\n"
    );
    let (chinese, _, _) = encoding_rs::GB18030.encode(&text);
    let body = upload("R1", (2, 300, false), &chinese);
    let known = send(&company, &batch, body.clone()).await;
    assert_eq!((known.status, &known.body), (200, &listed.body));
    let path = format!("/v1/payroll-batches/{batch}/acknowledgements/file");
    let replayed = company.machine.post_keyed(&path, "ack", body.clone()).await;
    let replayed_again = company.machine.post_keyed(&path, "ack", body).await;
    assert_eq!((replayed.status, replayed_again.header("idempotent-replayed")), (200, "true"));
    let other = format!("id,status,external_reference\n{first},paid,PAY-2\n");
    let other = send(&company, &batch, upload("R1", (1, 100, false), other.as_bytes())).await;
    assert_eq!(other.problem(409), "run_already_acknowledged");
    let wrong = format!("id,status,external_reference\n{first},paid,PAY-1\n");
    let wrong = send(&company, &batch, upload("R2", (1, 101, false), wrong.as_bytes())).await;
    assert_eq!(wrong.problem(409), "control_totals_differ");
}

#[tokio::test]
async fn every_fault_of_a_file_is_told_with_its_line_and_nothing_is_taken() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines) = three_lines(&company).await;
    let (id, stranger) = (lines[0]["id"].as_str().unwrap(), server.state.ids.next());
    let file = format!(
        "id,status,rejection_reason,external_reference,amount_minor\n\
         {id},rejected,,,100\n{id},paid,,,101\n{stranger},accepted,why,,\nx,accepted,,,\n{id},gone,,,\n,,,PAY-1,\n"
    );
    let refused = send(&company, &batch, upload("R1", (1, 100, false), file.as_bytes())).await;
    assert_eq!(refused.problem(422), "invalid_values", "{}", refused.text);
    let mut faults = refused.faults();
    faults.sort_unstable();
    let expected = [
        ("/content_base64/2/rejection_reason", "required"),
        ("/content_base64/3/amount_minor", "not_eligible"),
        ("/content_base64/3/external_reference", "required"),
        ("/content_base64/3/id", "duplicate"),
        ("/content_base64/4/id", "not_found"),
        ("/content_base64/4/rejection_reason", "not_eligible"),
        ("/content_base64/5/id", "bad_format"),
        ("/content_base64/6/status", "not_allowed"),
        ("/content_base64/7/status", "required"),
    ];
    assert_eq!(faults, expected);
    let errors = refused.body["errors"].as_array().unwrap();
    let status = errors.iter().find(|error| error["pointer"] == "/content_base64/6/status").unwrap();
    assert_eq!(status["detail"], "must be one of: accepted, rejected, paid, 已接受, 已拒绝, 已发放");
    let semicolons = format!("id;status\n{id};accepted\n");
    let semicolons = send(&company, &batch, upload("R1", (1, 100, false), semicolons.as_bytes())).await;
    assert_eq!(semicolons.faults(), [("/content_base64", "bad_format")]);
    let mut broken = upload("R1", (0, 0, false), b"");
    broken["content_base64"] = json!("====");
    let broken = send(&company, &batch, broken).await;
    assert_eq!(broken.problem(422), "invalid_values");
    assert!(broken.faults().contains(&("/content_base64", "bad_format")), "{}", broken.text);
    let silent = send(&company, &batch, upload("R1", (0, 0, false), format!("id,status\n{id},\n").as_bytes())).await;
    assert_eq!(silent.faults(), [("/content_base64", "empty")]);
    assert!(company.lines(&batch).await.iter().all(|line| line["status"].is_null()));
    let listed = company.hr.get(&format!("/v1/payroll-batches/{batch}/acknowledgements")).await.expect(200);
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn only_payroll_sends_a_file_of_a_size_that_it_can_have() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines) = three_lines(&company).await;
    let file = format!("id,status\n{},accepted\n", lines[0]["id"].as_str().unwrap());
    let body = upload("R1", (1, 100, false), file.as_bytes());
    let path = format!("/v1/payroll-batches/{batch}/acknowledgements/file");
    assert_eq!(company.machine.post(&path, body.clone()).await.problem(400), "idempotency_key_required");
    assert_eq!(company.hr.post_keyed(&path, &key(), body.clone()).await.problem(403), "forbidden");
    let stranger = server.client_of(server.tenant("other").await, &[Role::Payroll]).await;
    assert_eq!(stranger.post_keyed(&path, &key(), body.clone()).await.problem(404), "not_found");
    assert_eq!(template(&stranger, &batch).await.problem(404), "not_found");
    let mut large = body.clone();
    large["content_base64"] = json!("A".repeat(11_184_816));
    assert_eq!(company.machine.post_keyed(&path, &key(), large).await.problem(413), "payload_too_large");
    let mut many = String::from("id,status\n");
    for _ in 0..5_001 {
        many.push_str(&format!("{},accepted\n", server.state.ids.next()));
    }
    let many = send(&company, &batch, upload("R1", (5_001, 0, false), many.as_bytes())).await;
    assert!(many.faults().contains(&("/content_base64", "too_many")));
    let request = company.machine.request(Method::POST, &path).header("idempotency-key", key());
    let stale = company.machine.send(request.header("if-match", "\"99\"").json(&body)).await;
    assert_eq!(stale.problem(412), "precondition_failed");
    void(&company.hr, &batch, "*").await.expect(200);
    assert_eq!(template(&company.machine, &batch).await.problem(409), "state_conflict");
}
