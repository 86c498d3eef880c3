//! Which problems an operation can answer with: those that follow from what it has (a body, a key, an id in its path), and those
//! that are its own ([`super::refusals`]).
//!
//! An operation lists the codes by status in `x-problem-codes`. Where all are common ones its answer refers to a shared one,
//! else it has its own that says what each code means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::Response;
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, ResponseBuilder};

use super::{headers, refusals};
use crate::error::Code;
use crate::http::PROBLEM_JSON;
use crate::kernel::language::Language;

/// The operation's codes, by status.
pub const CODES: &str = "x-problem-codes";

/// Status, name and meaning of the problems that operations share.
const SHARED: &[(u16, &str, &str)] = &[
    (400, "BadRequest", "The request cannot be read."),
    (401, "Unauthenticated", "No valid access token, or no such client."),
    (403, "Forbidden", "No role of the caller gives the right."),
    (404, "NotFound", "There is no such thing, or the caller may not see it."),
    (408, "RequestTimeout", "The body did not arrive in time."),
    (409, "Conflict", "The state does not allow it."),
    (412, "PreconditionFailed", "It has changed since it was read."),
    (413, "PayloadTooLarge", "The body is too large."),
    (415, "UnsupportedMediaType", "The body is of another media type."),
    (422, "UnprocessableContent", "Invalid values, or refused by a rule."),
    (428, "PreconditionRequired", "`If-Match` is missing."),
    (429, "TooManyRequests", "The caller's quota is spent."),
    (500, "InternalServerError", "Something went wrong here."),
    (503, "ServiceUnavailable", "Not available right now."),
];

/// What of an operation decides which common problems it can answer with.
#[derive(Debug, Clone, Copy)]
pub struct Traits {
    pub is_guarded: bool,
    pub is_token: bool,
    /// It changes something.
    pub writes: bool,
    pub has_id: bool,
    pub takes_key: bool,
    pub needs_key: bool,
    /// It takes `If-Match`, and must have it.
    pub takes_match: Option<bool>,
}

/// Codes of the shared answers, by status: what the components describe.
pub type Common = BTreeMap<u16, BTreeSet<Code>>;

/// Gives the operation an answer for every problem, and notes in `common` what the shared ones have to say.
pub fn add(operation: &mut Operation, traits: Traits, common: &mut Common) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let own = refusals::of(&id);
    let mut by_status: Common = BTreeMap::new();
    for code in shared_codes(operation, traits).into_iter().chain(own.iter().copied()) {
        by_status.entry(code.status()).or_default().insert(code);
    }
    for (status, codes) in &by_status {
        let described = operation.responses.responses.remove(&status.to_string());
        let response = if described.is_none() && codes.iter().all(|code| !own.contains(code)) {
            common.entry(*status).or_default().extend(codes);
            RefOr::Ref(Ref::from_response_name(shared(*status).0))
        } else {
            RefOr::T(own_answer(described, *status, codes))
        };
        operation.responses.responses.insert(status.to_string(), response);
    }
    let listed: BTreeMap<String, Value> = by_status
        .iter()
        .map(|(status, codes)| (status.to_string(), json!(codes.iter().map(|code| code.slug()).collect::<Vec<_>>())))
        .collect();
    operation.extensions.get_or_insert_with(Extensions::default).insert(CODES.to_owned(), json!(listed));
}

/// Those that follow from what the operation has.
fn shared_codes(operation: &Operation, traits: Traits) -> Vec<Code> {
    let body = operation.request_body.as_ref();
    let has_json = body.is_some_and(|body| match body {
        RefOr::T(body) => body.content.keys().any(|media| media.ends_with("json")),
        RefOr::Ref(_) => false,
    });
    let is_paged = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(Parameter { name, .. }) => name == "cursor",
        RefOr::Ref(_) => false,
    });
    let Traits { is_guarded, is_token, writes, has_id, takes_key, needs_key, takes_match } = traits;
    let cases: [(bool, &[Code]); 13] = [
        (true, &[Code::MalformedRequest, Code::InvalidQuery, Code::InvalidHeader]),
        (true, &[Code::TooManyRequests, Code::Internal, Code::Unavailable]),
        (has_id, &[Code::InvalidPath, Code::NotFound]),
        (is_paged, &[Code::InvalidCursor]),
        (needs_key, &[Code::IdempotencyKeyRequired]),
        (is_guarded, &[Code::Unauthenticated, Code::Forbidden]),
        (is_token, &[Code::InvalidClient]),
        (body.is_some(), &[Code::RequestTimeout, Code::PayloadTooLarge, Code::UnsupportedMediaType]),
        (has_json, &[Code::MalformedJson, Code::InvalidBody, Code::InvalidValues]),
        (writes && is_guarded, &[Code::Busy]),
        (takes_key, &[Code::RequestInProgress, Code::IdempotencyKeyReused]),
        (takes_match.is_some(), &[Code::PreconditionFailed]),
        (takes_match == Some(true), &[Code::PreconditionRequired]),
    ];
    cases.iter().filter(|(applies, _)| *applies).flat_map(|(_, codes)| *codes).copied().collect()
}

/// Name and meaning of the answer that operations share.
fn shared(status: u16) -> (&'static str, &'static str) {
    let found = SHARED.iter().find(|(own, ..)| *own == status);
    found.map_or(("InternalServerError", "A problem."), |(_, name, meaning)| (*name, *meaning))
}

/// The answer of one operation, which says what its handler says of it and what each code means.
fn own_answer(described: Option<RefOr<Response>>, status: u16, codes: &BTreeSet<Code>) -> Response {
    let mut response = match described {
        Some(RefOr::T(response)) => response,
        _ => answer(shared(status).1),
    };
    response.description = format!("{}\n\n{}", response.description, list(codes));
    headers::add_to_problem(&mut response, status);
    response
}

fn answer(meaning: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    ResponseBuilder::new().description(meaning).content(PROBLEM_JSON, content).build()
}

/// What each code means, as a list.
fn list(codes: &BTreeSet<Code>) -> String {
    let line =
        |code: &Code| format!("- `{}`: {}. {}", code.slug(), code.title(Language::En), code.template(Language::En));
    codes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Says in the description of an operation that starts long work why that can fail.
pub fn describe_job(operation: &mut Operation) {
    let codes = refusals::of_job(operation.operation_id.as_deref().unwrap_or_default());
    if !codes.is_empty() {
        let list = list(&codes.iter().copied().collect());
        let words = format!("\n\nThe job can fail for reasons of its own, which its `problem` tells:\n\n{list}");
        operation.description.get_or_insert_default().push_str(&words);
    }
}

/// Names the shared answers that any operation refers to.
pub fn add_components(components: &mut Components, common: &Common) {
    for (status, codes) in common {
        let (name, meaning) = shared(*status);
        let note = if codes.len() > 1 {
            format!("\n\nWhich of these stands in the operation's `{CODES}`:")
        } else {
            String::new()
        };
        let mut response = answer(&format!("{meaning}{note}\n\n{}", list(codes)));
        headers::add_to_problem(&mut response, *status);
        components.responses.insert(name.to_owned(), RefOr::T(response));
    }
}
