//! Who signs in as whom: nobody becomes another by a change of numbers, addresses or departments, and what gives access waits
//! for a second person.

use lectern::auth::Role;
use lectern::keys::{EmployeeKey, OutsideIssuer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::machine_made_by;
use crate::outside_issuers::outside_issuer::{IssuerKey, TestIssuer};
use crate::support::{Client, Given, Options, TestServer};

/// A company with an issuer that names people in the claim `mark`.
pub struct Scene {
    pub server: TestServer,
    issuer: TestIssuer,
    key: IssuerKey,
}

impl Scene {
    pub async fn new(employee_key: EmployeeKey) -> Self {
        let key = IssuerKey::generate("first");
        let issuer = TestIssuer::start(&[&key]);
        let claim = if employee_key == EmployeeKey::Email { "email" } else { "mark" };
        let settings = OutsideIssuer { tenant: "demo".into(), claim: claim.into(), employee_key, ..issuer.settings() };
        let server = TestServer::start_as(Options { issuers: vec![settings], ..Options::default() }).await;
        Self { server, issuer, key }
    }

    /// Whoever has this account at the issuer, which names this mark.
    fn account(&self, subject: &str, mark: &str) -> Client {
        let claims = json!({"sub": subject, "mark": mark, "email": mark, "email_verified": true});
        self.server.with_token(self.issuer.token_of(&self.key, self.server.clock.now().timestamp(), &claims))
    }

    /// An employee with these roles.
    pub async fn employee(&self, given: &Given<'_>, number: &str, roles: &[Role]) -> Uuid {
        let id = given.employee(number).await;
        given
            .sql
            .execute("UPDATE employees SET email = $1 WHERE employee_number = $2", &[&mail(number), &number])
            .await
            .unwrap();
        self.server.person(id, roles).await;
        id
    }

    pub fn person(&self, id: Uuid) -> Client {
        self.server.person_token(self.server.tenant, id)
    }
}

fn mail(number: &str) -> String {
    format!("{}@example.com", number.to_lowercase())
}

pub fn path(id: Uuid) -> String {
    format!("/v1/employees/{id}")
}

async fn who(client: &Client) -> Value {
    client.get("/v1/me").await.expect(200)["employee"]["id"].clone()
}

/// The changes that wait, as `GET /v1/access-changes` lists them, oldest first.
pub async fn waiting(admin: &Client) -> Vec<Value> {
    let page = admin.get("/v1/access-changes?state=waiting").await.expect(200);
    page["items"].as_array().unwrap().iter().rev().cloned().collect()
}

pub async fn confirm(by: &Client, change: &Value) -> crate::support::Answer {
    by.act(&format!("/v1/access-changes/{}/confirm", change["id"].as_str().unwrap()), "*", None).await
}

/// An HR system renames a learner's number away and gives it to an administrator's record.
#[tokio::test]
async fn a_number_that_moves_makes_nobody_somebody_else() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let given = scene.server.given().await;
    let learner = scene.employee(&given, "10042", &[]).await;
    let admin = scene.employee(&given, "A-1", &[Role::Admin]).await;
    let second = scene.employee(&given, "A-2", &[Role::Admin]).await;
    let attacker = scene.account("account-of-learner", "10042");
    assert_eq!(who(&attacker).await, json!(learner));

    let hris = scene.server.client(&[Role::Hris]).await;
    let renamed = hris.patch(&path(learner), "*", json!({"employee_number": "10043"})).await.expect(200);
    assert_eq!((&renamed["employee_number"], &renamed["waiting_changes"]), (&json!("10043"), &json!([])));
    let patch = json!({"employee_number": "10042", "name": "Other"});
    let answer = hris.patch(&path(admin), "*", patch.clone()).await.expect(200);
    assert_eq!((&answer["employee_number"], &answer["name"]), (&json!("A-1"), &json!("Other")), "the rest is applied");
    assert_eq!(answer["waiting_changes"][0]["field"], "employee_number");
    assert_eq!(who(&attacker).await, json!(learner), "the binding wins");
    let newcomer = scene.account("another-account", "10042");
    assert_eq!(newcomer.get("/v1/me").await.problem(401), "unauthenticated");

    hris.patch(&path(admin), "*", patch).await.expect(200);
    let second = scene.person(second);
    let listed = waiting(&second).await;
    assert_eq!(listed.len(), 1, "the same proposal again is one");
    assert_eq!((&listed[0]["present"], &listed[0]["proposed"]), (&json!(["A-1"]), &json!(["10042"])));
    let back = hris.patch(&path(admin), "*", json!({"employee_number": "A-1"})).await.expect(200);
    assert_eq!((&back["waiting_changes"], waiting(&second).await.len()), (&json!([]), 0), "the old value withdraws it");

    hris.patch(&path(admin), "*", json!({"employee_number": "A-9"})).await.expect(200);
    let change = waiting(&second).await.remove(0);
    let concerned = confirm(&scene.person(admin), &change).await;
    assert_eq!(concerned.problem(403), "self_approval", "the person concerned");
    assert!(concerned.body["detail"].as_str().unwrap().contains("it concerns you"), "{}", concerned.text);
    assert_eq!(confirm(&hris, &change).await.problem(403), "forbidden");
    assert_eq!(confirm(&second, &change).await.expect(200)["state"], "confirmed");
    assert_eq!(confirm(&second, &change).await.problem(409), "state_conflict");
    let stored = second.get(&path(admin)).await.expect(200);
    assert_eq!((&stored["employee_number"], &stored["waiting_changes"]), (&json!("A-9"), &json!([])));
    assert_eq!(who(&attacker).await, json!(learner));

    let log = second.get("/v1/audit-entries?subject_type=access_change").await.expect(200);
    let commands: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|entry| &entry["command"]).collect();
    let expected =
        ["confirm_access_change", "propose_access_change", "withdraw_access_change", "propose_access_change"];
    assert_eq!(commands, expected);
    let proposed = &log["items"][1];
    assert_eq!(
        (&proposed["fields"], &proposed["details"]["employee_id"]),
        (&json!(["employee_number"]), &json!(admin))
    );
    assert_eq!(proposed["details"]["proposed_sha256"].as_str().unwrap().len(), 64);
    assert!(!log.to_string().contains("A-9"), "values as digests");
}

/// One batch with an administrator's number and the attacker's address.
#[tokio::test]
async fn a_batch_with_another_address_makes_nobody_an_administrator() {
    let scene = Scene::new(EmployeeKey::Email).await;
    let given = scene.server.given().await;
    let admin = scene.employee(&given, "A-1", &[Role::Admin]).await;
    let second = scene.employee(&given, "A-2", &[Role::Admin]).await;
    scene.employee(&given, "E-1", &[]).await;
    let hris = scene.server.client(&[Role::Hris]).await;
    let items = json!({"items": [
        {"employee_number": "A-1", "name": "Renamed", "email": "attacker@example.com"},
        {"employee_number": "E-1", "name": "Person E-1", "email": "new@example.com"},
    ]});
    let answer = hris.post("/v1/employees/batch", items.clone()).await.expect(200);
    assert_eq!(
        (&answer["items"][0]["outcome"], &answer["items"][1]["outcome"]),
        (&json!("updated"), &json!("updated"))
    );
    assert_eq!(answer["items"][0]["waiting_changes"][0]["field"], "email");
    assert_eq!(answer["items"][1]["waiting_changes"], json!([]), "who holds no role changes at once");
    let attacker = scene.account("attacker", "attacker@example.com");
    assert_eq!(attacker.get("/v1/me").await.problem(401), "unauthenticated");
    assert_eq!(who(&scene.account("admin", &mail("A-1"))).await, json!(admin));
    let stored = hris.get(&path(admin)).await.expect(200);
    assert_eq!((&stored["name"], &stored["email"]), (&json!("Renamed"), &json!(mail("A-1"))));
    let again = hris.post("/v1/employees/batch", items).await.expect(200);
    assert_eq!(again["items"][0]["outcome"], "waiting", "all that it changes waits");
    assert_eq!(again["items"][0]["waiting_changes"], answer["items"][0]["waiting_changes"]);
    let old = json!({"items": [{"employee_number": "A-1", "name": "Renamed", "email": mail("A-1")}]});
    let withdrawn = hris.post("/v1/employees/batch", old).await.expect(200);
    assert_eq!(withdrawn["items"][0]["waiting_changes"], json!([]));
    assert_eq!(waiting(&scene.person(second)).await, [] as [Value; 0]);
}

/// An administrator swaps two addresses to act as the other one.
#[tokio::test]
async fn swapped_addresses_make_nobody_a_second_person() {
    let scene = Scene::new(EmployeeKey::Email).await;
    let given = scene.server.given().await;
    let first = scene.employee(&given, "A-1", &[Role::Admin]).await;
    let second = scene.employee(&given, "A-2", &[Role::Admin]).await;
    let third = scene.employee(&given, "A-3", &[Role::Admin]).await;
    let attacker = scene.account("account-1", &mail("A-1"));
    assert_eq!(who(&attacker).await, json!(first));
    attacker.patch(&path(first), "*", json!({"email": "between@example.com"})).await.expect(200);
    let machine = machine_made_by(&scene.server, &attacker, &["hris"]).await;
    let answer = machine.patch(&path(second), "*", json!({"email": "a-1x@example.com"})).await.expect(200);
    assert_eq!(answer["email"], json!(mail("A-2")));
    assert_eq!(who(&attacker).await, json!(first));
    assert_eq!(who(&scene.account("account-2", &mail("A-2"))).await, json!(second));
    for change in waiting(&attacker).await {
        assert_eq!(confirm(&attacker, &change).await.problem(403), "self_approval", "{change}");
    }
    // The second one is concerned by one of them only.
    let results: Vec<u16> = {
        let mut found = Vec::new();
        for change in waiting(&attacker).await {
            found.push(confirm(&scene.person(second), &change).await.status);
        }
        found
    };
    assert_eq!(results, [200, 403]);
    let left = waiting(&attacker).await;
    assert_eq!(confirm(&scene.person(third), &left[0]).await.expect(200)["self_approved"], false);
    assert_eq!(who(&attacker).await, json!(first), "the binding wins over the new address");
}

#[tokio::test]
async fn an_administrator_leaves_at_once_but_not_the_last_one() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let given = scene.server.given().await;
    let first = scene.employee(&given, "A-1", &[Role::Admin]).await;
    let second = scene.employee(&given, "A-2", &[Role::Admin]).await;
    let hris = scene.server.client(&[Role::Hris]).await;
    let both = json!({"items": [
        {"employee_number": "A-1", "name": "Person A-1", "left_on": "2026-02-01"},
        {"employee_number": "A-2", "name": "Person A-2", "left_on": "2026-02-01"},
    ]});
    let refused = hris.post("/v1/employees/batch", both).await;
    assert_eq!(
        refused.faults(),
        [("/items/0/left_on", "last_access_holder"), ("/items/1/left_on", "last_access_holder")]
    );
    hris.patch(&path(first), "*", json!({"left_on": "2026-02-01"})).await.expect(200);
    assert_eq!(scene.person(first).get("/v1/access-changes").await.problem(403), "forbidden", "roles end at once");
    let refused = hris.patch(&path(second), "*", json!({"left_on": "2026-12-31"})).await;
    assert_eq!(refused.faults(), [("/left_on", "last_access_holder")]);
    assert!(refused.text.contains("Person A-2"), "{}", refused.text);
    let file = "employee_number,name,left_on\nA-2,Person A-2,2026-12-31\n";
    let files = json!({"time_zone": "Asia/Shanghai", "files": [{"name": "employees.csv", "content": file}]});
    let job = hris.ended(&hris.post("/v1/imports", files).await).await;
    assert_eq!((&job["state"], &job["problem"]["errors"][0]["code"]), (&json!("failed"), &json!("last_access_holder")));
    let log = scene.person(second).get("/v1/audit-entries?command=apply_access_change").await.expect(200);
    assert_eq!(log["items"][0]["subject_id"], json!(first), "the log names whom and which field");
    assert_eq!(log["items"][0]["fields"], json!(["employment"]));
    let grants = scene.person(second).get(&format!("/v1/role-grants?employee_id={second}")).await.expect(200);
    let grant = format!("/v1/role-grants/{}", grants["items"][0]["id"].as_str().unwrap());
    assert_eq!(hris_admin(&scene).await.delete(&grant, "*").await.problem(409), "state_conflict");

    // Coming back waits, by every door.
    for back in [json!({"left_on": null}), json!({"left_on": "2026-12-31"})] {
        let answer = hris.patch(&path(first), "*", back).await.expect(200);
        assert_eq!(
            (&answer["left_on"], &answer["waiting_changes"][0]["field"]),
            (&json!("2026-02-01"), &json!("employment"))
        );
    }
    assert_eq!(scene.person(first).get("/v1/access-changes").await.problem(403), "forbidden");
    hris.patch(&path(first), "*", json!({"hired_on": "2020-01-01"})).await.expect(200);
    let change = waiting(&scene.person(second)).await.remove(0);
    assert_eq!(change["proposed"], json!(["2020-01-01/2026-12-31"]));
    confirm(&scene.person(second), &change).await.expect(200);
    scene.person(first).get("/v1/access-changes").await.expect(200);
    hris.patch(&path(first), "*", json!({"left_on": "2026-02-01"})).await.expect(200);

    // Hired again: both days are one change.
    let answer = hris.patch(&path(first), "*", json!({"hired_on": "2026-03-01"})).await.expect(200);
    assert_eq!((&answer["hired_on"], &answer["left_on"]), (&json!("2020-01-01"), &json!("2026-02-01")));
    let change = waiting(&scene.person(second)).await.remove(0);
    assert_eq!(
        (&change["present"], &change["proposed"]),
        (&json!(["2020-01-01/2026-02-01"]), &json!(["2026-03-01/.."]))
    );
    confirm(&scene.person(second), &change).await.expect(200);
    let stored = hris.get(&path(first)).await.expect(200);
    assert_eq!((&stored["hired_on"], &stored["left_on"]), (&json!("2026-03-01"), &Value::Null));
    scene.person(first).get("/v1/access-changes").await.expect(200);
}

async fn hris_admin(scene: &Scene) -> Client {
    scene.server.client(&[Role::Admin]).await
}

/// A manager of the departments they head becomes the head of the whole company.
#[tokio::test]
async fn a_head_waits_where_it_widens_what_somebody_may_see() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let given = scene.server.given().await;
    let manager = scene.employee(&given, "M-1", &[Role::Manager]).await;
    let clerk = scene.employee(&given, "E-1", &[]).await;
    let second = scene.person(scene.employee(&given, "A-2", &[Role::Admin]).await);
    let top = given.department("TOP", None).await;
    let hris = scene.server.client(&[Role::Hris]).await;
    let department = format!("/v1/departments/{top}");
    let answer = hris.patch(&department, "*", json!({"manager_id": manager, "name": "Top"})).await.expect(200);
    assert_eq!((&answer["manager"], &answer["name"]), (&Value::Null, &json!("Top")));
    assert_eq!(answer["waiting_changes"][0]["field"], "department_manager");
    let made = json!({"code": "NEW", "name": "New", "manager_id": manager});
    assert_eq!(hris.post("/v1/departments", made).await.expect(201)["manager"], Value::Null);
    let files = json!({"time_zone": "Asia/Shanghai", "files": [
        {"name": "departments.csv", "content": "code,name,manager_number\nTOP,Top,M-1\nCSV,Csv,M-1\nLOW,Low,E-1\n"}
    ]});
    let job = hris.ended(&hris.post("/v1/imports", files).await).await;
    assert_eq!((&job["state"], job["result"]["waiting_changes"].as_array().unwrap().len()), (&json!("succeeded"), 3));
    let mut managed = scene.person(manager).get("/v1/me").await.expect(200);
    assert_eq!(managed["managed_departments"].take(), json!([]));
    let low = hris.get("/v1/departments?code=LOW").await.expect(200);
    assert_eq!(low["items"][0]["manager"]["id"], json!(clerk), "who holds no role gains nothing");

    let change = waiting(&second).await.remove(0);
    assert_eq!((&change["department"]["code"], &change["employee"]["id"]), (&json!("TOP"), &json!(manager)));
    confirm(&second, &change).await.expect(200);
    let managed = scene.person(manager).get("/v1/me").await.expect(200);
    assert_eq!(managed["managed_departments"][0]["code"], "TOP");
    let listed = hris.get("/v1/departments?code=NEW").await.expect(200);
    let gone = &listed["items"][0];
    assert_eq!(gone["waiting_changes"][0]["field"], "department_manager");
    let path = format!("/v1/departments/{}", gone["id"].as_str().unwrap());
    assert_eq!(hris.delete(&path, "*").await.status, 204);
    assert_eq!(waiting(&second).await.len(), 1, "of what is gone nobody becomes the head");
    let answer = hris.patch(&department, "*", json!({"manager_id": null})).await.expect(200);
    assert_eq!(answer["manager"], Value::Null, "taking it away works at once");
}

#[tokio::test]
async fn a_file_changes_no_mark_of_somebody_with_a_role() {
    let scene = Scene::new(EmployeeKey::ExternalId { system: "feishu".into(), kind: "open_id".into() }).await;
    let given = scene.server.given().await;
    let admin = scene.employee(&given, "A-1", &[Role::Admin]).await;
    let second = scene.person(scene.employee(&given, "A-2", &[Role::Admin]).await);
    given.sql.batch_execute("UPDATE employees SET left_on = '2026-02-01' WHERE employee_number = 'A-1'").await.unwrap();
    let hris = scene.server.client(&[Role::Hris]).await;
    let file = "employee_number,name,same_person,email,left_on,feishu_open_id\n\
                A-1,Renamed,yes,free@example.com,,ou_attacker\n";
    let files = json!({"time_zone": "Asia/Shanghai", "files": [{"name": "employees.csv", "content": file}]});
    let job = hris.ended(&hris.post("/v1/imports", files).await).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let fields: Vec<&Value> =
        job["result"]["waiting_changes"].as_array().unwrap().iter().map(|change| &change["field"]).collect();
    assert_eq!(fields, ["external_id", "employment"]);
    let stored = hris.get(&path(admin)).await.expect(200);
    assert_eq!((&stored["name"], &stored["email"]), (&json!("Renamed"), &json!("free@example.com")));
    assert_eq!((&stored["left_on"], &stored["external_ids"]), (&json!("2026-01-31"), &json!([])));
    assert_eq!(scene.account("attacker", "ou_attacker").get("/v1/me").await.problem(401), "unauthenticated");
    let changes = waiting(&second).await;
    assert_eq!(changes[0]["proposed"], json!(["feishu open_id ou_attacker"]));
    let withdraw = format!("/v1/access-changes/{}/withdraw", changes[1]["id"].as_str().unwrap());
    assert_eq!(second.act(&withdraw, "*", None).await.expect(200)["state"], "withdrawn");
    confirm(&second, &changes[0]).await.expect(200);
    let stored = hris.get(&path(admin)).await.expect(200);
    assert_eq!((&stored["external_ids"][0]["value"], &stored["waiting_changes"]), (&json!("ou_attacker"), &json!([])));
}

#[tokio::test]
async fn an_account_is_bound_at_its_first_sign_on_and_reset_by_two() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let given = scene.server.given().await;
    let learner = scene.employee(&given, "10042", &[]).await;
    let first = scene.person(scene.employee(&given, "A-1", &[Role::Admin]).await);
    let second = scene.person(scene.employee(&given, "A-2", &[Role::Admin]).await);
    assert_eq!(who(&scene.account("old", "10042")).await, json!(learner));
    let log = first.get("/v1/audit-entries?command=sign_in").await.expect(200);
    assert_eq!((&log["items"][0]["subject_id"], &log["items"][0]["actor"]["id"]), (&json!(learner), &json!(learner)));
    assert_eq!(scene.account("new", "10042").get("/v1/me").await.problem(401), "unauthenticated");
    let bindings = first.get(&format!("/v1/sign-in-bindings?employee_id={learner}")).await.expect(200);
    let binding = &bindings["items"][0];
    assert_eq!((&binding["subject"], &binding["employee"]["id"]), (&json!("old"), &json!(learner)));
    let reset = format!("/v1/sign-in-bindings/{}/reset", binding["id"].as_str().unwrap());
    let proposed = first.post(&reset, Value::Null).await;
    assert_eq!(first.post(&reset, Value::Null).await.id(), proposed.id());
    assert_eq!(confirm(&first, &proposed.body).await.problem(403), "self_approval");
    assert_eq!(who(&scene.account("old", "10042")).await, json!(learner), "it stands meanwhile");
    second.confirm(&proposed).await;
    assert_eq!(who(&scene.account("new", "10042")).await, json!(learner));
    assert_eq!(scene.account("old", "10042").get("/v1/me").await.problem(401), "unauthenticated");
}

#[tokio::test]
async fn a_company_too_small_for_two_confirms_its_own_and_the_log_says_so() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let given = scene.server.given().await;
    given.sql.batch_execute("UPDATE tenants SET self_approval = true").await.unwrap();
    let admin = scene.person(scene.employee(&given, "A-1", &[Role::Admin]).await);
    let clerk = scene.employee(&given, "E-1", &[]).await;
    let proposed = admin.post("/v1/role-grants", json!({"employee_id": clerk, "role": "admin"})).await;
    assert_eq!(admin.confirm(&proposed).await["self_approved"], true);
    let log = admin.get("/v1/audit-entries?command=confirm_access_change").await.expect(200);
    assert_eq!(log["items"][0]["details"]["self_approved"], true);
    assert_eq!(scene.person(clerk).get("/v1/me").await.expect(200)["roles"], json!(["admin", "learner"]));
}

/// What waits shows what it would replace. If that has changed meanwhile, nobody confirms it unseen; sent again, it is a new proposal.
#[tokio::test]
async fn a_change_is_confirmed_only_in_place_of_what_its_proposal_shows() {
    let scene = Scene::new(EmployeeKey::Email).await;
    let given = scene.server.given().await;
    let admin = scene.employee(&given, "A-1", &[Role::Admin]).await;
    let second = scene.employee(&given, "A-2", &[Role::Admin]).await;
    let second = scene.person(second);
    let hris = scene.server.client(&[Role::Hris]).await;
    let department = given.department("S", None).await;
    let department = format!("/v1/departments/{department}");
    let person = path(admin);
    hris.patch(&person, "*", json!({"left_on": "2026-06-30"})).await.expect(200);
    for (at, patch, meanwhile) in [
        (&person, json!({"left_on": "2026-12-31"}), "UPDATE employees SET hired_on = '2019-01-01'"),
        (
            &person,
            json!({"email": "new@example.com"}),
            "UPDATE employees SET email = 'b@example.com' WHERE employee_number = 'A-1'",
        ),
        (
            &department,
            json!({"manager_id": admin}),
            "UPDATE departments SET manager_id = (SELECT id FROM employees WHERE employee_number = 'A-2')",
        ),
    ] {
        hris.patch(at, "*", patch.clone()).await.expect(200);
        let stale = waiting(&second).await;
        assert_eq!(stale.len(), 1, "{stale:?}");
        given.sql.batch_execute(meanwhile).await.unwrap();
        assert_eq!(confirm(&second, &stale[0]).await.problem(409), "state_conflict", "{patch}");
        hris.patch(at, "*", patch.clone()).await.expect(200);
        let again = waiting(&second).await;
        assert_ne!(again[0]["id"], stale[0]["id"], "{patch}");
        assert_eq!(confirm(&second, &again[0]).await.expect(200)["state"], "confirmed");
        assert_eq!(waiting(&second).await, [] as [Value; 0]);
    }
}
