//! Who may call what, swept over every operation of the contract: without a token, with every role that lacks the right, and
//! from another tenant.

use std::collections::BTreeSet;

use lectern::auth::{Role, rights};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::lived::{TABLES, lived};
use crate::support::{Answer, Client, TestServer, at, document, resolved};

/// An operation that needs a right.
pub struct Guarded {
    method: Method,
    path: &'static str,
    scope: &'static str,
    operation: &'static Value,
}

/// Every operation that needs a right, with the scope that the contract names.
pub fn guarded() -> Vec<Guarded> {
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
    /// Calls it with the contract's example, and with ids that nobody has.
    async fn call(&self, client: &Client) -> Answer {
        self.call_with(client, Uuid::new_v4()).await
    }

    async fn call_with(&self, client: &Client, id: Uuid) -> Answer {
        self.call_with_body(client, id, self.example(id)).await
    }

    pub async fn call_with_body(&self, client: &Client, id: Uuid, body: Option<Value>) -> Answer {
        let mut request = client.request(self.method.clone(), &self.target(id));
        if self.declares("If-Match") {
            request = request.header("if-match", "\"1\"");
        }
        if self.declares("Idempotency-Key") {
            request = request.header("idempotency-key", Uuid::new_v4().to_string());
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        client.send(request).await
    }

    /// The contract's example of the body, with this id wherever one stands.
    pub fn example(&self, id: Uuid) -> Option<Value> {
        let content = &self.operation.get("requestBody")?["content"]["application/json"];
        let given = [&content["example"], &content["examples"][0]].into_iter().find(|value| !value.is_null());
        Some(with_id(given.cloned().unwrap_or_else(|| example_of(&content["schema"])), id))
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

    /// Whether an id stands anywhere in what is asked.
    fn takes_any_id(&self) -> bool {
        let asked = |id: u128| (self.target(Uuid::from_u128(id)), self.example(Uuid::from_u128(id)));
        asked(1) != asked(2)
    }

    pub fn name(&self) -> String {
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

/// A value that a schema accepts: its example, or one made of those of its members.
fn example_of(schema: &'static Value) -> Value {
    let schema = resolved(schema);
    let given = [&schema["example"], &schema["examples"][0], &schema["default"], &schema["const"], &schema["enum"][0]];
    if let Some(example) = given.into_iter().find(|value| !value.is_null()) {
        return example.clone();
    }
    for key in ["oneOf", "anyOf"] {
        let is_null = |variant: &&Value| variant["type"] == "null";
        if let Some(variant) = schema[key].as_array().and_then(|variants| variants.iter().find(|one| !is_null(one))) {
            return example_of(variant);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match (kind, schema["format"].as_str()) {
        ("object", _) => {
            let members = schema["properties"].as_object().into_iter().flatten();
            members.map(|(name, member)| (name.clone(), example_of(member))).collect::<serde_json::Map<_, _>>().into()
        }
        ("array", _) => json!([example_of(&schema["items"])]),
        ("boolean", _) => json!(false),
        ("integer", _) => schema["minimum"].clone(),
        (_, Some("uuid")) => json!(Uuid::nil()),
        (_, Some("date")) => json!("2026-03-01"),
        (_, Some("date-time")) => json!("2026-03-01T01:00:00Z"),
        _ => panic!("no example of {schema}"),
    }
}

/// The value with this id wherever one stands; of a list the first item has it, the others have ids that nobody has.
fn with_id(value: Value, id: Uuid) -> Value {
    match value {
        Value::String(text) if Uuid::try_parse(&text).is_ok() => json!(id),
        Value::Array(items) => {
            let id_of = |at: usize| if at == 0 { id } else { Uuid::new_v4() };
            items.into_iter().enumerate().map(|(at, item)| with_id(item, id_of(at))).collect()
        }
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, member)| (name, with_id(member, id)));
            members.collect::<serde_json::Map<_, _>>().into()
        }
        other => other,
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

/// Tables of tenants with rows of ours, and one of their ids where they have ids. Without those of live results, which follow the
/// facts, and the days, by themselves.
async fn own_rows(server: &TestServer) -> Vec<(String, Option<Uuid>)> {
    let sql = server.database.owner().await;
    let tables = "SELECT table_name::text, bool_or(column_name = 'id') FROM information_schema.columns
                   WHERE table_schema = 'public' AND NOT starts_with(table_name, 'live_')
                   GROUP BY table_name HAVING bool_or(column_name = 'tenant_id') ORDER BY 1";
    let mut found = Vec::new();
    for row in sql.query(tables, &[]).await.unwrap() {
        let (table, has_id): (String, bool) = (row.get(0), row.get(1));
        let id = if has_id { "id::text" } else { "NULL::text" };
        let ours = format!("SELECT {id} FROM {table} WHERE tenant_id = '{}' ORDER BY 1 DESC LIMIT 1", server.tenant);
        if let Some(row) = sql.query_opt(&ours, &[]).await.unwrap() {
            let id: Option<String> = row.get(0);
            found.push((table, id.map(|id| id.parse().unwrap())));
        }
    }
    found
}

/// Everything that is ours, by table, as a digest.
async fn digests(server: &TestServer, rows: &[(String, Option<Uuid>)]) -> Vec<(String, String)> {
    let sql = server.database.owner().await;
    let mut found = Vec::new();
    for (table, _) in rows {
        let ours = server.tenant;
        let digest =
            format!("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t WHERE tenant_id = '{ours}'");
        found.push((table.clone(), sql.query_one(&digest, &[]).await.unwrap().get(0)));
    }
    found
}

#[tokio::test]
async fn another_tenant_sees_and_changes_nothing_of_ours() {
    let server = TestServer::start().await;
    lived(&server).await;
    let rows = own_rows(&server).await;
    for table in TABLES {
        assert!(rows.iter().any(|(own, _)| own == table), "there is no row of ours in {table}");
    }
    let before = digests(&server, &rows).await;
    let own: Vec<Uuid> = rows.iter().filter_map(|(_, id)| *id).collect();
    let other = server.tenant("other").await;
    // The examples of the contract speak of that time.
    server.clock.set(at("2026-03-05T01:00:00Z"));
    // A person may do everything: some things are for persons alone.
    let client = server.person_of(other, &Role::ALL).await;
    let mut wrong = Vec::new();
    for operation in guarded() {
        // What takes no id asks the same each time.
        let ids = if operation.takes_any_id() { own.as_slice() } else { &[Uuid::nil()] };
        for id in ids {
            let answer = operation.call_with(&client, *id).await;
            let told = own.iter().find(|one| *one != id && answer.text.contains(&one.to_string()));
            let is_right = if operation.takes_id() { matches!(answer.status, 403 | 404) } else { answer.status < 500 };
            if !is_right || told.is_some() || answer.text.contains("E1\"") {
                wrong.push(format!("{} with {id}: {} {}", operation.name(), answer.status, answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(digests(&server, &rows).await, before);
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
