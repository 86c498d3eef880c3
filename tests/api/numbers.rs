//! Numbers that pass from one person to another: never silently.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestServer};

async fn imported(client: &Client, files: &[(&str, &str)]) -> Value {
    let files: Vec<Value> = files.iter().map(|(name, content)| json!({"name": name, "content": content})).collect();
    let order = json!({"time_zone": "Asia/Shanghai", "files": files});
    client.ended(&client.post("/v1/imports", order).await).await
}

/// Somebody with this number who left in February, with a Feishu id and an appointment.
async fn leaver(hris: &Client, number: &str) -> String {
    let body = json!({"employee_number": number, "name": "王芳", "hired_on": "2024-01-01", "left_on": "2026-02-10",
                      "external_ids": [{"system": "feishu", "kind": "open_id", "value": format!("ou_{number}")}]});
    let made = hris.post("/v1/employees", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let appointed = hris.post("/v1/lecturers", json!({"employee_id": made.id(), "appointed_on": "2025-01-01"})).await;
    assert_eq!(appointed.status, 201, "{}", appointed.text);
    made.id()
}

async fn find(hris: &Client, number: &str) -> Value {
    let page = hris.get(&format!("/v1/employees?employee_number={number}")).await.expect(200);
    page["items"][0].clone()
}

#[tokio::test]
async fn a_leavers_number_for_another_name_is_a_question_in_a_batch() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let old = leaver(&hris, "E-1").await;
    let item = |same: Value| {
        let mut item = json!({"employee_number": "E-1", "name": "李四", "hired_on": "2026-03-01"});
        if !same.is_null() {
            item["same_person"] = same;
        }
        json!({"items": [item]})
    };
    let asked = hris.post("/v1/employees/batch", item(Value::Null)).await;
    assert_eq!(asked.faults(), [("/items/0/employee_number", "number_of_a_leaver")]);
    assert!(asked.body["errors"][0]["detail"].as_str().unwrap().contains("王芳 (E-1)"));

    let other = hris.post("/v1/employees/batch", item(json!(false))).await.expect(200);
    assert_eq!(other["items"][0]["outcome"], "created");
    let newcomer = find(&hris, "E-1").await;
    assert_eq!((&newcomer["name"], &newcomer["external_ids"]), (&json!("李四"), &json!([])));
    let first = hris.get(&format!("/v1/employees/{old}")).await.expect(200);
    assert_eq!((&first["name"], &first["employee_number"]), (&json!("王芳"), &Value::Null));
    assert_eq!(first["former_employee_numbers"], json!(["E-1"]));
    assert_eq!(first["external_ids"][0]["value"], "ou_E-1");
    let appointments = hris.get(&format!("/v1/lecturers?employee_id={}", newcomer["id"].as_str().unwrap())).await;
    assert_eq!(appointments.body["items"], json!([]));
    // The next night says the same and changes nothing: the number is the newcomer's.
    let again = hris.post("/v1/employees/batch", item(Value::Null)).await.expect(200);
    assert_eq!(again["items"][0]["outcome"], "unchanged");
    assert_eq!(
        hris.post("/v1/employees/batch", item(json!(false))).await.faults(),
        [("/items/0/employee_number", "taken")]
    );
}

#[tokio::test]
async fn a_leaver_with_a_new_name_may_be_the_same_person() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let id = leaver(&hris, "E-1").await;
    let item = json!({"employee_number": "E-1", "name": "王芳华", "hired_on": "2026-03-01", "same_person": true});
    let answer = hris.post("/v1/employees/batch", json!({"items": [item]})).await.expect(200);
    assert_eq!((&answer["items"][0]["employee_id"], &answer["items"][0]["outcome"]), (&json!(id), &json!("updated")));
    let read = hris.get(&format!("/v1/employees/{id}")).await.expect(200);
    assert_eq!((&read["name"], read["employments"].as_array().unwrap().len()), (&json!("王芳华"), 2));

    // The same name, or the same first day, is the same person without a question.
    let id = leaver(&hris, "E-2").await;
    for item in [
        json!({"employee_number": "E-2", "name": "王芳华", "hired_on": "2024-01-01"}),
        json!({"employee_number": "E-2", "name": "王芳华", "hired_on": "2026-03-01"}),
    ] {
        let answer = hris.post("/v1/employees/batch", json!({"items": [item]})).await.expect(200);
        assert_eq!(answer["items"][0]["employee_id"], json!(id));
    }
}

#[tokio::test]
async fn a_leavers_number_for_another_name_is_a_question_in_a_file() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let old = leaver(&hris, "E-1").await;
    let plain = "employee_number,name,hired_on\nE-1,李四,2026-03-01\n";
    let asked = imported(&hris, &[("employees.csv", plain)]).await;
    let fault = &asked["problem"]["faults"][0];
    assert_eq!(
        (&fault["column"], &fault["code"]),
        (&json!("employee_number"), &json!("number_of_a_leaver")),
        "{asked}"
    );
    let answered = "employee_number,name,hired_on,是否同一人\nE-1,李四,2026-03-01,否\n";
    let groups = "code,name\nPK,专业知识\n";
    let lecturers = "employee_number,appointed_on,group_codes\nE-1,2026-03-01,PK\n";
    let files = [("employees.csv", answered), ("lecturer_groups.csv", groups), ("lecturers.csv", lecturers)];
    let job = imported(&hris, &files).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let newcomer = find(&hris, "E-1").await;
    assert_eq!((&newcomer["name"], &newcomer["external_ids"]), (&json!("李四"), &json!([])));
    let first = hris.get(&format!("/v1/employees/{old}")).await.expect(200);
    assert_eq!((&first["name"], &first["former_employee_numbers"]), (&json!("王芳"), &json!(["E-1"])));
    for (id, count) in [(newcomer["id"].as_str().unwrap(), 1), (old.as_str(), 1)] {
        let page = hris.get(&format!("/v1/lecturers?employee_id={id}")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), count);
    }
    assert_eq!(imported(&hris, &[("employees.csv", plain)]).await["state"], "succeeded");

    let id = leaver(&hris, "E-2").await;
    let same = "employee_number,name,hired_on,same_person\nE-2,王芳华,2026-03-01,yes\n";
    assert_eq!(imported(&hris, &[("employees.csv", same)]).await["state"], "succeeded");
    let read = hris.get(&format!("/v1/employees/{id}")).await.expect(200);
    assert_eq!((&read["name"], read["employments"].as_array().unwrap().len()), (&json!("王芳华"), 2));
}

#[tokio::test]
async fn a_former_number_still_finds_the_person_and_says_so() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let made =
        hris.post("/v1/employees", json!({"employee_number": "OLD", "name": "王芳", "hired_on": "2024-01-01"})).await;
    let id = made.id();
    hris.patch(&format!("/v1/employees/{id}"), "*", json!({"employee_number": "NEW"})).await.expect(200);
    let read = hris.get(&format!("/v1/employees/{id}")).await.expect(200);
    assert_eq!(read["former_employee_numbers"], json!(["OLD"]));

    let item = json!({"employee_number": "OLD", "name": "王芳", "email": "fang@example.com"});
    let answer = hris.post("/v1/employees/batch", json!({"items": [item]})).await.expect(200);
    let result = &answer["items"][0];
    assert_eq!((&result["employee_id"], &result["outcome"]), (&json!(id), &json!("updated")));
    assert_eq!(result["found_by_former_number"], true);
    let read = hris.get(&format!("/v1/employees/{id}")).await.expect(200);
    assert_eq!((&read["employee_number"], &read["email"]), (&json!("NEW"), &json!("fang@example.com")));

    let employees = "employee_number,name,hired_on\nOLD,王芳,2024-02-01\n";
    let absences = "employee_number,starts_on,ends_on\nOLD,2026-03-02,2026-03-03\n";
    let job = imported(&hris, &[("employees.csv", employees), ("absences.csv", absences)]).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["result"]["former_numbers"], json!({"OLD": "NEW"}));
    let read = hris.get(&format!("/v1/employees/{id}")).await.expect(200);
    assert_eq!((&read["employee_number"], &read["hired_on"]), (&json!("NEW"), &json!("2024-02-01")));
    let page = hris.get(&format!("/v1/absences?employee_id={id}")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(hris.get("/v1/employees").await.expect(200)["items"].as_array().unwrap().len(), 1);

    let question = json!({"ids": [{"employee_number": "OLD"}, {"employee_number": "NEW"}]});
    let answer = hris.post("/v1/employees/resolve", question).await.expect(200);
    let expected = [(json!(id), true), (json!(id), false)];
    for (item, (person, former)) in answer["items"].as_array().unwrap().iter().zip(expected) {
        assert_eq!((&item["employee_id"], &item["found_by_former_mark"]), (&person, &json!(former)));
    }

    assert_eq!(find(&hris, "OLD").await["id"], json!(id));
    assert_eq!(find(&hris, "OLD").await["employee_number"], "NEW");

    let given = server.given().await;
    let group = given.group("PK").await;
    given.programme("P", group).await;
    let contents = |authors: &str| {
        format!("content_code,programme_code,title,published_at,作者\nC1,P,客户维护,2026-02-03 10:00,{authors}\n")
    };
    let twice = imported(&hris, &[("contents.csv", &contents("OLD;NEW"))]).await;
    assert_eq!(twice["problem"]["faults"][0]["code"], "repeated_entry", "{twice}");
    let job = imported(&hris, &[("contents.csv", &contents("OLD"))]).await;
    assert_eq!(
        (&job["state"], &job["result"]["former_numbers"]),
        (&json!("succeeded"), &json!({"OLD": "NEW"})),
        "{job}"
    );
    let author = given.sql.query_one("SELECT employee_id::text FROM content_authors", &[]).await.unwrap();
    assert_eq!(author.get::<_, String>(0), id);

    // Under another name it is a question, and the answer may be another person.
    let item = |same: Value| json!({"items": [{"employee_number": "OLD", "name": "李四", "same_person": same}]});
    let asked = hris.post("/v1/employees/batch", item(Value::Null)).await;
    assert_eq!(asked.faults(), [("/items/0/employee_number", "number_of_a_leaver")]);
    let other = hris.post("/v1/employees/batch", item(json!(false))).await.expect(200);
    assert_eq!(other["items"][0]["outcome"], "created");
    assert_eq!(find(&hris, "OLD").await["name"], "李四");
}

/// HR takes a number away and gives none: files still find the person by the former one, as long as nobody else has it.
#[tokio::test]
async fn somebody_without_a_number_is_found_by_the_former_one() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Admin]).await;
    let made =
        hris.post("/v1/employees", json!({"employee_number": "E-1", "name": "王芳", "email": "wf@example.com"})).await;
    let (id, path) = (made.id(), format!("/v1/employees/{}", made.id()));
    hris.patch(&path, "*", json!({"employee_number": null})).await.expect(200);
    let import =
        async |files: &[(&str, &str)]| hris.ended(&hris.post("/v1/imports", crate::imports::order(files)).await).await;
    let absences = "employee_number,starts_on,ends_on\nE-1,2026-03-02,2026-03-03\n";
    let people = "employee_number,name,email,hired_on\nE-1,王芳,wf@example.com,2024-01-01\n";
    let job = import(&[("employees.csv", people), ("absences.csv", absences)]).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let read = hris.get(&path).await.expect(200);
    assert_eq!((&read["employee_number"], &read["former_employee_numbers"]), (&Value::Null, &json!(["E-1"])));
    assert_eq!(read["hired_on"], "2024-01-01", "the rest of the row is written");
    let page = hris.get(&format!("/v1/absences?employee_id={id}")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(hris.get("/v1/employees").await.expect(200)["items"].as_array().unwrap().len(), 1, "nobody was created");

    // Another name is a question, and another person gets the number; then it is theirs.
    let other = "employee_number,name\nE-1,李四\n";
    let fault = &import(&[("employees.csv", other)]).await["problem"]["faults"][0];
    assert_eq!(fault["code"], "number_of_a_leaver");
    let other = "employee_number,name,same_person\nE-1,李四,no\n";
    assert_eq!(import(&[("employees.csv", other)]).await["state"], "succeeded");
    let absences = "employee_number,starts_on,ends_on\nE-1,2026-03-09,2026-03-09\n";
    assert_eq!(import(&[("absences.csv", absences)]).await["state"], "succeeded");
    let page = hris.get(&format!("/v1/absences?employee_id={id}")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "the second one is the newcomer's");
}
