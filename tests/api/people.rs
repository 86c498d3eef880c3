//! Departments, employees and memberships.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, TestServer, at};

async fn department(client: &Client, code: &str, parent: Option<&str>) -> String {
    let body = json!({"code": code, "name": format!("Department {code}"), "parent_id": parent});
    let made = client.post("/v1/departments", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.header("location"), format!("/v1/departments/{}", made.id()));
    assert_eq!(made.etag(), "\"1\"");
    made.id()
}

async fn employee(client: &Client, number: &str) -> String {
    let made =
        client.post("/v1/employees", json!({"employee_number": number, "name": format!("Person {number}")})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.id()
}

async fn move_into(client: &Client, employee: &str, department: &str, day: &str) -> Value {
    let body = json!({"department_id": department, "starts_on": day});
    client.post(&format!("/v1/employees/{employee}/memberships"), body).await.expect(200)
}

/// First day, last day, and department of each membership, the latest first.
fn spans(employee: &Value) -> Vec<(String, Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    employee["memberships"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let code = text(&one["department"]["code"]).unwrap();
            (text(&one["starts_on"]).unwrap(), text(&one["ended_on"]), code)
        })
        .collect()
}

fn span(from: &str, to: Option<&str>, code: &str) -> (String, Option<String>, String) {
    (from.to_owned(), to.map(str::to_owned), code.to_owned())
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn departments_make_a_tree_without_cycles() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let top = department(&admin, "TOP", None).await;
    let middle = department(&admin, "MID", Some(&top)).await;
    let low = department(&admin, "LOW", Some(&middle)).await;

    for (moved, parent) in [(&top, &low), (&top, &top), (&middle, &low)] {
        let refused = admin.patch(&format!("/v1/departments/{moved}"), "*", json!({"parent_id": parent})).await;
        assert_eq!(refused.problem(422), "invalid_values");
        assert_eq!(refused.faults(), [("/parent_id", "cycle")]);
    }
    let page = admin.get(&format!("/v1/departments?parent_id={top}")).await.expect(200);
    assert_eq!(ids(&page), [middle.as_str()]);

    let read = admin.get(&format!("/v1/departments/{low}")).await;
    let changed = json!({"parent_id": null, "cost_centre": "CC-1", "is_ranking_unit": true});
    let moved = admin.patch(&format!("/v1/departments/{low}"), read.etag(), changed).await;
    assert_eq!(moved.etag(), "\"2\"");
    let body = moved.expect(200);
    assert_eq!(
        (&body["parent_id"], &body["cost_centre"], &body["code"]),
        (&Value::Null, &json!("CC-1"), &json!("LOW"))
    );
    assert_eq!(body["is_ranking_unit"], true);

    let stale = admin.patch(&format!("/v1/departments/{low}"), read.etag(), json!({"name": "x"})).await;
    assert_eq!(stale.problem(412), "precondition_failed");
    let request = admin.request(Method::PATCH, &format!("/v1/departments/{low}")).json(&json!({"name": "x"}));
    assert_eq!(admin.send(request).await.problem(428), "precondition_required");
}

#[tokio::test]
async fn a_departments_faults_are_named() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    department(&admin, "S", None).await;
    let twice = admin.post("/v1/departments", json!({"code": "S", "name": "Again"})).await;
    assert_eq!(twice.problem(409), "already_exists");
    let nowhere = Uuid::nil();
    for (member, pointer) in [("parent_id", "/parent_id"), ("manager_id", "/manager_id")] {
        let refused = admin.post("/v1/departments", json!({"code": "T", "name": "T", member: nowhere})).await;
        assert_eq!(refused.problem(422), "invalid_values");
        assert_eq!(refused.faults(), [(pointer, "not_found")]);
    }
    // A code that is taken is one fault among others, if there are others.
    let other = department(&admin, "O", None).await;
    let change = json!({"code": "S", "manager_id": nowhere, "cost_centre": "a\u{7}b"});
    let refused = admin.patch(&format!("/v1/departments/{other}"), "*", change).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let mut faults = refused.faults();
    faults.sort_unstable();
    assert_eq!(faults, [("/code", "taken"), ("/cost_centre", "bad_format"), ("/manager_id", "not_found")]);
    let taken = admin.patch(&format!("/v1/departments/{other}"), "*", json!({"code": "S"})).await;
    assert_eq!((taken.problem(409), taken.faults()), ("already_exists", vec![("/code", "taken")]));
    let refused = admin.post("/v1/departments", json!({"code": "", "name": " a", "cost_centre": "a\u{7}b"})).await;
    assert_eq!(refused.faults(), [("/code", "empty"), ("/cost_centre", "bad_format"), ("/name", "bad_format")]);
    let refused = admin.post("/v1/departments", json!({"code": "T", "name": "T", "parent": null})).await;
    assert_eq!(refused.problem(422), "invalid_body");
    assert_eq!(refused.faults(), [("/parent", "unknown_field")]);
}

#[tokio::test]
async fn only_a_department_that_nothing_names_can_be_deleted() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let top = department(&admin, "TOP", None).await;
    let low = department(&admin, "LOW", Some(&top)).await;
    let person = employee(&admin, "E-1").await;
    move_into(&admin, &person, &low, "2026-01-01").await;
    for used in [&top, &low] {
        assert_eq!(admin.delete(&format!("/v1/departments/{used}"), "*").await.problem(409), "state_conflict");
    }
    let unused = department(&admin, "NEW", None).await;
    assert_eq!(admin.delete(&format!("/v1/departments/{unused}"), "\"2\"").await.problem(412), "precondition_failed");
    assert_eq!(admin.delete(&format!("/v1/departments/{unused}"), "\"1\"").await.status, 204);
    assert_eq!(admin.get(&format!("/v1/departments/{unused}")).await.problem(404), "not_found");
}

#[tokio::test]
async fn an_employee_is_made_read_found_and_changed() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let open_id = json!({"system": "feishu", "kind": "open_id", "value": "ou_1"});
    let user_id = json!({"system": "wecom", "kind": "userid", "value": "fang"});
    let body = json!({"employee_number": "E-1", "name": "王芳", "email": "fang@example.com", "hired_on": "2024-07-01",
                      "external_ids": [open_id]});
    let made = hris.post_keyed("/v1/employees", "key-1", body.clone()).await;
    assert_eq!((made.status, made.header("location")), (201, format!("/v1/employees/{}", made.id()).as_str()));
    let again = hris.post_keyed("/v1/employees", "key-1", body).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(again.body, made.body);

    let path = format!("/v1/employees/{}", made.id());
    let read = hris.get(&path).await;
    assert_eq!(read.body, made.body);
    let request = hris.request(Method::GET, &path).header("if-none-match", read.etag());
    assert_eq!(hris.send(request).await.status, 304);

    server.clock.set(at("2026-03-02T01:00:00Z"));
    let hris = server.client(&[Role::Hris]).await;
    let changed = hris.patch(&path, read.etag(), json!({"email": null, "external_ids": [user_id]})).await.expect(200);
    assert_eq!((&changed["email"], &changed["hired_on"]), (&Value::Null, &json!("2024-07-01")));
    assert_eq!(changed["external_ids"], json!([user_id]));

    employee(&hris, "E-2").await;
    let page = hris.get("/v1/employees?employee_number=E-1").await.expect(200);
    assert_eq!(ids(&page), [made.id()]);
    let page = hris.get("/v1/employees?updated_since=2026-03-02T00:00:00Z&limit=1").await;
    assert!(page.header("link").contains("rel=\"next\""));
    let next = page.body["next_cursor"].as_str().unwrap();
    let rest = hris.get(&format!("/v1/employees?updated_since=2026-03-02T00:00:00Z&limit=1&cursor={next}")).await;
    assert_eq!((ids(&page.body).len(), ids(&rest.body).len(), &rest.body["next_cursor"]), (1, 1, &Value::Null));
    assert_eq!(ids(&hris.get("/v1/employees?updated_since=2026-03-03T00:00:00Z").await.body), [""; 0]);
}

#[tokio::test]
async fn an_employees_faults_are_named_together() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let id = json!({"system": "feishu", "kind": "open_id", "value": "ou_1"});
    hris.post("/v1/employees", json!({"employee_number": "E-1", "name": "A", "external_ids": [id]})).await.expect(201);
    let body = json!({
        "employee_number": "E-1", "name": "B", "hired_on": "2026-02-01", "left_on": "2026-01-01", "external_ids": [id, id]
    });
    let refused = hris.post("/v1/employees", body).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let expected = [
        ("/external_ids/1", "duplicate"),
        ("/left_on", "ends_before_start"),
        ("/employee_number", "taken"),
        ("/external_ids/0", "taken"),
        ("/external_ids/1", "taken"),
    ];
    assert_eq!(refused.faults(), expected);
    let taken = hris.post("/v1/employees", json!({"employee_number": "E-1", "name": "B"})).await;
    assert_eq!(taken.faults(), [("/employee_number", "taken")]);
    let person = employee(&hris, "E-2").await;
    let refused = hris.patch(&format!("/v1/employees/{person}"), "*", json!({"name": null})).await;
    assert_eq!(refused.faults(), [("/name", "not_null")]);
    let body = json!({"name": "", "email": "nobody", "hired_on": "0001-01-01"});
    let refused = hris.patch(&format!("/v1/employees/{person}"), "*", body).await;
    assert_eq!(refused.faults(), [("/email", "bad_format"), ("/hired_on", "out_of_range"), ("/name", "empty")]);
}

#[tokio::test]
async fn a_move_ends_what_held_and_lasts_until_the_next() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    for code in ["A", "B", "C"] {
        department(&hris, code, None).await;
    }
    let page = hris.get("/v1/departments").await.expect(200);
    let [a, b, c] = ids(&page)[..] else { panic!("{page}") };
    let person = employee(&hris, "E-1").await;
    move_into(&hris, &person, a, "2026-01-01").await;
    let moved = move_into(&hris, &person, b, "2026-02-01").await;
    assert_eq!(spans(&moved), [span("2026-02-01", None, "B"), span("2026-01-01", Some("2026-01-31"), "A")]);
    assert_eq!(moved["etag"], "\"3\"");

    let unmoved = move_into(&hris, &person, b, "2026-02-20").await;
    assert_eq!((&unmoved["etag"], spans(&unmoved)), (&json!("\"3\""), spans(&moved)));
    let corrected = move_into(&hris, &person, c, "2026-02-01").await;
    assert_eq!(spans(&corrected), [span("2026-02-01", None, "C"), span("2026-01-01", Some("2026-01-31"), "A")]);
    let between = move_into(&hris, &person, b, "2026-01-15").await;
    assert_eq!(
        spans(&between),
        [
            span("2026-02-01", None, "C"),
            span("2026-01-15", Some("2026-01-31"), "B"),
            span("2026-01-01", Some("2026-01-14"), "A")
        ]
    );

    let path = format!("/v1/employees/{person}/memberships");
    let page = hris.get(&format!("{path}?limit=2")).await.expect(200);
    assert_eq!(page["items"][1]["department"]["code"], "B");
    let rest = hris.get(&format!("{path}?limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await.expect(200);
    assert_eq!(rest["items"][0]["starts_on"], "2026-01-01");

    assert_eq!(ids(&hris.get(&format!("/v1/employees?department_id={c}")).await.body), [person.as_str()]);
    assert_eq!(ids(&hris.get(&format!("/v1/employees?department_id={a}")).await.body), [""; 0]);
    let refused = hris.post(&path, json!({"department_id": Uuid::nil(), "starts_on": "2026-05-01"})).await;
    assert_eq!(refused.faults(), [("/department_id", "not_found")]);
    let request = hris.request(Method::POST, &path).header("if-match", "\"1\"");
    let stale = hris.send(request.json(&json!({"department_id": a, "starts_on": "2026-05-01"}))).await;
    assert_eq!(stale.problem(412), "precondition_failed");
}

#[tokio::test]
async fn each_role_sees_its_own_people() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let top = department(&admin, "TOP", None).await;
    let low = department(&admin, "LOW", Some(&top)).await;
    let other = department(&admin, "OTHER", None).await;
    let (boss, inside, outside) =
        (employee(&admin, "E-1").await, employee(&admin, "E-2").await, employee(&admin, "E-3").await);
    move_into(&admin, &inside, &low, "2026-01-01").await;
    move_into(&admin, &outside, &other, "2026-01-01").await;
    let made_head = admin.patch(&format!("/v1/departments/{top}"), "*", json!({"manager_id": boss})).await.expect(200);
    assert_eq!(made_head["manager"]["employee_number"], "E-1");

    let manager = server.person(boss.parse().unwrap(), &[Role::Manager]).await;
    assert_eq!(ids(&manager.get("/v1/employees").await.body), [boss.as_str(), &inside]);
    assert_eq!(ids(&manager.get("/v1/departments").await.body), [top.as_str(), &low]);
    manager.get(&format!("/v1/employees/{inside}")).await.expect(200);
    for path in [
        format!("/v1/employees/{outside}"),
        format!("/v1/employees/{outside}/memberships"),
        format!("/v1/departments/{other}"),
    ] {
        assert_eq!(manager.get(&path).await.problem(404), "not_found");
    }
    let learner = server.person(inside.parse().unwrap(), &[]).await;
    assert_eq!(ids(&learner.get("/v1/employees").await.body), [inside.as_str()]);
    assert_eq!(ids(&learner.get("/v1/departments").await.body), [low.as_str()]);
    assert_eq!(learner.get(&format!("/v1/employees/{boss}")).await.problem(404), "not_found");
    let refused = manager.post("/v1/employees", json!({"name": "X"})).await;
    assert_eq!(refused.problem(403), "forbidden");

    let elsewhere = server.tenant("elsewhere").await;
    let stranger = server.client_of(elsewhere, &[Role::Admin]).await;
    assert_eq!(stranger.get(&format!("/v1/employees/{inside}")).await.problem(404), "not_found");
    assert_eq!(ids(&stranger.get("/v1/employees").await.body), [""; 0]);
}

/// Outcome of each item.
fn outcomes(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn many_employees_are_made_and_changed_in_one_call() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    department(&hris, "S", None).await;
    department(&hris, "T", None).await;
    let item = |n: usize| {
        json!({"employee_number": format!("E-{n}"), "name": format!("Person {n}"), "hired_on": "2025-01-01",
               "external_ids": [{"system": "wecom", "kind": "userid", "value": format!("u{n}")}],
               "department": {"code": "S", "starts_on": "2025-01-01"}})
    };
    let items: Vec<Value> = (0..500).map(item).collect();
    let body = json!({"mode": "atomic", "items": items});
    let made = hris.post("/v1/employees/batch", body.clone()).await.expect(200);
    assert_eq!(outcomes(&made), ["created"; 500]);
    let again = hris.post("/v1/employees/batch", body).await.expect(200);
    assert_eq!(outcomes(&again), ["unchanged"; 500]);

    let changed = json!({"mode": "per_item", "items": [
        {"employee_number": "E-0", "name": "Person 0", "hired_on": null},
        {"employee_number": "E-1", "name": "Person 1", "external_ids": null},
        {"employee_number": "E-2", "name": "Person 2", "department": {"code": "T", "starts_on": "2026-02-01"}},
        {"employee_number": "E-3", "name": "Person 3"},
        {"employee_number": "E-new", "name": "New"},
    ]});
    let answer = hris.post("/v1/employees/batch", changed).await.expect(200);
    assert_eq!(outcomes(&answer), ["updated", "updated", "updated", "unchanged", "created"]);
    let read = |n: usize| {
        let path = format!("/v1/employees/{}", answer["items"][n]["employee_id"].as_str().unwrap());
        let hris = hris.clone();
        async move { hris.get(&path).await.expect(200) }
    };
    let (zero, one, two, three) = (read(0).await, read(1).await, read(2).await, read(3).await);
    assert_eq!((&zero["hired_on"], zero["external_ids"][0]["value"].as_str()), (&Value::Null, Some("u0")));
    assert_eq!((&one["external_ids"], &one["hired_on"]), (&json!([]), &json!("2025-01-01")));
    assert_eq!(spans(&two), [span("2026-02-01", None, "T"), span("2025-01-01", Some("2026-01-31"), "S")]);
    assert_eq!((&three["etag"], &two["etag"]), (&json!("\"1\""), &json!("\"2\"")));

    let owner = server.database.owner().await;
    let sql = "SELECT details::text FROM audit_entries WHERE command = 'batch_employees' ORDER BY id DESC LIMIT 1";
    let details: Value = serde_json::from_str(owner.query_one(sql, &[]).await.unwrap().get(0)).unwrap();
    assert_eq!(
        details,
        json!({"mode": "per_item", "created": 1, "updated": 3, "waiting": 0, "unchanged": 1, "refused": 0})
    );
}

#[tokio::test]
async fn what_is_wrong_in_a_batch_is_refused_by_its_mode() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let id = json!({"system": "wecom", "kind": "userid", "value": "u"});
    hris.post("/v1/employees", json!({"employee_number": "E-1", "name": "A", "external_ids": [id]})).await.expect(201);
    let items = json!([
        {"employee_number": "E-2", "name": "Good"},
        {"employee_number": "E-2", "name": "Twice"},
        {"employee_number": "E-3", "name": ""},
        {"employee_number": "E-4", "name": "D", "department": {"code": "NONE", "starts_on": "2026-01-01"}},
        {"employee_number": "E-5", "name": "E", "external_ids": [id]},
        {"employee_number": "E-6", "name": "F", "hired_on": "2026-02-01", "left_on": "2026-01-01"},
        {"employee_number": "E\u{7}", "name": "G"},
    ]);
    let expected = [
        ("/items/1/employee_number", "duplicate"),
        ("/items/2/name", "empty"),
        ("/items/3/department/code", "not_found"),
        ("/items/4/external_ids/0", "taken"),
        ("/items/5/left_on", "ends_before_start"),
        ("/items/6/employee_number", "bad_format"),
    ];
    let refused = hris.post("/v1/employees/batch", json!({"mode": "atomic", "items": items})).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(refused.faults(), expected);
    assert_eq!(ids(&hris.get("/v1/employees?employee_number=E-2").await.body), [""; 0]);

    let answer = hris.post("/v1/employees/batch", json!({"mode": "per_item", "items": items})).await.expect(200);
    assert_eq!(outcomes(&answer), ["created", "refused", "refused", "refused", "refused", "refused", "refused"]);
    for (item, (pointer, code)) in answer["items"].as_array().unwrap()[1..].iter().zip(expected) {
        assert_eq!((&item["problem"]["status"], &item["employee_id"]), (&json!(422), &Value::Null));
        assert_eq!(
            (&item["problem"]["errors"][0]["pointer"], &item["problem"]["errors"][0]["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    let too_many: Vec<Value> = (0..501).map(|n| json!({"employee_number": format!("{n}"), "name": "x"})).collect();
    let refused = hris.post("/v1/employees/batch", json!({"mode": "per_item", "items": too_many})).await;
    assert_eq!(refused.faults(), [("/items", "too_many")]);
}

#[tokio::test]
async fn ids_of_any_kind_are_resolved() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let id = json!({"system": "feishu", "kind": "open_id", "value": "ou_1"});
    let body = json!({"employee_number": "E-1", "name": "A", "email": "a@example.com", "external_ids": [id]});
    let one = hris.post("/v1/employees", body).await.id();
    // Two people of the staff cannot share an address; those of former times may.
    for number in ["E-2", "E-3"] {
        let body = json!({"employee_number": number, "name": "B", "email": "shared@example.com",
                          "hired_on": "2020-01-01", "left_on": "2021-01-01"});
        hris.post("/v1/employees", body).await.expect(201);
    }
    let question = json!({"ids": [
        {"external_id": id}, {"employee_number": "E-1"}, {"email": "a@example.com"}, {"email": "shared@example.com"},
        {"employee_number": "nobody"}, {"external_id": {"system": "feishu", "kind": "union_id", "value": "ou_1"}}
    ]});
    let answer = hris.post_keyed("/v1/employees/resolve", "same", question.clone()).await.expect(200);
    let found: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["employee_id"]).collect();
    let (one, none) = (json!(one), Value::Null);
    assert_eq!(found, [&one, &one, &one, &none, &none, &none]);
    // It has no effect, so a key means nothing: another question under it is answered.
    let other = hris.post_keyed("/v1/employees/resolve", "same", json!({"ids": [{"employee_number": "E-1"}]})).await;
    assert_eq!((other.status, other.header("idempotent-replayed")), (200, ""));

    let learner = server.person(server.state.ids.next(), &[]).await;
    let answer = learner.post("/v1/employees/resolve", question).await.expect(200);
    assert!(answer["items"].as_array().unwrap().iter().all(|item| item["employee_id"].is_null()));
    let both = json!({"ids": [{"employee_number": "E-1", "email": "a@example.com"}, {}]});
    let refused = hris.post("/v1/employees/resolve", both).await;
    assert_eq!(refused.faults(), [("/ids/0", "exactly_one"), ("/ids/1", "exactly_one")]);
}

/// In Shanghai the second of March begins at 16:00 in UTC.
#[tokio::test]
async fn today_is_the_company_s_day() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let department = given.department("night", None).await;
    let employee = given.employee("E-1").await;
    given.membership(employee, department, "2026-03-02").await;
    for (now, count) in [("2026-03-01T15:59:59Z", 0), ("2026-03-01T16:00:00Z", 1)] {
        server.clock.set(at(now));
        let hr = server.client(&[Role::Hris]).await;
        let page = hr.get(&format!("/v1/employees?department_id={department}")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{now}");
    }
}
