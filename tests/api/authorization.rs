//! Who may call what, swept over every operation of the contract: without a token, with every role that lacks the right, and
//! from another tenant.

use std::collections::BTreeSet;

use lectern::auth::{Role, rights};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, TestServer, document, literal, resolved};

/// An operation that needs a right.
struct Guarded {
    method: Method,
    path: &'static str,
    scope: &'static str,
    operation: &'static Value,
}

/// Every operation that needs a right, with the scope that the contract names.
fn guarded() -> Vec<Guarded> {
    let mut found = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let requirements = operation["security"].as_array().unwrap();
            if let Some(scopes) = requirements.iter().find_map(|requirement| requirement["oauth2"].as_array()) {
                let method = method.to_uppercase().parse().unwrap();
                found.push(Guarded { method, path, scope: scopes[0].as_str().unwrap(), operation });
            }
        }
    }
    found
}

impl Guarded {
    /// Calls it with ids that nobody has.
    async fn call(&self, client: &Client) -> Answer {
        self.call_with(client, Uuid::new_v4()).await
    }

    async fn call_with(&self, client: &Client, id: Uuid) -> Answer {
        let mut request = client.request(self.method.clone(), &self.target(id));
        if self.declares("If-Match") {
            request = request.header("if-match", "\"1\"");
        }
        if self.declares("Idempotency-Key") {
            request = request.header("idempotency-key", "sweep");
        }
        if self.operation.get("requestBody").is_some() {
            request = request.json(&json!({}));
        }
        client.send(request).await
    }

    fn declares(&self, header: &str) -> bool {
        self.parameters().iter().any(|parameter| parameter["name"] == header)
    }

    fn parameters(&self) -> &'static [Value] {
        self.operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Path and query, with a value that the contract accepts wherever one must be given.
    fn target(&self, id: Uuid) -> String {
        let segments = self.path.split('/').map(|segment| match segment.strip_prefix('{') {
            Some(rest) => {
                let name = rest.trim_end_matches('}');
                let is_it = |parameter: &&'static Value| parameter["name"] == name && parameter["in"] == "path";
                let parameter = self.parameters().iter().find(is_it);
                self.value(parameter.unwrap_or_else(|| panic!("{} does not describe {name}", self.name())), id)
            }
            None => segment.to_owned(),
        });
        let path = segments.collect::<Vec<String>>().join("/");
        let is_needed = |parameter: &&'static Value| parameter["in"] == "query" && parameter["required"] == true;
        let pair = |parameter: &'static Value| {
            format!("{}={}", parameter["name"].as_str().unwrap(), self.value(parameter, id))
        };
        let query: Vec<String> = self.parameters().iter().filter(is_needed).map(pair).collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    fn value(&self, parameter: &'static Value, id: Uuid) -> String {
        let schema = resolved(&parameter["schema"]);
        let example = [&parameter["example"], &schema["example"], &schema["examples"][0], &schema["enum"][0]];
        match (schema["format"].as_str(), example.into_iter().find(|value| !value.is_null())) {
            (Some("uuid"), _) => id.to_string(),
            (Some("date"), _) => "2026-03-01".to_owned(),
            (_, Some(Value::String(text))) => text.clone(),
            (_, Some(other)) => other.to_string(),
            _ if schema["type"] == "integer" => schema["minimum"].to_string(),
            _ => panic!("{} has no example of {}", self.name(), parameter["name"]),
        }
    }

    /// Whether an id stands in its path.
    fn takes_id(&self) -> bool {
        self.parameters()
            .iter()
            .any(|parameter| parameter["in"] == "path" && resolved(&parameter["schema"])["format"] == "uuid")
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn roles(&self) -> BTreeSet<Role> {
        let right = rights::ALL.iter().find(|(scope, ..)| *scope == self.scope);
        right
            .unwrap_or_else(|| panic!("{}: no right {}", self.name(), self.scope))
            .2
            .iter()
            .map(|(role, _)| *role)
            .collect()
    }
}

#[tokio::test]
async fn there_is_something_to_sweep_and_every_scope_is_a_right() {
    let operations = guarded();
    assert!(operations.len() >= 2, "{}", operations.len());
    for operation in &operations {
        assert!(!operation.roles().is_empty(), "{}", operation.name());
    }
}

#[tokio::test]
async fn without_a_good_token_every_guarded_operation_is_refused() {
    let server = TestServer::start().await;
    let mut wrong = Vec::new();
    for (client, hint) in
        [(server.anonymous(), "Bearer"), (server.with_token("e30.e30.AA".to_owned()), "Bearer error=\"invalid_token\"")]
    {
        for operation in guarded() {
            let answer = operation.call(&client).await;
            if answer.status != 401 || answer.header("www-authenticate") != hint {
                wrong.push(format!("{}: {} {}", operation.name(), answer.status, answer.header("www-authenticate")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn no_role_does_what_its_rights_do_not_say() {
    let server = TestServer::start().await;
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let client = server.client(&[role]).await;
        for operation in guarded().iter().filter(|operation| !operation.roles().contains(&role)) {
            let answer = operation.call(&client).await;
            let hint = answer.header("www-authenticate").to_owned();
            if answer.status != 403 || !hint.contains(&format!("scope=\"{}\"", operation.scope)) {
                wrong.push(format!(
                    "{} as {}: {} {hint} {}",
                    operation.name(),
                    role.slug(),
                    answer.status,
                    answer.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_person_without_a_role_does_what_learners_may_only() {
    let server = TestServer::start().await;
    let client = server.person(server.state.ids.next(), &[]).await;
    let mut wrong = Vec::new();
    for operation in guarded().iter().filter(|operation| !operation.roles().contains(&Role::Learner)) {
        let answer = operation.call(&client).await;
        if answer.status != 403 {
            wrong.push(format!("{}: {} {}", operation.name(), answer.status, answer.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn who_has_the_right_is_not_refused_for_lack_of_it() {
    let server = TestServer::start().await;
    let mut wrong = Vec::new();
    for role in [Role::Admin, Role::Payroll] {
        let client = server.client(&[role]).await;
        for operation in guarded().iter().filter(|operation| operation.roles().contains(&role)) {
            let answer = operation.call(&client).await;
            if answer.status == 401 || answer.status >= 500 || answer.body["code"] == "forbidden" {
                wrong.push(format!("{} as {}: {} {}", operation.name(), role.slug(), answer.status, answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Ids of our tenant's rows, one of every kind there is.
async fn own_rows(server: &TestServer) -> Vec<Uuid> {
    let given = server.given().await;
    let employee = given.employee("E-OURS").await;
    let department = given.department("ours", None).await;
    let membership = given.membership(employee, department, "2026-01-01").await;
    let group = given.group("ours").await;
    given.lecturer(employee, Some(group), "2026-01-01").await;
    let programme = given.programme("ours", group).await;
    let session = given.delivered_session(programme, employee, "2026-02-01T01:00:00Z", 12).await;
    let text = |id: Uuid| literal(&id.to_string());
    let published =
        [("programme_id", text(programme)), ("title", literal("Ours")), ("published_at", "now()".to_owned())];
    let content = given.row("contents", &published).await;
    let submitted = [
        ("session_id", text(session)),
        ("learner_id", text(employee)),
        ("description", literal("Ours")),
        ("state", literal("submitted")),
        ("submitted_at", "now()".to_owned()),
    ];
    let case = given.row("application_cases", &submitted).await;
    vec![employee, department, membership, group, programme, session, content, case]
}

#[tokio::test]
async fn another_tenant_sees_and_changes_nothing_of_ours() {
    let server = TestServer::start().await;
    let own = own_rows(&server).await;
    let other = server.tenant("other").await;
    let client = server.client_of(other, &Role::ALL).await;
    let mut wrong = Vec::new();
    for operation in guarded() {
        let targets: &[Uuid] = if operation.takes_id() { &own } else { &own[..1] };
        for id in targets {
            let answer = operation.call_with(&client, *id).await;
            let told = own.iter().find(|one| *one != id && answer.text.contains(&one.to_string()));
            let seen = operation.takes_id() && answer.status < 300;
            if seen || answer.status >= 500 || told.is_some() || answer.text.contains("E-OURS") {
                wrong.push(format!("{} with {id}: {} {}", operation.name(), answer.status, answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_contract_requires_a_key_exactly_where_money_moves() {
    let server = TestServer::start().await;
    let client = server.client(&Role::ALL).await;
    let mut wrong = Vec::new();
    for operation in guarded().iter().filter(|operation| operation.method == Method::POST) {
        let key = operation.parameters().iter().find(|parameter| parameter["name"] == "Idempotency-Key");
        let required = key.is_some_and(|key| key["required"] == true);
        let mut request = client.request(Method::POST, &operation.target(Uuid::new_v4())).header("if-match", "\"1\"");
        if operation.operation.get("requestBody").is_some() {
            request = request.json(&json!({}));
        }
        let answer = client.send(request).await;
        if required != (answer.body["code"] == "idempotency_key_required") {
            wrong.push(format!("{}: required is {required}, and it says {}", operation.name(), answer.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
