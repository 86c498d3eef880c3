//! The contract: what is committed is what the code generates, and every operation in it says all that a caller needs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use lectern::auth::rights;
use serde_json::{Map, Value};

const COMMITTED: &str = include_str!("../openapi/openapi.json");

#[test]
fn the_committed_document_is_what_the_code_generates() {
    let generated = lectern::app::document_json().unwrap();
    let first = COMMITTED.lines().zip(generated.lines()).position(|(old, new)| old != new);
    assert!(
        COMMITTED == generated,
        "it differs from line {:?} on: `make openapi` writes it anew",
        first.map(|n| n + 1)
    );
}

#[test]
fn every_operation_says_all_that_a_caller_needs() {
    let faults = Walk::of(document()).faults;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_walk_finds_what_is_missing() {
    let mut document = document();
    let operation = document.pointer_mut("/paths/~1v1~1jobs~1{id}/get").unwrap();
    operation["operationId"] = "JobGetter".into();
    operation["tags"] = serde_json::json!(["odd"]);
    operation["security"] = serde_json::json!([{"oauth2": ["odd:read"]}]);
    operation["responses"]["200"]["content"]["application/json"]["schema"] =
        serde_json::json!({"type": "object", "properties": {"id": {"type": "string"}}});
    for member in ["summary", "description"] {
        operation.as_object_mut().unwrap().remove(member);
    }
    let token = document.pointer_mut("/components/schemas/CreateTokenRequest").unwrap();
    token["properties"]["scope"] = serde_json::json!({"type": "array", "items": {"type": "integer"}});
    for property in token["properties"].as_object_mut().unwrap().values_mut() {
        property.as_object_mut().unwrap().remove("examples");
    }
    let faults = Walk::of(document).faults.join("\n");
    for expected in [
        "get /v1/jobs/{id}: operationId JobGetter",
        "get /v1/jobs/{id}: no summary",
        "get /v1/jobs/{id}: no description",
        "get /v1/jobs/{id}: the tag odd",
        "get /v1/jobs/{id}: the scope odd:read",
        "get /v1/jobs/{id} 200: an object without a name",
        "get /v1/jobs/{id} 200/id: a text without",
        "CreateTokenRequest/scope: a list without",
        "CreateTokenRequest/scope[]: a whole number without",
        "post /oauth/token: the body of application/x-www-form-urlencoded has no example",
    ] {
        assert!(faults.contains(expected), "{expected} is not in\n{faults}");
    }
}

#[test]
fn every_code_of_the_catalogue_is_one_that_some_operation_names() {
    let document = document();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let operations = members(&document["paths"]).into_iter().flat_map(|(_, item)| members(item));
    for (_, codes) in operations.flat_map(|(_, operation)| members(&operation["x-problem-codes"])) {
        named.extend(list(codes).iter().filter_map(Value::as_str));
    }
    let text = document.to_string();
    // Of no operation: a path or a method that is none.
    let nowhere = ["no_such_route", "method_not_allowed"];
    let codes = lectern::error::Code::ALL.iter().map(|code| code.slug());
    let unnamed: Vec<&str> = codes
        .filter(|code| !nowhere.contains(code) && !named.contains(code) && !text.contains(&format!("- `{code}`: ")))
        .collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

/// Words by which a description says what holds where a member is absent.
const ABSENCE: &[&str] = &["absent", "otherwise", "unless", "either this or", "Null", "null"];

#[test]
fn a_request_says_what_holds_for_what_it_leaves_out() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let mut faults = Vec::new();
    for name in request_schemas(&document) {
        // What a merge patch leaves out stays.
        if name.starts_with("Update") {
            continue;
        }
        let required = list(&schemas[&name]["required"]);
        for (member, schema) in members(&schemas[&name]["properties"]) {
            let is_left_out = !required.contains(&Value::from(member.as_str())) && !is_nullable(schema);
            let words = schema["description"].as_str().unwrap_or_default();
            let is_said = schema.get("default").is_some() || ABSENCE.iter().any(|word| words.contains(word));
            if is_left_out && !is_said {
                faults.push(format!("{name}/{member}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Names of the schemas that bodies are made of.
fn request_schemas(document: &Value) -> BTreeSet<String> {
    let operations = members(&document["paths"]).into_iter().flat_map(|(_, item)| members(item));
    let mut found = BTreeSet::new();
    let mut open: Vec<Value> = operations.map(|(_, operation)| operation["requestBody"].clone()).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(object) => {
                let reference = object.get("$ref").and_then(Value::as_str).unwrap_or_default();
                if let Some(name) = reference.strip_prefix("#/components/schemas/")
                    && found.insert(name.to_owned())
                {
                    open.push(document["components"]["schemas"][name].clone());
                }
                open.extend(object.into_iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    found
}

fn is_nullable(schema: &Value) -> bool {
    let is_null = |one: &Value| one == "null" || one["type"] == "null";
    list(&schema["type"]).iter().chain(list(&schema["oneOf"])).any(is_null)
}

/// What serde makes of what is left out is what the document says.
#[test]
fn a_default_in_the_document_is_the_one_that_holds() {
    use lectern::programmes::documents::{policy::RewardPolicySet, rule::Gate, rule::ScoringRule};
    let document = document();
    let schemas = &document["components"]["schemas"];
    let rule = serde_json::json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": "10"}}],
        "grades": [{"code": "A", "at_least": "0"}],
    });
    let gate = serde_json::json!({"metric": "session_count", "at_least": "1", "else_grade": "A"});
    let policies = serde_json::json!({"policies": [
        {"kind": "top_n", "code": "a", "priority": 1, "metric": "score", "places_minor": [1]},
        {"kind": "highest", "code": "b", "priority": 2, "metric": "session_count", "certificate": "c"},
    ]});
    let rule = serde_json::to_value(serde_json::from_value::<ScoringRule>(rule).unwrap()).unwrap();
    let gate = serde_json::to_value(serde_json::from_value::<Gate>(gate).unwrap()).unwrap();
    let policies = serde_json::to_value(serde_json::from_value::<RewardPolicySet>(policies).unwrap()).unwrap();
    let read = [
        ("ScoringRule", &rule),
        ("Component", &rule["components"][0]),
        ("LinearCurve", &rule["components"][0]["curve"]),
        ("Gate", &gate),
        ("FeedbackTerms", &rule["feedback"]),
        ("TopN", &policies["policies"][0]),
        ("Highest", &policies["policies"][1]),
    ];
    for (name, value) in read {
        for (member, schema) in members(&schemas[name]["properties"]) {
            let (Some(default), Some(made)) = (schema.get("default"), value.get(member)) else { continue };
            assert_eq!(default, made, "{name}/{member}");
        }
    }
}

fn document() -> Value {
    serde_json::from_str(&lectern::app::document_json().unwrap()).unwrap()
}

/// Walks the document and collects every fault.
struct Walk {
    document: Value,
    faults: Vec<String>,
}

impl Walk {
    fn of(document: Value) -> Self {
        let mut walk = Self { document: document.clone(), faults: Vec::new() };
        walk.operations(&document);
        for (name, schema) in members(&document["components"]["schemas"]) {
            walk.schema(name, schema, true);
        }
        walk
    }

    fn fault(&mut self, place: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{place}: {what}"));
    }

    fn operations(&mut self, document: &Value) {
        let tags: BTreeSet<&str> = list(&document["tags"]).iter().filter_map(|tag| tag["name"].as_str()).collect();
        let mut ids = BTreeMap::new();
        for (path, item) in members(&document["paths"]) {
            for (method, operation) in members(item) {
                let place = format!("{method} {path}");
                self.description(&place, operation, &tags);
                self.security(&place, operation);
                self.parameters(&place, operation);
                self.body(&place, operation);
                self.responses(&place, operation);
                let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
                if let Some(other) = ids.insert(id.clone(), place.clone()) {
                    self.fault(&place, format!("operationId {id} is that of {other} too"));
                }
            }
        }
    }

    fn description(&mut self, place: &str, operation: &Value, tags: &BTreeSet<&str>) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let words: Vec<&str> = id.split('_').collect();
        let is_word =
            |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if words.len() < 2 || !words.iter().all(is_word) {
            self.fault(place, format!("operationId {id} is no verb_resource in snake case"));
        }
        for member in ["summary", "description"] {
            if operation[member].as_str().is_none_or(|text| text.trim().is_empty()) {
                self.fault(place, format!("no {member}"));
            }
        }
        let own: Vec<&str> = list(&operation["tags"]).iter().filter_map(Value::as_str).collect();
        if own.len() != 1 {
            self.fault(place, format!("{} tags instead of one", own.len()));
        }
        for tag in own.iter().filter(|tag| !tags.contains(*tag)) {
            self.fault(place, format!("the tag {tag} is not described"));
        }
    }

    fn security(&mut self, place: &str, operation: &Value) {
        let requirements = list(&operation["security"]);
        if requirements.is_empty() {
            self.fault(place, "it does not say whether it needs a token");
        }
        let is_guarded = requirements.iter().all(|requirement| !members(requirement).is_empty());
        let schemes: BTreeMap<&String, &Value> = requirements.iter().flat_map(members).collect();
        if is_guarded && !["oauth2", "bearer"].iter().all(|scheme| schemes.keys().any(|own| own == scheme)) {
            self.fault(place, "it does not take the tokens of clients and persons");
        }
        for scopes in schemes.iter().filter(|(scheme, _)| **scheme == "oauth2").map(|(_, scopes)| *scopes) {
            if list(scopes).len() != 1 {
                self.fault(place, format!("{} scopes instead of one", list(scopes).len()));
            }
            for scope in list(scopes).iter().filter_map(Value::as_str) {
                if rights::ALL.iter().all(|(known, ..)| *known != scope) {
                    self.fault(place, format!("the scope {scope} is no right"));
                }
            }
        }
        let needed: &[&str] = if is_guarded { &["400", "401", "403", "429", "500"] } else { &["400", "429", "500"] };
        for status in needed.iter().filter(|status| operation["responses"].get(**status).is_none()) {
            self.fault(place, format!("it does not say that it can answer {status}"));
        }
    }

    fn parameters(&mut self, place: &str, operation: &Value) {
        for parameter in list(&operation["parameters"]) {
            let parameter = self.resolved(parameter);
            let place = format!("{place} ?{}", parameter["name"].as_str().unwrap_or_default());
            if parameter["description"].as_str().is_none_or(str::is_empty) {
                self.fault(&place, "no description");
            }
            self.schema(&place, &parameter["schema"], false);
        }
    }

    fn body(&mut self, place: &str, operation: &Value) {
        for (media, content) in members(&operation["requestBody"]["content"]) {
            self.schema(&format!("{place} body"), &content["schema"], false);
            let is_text = media.ends_with("json") || media.ends_with("urlencoded");
            if is_text && !has_example(content) && !self.exemplifies(&content["schema"], 0) {
                self.fault(place, format!("the body of {media} has no example"));
            }
        }
    }

    fn responses(&mut self, place: &str, operation: &Value) {
        let is_success = |status: &str| status.starts_with('2') || status.starts_with('3');
        if !members(&operation["responses"]).iter().any(|(status, _)| is_success(status)) {
            self.fault(place, "it does not say what it answers when it succeeds");
        }
        for (status, response) in members(&operation["responses"]) {
            let response = self.resolved(response);
            let place = format!("{place} {status}");
            if response["description"].as_str().is_none_or(str::is_empty) {
                self.fault(&place, "no description");
            }
            for (media, content) in members(&response["content"]) {
                if !is_success(status) && media != "application/problem+json" {
                    self.fault(&place, format!("{media} instead of a problem"));
                }
                self.schema(&place, &content["schema"], false);
            }
        }
    }

    /// Whether a schema has an example of its own, or one of every member that must be given.
    fn exemplifies(&self, schema: &Value, depth: usize) -> bool {
        let schema = self.resolved(schema);
        if depth > 8 || has_example(&schema) || schema.get("enum").is_some() || schema.get("default").is_some() {
            return true;
        }
        let variants: Vec<&Value> = ["oneOf", "anyOf"].iter().flat_map(|key| list(&schema[*key])).collect();
        if !variants.is_empty() {
            return variants.iter().any(|variant| self.exemplifies(variant, depth + 1));
        }
        let formats = ["uuid", "date", "date-time"];
        match schema["type"].as_str() {
            Some("object") if schema.get("properties").is_some() => {
                members(&schema["properties"]).iter().all(|(_, member)| self.exemplifies(member, depth + 1))
            }
            Some("array") => self.exemplifies(&schema["items"], depth + 1),
            Some("boolean") => true,
            _ => schema["format"].as_str().is_some_and(|format| formats.contains(&format)),
        }
    }

    fn resolved(&self, value: &Value) -> Value {
        match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).cloned().unwrap_or_default(),
            None => value.clone(),
        }
    }

    /// Bounds of every value; `named` objects are components, any other one must refer to such.
    fn schema(&mut self, place: &str, schema: &Value, named: bool) {
        if let Some(reference) = schema["$ref"].as_str() {
            if self.document.pointer(reference.trim_start_matches('#')).is_none() {
                self.fault(place, format!("{reference} leads nowhere"));
            }
            return;
        }
        for key in ["oneOf", "anyOf", "allOf"] {
            for variant in list(&schema[key]) {
                self.schema(place, variant, key == "allOf" && named);
            }
        }
        let has = |key: &str| schema.get(key).is_some();
        let is = |name: &str| schema["type"] == name || list(&schema["type"]).iter().any(|one| one == name);
        let is_closed = has("enum") || has("const");
        if is("string") && !is_closed && !(has("maxLength") && (has("format") || has("pattern"))) {
            self.fault(place, "a text without a longest length and a format or pattern");
        }
        if is("integer") && !is_closed && !(has("minimum") && has("maximum") && has("format")) {
            self.fault(place, "a whole number without a range and a format");
        }
        if is("number") {
            self.fault(place, "a number that is not whole: exact values are texts");
        }
        if is("array") {
            if !has("maxItems") {
                self.fault(place, "a list without a greatest length");
            }
            self.schema(&format!("{place}[]"), &schema["items"], false);
        }
        if is("object") {
            // A map has no members of its own to name.
            let is_map = schema["additionalProperties"].is_object() && !has("properties");
            if !named && !is_map {
                self.fault(place, "an object without a name");
            }
            if is_map {
                self.schema(&format!("{place}{{}}"), &schema["additionalProperties"], false);
            }
            for (name, member) in members(&schema["properties"]) {
                self.schema(&format!("{place}/{name}"), member, false);
            }
        }
    }
}

fn members(value: &Value) -> Vec<(&String, &Value)> {
    value.as_object().map(Map::iter).into_iter().flatten().collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn has_example(value: &Value) -> bool {
    value.get("example").is_some() || value.get("examples").is_some()
}
