//! Bodies: too large, too slow, of another kind, or where none is taken.

use std::time::Duration;

use lectern::auth::Role;
use lectern::http::BodyLimits;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::authorization::guarded;
use crate::support::{Client, Options, TestServer};

/// A server that takes small bodies only and waits for them for a short time only.
async fn impatient() -> TestServer {
    let bodies = BodyLimits { bytes: 4096, time: Duration::from_millis(50), bytes_of_files: 4096 };
    TestServer::start_as(Options { bodies, ..Options::default() }).await
}

/// What is answered to a request whose body does not come.
async fn without_its_body(server: &TestServer, client: &Client, path: &str, content_type: &str) -> String {
    let request = client.request(Method::POST, path).build().unwrap();
    let token = request.headers().get("authorization").map_or("", |token| token.to_str().unwrap());
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\ncontent-type: {content_type}\r\n\
         content-length: 100\r\nconnection: close\r\n\r\n{{"
    );
    let mut connection = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = impatient().await;
    let client = server.client(&[Role::Admin]).await;
    let form = "application/x-www-form-urlencoded";
    for (caller, path, content_type) in
        [(&client, "/v1/departments", "application/json"), (&server.anonymous(), "/oauth/token", form)]
    {
        let answer = without_its_body(&server, caller, path, content_type).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        assert!(answer.contains("\"code\":\"request_timeout\""), "{path}: {answer}");
    }
}

#[tokio::test]
async fn who_may_not_import_is_not_listened_to() {
    let server = TestServer::start().await;
    let learner = server.person(server.state.ids.next(), &[]).await;
    // The body never comes: whoever waits for it waits for half a minute, and longer for files.
    for (client, status) in [(&learner, "403"), (&server.anonymous(), "401")] {
        let answer = without_its_body(&server, client, "/v1/imports", "application/json");
        let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_the_limit() {
    let server = impatient().await;
    let client = server.client(&[Role::Admin]).await;
    let refused = client.post("/v1/departments", json!({"code": "A", "name": "a".repeat(5000)})).await;
    assert_eq!(refused.problem(413), "payload_too_large");
    assert!(refused.body["detail"].as_str().unwrap().contains("4096"), "{}", refused.text);
    let anonymous = server.anonymous();
    let form = anonymous.request(Method::POST, "/oauth/token").body("a".repeat(5000));
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let refused = anonymous.send(form).await;
    assert_eq!(refused.problem(413), "payload_too_large");
    assert!(refused.body["detail"].as_str().unwrap().contains("4096"), "{}", refused.text);
}

#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let text = client.request(Method::POST, "/v1/departments").header("content-type", "text/plain");
    assert_eq!(client.send(text.body("{}")).await.problem(415), "unsupported_media_type");
    let absent = client.request(Method::POST, "/v1/departments").body("{}");
    assert_eq!(client.send(absent).await.problem(415), "unsupported_media_type");
    let patch = client.request(Method::POST, "/v1/departments").header("content-type", "application/merge-patch+json");
    assert_eq!(client.send(patch.body("{}")).await.problem(415), "unsupported_media_type");
}

#[tokio::test]
async fn a_merge_patch_may_be_called_by_its_name() {
    let server = TestServer::start().await;
    let client = server.client(&[Role::Admin]).await;
    let made = client.post("/v1/departments", json!({"code": "A", "name": "A"})).await;
    let path = format!("/v1/departments/{}", made.id());
    let patch = client.request(Method::PATCH, &path).header("if-match", made.etag());
    let patch = patch.header("content-type", "application/merge-patch+json").body(r#"{"name": "B"}"#);
    assert_eq!(client.send(patch).await.expect(200)["name"], "B");
    let operations = client.request(Method::PATCH, &path).header("if-match", "*");
    let operations = operations.header("content-type", "application/json-patch+json").body("[]");
    assert_eq!(client.send(operations).await.problem(415), "unsupported_media_type");
}

#[tokio::test]
async fn a_body_that_nobody_would_read_is_refused() {
    let server = TestServer::start().await;
    let admin = server.client(&[Role::Admin]).await;
    let made = admin.post("/v1/api-clients", json!({"name": "Payroll", "roles": ["payroll"]})).await;
    let path = format!("/v1/api-clients/{}/rotate-secret", made.id());
    let refused = admin.post(&path, json!({"secret": "mine"})).await;
    assert_eq!(refused.problem(400), "malformed_request");
    let first = admin.post_keyed(&path, "key", json!({})).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(admin.post_keyed(&path, "key", Value::Null).await.header("idempotent-replayed"), "true");
    let other = admin.post_keyed(&path, "key", json!({"secret": "mine"})).await;
    assert_eq!(other.problem(422), "idempotency_key_reused");
    let read = admin.request(Method::GET, &format!("/v1/api-clients/{}", made.id())).json(&json!({"a": 1}));
    assert_eq!(admin.send(read).await.problem(400), "malformed_request");
    // Who may not do it at all is told that first.
    let learner = server.person(server.state.ids.next(), &[]).await;
    assert_eq!(learner.post(&path, json!({"secret": "mine"})).await.problem(403), "forbidden");
}

/// The places of all objects in a value, the value itself among them.
fn objects(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(place.to_owned());
            for (name, member) in members {
                objects(member, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, &format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_list_is_never_taken_for_an_object() {
    let server = TestServer::start().await;
    let everybody = server.person(server.state.ids.next(), &Role::ALL).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for operation in guarded() {
        let Some(example) = operation.example(Uuid::nil()) else { continue };
        let mut places = Vec::new();
        objects(&example, "", &mut places);
        for place in places {
            let mut body = example.clone();
            let object = body.pointer_mut(&place).unwrap();
            *object = object.as_object().unwrap().values().cloned().collect();
            let answer = operation.call_with_body(&everybody, Uuid::nil(), Some(body)).await;
            let is_told = answer.faults().iter().any(|(pointer, code)| *pointer == place && *code == "wrong_type");
            if answer.status != 422 || answer.body["code"] != "invalid_body" || !is_told {
                wrong.push(format!("{} {place}: {}", operation.name(), answer.text));
            }
            tried += 1;
        }
    }
    assert!(tried > 100 && wrong.is_empty(), "{tried}: {wrong:#?}");
}

#[tokio::test]
async fn a_list_in_place_of_an_object_is_told_with_the_other_faults() {
    let server = TestServer::start().await;
    let hris = server.client(&[Role::Hris]).await;
    let body = json!({"name": 5, "external_ids": [["feishu", "open_id", "ou_1"], {"system": "wecom", "value": "1"}]});
    let refused = hris.post("/v1/employees", body).await;
    assert_eq!(refused.problem(422), "invalid_body");
    let mut faults = refused.faults();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [("/external_ids/0", "wrong_type"), ("/external_ids/1/kind", "required"), ("/name", "wrong_type")]
    );
}

#[tokio::test]
async fn what_is_wrong_inside_of_a_kind_is_told_at_its_place() {
    let server = TestServer::start().await;
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let programme = format!("/v1/programmes/{}", server.state.ids.next());
    let policies = json!({"starts_period": "2026-04", "policies": [
        {"kind": "grade_bonus", "code": "a", "priority": "1", "amounts_minor": {"good": "5"}},
        {"kind": "top_n", "code": "b", "priority": 2, "metric": "score", "places_minor": [1, "2"], "nmin": 3},
        {"kind": "topn", "code": "c"},
        {"kind": "highest", "priority": 4, "metric": "session_count", "certificate": "x"},
    ]});
    let refused = admin.post(&format!("{programme}/reward-policies"), policies).await;
    assert_eq!(refused.problem(422), "invalid_body");
    let mut faults = refused.faults();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [
            ("/policies/0/amounts_minor/good", "wrong_type"),
            ("/policies/0/priority", "wrong_type"),
            ("/policies/1/nmin", "unknown_field"),
            ("/policies/1/places_minor/1", "wrong_type"),
            ("/policies/2/kind", "not_allowed"),
            ("/policies/3/code", "required"),
        ]
    );
    let component = |curve: Value| json!({"metric": "session_count", "weight_bp": 5000, "curve": curve});
    let rule = json!({"starts_period": "2026-04", "rule": {"grades": [], "components": [
        component(json!({"kind": "steps", "steps": [{"at_least": "1", "points": "50"}, {"at_least": "2"}]})),
        component(json!({"kind": "linear", "to": "2", "from": "half"})),
    ]}});
    let refused = admin.post(&format!("{programme}/scoring-rules"), rule).await;
    let mut faults = refused.faults();
    faults.sort_unstable();
    let (step, from) = ("/rule/components/0/curve/steps/1/points", "/rule/components/1/curve/from");
    assert_eq!(faults, [(step, "required"), (from, "bad_format")], "{}", refused.text);
}
