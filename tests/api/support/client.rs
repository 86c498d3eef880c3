//! A client of the API. Every answer that it sees is checked against the contract.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use jsonschema::Validator;
use lectern::http::tables::WORKBOOK;
use lectern::scoring::live;
use lectern::state::State;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::until::{WORK, until};

/// One answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
    pub body: Value,
}

impl Answer {
    /// The body, if the status is as expected.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// The stable code of the problem, if the status is as expected.
    #[track_caller]
    pub fn problem(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert_eq!(self.body["status"], json!(status));
        assert_eq!(self.body["request_id"], json!(self.header("x-request-id")));
        self.body["code"].as_str().unwrap()
    }

    /// Pointer and code of every fault.
    pub fn faults(&self) -> Vec<(&str, &str)> {
        self.body["errors"]
            .as_array()
            .map(|errors| {
                errors.iter().map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
            })
            .unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn etag(&self) -> &str {
        self.header("etag")
    }

    /// The rows of a table in CSV, its header included.
    #[track_caller]
    pub fn csv(&self) -> Vec<Vec<String>> {
        assert_eq!((self.status, self.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", self.text);
        let text = self.text.strip_prefix('\u{feff}').expect("a byte order mark");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    /// The rows of a workbook's first sheet, its header included, as another program reads them: texts after a `'`, numbers without.
    #[track_caller]
    pub fn workbook(&self) -> Vec<Vec<String>> {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.header("content-type"), WORKBOOK);
        let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(&self.bytes)).unwrap();
        let sheet = workbook.sheet_names()[0].clone();
        let formulas = workbook.worksheet_formula(&sheet).unwrap();
        assert!(formulas.used_cells().next().is_none(), "no cell is a formula");
        let shown = |cell: &Data| match cell {
            Data::Empty => String::new(),
            Data::String(text) => format!("'{text}"),
            number => number.to_string(),
        };
        let sheet = workbook.worksheet_range(&sheet).unwrap();
        sheet.rows().map(|row| row.iter().map(shown).collect()).collect()
    }

    /// The id in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }
}

#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
    /// The service whose live results are brought up to date before they are read.
    projected: Option<State>,
}

impl Client {
    /// Without a token.
    pub fn anonymous(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base: base.to_owned(), token: None, http, projected: None }
    }

    /// The client of a service in this process. It has no projector of its own: before the client reads results of a period, it brings
    /// them up to date.
    pub fn of(self, state: &State) -> Self {
        Self { projected: Some(state.clone()), ..self }
    }

    /// The same client, which reads results as they are stored.
    pub fn as_stored(&self) -> Self {
        Self { projected: None, ..self.clone() }
    }

    /// The same client with a token. (To make one reads the certificates of the machine, which takes longer than a request.)
    pub fn with_token(&self, token: String) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        if let Some(state) = self.projected.as_ref().filter(|_| method == Method::GET && path.contains("/periods/")) {
            live::drain(state).await.unwrap();
        }
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status, headers, bytes, text, body };
        check(&method, &path, &answer);
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// With an `Idempotency-Key`.
    pub async fn post_keyed(&self, path: &str, key: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
    }

    /// A transition of the version that the caller has seen (`*`: whichever), with an `Idempotency-Key` of its own.
    pub async fn act(&self, path: &str, etag: &str, body: Option<Value>) -> Answer {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let key = format!("act-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let request = self.request(Method::POST, path).header("idempotency-key", key).header("if-match", etag);
        self.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// Confirms the access change that waits in an answer, as a second person.
    pub async fn confirm(&self, waiting: &Answer) -> Value {
        assert_eq!(waiting.status, 202, "{}", waiting.text);
        self.act(&format!("/v1/access-changes/{}/confirm", waiting.id()), "*", None).await.expect(200)
    }

    /// Confirms everything that an answer names as waiting, as a second person.
    pub async fn confirm_waiting(&self, answer: &Value) -> Vec<Value> {
        let mut confirmed = Vec::new();
        for change in answer["waiting_changes"].as_array().unwrap() {
            let path = format!("/v1/access-changes/{}/confirm", change["id"].as_str().unwrap());
            confirmed.push(self.act(&path, "*", None).await.expect(200));
        }
        confirmed
    }

    /// The job that an answer ordered, once it has ended.
    pub async fn ended(&self, ordered: &Answer) -> Value {
        assert_eq!(ordered.status, 202, "{}", ordered.text);
        self.job_ended(ordered.header("location")).await
    }

    /// The job at this path, once it has ended.
    pub async fn job_ended(&self, path: &str) -> Value {
        until("the job has ended", WORK, async || {
            let job = self.get(path).await.expect(200);
            if matches!(job["state"].as_str(), Some("queued" | "running")) { Err(job.to_string()) } else { Ok(job) }
        })
        .await
    }

    pub async fn put(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).header("if-match", etag).json(&body)).await
    }

    pub async fn patch(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).header("if-match", etag).json(&body)).await
    }

    pub async fn delete(&self, path: &str, etag: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).header("if-match", etag)).await
    }
}

/// Checks an answer against the contract: the status is declared, and a body has the declared shape.
fn check(method: &Method, path: &str, answer: &Answer) {
    let document = document();
    let Some((template, item)) =
        document["paths"].as_object().unwrap().iter().find(|(template, _)| matches(template, path))
    else {
        assert!(
            matches!(answer.status, 400..=499) || !path.starts_with("/v1"),
            "{method} {path} is not in the contract: {}",
            answer.text
        );
        return;
    };
    let name = method.as_str().to_lowercase();
    let Some(operation) = item.get(&name).or_else(|| item.get("get").filter(|_| name == "head")) else {
        assert!(matches!(answer.status, 405 | 200 | 204), "{method} {template} is not in the contract");
        return;
    };
    if name == "head" {
        return;
    }
    let declared = resolved(&operation["responses"][answer.status.to_string()]);
    assert!(declared.is_object(), "{method} {template} may not answer {}: {}", answer.status, answer.text);
    let place = format!("{method} {template} {}", answer.status);
    check_headers(&place, &declared["headers"], answer);
    check_problem(&place, operation, answer);
    let Some(content) = declared["content"].as_object() else { return };
    let media = answer.header("content-type").split(';').next().unwrap_or_default();
    let schema = &content.get(media).unwrap_or_else(|| panic!("{method} {template} may not answer {media}"))["schema"];
    if !media.ends_with("json") {
        return;
    }
    let faults: Vec<String> = validator(schema)
        .iter_errors(&answer.body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{method} {template} {}: {faults:#?} in {}", answer.status, answer.text);
}

/// Headers that mean something to callers.
const MEANT: &[&str] = &[
    "allow",
    "content-disposition",
    "content-language",
    "etag",
    "idempotent-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

/// Headers that stand in every answer that declares them.
const ALWAYS: &[&str] = &["ETag", "Location", "Content-Language", "Content-Disposition", "X-Request-Id"];

/// What is sent on purpose is declared, and what is declared without a condition is sent.
fn check_headers(place: &str, declared: &Value, answer: &Answer) {
    let names: Vec<String> = declared.as_object().into_iter().flatten().map(|(name, _)| name.to_lowercase()).collect();
    for sent in MEANT.iter().filter(|name| answer.headers.contains_key(**name)) {
        assert!(names.iter().any(|name| name == sent), "{place} may not have the header {sent}");
    }
    for name in ALWAYS.iter().filter(|name| !declared[**name].is_null()) {
        assert!(answer.headers.contains_key(*name), "{place} lacks the header {name}");
        let schema = &resolved(&document()["components"]["headers"][*name])["schema"];
        let value = json!(answer.header(name));
        assert!(jsonschema::is_valid(schema, &value), "{place} has the header {name} of {value}");
    }
}

/// A problem is one of those that the operation names for this status, and has no member that no problem has.
fn check_problem(place: &str, operation: &Value, answer: &Answer) {
    if answer.status < 400 {
        return;
    }
    let code = &answer.body["code"];
    let named = operation["x-problem-codes"][answer.status.to_string()].as_array();
    assert!(named.is_some_and(|codes| codes.contains(code)), "{place} may not be the problem {code}: {}", answer.text);
    let known = &document()["components"]["schemas"]["Problem"]["properties"];
    for member in answer.body.as_object().into_iter().flatten().map(|(name, _)| name) {
        assert!(!known[member].is_null(), "{place}: no problem has the member {member}");
    }
}

/// What a reference of the document leads to; anything else itself.
pub fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document().pointer(pointer).unwrap_or_else(|| panic!("{pointer} leads nowhere")),
        None => value,
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(part, segment)| part.starts_with('{') || part == segment)
}

/// What checks a schema of the contract. It is made once: that takes longer than a request.
fn validator(schema: &'static Value) -> &'static Validator {
    static MADE: Mutex<BTreeMap<String, &'static Validator>> = Mutex::new(BTreeMap::new());
    let name = schema.to_string();
    if let Some(made) = MADE.lock().unwrap().get(&name) {
        return made;
    }
    let mut whole = schema.clone();
    whole["components"] = document()["components"].clone();
    let made = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
    MADE.lock().unwrap().entry(name).or_insert_with(|| Box::leak(Box::new(made)))
}

/// The contract, as the code generates it.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(&lectern::app::document_json().unwrap()).unwrap())
}
