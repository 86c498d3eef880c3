//! Drafts, exclusions, locking, voiding.

use chrono::TimeDelta;
use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Company, key, lock, pay_item, void};
use crate::support::{TestServer, literal};

#[tokio::test]
async fn a_draft_takes_everything_approved_and_is_locked_for_good() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (one, two) = (company.given.employee("E1").await, company.given.employee("E2").await);
    let entry = company.approved(one, 80_000).await;
    company.approved(one, 20_000).await;
    company.approved(two, 5).await;
    company.approved_with(two, 700, &[("currency", literal("USD"))]).await;
    let draft = company.draft().await;
    let path = format!("/v1/payroll-batches/{}", draft.id());
    assert_eq!((draft.status, draft.header("location"), draft.etag()), (201, path.as_str(), "\"1\""));
    assert_eq!(draft.body["state"], "draft");
    let total = json!({"amount_minor": 100_005, "currency": "CNY"});
    let totals = json!({"line_count": 3, "people_count": 2, "total": total, "lines_sha256": null});
    assert_eq!(draft.body["totals"], totals);
    let lines = company.machine.get(&format!("/v1/payroll-batches/{}/lines", draft.id())).await;
    assert_eq!(lines.problem(409), "state_conflict");
    let locked = lock(&company.machine, &draft.id(), draft.etag()).await;
    assert_eq!((locked.status, locked.etag()), (200, "\"2\""));
    assert_eq!(locked.body["state"], "locked");
    assert_eq!(locked.body["totals"]["total"], total);
    assert_eq!(locked.body["locked_by"]["kind"], "client");
    assert_eq!(company.machine.get(&path).await.expect(200), locked.body);
    assert_eq!(company.history(entry).await, ["granted", "approved", "batched"]);
    let listed = company.machine.get("/v1/payroll-batches?state=locked").await.expect(200);
    assert_eq!(listed["items"], json!([locked.body]));
    assert_eq!(company.machine.get("/v1/payroll-batches?state=draft").await.expect(200)["items"], json!([]));
    let reject = company.hr.request(Method::POST, &format!("/v1/rewards/{entry}/reject"));
    let reject = reject.header("idempotency-key", key()).header("if-match", "*").json(&json!({"reason": "No."}));
    assert_eq!(company.hr.send(reject).await.problem(409), "state_conflict");
}

#[tokio::test]
async fn there_is_one_draft_of_a_pay_group_and_currency() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let draft = company.draft().await;
    let second = company.draft().await;
    assert_eq!(second.problem(409), "draft_batch_exists");
    assert!(second.body["detail"].as_str().unwrap().contains("Lock or void it first"), "{}", second.text);
    assert_eq!(second.body["batch_id"], draft.body["id"]);
    let usd = company.machine.post_keyed("/v1/payroll-batches", &key(), company.draft_of("USD")).await;
    assert_eq!(usd.status, 201);
    void(&company.hr, &draft.id(), draft.etag()).await.expect(200);
    assert_eq!(company.draft().await.status, 201);
}

#[tokio::test]
async fn a_retry_makes_no_second_batch() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let path = "/v1/payroll-batches";
    let first = company.machine.post_keyed(path, "same", company.draft_of("CNY")).await;
    let again = company.machine.post_keyed(path, "same", company.draft_of("CNY")).await;
    assert_eq!((first.status, again.status, again.header("idempotent-replayed")), (201, 201, "true"));
    assert_eq!(first.text, again.text);
    let other = company.machine.post_keyed(path, "same", company.draft_of("USD")).await;
    assert_eq!(other.problem(422), "idempotency_key_reused");
    assert_eq!(company.machine.post(path, company.draft_of("EUR")).await.problem(400), "idempotency_key_required");
}

#[tokio::test]
async fn a_draft_that_cannot_be_is_refused() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let refused = async |change: serde_json::Value| {
        let mut body = company.draft_of("CNY");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = company.hr.post_keyed("/v1/payroll-batches", &key(), body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        let (pointer, code) = answer.faults()[0];
        (pointer.to_owned(), code.to_owned())
    };
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let nothing = server.state.ids.next();
    assert_eq!(refused(json!({"pay_group_id": nothing})).await, fault("/pay_group_id", "not_found"));
    assert_eq!(refused(json!({"currency": "ZZZ"})).await, fault("/currency", "bad_format"));
    assert_eq!(refused(json!({"currency": "cny"})).await, fault("/currency", "bad_format"));
    for period in ["2026-13", "2026-Q1", "2026"] {
        assert_eq!(refused(json!({"pay_period": period})).await, fault("/pay_period", "bad_format"), "{period}");
    }
    assert_eq!(refused(json!({"cut_off_at": "2026-03-01T01:00:01Z"})).await, fault("/cut_off_at", "out_of_range"));
    assert_eq!(refused(json!({"cutoff_at": null})).await, fault("/cutoff_at", "unknown_field"));
    // What it refers to and what its values are is told at once.
    let wrong = json!({
        "pay_group_id": nothing, "currency": "XAU", "pay_period": "2026-Q1", "cut_off_at": "2026-03-01T01:00:01Z",
    });
    let answer = company.hr.post_keyed("/v1/payroll-batches", &key(), wrong).await;
    assert_eq!(answer.problem(422), "invalid_values");
    assert_eq!(
        answer.faults(),
        [
            ("/pay_period", "bad_format"),
            ("/currency", "bad_format"),
            ("/cut_off_at", "out_of_range"),
            ("/pay_group_id", "not_found"),
        ]
    );
    let said: Vec<&str> = (0..3).map(|i: usize| answer.body["errors"][i]["detail"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        [
            "must be a month such as 2026-03",
            "must be an ISO 4217 code with minor units, such as CNY",
            "must not be after 2026-03-01T09:00:00+08:00",
        ]
    );
    let auditor = server.client(&[Role::Auditor]).await;
    let answer = auditor.post_keyed("/v1/payroll-batches", &key(), company.draft_of("CNY")).await;
    assert_eq!(answer.problem(403), "forbidden");
}

#[tokio::test]
async fn what_was_approved_after_the_cut_off_waits() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    company.approved(person, 100).await;
    let cut_off = server.clock.now();
    server.clock.set(cut_off + TimeDelta::seconds(1));
    company.approved(person, 30).await;
    let mut body = company.draft_of("CNY");
    body["cut_off_at"] = json!(cut_off);
    let draft = company.hr.post_keyed("/v1/payroll-batches", &key(), body).await.expect(201);
    assert_eq!(draft["totals"]["total"]["amount_minor"], 100);
}

#[tokio::test]
async fn only_people_of_the_group_are_in_its_batch() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (one, two) = (company.given.employee("E1").await, company.given.employee("E2").await);
    company.approved(one, 100).await;
    company.approved(two, 30).await;
    let other = company.hr.post("/v1/pay-groups", json!({"code": "BJ", "name": "北京"})).await.id();
    let members = format!("/v1/pay-groups/{other}/members");
    company.hr.post(&members, json!({"employee_ids": [two]})).await.expect(200);
    assert_eq!(company.draft().await.expect(201)["totals"]["total"]["amount_minor"], 100);
    let body = json!({"pay_group_id": other, "currency": "CNY", "pay_period": "2026-03"});
    let draft = company.hr.post_keyed("/v1/payroll-batches", &key(), body).await.expect(201);
    assert_eq!(draft["totals"]["total"]["amount_minor"], 30);
}

#[tokio::test]
async fn who_cannot_be_paid_is_listed_and_must_be_explained() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let numberless = company.given.row("employees", &[("name", literal("New one"))]).await;
    let undefined = company.given.employee("E2").await;
    let entry = company.approved(numberless, 100).await;
    company.approved_with(undefined, 7, &[("pay_item_code", literal("gift"))]).await;
    let payable = company.given.employee("E3").await;
    company.approved(payable, 50).await;
    let draft = company.draft().await;
    assert_eq!(draft.body["totals"]["line_count"], 1);
    let path = format!("/v1/payroll-batches/{}/exclusions", draft.id());
    let page = company.machine.get(&path).await.expect(200);
    let found: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|out| {
            json!([
                out["employee"]["id"],
                out["reason_code"],
                out["detail"],
                out["total"]["amount_minor"],
                out["explanation"]
            ])
        })
        .collect();
    let mut expected = [
        json!([numberless, "no_employee_number", null, 100, null]),
        json!([undefined, "not_payable", "gift", 7, null]),
    ];
    expected.sort_by_key(|out| out[0].as_str().unwrap().to_owned());
    assert_eq!(found, expected);
    let refused = lock(&company.machine, &draft.id(), draft.etag()).await;
    assert_eq!((refused.problem(422), &refused.body["count"]), ("unpayable_people", &json!(2)));
    let explain = |person| json!({"employee_id": person, "reason": "Next month."});
    let machine = company.machine.post(&path, explain(numberless)).await;
    assert_eq!(machine.problem(403), "person_required");
    let nobody = company.hr.post(&path, explain(server.state.ids.next())).await;
    assert_eq!(nobody.faults(), [("/employee_id", "not_found")]);
    let paid = company.hr.post(&path, explain(payable)).await;
    assert_eq!(paid.faults(), [("/employee_id", "not_eligible")]);
    assert!(paid.text.contains("not among those who cannot be paid"), "{}", paid.text);
    let explained = company.hr.post(&path, explain(numberless)).await.expect(200);
    assert_eq!(explained["explained_by_id"], json!(company.checker));
    company.hr.post(&path, explain(undefined)).await.expect(200);
    lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    assert_eq!(company.hr.post(&path, explain(undefined)).await.problem(409), "state_conflict");
    // They wait for the next batch, which takes them once the cause is gone.
    assert_eq!(company.history(entry).await, ["granted", "approved"]);
    let sql = format!("UPDATE employees SET employee_number = 'E1' WHERE id = '{numberless}'");
    company.given.sql.batch_execute(&sql).await.unwrap();
    company.hr.post("/v1/pay-items", pay_item("gift")).await.expect(201);
    assert_eq!(company.draft().await.expect(201)["totals"]["total"]["amount_minor"], 107);
}

/// Nobody is forgotten because no group names them: each draft says so.
#[tokio::test]
async fn who_is_in_no_pay_group_is_listed_where_none_is_the_default() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (member, stray) = (company.given.employee("E1").await, company.given.employee("E2").await);
    let members = format!("/v1/pay-groups/{}/members", company.group);
    company.hr.post(&members, json!({"employee_ids": [member]})).await.expect(200);
    company.given.sql.batch_execute("UPDATE pay_groups SET is_default = false").await.unwrap();
    company.approved(member, 50).await;
    company.approved(stray, 100).await;
    let draft = company.draft().await;
    assert_eq!(draft.body["totals"]["total"]["amount_minor"], 50);
    let path = format!("/v1/payroll-batches/{}/exclusions", draft.id());
    let out = company.machine.get(&path).await.expect(200)["items"].clone();
    assert_eq!((&out[0]["employee"]["id"], &out[0]["reason_code"]), (&json!(stray), &json!("no_pay_group")));
    let refused = lock(&company.machine, &draft.id(), draft.etag()).await;
    assert_eq!(refused.problem(422), "unpayable_people");
    void(&company.hr, &draft.id(), draft.etag()).await.expect(200);
    company.hr.post(&members, json!({"employee_ids": [stray]})).await.expect(200);
    assert_eq!(company.locked().await["totals"]["total"]["amount_minor"], 150);
}

/// Not by a rule of the code alone.
#[tokio::test]
async fn the_database_keeps_what_was_locked() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    company.approved(company.given.employee("E1").await, 50).await;
    let batch = company.locked().await;
    let service = server.database.service().await;
    service.batch_execute(&format!("SET app.tenant_id = '{}'", server.tenant)).await.unwrap();
    for change in [
        "total_minor = 7",
        "line_count = 2",
        "lines_sha256 = repeat('0', 64)",
        "pay_period = '2026-09'",
        "currency = 'USD'",
        "locked_at = now()",
    ] {
        let refused = service.execute(&format!("UPDATE payroll_batches SET {change}"), &[]).await.unwrap_err();
        let refused = refused.as_db_error().unwrap();
        assert_eq!(refused.constraint(), Some("payroll_batches_append_only"), "{change}: {refused}");
    }
    let refused = service.execute("DELETE FROM payroll_exclusions", &[]).await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "42501", "no right to");
    void(&company.hr, batch["id"].as_str().unwrap(), batch["etag"].as_str().unwrap()).await.expect(200);
}

#[tokio::test]
async fn a_number_that_is_lost_between_draft_and_lock_is_seen() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    company.approved(person, 100).await;
    let draft = company.draft().await;
    let sql = format!("UPDATE employees SET employee_number = NULL WHERE id = '{person}'");
    company.given.sql.batch_execute(&sql).await.unwrap();
    let refused = lock(&company.machine, &draft.id(), draft.etag()).await;
    assert_eq!((refused.problem(422), &refused.body["employee_ids"]), ("unpayable_people", &json!([person])));
    let cause = &refused.body["unpayable"][0];
    assert_eq!((&cause["employee_id"], &cause["employee"]["id"]), (&json!(person), &json!(person)));
    assert_eq!((&cause["reason_code"], &cause["detail"]), (&json!("no_employee_number"), &Value::Null));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.starts_with("1 person cannot be paid, "), "{detail}");
    // The draft says so too, and somebody explains it; then there is nothing to lock.
    let path = format!("/v1/payroll-batches/{}", draft.id());
    let now = company.machine.get(&path).await;
    assert_eq!(now.body["totals"]["line_count"], 0);
    assert_ne!(now.etag(), draft.etag());
    let reason = json!({"employee_id": person, "reason": "The number follows."});
    company.hr.post(&format!("{path}/exclusions"), reason).await.expect(200);
    assert_eq!(lock(&company.machine, &draft.id(), draft.etag()).await.problem(422), "empty_batch");
}

#[tokio::test]
async fn a_draft_judges_its_people_anew() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let numberless = company.given.row("employees", &[("name", literal("New one"))]).await;
    let undefined = company.given.employee("E2").await;
    let entry = company.approved(numberless, 100).await;
    company.approved_with(undefined, 7, &[("pay_item_code", literal("gift"))]).await;
    company.approved(company.given.employee("E3").await, 50).await;
    let draft = company.draft().await;
    let path = format!("/v1/payroll-batches/{}", draft.id());
    let refused = lock(&company.machine, &draft.id(), draft.etag()).await;
    assert_eq!(refused.problem(422), "unpayable_people");
    let mut causes =
        [json!([numberless, null, "no_employee_number", null]), json!([undefined, "E2", "not_payable", "gift"])];
    causes.sort_by_key(|cause| cause[0].as_str().unwrap().to_owned());
    let named = refused.body["unpayable"].as_array().unwrap().iter();
    let named = named.map(|person| {
        assert!(person["employee"]["name"].is_string(), "{person}");
        let number = &person["employee"]["employee_number"];
        json!([person["employee_id"], number, person["reason_code"], person["detail"]])
    });
    assert_eq!(named.collect::<Vec<_>>(), causes);
    assert!(refused.body["detail"].as_str().unwrap().starts_with("2 people cannot be paid, "), "{}", refused.text);
    assert!(
        refused.body["detail"].as_str().unwrap().contains("no employee number; a pay item that is not defined"),
        "{}",
        refused.text
    );
    // An explanation holds for its cause.
    let explained = json!({"employee_id": undefined, "reason": "Next month."});
    company.hr.post(&format!("{path}/exclusions"), explained).await.expect(200);
    // The number comes, and the pay item is defined: the draft takes both, read or locked.
    let employee = company.hr.get(&format!("/v1/employees/{numberless}")).await;
    let number = json!({"employee_number": "E1"});
    company.hr.patch(&format!("/v1/employees/{numberless}"), employee.etag(), number).await.expect(200);
    let once = company.machine.get(&path).await;
    assert_eq!(
        (&once.body["totals"]["line_count"], once.body["totals"]["total"]["amount_minor"].as_i64()),
        (&json!(2), Some(150))
    );
    company.hr.post("/v1/pay-items", pay_item("gift")).await.expect(201);
    let twice = company.machine.get(&path).await;
    assert_eq!(twice.body["totals"]["total"]["amount_minor"], 157);
    assert_eq!(company.machine.get(&format!("{path}/exclusions")).await.expect(200)["items"], json!([]));
    // What somebody saw in between is no longer so.
    assert_ne!(once.etag(), twice.etag());
    assert_eq!(lock(&company.machine, &draft.id(), once.etag()).await.problem(412), "precondition_failed");
    let known = company.machine.request(Method::GET, &path).header("if-none-match", draft.etag());
    assert_eq!(company.machine.send(known).await.status, 200);
    let locked = lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    assert_eq!(locked["totals"]["total"]["amount_minor"], 157);
    assert_eq!(company.lines(&draft.id()).await.len(), 3);
    assert_eq!(company.machine.get(&format!("{path}/exclusions")).await.expect(200)["items"], json!([]));
    assert_eq!(company.history(entry).await, ["granted", "approved", "batched"]);
}

/// Who was in the draft and owes more than is due by now stays out, and the other way round.
#[tokio::test]
async fn a_draft_follows_the_pay_group_s_terms() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let minus = company.approved(company.given.employee("E1").await, -500).await;
    company.approved(company.given.employee("E2").await, 40).await;
    let group = format!("/v1/pay-groups/{}", company.group);
    let draft = company.draft().await;
    let path = format!("/v1/payroll-batches/{}", draft.id());
    let total = async || company.machine.get(&path).await.expect(200)["totals"]["total"]["amount_minor"].clone();
    assert_eq!(total().await, 40);
    company.hr.patch(&group, "*", json!({"recoverable": true})).await.expect(200);
    assert_eq!(total().await, -460);
    company.hr.patch(&group, "*", json!({"recoverable": false})).await.expect(200);
    assert_eq!(total().await, 40);
    company.hr.patch(&group, "*", json!({"recoverable": true})).await.expect(200);
    lock(&company.machine, &draft.id(), "*").await.expect(200);
    assert_eq!(company.history(minus).await, ["granted", "approved", "carried_forward", "batched"]);
}

#[tokio::test]
async fn a_negative_total_is_carried_forward_until_it_is_outweighed() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (one, two) = (company.given.employee("E1").await, company.given.employee("E2").await);
    let minus = company.approved(one, -500).await;
    company.approved(one, 300).await;
    company.approved(two, 40).await;
    let draft = company.draft().await;
    assert_eq!(draft.body["totals"]["total"]["amount_minor"], 40);
    let out = company.machine.get(&format!("/v1/payroll-batches/{}/exclusions", draft.id())).await.expect(200);
    assert_eq!(
        (&out["items"][0]["reason_code"], &out["items"][0]["entry_count"]),
        (&json!("negative_total"), &json!(2))
    );
    assert!(out["items"][0]["explanation"].is_string() && out["items"][0]["explained_by_id"].is_null());
    lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    assert_eq!(company.history(minus).await, ["granted", "approved", "carried_forward"]);
    company.approved(one, 250).await;
    assert_eq!(company.draft().await.expect(201)["totals"]["total"]["amount_minor"], 50);
    assert_eq!(company.history(minus).await, ["granted", "approved", "carried_forward", "batched"]);
}

#[tokio::test]
async fn a_recoverable_group_pays_negative_totals() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    company.approved(company.given.employee("E1").await, -500).await;
    let group = format!("/v1/pay-groups/{}", company.group);
    company.hr.patch(&group, "*", json!({"recoverable": true})).await.expect(200);
    let batch = company.locked().await;
    assert_eq!(batch["totals"]["total"]["amount_minor"], -500);
    assert_eq!(company.lines(batch["id"].as_str().unwrap()).await[0]["amount"], "-5.00");
}

#[tokio::test]
async fn locking_has_its_conditions() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let draft = company.draft().await;
    let path = format!("/v1/payroll-batches/{}/lock", draft.id());
    assert_eq!(lock(&company.machine, &draft.id(), draft.etag()).await.problem(422), "empty_batch");
    assert_eq!(lock(&company.machine, &draft.id(), "\"7\"").await.problem(412), "precondition_failed");
    let machine = &company.machine;
    let unkeyed = machine.send(machine.request(Method::POST, &path).header("if-match", "\"1\"")).await;
    assert_eq!(unkeyed.problem(400), "idempotency_key_required");
    let blind = machine.send(machine.request(Method::POST, &path).header("idempotency-key", key())).await;
    assert_eq!(blind.problem(428), "precondition_required");
    let absent = server.state.ids.next().to_string();
    assert_eq!(lock(machine, &absent, "\"1\"").await.problem(404), "not_found");
    void(machine, &draft.id(), draft.etag()).await.expect(200);
    assert_eq!(lock(machine, &draft.id(), "*").await.problem(409), "state_conflict");
}

#[tokio::test]
async fn a_void_batch_gives_its_entries_back() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let entry = company.approved(company.given.employee("E1").await, 800).await;
    let batch = company.locked().await;
    let id = batch["id"].as_str().unwrap();
    assert_eq!(void(&company.hr, id, "\"1\"").await.problem(412), "precondition_failed");
    let voided = void(&company.hr, id, batch["etag"].as_str().unwrap()).await.expect(200);
    assert_eq!((&voided["state"], &voided["void_reason"]), (&json!("void"), &json!("Wrong period.")));
    assert_eq!(voided["totals"], batch["totals"]);
    assert_eq!(void(&company.hr, id, "*").await.problem(409), "state_conflict");
    assert_eq!(company.history(entry).await, ["granted", "approved", "batched", "unbatched"]);
    let again = company.locked().await;
    let line = &company.lines(again["id"].as_str().unwrap()).await[0];
    assert_eq!((&line["amount_minor"], &line["previous_line_id"]), (&json!(800), &json!(null)));
}
