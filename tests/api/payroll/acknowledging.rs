//! What payroll says about lines.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Company, complete, key, part, void};
use crate::support::TestServer;

/// A locked batch with a line of 100, 200 and 300 fen, and the entries behind them.
async fn three_lines(company: &Company<'_>) -> (Value, Vec<Value>, Vec<Uuid>) {
    let mut entries = Vec::new();
    for (number, amount) in [("E1", 100), ("E2", 200), ("E3", 300)] {
        entries.push(company.approved(company.given.employee(number).await, amount).await);
    }
    let batch = company.locked().await;
    let lines = company.lines(batch["id"].as_str().unwrap()).await;
    (batch, lines, entries)
}

#[tokio::test]
async fn a_batch_is_acknowledged_in_parts_and_then_whole() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines, entries) = three_lines(&company).await;
    let id = batch["id"].as_str().unwrap();
    let first = company.acknowledge(id, part("R1", &[(&lines[0], "accepted"), (&lines[1], "accepted")])).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(company.hr.get(first.header("location")).await.expect(200), first.body);
    assert_eq!(void(&company.hr, id, "*").await.problem(409), "state_conflict");
    let silent = company.acknowledge(id, complete("R2", &batch, &[(&lines[0], "paid")])).await;
    assert_eq!((silent.problem(422), silent.faults()), ("invalid_values", vec![("/final", "not_eligible")]));
    let answers = [(&lines[0], "paid"), (&lines[1], "rejected"), (&lines[2], "accepted")];
    company.acknowledge(id, complete("R2", &batch, &answers)).await.expect(201);
    let now = company.hr.get(&format!("/v1/payroll-batches/{id}")).await.expect(200);
    assert_eq!((&now["state"], &now["totals"]), (&json!("acknowledged"), &batch["totals"]));
    assert!(now["acknowledged_at"].is_string());
    // What was accepted may still be paid.
    company.acknowledge(id, part("R3", &[(&lines[2], "paid")])).await.expect(201);
    assert_eq!(company.history(entries[0]).await, ["granted", "approved", "batched", "accepted", "paid"]);
    assert_eq!(company.history(entries[1]).await, ["granted", "approved", "batched", "accepted", "rejected"]);
    assert_eq!(company.history(entries[2]).await, ["granted", "approved", "batched", "accepted", "paid"]);
    let listed = company.hr.get(&format!("/v1/payroll-batches/{id}/acknowledgements")).await.expect(200);
    let runs: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|one| &one["run_id"]).collect();
    assert_eq!(runs, ["R1", "R2", "R3"]);
    assert!(listed["items"][0].get("lines").is_none());
    let acknowledged_at = now["acknowledged_at"].clone();
    // Another run may say once more that this is all.
    company.acknowledge(id, complete("R4", &batch, &[])).await.expect(201);
    let after = company.hr.get(&format!("/v1/payroll-batches/{id}")).await.expect(200);
    assert_eq!(after["acknowledged_at"], acknowledged_at);
}

/// A payroll system accepts the whole batch when it imports it, and pays or rejects the lines on pay day.
#[tokio::test]
async fn a_batch_that_was_accepted_as_a_whole_is_paid_line_by_line() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines, entries) = three_lines(&company).await;
    let id = batch["id"].as_str().unwrap();
    let said = async || -> Vec<Value> {
        let lines = company.lines(id).await;
        lines.iter().map(|line| json!([line["status"], line["rejection_reason"], line["external_reference"]])).collect()
    };
    assert_eq!(said().await, vec![json!([null, null, null]); 3]);
    let export = async || company.machine.get(&format!("/v1/payroll-batches/{id}/export?format=jsonl")).await;
    let exported = export().await;
    let accepted = [(&lines[0], "accepted"), (&lines[1], "accepted"), (&lines[2], "accepted")];
    company.acknowledge(id, complete("IMPORT", &batch, &accepted)).await.expect(201);
    assert_eq!(said().await, vec![json!(["accepted", null, null]); 3]);
    // Pay day: the run says that this is all, as the first did.
    let paid = [(&lines[0], "paid"), (&lines[1], "rejected"), (&lines[2], "accepted")];
    company.acknowledge(id, complete("PAY", &batch, &paid)).await.expect(201);
    let expected = [
        json!(["paid", null, "PAY-1"]),
        json!(["rejected", "No bank account.", null]),
        json!(["accepted", null, null]),
    ];
    assert_eq!(said().await, expected);
    // The last one follows alone.
    company.acknowledge(id, part("LATE", &[(&lines[2], "paid")])).await.expect(201);
    assert_eq!(said().await[2], json!(["paid", null, "PAY-1"]));
    for (entry, last) in entries.iter().zip(["paid", "rejected", "paid"]) {
        assert_eq!(company.history(*entry).await, ["granted", "approved", "batched", "accepted", last]);
    }
    // What was rejected goes out again; what payroll said changes neither the file nor its digest.
    assert_eq!(company.locked().await["totals"]["total"]["amount_minor"], 200);
    let again = export().await;
    assert_eq!((&again.text, again.etag()), (&exported.text, exported.etag()));
    assert!(!again.text.contains("status"), "{}", again.text);
    let back = company.acknowledge(id, complete("PAY-2", &batch, &[(&lines[1], "paid")])).await;
    assert_eq!((back.problem(422), back.faults()), ("invalid_values", vec![("/lines/0/status", "not_eligible")]));
}

#[tokio::test]
async fn a_rejected_line_comes_back_in_the_next_batch() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines, entries) = three_lines(&company).await;
    let id = batch["id"].as_str().unwrap();
    company.acknowledge(id, part("R1", &[(&lines[1], "rejected")])).await.expect(201);
    let reward = company.hr.get(&format!("/v1/rewards/{}", entries[1])).await.expect(200);
    assert_eq!(reward["state"], "approved");
    let last = reward["history"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["line_id"], &last["reason"]), (&lines[1]["id"], &json!("No bank account.")));
    let next = company.locked().await;
    let again = company.lines(next["id"].as_str().unwrap()).await;
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0]["previous_line_id"], &again[0]["amount_minor"]), (&lines[1]["id"], &json!(200)));
    let back = company.acknowledge(id, part("R2", &[(&lines[1], "paid")])).await;
    assert_eq!((back.problem(422), back.faults()), ("invalid_values", vec![("/lines/0/status", "not_eligible")]));
    // The final answer may repeat what was said.
    let answers = [(&lines[0], "paid"), (&lines[1], "rejected"), (&lines[2], "paid")];
    company.acknowledge(id, complete("R3", &batch, &answers)).await.expect(201);
    assert_eq!(company.history(entries[1]).await, ["granted", "approved", "batched", "rejected", "batched"]);
}

#[tokio::test]
async fn a_run_answers_once() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines, entries) = three_lines(&company).await;
    let id = batch["id"].as_str().unwrap();
    let answers = [(&lines[0], "paid"), (&lines[1], "accepted"), (&lines[2], "rejected")];
    let body = complete("R1", &batch, &answers);
    let path = format!("/v1/payroll-batches/{id}/acknowledgements");
    let first = company.machine.post_keyed(&path, "ack", body.clone()).await;
    let replayed = company.machine.post_keyed(&path, "ack", body.clone()).await;
    assert_eq!((first.status, replayed.status, &replayed.text), (201, 201, &first.text));
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    // With another key, and its lines in another order: the run is known all the same.
    let mut turned = body.clone();
    turned["lines"].as_array_mut().unwrap().reverse();
    let known = company.machine.post_keyed(&path, &key(), turned).await;
    assert_eq!((known.status, &known.body), (200, &first.body));
    let other = company.acknowledge(id, complete("R1", &batch, &[(&lines[1], "paid")])).await;
    assert_eq!(other.problem(409), "run_already_acknowledged");
    // One payroll system pays a batch.
    let mut consumer = part("R1", &[(&lines[1], "paid")]);
    consumer["consumer"] = json!("another");
    let refused = company.acknowledge(id, consumer).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_values", vec![("/consumer", "not_allowed")]));
    assert_eq!(refused.body["errors"][0]["detail"], "must be one of: payroll");
    company.acknowledge(id, part("R2", &[(&lines[1], "paid")])).await.expect(201);
    assert_eq!(company.history(entries[1]).await, ["granted", "approved", "batched", "accepted", "paid"]);
    assert_eq!(company.history(entries[2]).await.len(), 4);
}

#[tokio::test]
async fn totals_that_differ_are_refused_with_both_sums() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines, entries) = three_lines(&company).await;
    let id = batch["id"].as_str().unwrap();
    let totals = |count: i32, minor: i64, currency: &str| json!({"line_count": count, "total": {"amount_minor": minor, "currency": currency}});
    let answers = [(&lines[0], "paid"), (&lines[1], "paid"), (&lines[2], "paid")];
    for wrong in [totals(3, 599, "CNY"), totals(2, 600, "CNY"), totals(3, 600, "USD")] {
        for mut body in [complete("R1", &batch, &answers), part("R1", &answers)] {
            body["totals"] = wrong.clone();
            let refused = company.acknowledge(id, body).await;
            assert_eq!(refused.problem(409), "control_totals_differ");
            assert_eq!((&refused.body["sent"], &refused.body["here"]), (&wrong, &totals(3, 600, "CNY")));
        }
    }
    let mut short = complete("R1", &batch, &answers);
    short["totals"] = totals(3, 330_000, "CNY");
    let path = format!("/v1/payroll-batches/{id}/acknowledgements");
    for (language, words) in [
        (
            "en",
            "Sent: 3 lines, 3300.00 CNY. In Lectern: 3 lines, 6.00 CNY. Nothing was acknowledged: an acknowledgement with final true has \
             the totals of the whole batch.",
        ),
        (
            "zh-CN",
            "发送方：3 条明细，3300.00 CNY。系统：3 条明细，6.00 CNY。未确认任何内容：final 为 true 的回执应填整个批次的总数。",
        ),
    ] {
        let request = company.machine.request(Method::POST, &path).header("idempotency-key", key());
        let refused = company.machine.send(request.header("accept-language", language).json(&short)).await;
        assert_eq!(refused.body["detail"], words);
    }
    // A part has its own totals, not the batch's.
    let mut body = part("R1", &[(&lines[0], "paid")]);
    body["totals"] = totals(3, 600, "CNY");
    let refused = company.acknowledge(id, body).await;
    assert_eq!(refused.body["here"], totals(1, 100, "CNY"));
    assert!(refused.text.contains("with final false has the totals of its own lines"), "{}", refused.text);
    assert_eq!(company.history(entries[0]).await, ["granted", "approved", "batched"]);
}

#[tokio::test]
async fn every_fault_of_an_answer_is_named() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (batch, lines, _) = three_lines(&company).await;
    let id = batch["id"].as_str().unwrap();
    let mut body = part("R1", &[(&lines[0], "rejected"), (&lines[0], "paid"), (&lines[1], "accepted")]);
    body["lines"][0].as_object_mut().unwrap().remove("reason");
    body["lines"][1].as_object_mut().unwrap().remove("external_reference");
    body["lines"][2]["reason"] = json!("why");
    body["lines"][2]["line_id"] = json!(server.state.ids.next());
    let refused = company.acknowledge(id, body).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let expected = [
        ("/lines/0/reason", "required"),
        ("/lines/1/line_id", "duplicate"),
        ("/lines/1/external_reference", "required"),
        ("/lines/2/reason", "not_eligible"),
        ("/lines/2/line_id", "not_found"),
    ];
    assert_eq!(refused.faults(), expected);
    let path = format!("/v1/payroll-batches/{id}/acknowledgements");
    let good = part("R1", &[(&lines[0], "accepted")]);
    assert_eq!(company.machine.post(&path, good.clone()).await.problem(400), "idempotency_key_required");
    assert_eq!(company.hr.post_keyed(&path, &key(), good.clone()).await.problem(403), "forbidden");
    let stranger = server.client_of(server.tenant("other").await, &[Role::Payroll]).await;
    assert_eq!(stranger.post_keyed(&path, &key(), good.clone()).await.problem(404), "not_found");
    company.approved(company.given.employee("E9").await, 1).await;
    let draft = company.draft().await;
    let early = company.acknowledge(&draft.id(), part("R1", &[])).await;
    assert_eq!(early.problem(409), "state_conflict");
    // A part about nothing would stand in the way of undoing the batch.
    let nothing = company.acknowledge(id, part("R2", &[])).await;
    assert_eq!((nothing.problem(422), nothing.faults()), ("invalid_values", vec![("/lines", "empty")]));
    void(&company.hr, id, batch["etag"].as_str().unwrap()).await.expect(200);
}
