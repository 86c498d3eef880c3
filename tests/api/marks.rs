//! What people are known by: one mark is one person's, however it is written, judged on what holds after the request.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestServer};

async fn employee(client: &Client, body: Value) -> String {
    let made = client.post("/v1/employees", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.id()
}

async fn count(client: &Client) -> usize {
    client.get("/v1/employees").await.expect(200)["items"].as_array().unwrap().len()
}

/// Imports `employees.csv` and answers the job.
async fn imported(client: &Client, text: &str) -> Value {
    let order = json!({"time_zone": "Asia/Shanghai", "files": [{"name": "employees.csv", "content": text}]});
    client.ended(&client.post("/v1/imports", order).await).await
}

/// Outcome of each item.
fn outcomes(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_number_is_one_persons_however_it_is_written() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let number = "\u{e9}-00123";
    let id = employee(&hris, json!({"employee_number": number, "name": "王芳"})).await;
    for (written, fault) in [
        ("e\u{301}-00123", "taken"),
        ("\u{e9}－００１２３", "taken"),
        ("\u{e9}-00123\u{200b}", "bad_format"),
        ("\u{feff}\u{e9}-00123", "bad_format"),
        ("\u{a0}\u{e9}-00123", "bad_format"),
        ("\u{e9}-00123\u{3000}", "bad_format"),
        ("'\u{e9}-00123", "bad_format"),
        ("=\"\u{e9}-00123\"", "bad_format"),
        ("\u{202e}\u{e9}-00123", "bad_format"),
    ] {
        let refused = hris.post("/v1/employees", json!({"employee_number": written, "name": "李四"})).await;
        assert_eq!(refused.faults(), [("/employee_number", fault)], "{written:?}");
        let item = json!({"mode": "per_item", "items": [{"employee_number": written, "name": "王芳"}]});
        let answer = hris.post("/v1/employees/batch", item).await.expect(200);
        let expected = if fault == "taken" { "unchanged" } else { "refused" };
        assert_eq!(outcomes(&answer), [expected], "{written:?}");
    }
    let written = "\u{e9}－００１２３";
    let question = json!({"ids": [{"employee_number": written}]});
    let answer = hris.post("/v1/employees/resolve", question).await.expect(200);
    assert_eq!(answer["items"][0]["employee_id"], id);
    assert_eq!(count(&hris).await, 1);
}

#[tokio::test]
async fn a_number_in_a_file_is_one_persons_however_a_spreadsheet_writes_it() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    employee(&hris, json!({"employee_number": "00123", "name": "王芳"})).await;
    for written in ["00123", "'00123", "=\"00123\"", "\"=\"\"00123\"\"\"", "００１２３", "\u{a0}00123", "00123\u{3000}"]
    {
        let job = imported(&hris, &format!("employee_number,name\n{written},王芳\n")).await;
        assert_eq!(job["state"], "succeeded", "{written:?}: {job}");
        assert_eq!(count(&hris).await, 1, "{written:?}");
    }
    for written in ["00123\u{200b}", "0\u{feff}0123"] {
        let job = imported(&hris, &format!("employee_number,name\n{written},王芳\n")).await;
        assert_eq!(job["problem"]["faults"][0]["code"], "bad_character", "{written:?}: {job}");
    }
    let twice = imported(&hris, "employee_number,name\n00124,李四\n=\"00124\",李四\n").await;
    assert_eq!(twice["problem"]["faults"][0]["code"], "duplicate_key", "{twice}");
    assert_eq!(count(&hris).await, 1);
}

#[tokio::test]
async fn a_mail_address_is_one_persons_among_the_staff() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let mail = "Pan.Juanwen@example.com";
    let first = employee(&hris, json!({"employee_number": "E-1", "name": "潘娟文", "email": mail})).await;
    let read = hris.get(&format!("/v1/employees/{first}")).await.expect(200);
    assert_eq!(read["email"], "pan.juanwen@example.com");
    let same = json!({"employee_number": "E-2", "name": "潘", "email": "pan.juanwen@example.com"});
    assert_eq!(hris.post("/v1/employees", same.clone()).await.faults(), [("/email", "taken")]);
    let batch = json!({"mode": "per_item", "items": [same]});
    let answer = hris.post("/v1/employees/batch", batch.clone()).await.expect(200);
    assert_eq!(answer["items"][0]["problem"]["errors"][0]["code"], "taken", "{answer}");
    let job = imported(&hris, "employee_number,name,email\nE-2,潘,PAN.juanwen@example.com\n").await;
    assert_eq!(job["problem"]["faults"][0]["code"], "taken", "{job}");
    let job = imported(&hris, "employee_number,name,email\nE-3,丁,d@example.com\nE-4,戊,D@example.com\n").await;
    assert_eq!(job["problem"]["faults"][0]["code"], "duplicate_key", "{job}");
    let question = json!({"ids": [{"email": "PAN.JUANWEN@example.com"}]});
    let answer = hris.post("/v1/employees/resolve", question).await.expect(200);
    assert_eq!(answer["items"][0]["employee_id"], first);

    // Who has left keeps no address from the staff, and gets it back only while nobody has it.
    let path = format!("/v1/employees/{first}");
    hris.patch(&path, "*", json!({"left_on": "2026-01-31"})).await.expect(200);
    let answer = hris.post("/v1/employees/batch", batch).await.expect(200);
    assert_eq!(outcomes(&answer), ["created"]);
    assert_eq!(hris.patch(&path, "*", json!({"left_on": null})).await.faults(), [("/email", "taken")]);
}

#[tokio::test]
async fn what_is_unique_is_judged_on_the_end_of_a_batch() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let id = |value: &str| json!([{"system": "feishu", "kind": "open_id", "value": value}]);
    let person = |number: &str, mail: &str, open_id: &str| json!({"employee_number": number, "name": number, "email": mail, "external_ids": id(open_id)});
    let a = employee(&hris, person("A", "a@example.com", "ou_a")).await;
    let b = employee(&hris, person("B", "b@example.com", "ou_b")).await;

    // Numbers, addresses and ids exchanged.
    let items = json!([
        {"employee_id": a, "employee_number": "B", "name": "A", "email": "b@example.com", "external_ids": id("ou_b")},
        {"employee_id": b, "employee_number": "A", "name": "B", "email": "a@example.com", "external_ids": id("ou_a")},
    ]);
    let answer = hris.post("/v1/employees/batch", json!({"items": items})).await.expect(200);
    assert_eq!(outcomes(&answer), ["updated", "updated"]);
    let read = hris.get(&format!("/v1/employees/{a}")).await.expect(200);
    assert_eq!((&read["employee_number"], &read["email"]), (&json!("B"), &json!("b@example.com")));
    assert_eq!(read["external_ids"], id("ou_b"));

    // `a` gets the number that `b` gives up.
    let items = json!([
        {"employee_id": a, "employee_number": "A", "name": "A"},
        {"employee_id": b, "employee_number": "C", "name": "B"},
    ]);
    let answer = hris.post("/v1/employees/batch", json!({"items": items})).await.expect(200);
    assert_eq!(outcomes(&answer), ["updated", "updated"]);

    // Who is refused keeps what they had, and so it is taken.
    let items = json!([
        {"employee_id": a, "employee_number": "C", "name": "A"},
        {"employee_id": b, "employee_number": "D", "name": ""},
    ]);
    let answer = hris.post("/v1/employees/batch", json!({"mode": "per_item", "items": items})).await.expect(200);
    assert_eq!(outcomes(&answer), ["refused", "refused"]);
    assert_eq!(answer["items"][0]["problem"]["errors"][0]["code"], "taken", "{answer}");

    let nobody = json!({"items": [{"employee_id": server.state.ids.next(), "employee_number": "X", "name": "X"}]});
    assert_eq!(hris.post("/v1/employees/batch", nobody).await.faults(), [("/items/0/employee_id", "not_found")]);
    let twice = json!({"items": [{"employee_number": "A", "name": "A"}, {"employee_id": a, "employee_number": "E", "name": "A"}]});
    assert_eq!(hris.post("/v1/employees/batch", twice).await.faults(), [("/items/1/employee_id", "duplicate")]);
}

#[tokio::test]
async fn what_is_unique_is_judged_on_the_end_of_a_file() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let file = |a: &str, b: &str| {
        format!("employee_number,name,email,feishu_open_id\nA,甲,{a}@example.com,ou_{a}\nB,乙,{b}@example.com,ou_{b}\n")
    };
    for (a, b) in [("1", "2"), ("2", "1")] {
        let job = imported(&hris, &file(a, b)).await;
        assert_eq!(job["state"], "succeeded", "{job}");
    }
    let page = hris.get("/v1/employees?employee_number=A").await.expect(200);
    let found = &page["items"][0];
    assert_eq!((&found["email"], &found["external_ids"][0]["value"]), (&json!("2@example.com"), &json!("ou_2")));
    assert_eq!(found["external_ids"].as_array().unwrap().len(), 1);

    // Only one of them is in the file: the other one keeps what it has.
    let job = imported(&hris, "employee_number,name,email,feishu_open_id\nA,甲,1@example.com,ou_1\n").await;
    let faults = job["problem"]["faults"].as_array().unwrap();
    let found: Vec<_> = faults.iter().map(|fault| (fault["column"].as_str().unwrap(), &fault["code"])).collect();
    assert_eq!(found, [("feishu_open_id", &json!("taken")), ("email", &json!("taken"))]);
}

/// An address or an id that somebody gives up is kept, and the log says whose it was when somebody else gets it.
#[tokio::test]
async fn what_somebody_was_known_by_is_kept_and_passes_to_nobody_silently() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Admin]).await;
    let id = |value: &str| json!([{"system": "feishu", "kind": "open_id", "value": value}]);
    let made = async |number: &str, email: &str, open_id: &str| {
        let body = json!({"employee_number": number, "name": number, "email": email, "external_ids": id(open_id)});
        hris.post("/v1/employees", body).await.id()
    };
    let first = made("E-1", "old@example.com", "ou_old").await;
    let patch =
        async |person: &str, body: Value| hris.patch(&format!("/v1/employees/{person}"), "*", body).await.expect(200);
    let read = patch(&first, json!({"email": "new@example.com", "external_ids": id("ou_new")})).await;
    assert_eq!((&read["former_emails"], &read["former_external_ids"]), (&json!(["old@example.com"]), &id("ou_old")));
    let question = json!({"ids": [{"email": "Old@example.com"}, {"external_id": id("ou_old")[0]}]});
    let resolved = async || hris.post("/v1/employees/resolve", question.clone()).await.expect(200)["items"].clone();
    let found = |person: &str, former: bool| json!({"employee_id": person, "found_by_former_mark": former});
    assert_eq!(resolved().await, json!([found(&first, true), found(&first, true)]));

    let second = made("E-2", "old@example.com", "ou_old").await;
    assert_eq!(resolved().await, json!([found(&second, false), found(&second, false)]), "who has it comes first");
    let log = async || {
        let page = hris.get("/v1/audit-entries?command=take_over_mark").await.expect(200);
        let entries = page["items"].as_array().unwrap().iter();
        let entry = |one: &Value| (one["subject_id"].clone(), one["details"]["formerly_of"].clone());
        entries.map(entry).collect::<Vec<_>>()
    };
    assert_eq!(log().await, vec![(json!(second), json!(first)); 2]);
    // What somebody has again is no former one.
    patch(&second, json!({"email": null, "external_ids": []})).await;
    let again = patch(&first, json!({"email": "old@example.com", "external_ids": id("ou_old")})).await;
    assert_eq!((&again["former_emails"], &again["former_external_ids"]), (&json!(["new@example.com"]), &id("ou_new")));

    // By a batch and a file too.
    let item = json!({"employee_number": "E-3", "name": "E-3", "email": "new@example.com"});
    hris.post("/v1/employees/batch", json!({"items": [item]})).await.expect(200);
    let file = "employee_number,name,email,feishu_open_id\nE-1,E-1,file@example.com,\nE-4,E-4,,ou_new\n";
    let order = crate::imports::order(&[("employees.csv", file)]);
    let job = hris.ended(&hris.post("/v1/imports", order).await).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let last = hris.get(&format!("/v1/employees/{first}")).await.expect(200);
    assert_eq!(last["former_emails"], json!(["old@example.com", "new@example.com"]));
    let told = log().await;
    assert_eq!(told.len(), 6, "{told:?}");
}
