//! Machine clients, role grants, and who the caller is.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, TestServer, at};

/// Asks for a token with a client's id and secret.
async fn token(server: &TestServer, id: &str, secret: &str) -> Answer {
    let client = server.anonymous();
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let request = client.request(Method::POST, "/oauth/token");
    client.send(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

/// A machine client that this administrator makes, with a token of its own.
pub async fn machine_made_by(server: &TestServer, admin: &Client, roles: &[&str]) -> Client {
    let made = admin.post("/v1/api-clients", json!({"name": "Machine", "roles": roles})).await.expect(201);
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let answer = token(server, id, secret).await.expect(200);
    server.with_token(answer["access_token"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn everybody_may_read_what_holds_for_the_company() {
    let server = TestServer::start().await;
    let learner = server.person(server.state.ids.next(), &[]).await;
    let company = learner.get("/v1/company").await.expect(200);
    assert_eq!((&company["code"], &company["time_zone"]), (&json!("demo"), &json!("Asia/Shanghai")));
    assert_eq!(company["grade_codes"], json!(["excellent", "good", "pass", "fail"]));
    assert_eq!(company["id"], json!(server.tenant));
}

#[tokio::test]
async fn who_gives_a_machine_its_secret_answers_for_it() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (first, second) = (given.employee("A-1").await, given.employee("A-2").await);
    let maker = server.person(first, &[Role::Admin]).await;
    let made = maker.post("/v1/api-clients", json!({"name": "HRIS", "roles": ["hris", "admin"]})).await;
    let path = format!("/v1/api-clients/{}", made.id());
    assert_eq!(maker.get(&path).await.expect(200)["responsible_id"], json!(first));
    // A machine passes on who answers for it; one of the operator's answers for nobody, and changes nothing.
    let of_machine = machine_made_by(&server, &maker, &["admin"]).await;
    let second_hand = of_machine.post("/v1/api-clients", json!({"name": "x", "roles": ["hris"]})).await.id();
    assert_eq!(maker.get(&format!("/v1/api-clients/{second_hand}")).await.expect(200)["responsible_id"], json!(first));
    let operators = server.client(&[Role::Admin]).await;
    operators.post(&format!("{path}/rotate-secret"), Value::Null).await.expect(200);
    assert_eq!(maker.get(&path).await.expect(200)["responsible_id"], json!(first));
    let other = server.person(second, &[Role::Admin]).await;
    other.post(&format!("{path}/rotate-secret"), Value::Null).await.expect(200);
    assert_eq!(maker.get(&path).await.expect(200)["responsible_id"], json!(second));
}

/// What somebody left running does not outlive their employment.
#[tokio::test]
async fn a_machine_stops_when_who_answers_for_it_leaves_until_somebody_takes_it_over() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (first, second) = (given.employee("A-1").await, given.employee("A-2").await);
    let (maker, other) = (server.person(first, &[Role::Admin]).await, server.person(second, &[Role::Admin]).await);
    let made = maker.post("/v1/api-clients", json!({"name": "HRIS", "roles": ["hris"]})).await.expect(201);
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let path = format!("/v1/api-clients/{}", made["id"].as_str().unwrap());
    let machine = token(&server, id, secret).await.expect(200);
    let machine = server.with_token(machine["access_token"].as_str().unwrap().to_owned());
    machine.get("/v1/departments").await.expect(200);
    assert_eq!(other.get(&path).await.expect(200)["has_stopped"], false);

    let today = server.clock.now().date_naive();
    let leaves = |day: chrono::NaiveDate| json!({"left_on": day});
    let employee = format!("/v1/employees/{first}");
    other.patch(&employee, "*", leaves(today.succ_opt().unwrap())).await.expect(200);
    machine.get("/v1/departments").await.expect(200);
    other.patch(&employee, "*", leaves(today.pred_opt().unwrap().pred_opt().unwrap())).await.expect(200);
    assert_eq!(machine.get("/v1/departments").await.problem(401), "unauthenticated");
    assert_eq!(token(&server, id, secret).await.status, 401);
    let listed = other.get("/v1/api-clients").await.expect(200);
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["has_stopped"]), (&made["id"], &json!(true)));

    let taken_over = other.post(&format!("{path}/rotate-secret"), Value::Null).await.expect(200);
    let again = token(&server, id, taken_over["client_secret"].as_str().unwrap()).await.expect(200);
    let again = server.with_token(again["access_token"].as_str().unwrap().to_owned());
    again.get("/v1/departments").await.expect(200);
    let shown = other.get(&path).await.expect(200);
    assert_eq!((&shown["has_stopped"], &shown["responsible_id"]), (&json!(false), &json!(second)));
}

/// Whoever holds an old token would speak in the name of who answers for the new secret. The clock stands still: a token contains
/// only whole seconds, and one of the second of the rotation is refused.
#[tokio::test]
async fn tokens_from_before_a_rotation_are_refused() {
    let server = TestServer::start().await;
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let made = admin.post("/v1/api-clients", json!({"name": "HRIS", "roles": ["hris"]})).await.expect(201);
    let id = made["client_id"].as_str().unwrap();
    let old = token(&server, id, made["client_secret"].as_str().unwrap()).await.expect(200);
    let old = server.with_token(old["access_token"].as_str().unwrap().to_owned());
    old.get("/v1/departments").await.expect(200);
    let path = format!("/v1/api-clients/{}", made["id"].as_str().unwrap());
    let rotated = admin.post(&format!("{path}/rotate-secret"), Value::Null).await.expect(200);
    assert_eq!(old.get("/v1/departments").await.problem(401), "unauthenticated");
    let new = token(&server, id, rotated["client_secret"].as_str().unwrap()).await.expect(200);
    let new = server.with_token(new["access_token"].as_str().unwrap().to_owned());
    new.get("/v1/departments").await.expect(200);
    assert!(admin.get(&path).await.expect(200)["secret_rotated_at"].is_string());
}

/// The day of leaving begins at the company's midnight.
#[tokio::test]
async fn who_leaves_has_no_roles_from_the_local_day_on() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let person = given.employee("E-1").await;
    given.sql.batch_execute("UPDATE employees SET left_on = '2026-03-02'").await.unwrap();
    for (now, zone, status) in [
        ("2026-03-01T15:59:59Z", "Asia/Shanghai", 200),
        ("2026-03-01T16:00:00Z", "Asia/Shanghai", 403),
        ("2026-03-01T16:00:00Z", "Europe/Berlin", 200),
    ] {
        given.sql.execute("UPDATE tenants SET time_zone = $1", &[&zone]).await.unwrap();
        server.clock.set(at(now));
        let client = server.person_token(server.tenant, person);
        assert_eq!(client.get("/v1/programmes").await.status, status, "{now} {zone}");
    }
}

#[tokio::test]
async fn a_machine_gets_a_secret_once_and_a_token_for_it() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let body = json!({"name": "Payroll", "roles": ["payroll", "hris"]});
    let made = admin.post_keyed("/v1/api-clients", "key", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (public, secret) = (made.body["client_id"].as_str().unwrap(), made.body["client_secret"].as_str().unwrap());
    assert_eq!(secret.len(), 43);
    let retried = admin.post_keyed("/v1/api-clients", "key", body).await;
    assert_eq!((retried.status, retried.header("idempotent-replayed"), retried.id()), (201, "true", made.id()));
    assert_eq!(retried.body["client_secret"], Value::Null);

    let path = format!("/v1/api-clients/{}", made.id());
    let read = admin.get(&path).await;
    assert_eq!((&read.body["roles"], read.etag()), (&json!(["payroll", "hris"]), "\"1\""));
    assert!(!read.text.contains("client_secret"));
    let owner = server.database.owner().await;
    let kept = "SELECT count(*) FROM api_clients WHERE secret_sha256 = sha256(convert_to($1, 'UTF8'))";
    assert_eq!(owner.query_one(kept, &[&secret]).await.unwrap().get::<_, i64>(0), 1);

    let answer = token(&server, public, secret).await.expect(200);
    let machine = server.with_token(answer["access_token"].as_str().unwrap().to_owned());
    let me = machine.get("/v1/me").await.expect(200);
    assert_eq!(
        (&me["kind"], &me["client"]["name"], &me["employee"]),
        (&json!("client"), &json!("Payroll"), &Value::Null)
    );
    assert_eq!(me["roles"], json!(["payroll", "hris"]));
    assert!(me["scopes"].as_array().unwrap().contains(&json!("payroll:export")));
    assert_eq!(machine.get("/v1/api-clients").await.problem(403), "forbidden");

    let rotated = admin.post(&format!("{path}/rotate-secret"), Value::Null).await.expect(200);
    let renewed = rotated["client_secret"].as_str().unwrap();
    assert_ne!(renewed, secret);
    assert_eq!(token(&server, public, secret).await.problem(401), "invalid_client");
    token(&server, public, renewed).await.expect(200);

    let revoke = format!("{path}/revoke");
    let request = admin.request(Method::POST, &revoke).header("if-match", "\"1\"");
    assert_eq!(admin.send(request).await.problem(412), "precondition_failed");
    let revoked = admin.send(admin.request(Method::POST, &revoke)).await.expect(200);
    assert_eq!(revoked["revoked_at"], "2026-03-01T01:00:00Z");
    assert_eq!(token(&server, public, renewed).await.problem(401), "invalid_client");
    assert_eq!(machine.get("/v1/me").await.problem(401), "unauthenticated");
    for verb in ["revoke", "rotate-secret"] {
        let again = admin.send(admin.request(Method::POST, &format!("{path}/{verb}"))).await;
        assert_eq!(again.problem(409), "state_conflict", "{verb}");
    }
}

#[tokio::test]
async fn a_machine_clients_faults_are_named() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let refused = admin.post("/v1/api-clients", json!({"name": "", "roles": []})).await;
    assert_eq!(refused.faults(), [("/name", "empty"), ("/roles", "empty")]);
    let refused = admin.post("/v1/api-clients", json!({"name": "x", "roles": ["payroll", "payroll"]})).await;
    assert_eq!(refused.faults(), [("/roles/1", "duplicate")]);
    let refused = admin.post("/v1/api-clients", json!({"name": "x", "roles": ["owner"]})).await;
    assert_eq!((refused.problem(422), refused.faults()), ("invalid_body", vec![("/roles/0", "not_allowed")]));
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
        let other = server.client(&[role]).await;
        assert_eq!(other.get("/v1/api-clients").await.problem(403), "forbidden", "{role:?}");
        let refused = other.post("/v1/role-grants", json!({"employee_id": Uuid::nil(), "role": "admin"})).await;
        assert_eq!(refused.problem(403), "forbidden", "{role:?}");
    }
}

#[tokio::test]
async fn a_grant_works_at_the_next_call() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let person = given.employee("E-1").await;
    let department = given.department("S", None).await;
    let admin = server.client(&[Role::Admin]).await;
    let caller = server.person_token(server.tenant, person);
    let me = caller.get("/v1/me").await.expect(200);
    assert_eq!((&me["kind"], &me["roles"]), (&json!("person"), &json!(["learner"])));
    assert_eq!((&me["employee"]["employee_number"], &me["client"]), (&json!("E-1"), &Value::Null));

    let body = json!({"employee_id": person, "role": "manager", "department_id": department});
    let waiting = admin.post("/v1/role-grants", body.clone()).await;
    assert_eq!((waiting.status, &waiting.body["department"]["code"]), (202, &json!("S")));
    assert_eq!(waiting.header("location"), format!("/v1/access-changes/{}", waiting.id()));
    assert_eq!(admin.post("/v1/role-grants", body.clone()).await.id(), waiting.id(), "the same proposal is one");
    assert_eq!(caller.get("/v1/me").await.expect(200)["roles"], json!(["learner"]), "it waits");
    let second = server.person(server.state.ids.next(), &[Role::Admin]).await;
    second.confirm(&waiting).await;
    assert_eq!(admin.post("/v1/role-grants", body).await.problem(409), "already_exists");
    let me = caller.get("/v1/me").await.expect(200);
    assert_eq!((&me["roles"], &me["managed_departments"][0]["code"]), (&json!(["manager", "learner"]), &json!("S")));

    let page = admin.get(&format!("/v1/role-grants?employee_id={person}&role=manager")).await.expect(200);
    let grant = page["items"][0].clone();
    assert_eq!((&grant["department"]["code"], page["items"].as_array().unwrap().len()), (&json!("S"), 1));
    assert_eq!(admin.get("/v1/role-grants?role=auditor").await.expect(200)["items"], json!([]));
    let path = format!("/v1/role-grants/{}", grant["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200), grant);
    assert_eq!(admin.delete(&path, "\"2\"").await.problem(412), "precondition_failed");
    assert_eq!(admin.get(&path).await.status, 200);
    assert_eq!(admin.delete(&path, "\"1\"").await.status, 204);
    assert_eq!(caller.get("/v1/me").await.expect(200)["roles"], json!(["learner"]));

    let limited = json!({"employee_id": person, "role": "admin", "department_id": department});
    assert_eq!(admin.post("/v1/role-grants", limited).await.faults(), [("/department_id", "not_eligible")]);
    let nobody = json!({"employee_id": Uuid::nil(), "role": "admin"});
    assert_eq!(admin.post("/v1/role-grants", nobody).await.faults(), [("/employee_id", "not_found")]);
    let nowhere = json!({"employee_id": person, "role": "manager", "department_id": Uuid::nil()});
    assert_eq!(admin.post("/v1/role-grants", nowhere).await.faults(), [("/department_id", "not_found")]);
}

#[tokio::test]
async fn roles_say_what_they_give() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let roles = admin.get("/v1/roles").await.expect(200);
    let manager = roles["items"].as_array().unwrap().iter().find(|role| role["role"] == "manager").unwrap();
    let reads = manager["rights"].as_array().unwrap().iter().find(|right| right["scope"] == "people:read").unwrap();
    assert_eq!(reads["reach"], "departments");
    assert_eq!(roles["items"].as_array().unwrap().len(), Role::ALL.len());
}
