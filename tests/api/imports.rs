//! Imports over HTTP: the demonstration company's own files, faults with their places, a repeat that stores nothing twice.

use std::time::Duration;

use lectern::auth::Role;
use lectern::demo;
use lectern::kernel::period::Period;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestServer};

/// Asks for the job until it has ended.
pub async fn finished(client: &Client, accepted: &Answer) -> Value {
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let location = accepted.header("location").to_owned();
    for _ in 0..1200 {
        let job = client.get(&location).await.expect(200);
        if !matches!(job["state"].as_str(), Some("queued" | "running")) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job at {location} did not end");
}

fn order(files: &[(&str, &str)]) -> Value {
    let files: Vec<Value> = files.iter().map(|(name, content)| json!({"name": name, "content": content})).collect();
    json!({"time_zone": "Asia/Shanghai", "files": files})
}

#[tokio::test]
async fn the_files_of_the_demonstration_company_are_imported_whole_and_once() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let company = demo::generate("2026-02".parse::<Period>().unwrap()).unwrap();
    let group = given.group("before").await;
    given.programme(&company.programmes[0].code, group).await;
    let files: Vec<(String, String)> =
        company.files.iter().map(|(name, bytes)| (name.clone(), String::from_utf8(bytes.clone()).unwrap())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let client = server.client(&[Role::Hris]).await;
    let watcher = server.client(&[Role::Hris]).await;
    let accepted = client.post_keyed("/v1/imports", "history-1", order(&files)).await;
    let job = finished(&watcher, &accepted).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["result"]["fault_count"], 0);
    for (table, file) in [
        ("employees", "employees"),
        ("sessions", "sessions"),
        ("feedback", "ratings"),
        ("attendance_records", "attendance"),
    ] {
        let rows: i64 = given.sql.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0);
        assert_eq!(json!(rows), job["result"]["stored"][file], "{table}");
        assert!(rows > 500, "{table}: {rows}");
    }
    let uncredited = "SELECT count(*) FROM sessions WHERE department_id IS NULL";
    assert_eq!(given.sql.query_one(uncredited, &[]).await.unwrap().get::<_, i64>(0), 0);
    let kept: String = given.sql.query_one("SELECT request::text FROM jobs", &[]).await.unwrap().get(0);
    assert_eq!(kept, "{}", "the files are not kept");
    let again = client.post_keyed("/v1/imports", "history-1", order(&files)).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.id(), accepted.id());
}

#[tokio::test]
async fn a_faulty_row_refuses_the_import_and_is_named() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Hris]).await;
    let employees = "employee_number,name,department_code,hired_on\nE1,Ann,RD,2020-01-01\nE2,,RD,soon\n";
    let files = [("departments.csv", "code,name\nRD,Research\n"), ("employees.csv", employees)];
    let job = finished(&client, &client.post("/v1/imports", order(&files)).await).await;
    assert_eq!((job["state"].as_str(), job["problem"]["code"].as_str()), (Some("failed"), Some("import_refused")));
    let places: Vec<_> = job["problem"]["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            (fault["file"].as_str().unwrap(), fault["line"].as_u64().unwrap(), fault["column"].as_str().unwrap())
        })
        .collect();
    assert_eq!(places, [("employees.csv", 3, "name"), ("employees.csv", 3, "hired_on")]);
    let sql = server.database.owner().await;
    assert_eq!(sql.query_one("SELECT count(*) FROM departments", &[]).await.unwrap().get::<_, i64>(0), 0);
    let mut skipping = order(&files);
    skipping["skip_faulty"] = json!(true);
    let job = finished(&client, &client.post("/v1/imports", skipping).await).await;
    assert_eq!(job["result"]["stored"], json!({"departments": 1, "employees": 1}), "{job}");
    assert_eq!(job["result"]["fault_count"], 2);
}

#[tokio::test]
async fn a_wrong_order_is_refused_with_every_fault() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Hris]).await;
    let mut wrong = order(&[("salaries.csv", "a"), ("departments.csv", "a"), ("departments.csv", "b")]);
    wrong["time_zone"] = json!("Mars/Olympus");
    let refused = client.post("/v1/imports", wrong).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(
        refused.faults(),
        [("/time_zone", "bad_format"), ("/files/0/name", "not_allowed"), ("/files/2/name", "duplicate")]
    );
}
