//! What waits for a second person belongs to the person for whom it waits: a sync that goes on meanwhile finds them, and nobody else
//! gets it. And what a file does not plan any more is withdrawn, as in a batch.

use lectern::auth::Role;
use lectern::keys::EmployeeKey;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sign_in::{Scene, confirm, path, waiting};
use crate::support::{Client, TestServer, at};

/// A company whose administrator is to get something that waits.
struct Waits {
    /// Its server and issuer are there as long as this is.
    _scene: Scene,
    hris: Client,
    admin: Uuid,
    second: Client,
}

impl Waits {
    async fn new(key: EmployeeKey, patch: Value) -> Self {
        let scene = Scene::new(key).await;
        let given = scene.server.given().await;
        let admin = scene.employee(&given, "A-1", &[Role::Admin]).await;
        let second = scene.employee(&given, "A-2", &[Role::Admin]).await;
        let second = scene.person(second);
        let hris = scene.server.client(&[Role::Hris]).await;
        let answer = hris.patch(&path(admin), "*", patch).await.expect(200);
        assert_eq!(answer["waiting_changes"].as_array().unwrap().len(), 1, "{answer}");
        drop(given);
        Self { _scene: scene, hris, admin, second }
    }

    async fn batch(&self, items: Value) -> Value {
        self.hris.post("/v1/employees/batch", json!({"mode": "per_item", "items": items})).await.expect(200)
    }

    async fn import(&self, text: &str) -> Value {
        imported(&self.hris, text).await
    }

    async fn count(&self) -> usize {
        self.hris.get("/v1/employees?limit=200").await.expect(200)["items"].as_array().unwrap().len()
    }

    async fn is_confirmed(&self) -> Value {
        let changes = waiting(&self.second).await;
        assert_eq!(changes.len(), 1, "{changes:?}");
        confirm(&self.second, &changes[0]).await.expect(200);
        self.hris.get(&path(self.admin)).await.expect(200)
    }
}

async fn imported(hris: &Client, text: &str) -> Value {
    let order = json!({"time_zone": "Asia/Shanghai", "files": [{"name": "employees.csv", "content": text}]});
    hris.ended(&hris.post("/v1/imports", order).await).await
}

/// Outcome of each item, or pointer and code of its first fault.
fn fates(answer: &Value) -> Vec<String> {
    let fate = |item: &Value| match &item["problem"] {
        Value::Null => item["outcome"].as_str().unwrap().to_owned(),
        problem => {
            let fault = &problem["errors"][0];
            format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())
        }
    };
    answer["items"].as_array().unwrap().iter().map(fate).collect()
}

/// Column and code of the faults of a job.
fn faults(job: &Value) -> Vec<(&str, &str)> {
    let faults = job["problem"]["faults"].as_array().unwrap_or_else(|| panic!("{job}")).iter();
    faults.map(|fault| (fault["column"].as_str().unwrap(), fault["code"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_number_that_waits_finds_the_person_for_whom_it_waits() {
    let waits = Waits::new(EmployeeKey::EmployeeNumber, json!({"employee_number": "A-9"})).await;
    let count = waits.count().await;
    let answer = waits.batch(json!([{"employee_number": "A-9", "name": "Person A-1"}])).await;
    assert_eq!((fates(&answer), &answer["items"][0]["employee_id"]), (vec!["waiting".to_owned()], &json!(waits.admin)));
    assert_eq!(answer["items"][0]["waiting_changes"][0]["field"], "employee_number");
    let more = json!([{"employee_number": "A-9", "name": "Person A-1", "hired_on": "2019-06-01"}]);
    assert_eq!(fates(&waits.batch(more).await), ["updated"], "the rest is applied");
    let job = waits.import("employee_number,name,email\nA-9,Person A-1,a-1@example.org\n").await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let stored = waits.hris.get(&path(waits.admin)).await.expect(200);
    assert_eq!((&stored["employee_number"], &stored["email"]), (&json!("A-1"), &json!("a-1@example.org")));

    let other = json!([{"employee_number": "A-9", "name": "Somebody else"}]);
    assert_eq!(fates(&waits.batch(other).await), ["/items/0/employee_number taken"]);
    let other = json!([{"employee_number": "A-9", "name": "Person A-1", "same_person": false}]);
    assert_eq!(fates(&waits.batch(other).await), ["/items/0/employee_number taken"]);
    let made = waits.hris.post("/v1/employees", json!({"employee_number": "A-9", "name": "Somebody else"})).await;
    assert_eq!(made.faults(), [("/employee_number", "taken")]);
    let job = waits.import("employee_number,name\nA-9,Somebody else\n").await;
    assert_eq!(faults(&job), [("employee_number", "taken")]);
    let job = waits.import("employee_number,name,same_person\nA-9,Renamed,yes\n").await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(waits.count().await, count, "nobody was created");
    assert_eq!(waiting(&waits.second).await.len(), 1, "all of them name the number that waits");
    let job = waits.import("employee_number,name\nA-1,Renamed\n").await;
    assert_eq!((&job["state"], &job["result"]["waiting_changes"]), (&json!("succeeded"), &json!([])), "{job}");
    assert_eq!(waiting(&waits.second).await, [] as [Value; 0], "the old number in a file withdraws the other one");
}

#[tokio::test]
async fn a_number_that_waited_is_confirmed_after_syncs_and_free_once_it_is_withdrawn() {
    let waits = Waits::new(EmployeeKey::EmployeeNumber, json!({"employee_number": "A-9"})).await;
    waits.batch(json!([{"employee_number": "A-9", "name": "Person A-1"}])).await;
    waits.import("employee_number,name\nA-9,Person A-1\n").await;
    assert_eq!(waits.is_confirmed().await["employee_number"], "A-9");

    // The HR system takes a second renumbering back and gives the number to a newcomer, in one request.
    let renumbered = json!([{"employee_id": waits.admin, "employee_number": "A-10", "name": "Person A-1"}]);
    assert_eq!(fates(&waits.batch(renumbered).await), ["waiting"]);
    let items = json!([
        {"employee_number": "A-10", "name": "Newcomer"}, {"employee_number": "A-9", "name": "Person A-1"}
    ]);
    assert_eq!(fates(&waits.batch(items).await), ["created", "updated"]);
    assert_eq!(waiting(&waits.second).await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_address_that_waits_is_taken_to_everybody_else() {
    let waits = Waits::new(EmployeeKey::Email, json!({"email": "new@example.com"})).await;
    let newcomer = json!({"employee_number": "E-2", "name": "Newcomer", "email": "new@example.com"});
    assert_eq!(waits.hris.post("/v1/employees", newcomer.clone()).await.faults(), [("/email", "taken")]);
    let same = json!({"employee_number": "A-1", "name": "Person A-1", "email": "new@example.com"});
    let untouched = json!({"employee_number": "A-1", "name": "Person A-1"});
    assert_eq!(fates(&waits.batch(json!([newcomer, same])).await), ["/items/0/email taken", "waiting"]);
    assert_eq!(fates(&waits.batch(json!([untouched, newcomer])).await), ["unchanged", "/items/1/email taken"]);
    let job = waits.import("employee_number,name,email\nE-2,Newcomer,new@example.com\n").await;
    assert_eq!(faults(&job), [("email", "taken")]);
    let job = waits.import("employee_number,name,email\nA-1,Person A-1,new@example.com\n").await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(waits.is_confirmed().await["email"], "new@example.com");
}

#[tokio::test]
async fn an_id_that_waits_is_taken_to_everybody_else() {
    let key = EmployeeKey::ExternalId { system: "feishu".into(), kind: "open_id".into() };
    let id = json!([{"system": "feishu", "kind": "open_id", "value": "ou_1"}]);
    let waits = Waits::new(key, json!({"external_ids": id})).await;
    let newcomer = json!({"employee_number": "E-2", "name": "Newcomer", "external_ids": id});
    assert_eq!(waits.hris.post("/v1/employees", newcomer.clone()).await.faults(), [("/external_ids/0", "taken")]);
    assert_eq!(fates(&waits.batch(json!([newcomer])).await), ["/items/0/external_ids/0 taken"]);
    let job = waits.import("employee_number,name,feishu_open_id\nE-2,Newcomer,ou_1\n").await;
    assert_eq!(faults(&job), [("feishu_open_id", "taken")]);
    assert_eq!(waits.is_confirmed().await["external_ids"], id);
}

#[tokio::test]
async fn a_file_withdraws_a_planned_move_that_it_does_not_know() {
    let server = TestServer::start().await;
    server.clock.set(at("2026-03-02T01:00:00Z"));
    let given = server.given().await;
    for code in ["A", "B"] {
        given.department(code, None).await;
    }
    let hris = server.client(&[Role::Hris]).await;
    let header = "employee_number,name,department_code,department_since";
    let first = imported(&hris, &format!("{header}\nE-1,王芳,A,2020-01-01\n")).await;
    assert_eq!(first["state"], "succeeded", "{first}");
    let planned = imported(&hris, &format!("{header}\nE-1,王芳,B,2026-05-01\n")).await;
    assert_eq!(planned["result"]["withdrawn_moves"], json!([]), "{planned}");
    let memberships = async || {
        let page = hris.get("/v1/employees?employee_number=E-1").await.expect(200);
        let all = page["items"][0]["memberships"].as_array().unwrap().iter();
        let shown = |one: &Value| {
            let ended = one["ended_on"].as_str().unwrap_or("..");
            format!("{} {} {ended}", one["department"]["code"].as_str().unwrap(), one["starts_on"].as_str().unwrap())
        };
        all.map(shown).collect::<Vec<_>>()
    };
    assert_eq!(memberships().await, ["B 2026-05-01 ..", "A 2020-01-01 2026-04-30"]);
    let again = imported(&hris, &format!("{header}\nE-1,王芳,B,2026-05-01\n")).await;
    assert_eq!(again["result"]["withdrawn_moves"], json!([]), "the file knows it");

    let without = "employee_number,name,department_code\nE-1,王芳,A\n";
    let withdrawn = imported(&hris, without).await;
    let told = json!([{"employee_number": "E-1", "department_code": "B", "starts_on": "2026-05-01"}]);
    assert_eq!(withdrawn["result"]["withdrawn_moves"], told, "{withdrawn}");
    assert_eq!(memberships().await, ["A 2020-01-01 .."]);
    let nothing = imported(&hris, without).await;
    assert_eq!(nothing["result"]["withdrawn_moves"], json!([]));
}
