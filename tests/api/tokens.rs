//! The token door, as OAuth 2.0 libraries knock at it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, document};

/// A machine client with its id and secret.
struct Machine {
    server: TestServer,
    id: String,
    secret: String,
}

impl Machine {
    async fn with_roles(roles: Value) -> Self {
        let server = TestServer::start().await;
        let admin = server.client(&[Role::Admin]).await;
        let made = admin.post("/v1/api-clients", json!({"name": "Machine", "roles": roles})).await.expect(201);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Self { server, id: text("client_id"), secret: text("client_secret") }
    }

    /// Asks with the id and secret in the form, and what else is given.
    async fn ask(&self, more: &str) -> Answer {
        let form = format!("grant_type=client_credentials&client_id={}&client_secret={}{more}", self.id, self.secret);
        self.send(None, form).await
    }

    async fn send(&self, authorization: Option<String>, form: String) -> Answer {
        let client = self.server.anonymous();
        let request = client.request(Method::POST, "/oauth/token");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        client.send(authorization.iter().fold(request, |request, line| request.header("authorization", line))).await
    }
}

#[tokio::test]
async fn the_token_door_takes_a_form_and_never_echoes_what_is_none() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let secret = serde_json::json!({"grant_type": "client_credentials", "client_secret": "s3cret"});
    let refused = client.post("/oauth/token", secret).await;
    assert_eq!((refused.problem(415), &refused.body["error"]), ("unsupported_media_type", &"invalid_request".into()));
    assert!(!refused.text.contains("s3cret"), "{}", refused.text);
}

#[tokio::test]
async fn a_token_that_was_asked_for_with_a_scope_does_no_more_than_that() {
    let machine = Machine::with_roles(json!(["payroll", "hris"])).await;
    let all = machine.ask("").await.expect(200);
    assert!(all["scope"].as_str().unwrap().split(' ').count() > 2, "{all}");
    let token = |answer: &Value| machine.server.with_token(answer["access_token"].as_str().unwrap().to_owned());
    for path in ["/v1/payroll-batches", "/v1/departments"] {
        assert_eq!(token(&all).get(path).await.status, 200, "{path}");
    }
    // A form with nothing chosen asks for nothing.
    assert_eq!(machine.ask("&scope=").await.expect(200)["scope"], all["scope"]);
    let limited = machine.ask("&scope=people:read").await.expect(200);
    assert_eq!(limited["scope"], "people:read");
    let limited = token(&limited);
    assert_eq!(limited.get("/v1/departments").await.status, 200);
    let refused = limited.get("/v1/payroll-batches").await;
    assert_eq!(refused.problem(403), "forbidden");
    assert_eq!(limited.post("/v1/departments", json!({"code": "A", "name": "A"})).await.problem(403), "forbidden");
    let limited = machine.ask("&scope=people:write+people:read").await.expect(200);
    assert_eq!(limited["scope"], "people:write people:read");
    token(&limited).post("/v1/departments", json!({"code": "A", "name": "A"})).await.expect(201);
}

#[tokio::test]
async fn a_scope_that_is_unknown_or_not_given_is_refused() {
    let machine = Machine::with_roles(json!(["payroll"])).await;
    for scope in ["people:write", "people:read+no:such"] {
        let refused = machine.ask(&format!("&scope={scope}")).await;
        assert_eq!(refused.problem(400), "invalid_scope", "{scope}");
        assert_eq!(refused.body["error"], "invalid_scope", "{scope}");
    }
}

/// The page of the documentation has a button that chooses every scope there is.
#[tokio::test]
async fn with_all_scopes_chosen_a_token_has_those_that_the_roles_grant() {
    let machine = Machine::with_roles(json!(["payroll"])).await;
    let scheme = &document()["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    let every: Vec<&str> = scheme["scopes"].as_object().unwrap().keys().map(String::as_str).collect();
    let asked = machine.ask(&format!("&scope={}", every.join("+"))).await.expect(200);
    let sorted = |answer: &Value| {
        let mut scopes: Vec<String> = answer["scope"].as_str().unwrap().split(' ').map(str::to_owned).collect();
        scopes.sort_unstable();
        scopes
    };
    assert_eq!(sorted(&asked), sorted(&machine.ask("").await.expect(200)));
    let token = machine.server.with_token(asked["access_token"].as_str().unwrap().to_owned());
    token.get("/v1/payroll-batches").await.expect(200);
    let some = machine.ask("&scope=people:write+payroll:export").await.expect(200);
    assert_eq!(some["scope"], "payroll:export");
}

#[tokio::test]
async fn what_the_door_does_not_know_it_ignores_and_what_is_repeated_it_refuses() {
    let machine = Machine::with_roles(json!(["payroll"])).await;
    machine.ask("&audience=https%3A%2F%2Flectern.example&resource=x").await.expect(200);
    let repeated = machine.ask("&grant_type=client_credentials").await;
    assert_eq!((repeated.problem(400), &repeated.body["error"]), ("malformed_request", &json!("invalid_request")));
    let other = machine.send(None, "grant_type=password".to_owned()).await;
    assert_eq!((other.status, &other.body["error"]), (400, &json!("unsupported_grant_type")));
}

#[tokio::test]
async fn the_halves_of_basic_are_form_urlencoded() {
    let machine = Machine::with_roles(json!(["payroll"])).await;
    let form = || "grant_type=client_credentials".to_owned();
    let basic = |id: &str, secret: &str| Some(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    machine.send(basic(&machine.id, &machine.secret), form()).await.expect(200);
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    machine.send(basic(&encoded(&machine.id), &encoded(&machine.secret)), form()).await.expect(200);
    let wrong = machine.send(basic(&machine.id, &format!("{}&a=b", machine.secret)), form()).await;
    assert_eq!((wrong.problem(401), &wrong.body["error"]), ("invalid_client", &json!("invalid_client")));
    assert_eq!(wrong.header("www-authenticate"), "Basic realm=\"lectern\"");
}
