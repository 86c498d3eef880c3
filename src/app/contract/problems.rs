//! The problems that an operation can answer with: those that follow from what it has (a body, a key, an id in its path), and its
//! own ([`REFUSES`]).
//!
//! An operation lists the codes by status in `x-problem-codes`. If all codes of a status are common ones, the operation refers to
//! the shared response; otherwise it has its own response, which explains each code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::Response;
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, ResponseBuilder};

use super::headers;
use crate::error::Code;
use crate::http::{JOB_REFUSES, PROBLEM_JSON, REFUSES, take_extension};
use crate::kernel::language::Language;

/// Extension: the problem codes of the operation, by status.
pub const CODES: &str = "x-problem-codes";

/// Status, name and description of the problem responses that operations share.
const SHARED: &[(u16, &str, &str)] = &[
    (400, "BadRequest", "The request is malformed."),
    (401, "Unauthenticated", "The access token is missing or invalid, or the client is unknown."),
    (403, "Forbidden", "None of the caller's roles grants the required right."),
    (404, "NotFound", "The resource does not exist, or the caller may not see it."),
    (408, "RequestTimeout", "The body did not arrive in time."),
    (409, "Conflict", "The current state does not allow this."),
    (412, "PreconditionFailed", "The resource has changed since it was read."),
    (413, "PayloadTooLarge", "The body is too large."),
    (415, "UnsupportedMediaType", "The media type of the body is not supported."),
    (422, "UnprocessableContent", "The values are invalid, or a rule refuses them."),
    (428, "PreconditionRequired", "`If-Match` is missing."),
    (429, "TooManyRequests", "The caller has used up the quota."),
    (500, "InternalServerError", "The service failed unexpectedly."),
    (503, "ServiceUnavailable", "The service is temporarily unavailable."),
];

/// What decides which common problems an operation can answer with.
#[derive(Debug, Clone, Copy)]
pub struct Traits {
    pub is_guarded: bool,
    /// Whether it changes something.
    pub writes: bool,
    pub has_id: bool,
    pub takes_key: bool,
    pub needs_key: bool,
    /// Whether it requires `If-Match`; none if it does not take it.
    pub takes_match: Option<bool>,
}

/// Codes of the shared responses, by status, for their description in the components.
pub type Common = BTreeMap<u16, BTreeSet<Code>>;

/// Gives the operation a response for every problem, and collects the codes of the shared responses in `common`.
pub fn add(operation: &mut Operation, traits: Traits, common: &mut Common) {
    let own = take_codes(operation, REFUSES);
    let mut by_status: Common = BTreeMap::new();
    for code in shared_codes(operation, traits).into_iter().chain(own.iter().copied()) {
        by_status.entry(code.status()).or_default().insert(code);
    }
    for (status, codes) in &by_status {
        let (name, meaning) = shared(*status);
        let response = if codes.is_disjoint(&own) {
            common.entry(*status).or_default().extend(codes);
            RefOr::Ref(Ref::from_response_name(name))
        } else {
            RefOr::T(answer(*status, meaning, codes))
        };
        operation.responses.responses.insert(status.to_string(), response);
    }
    let listed: BTreeMap<String, Value> = by_status
        .iter()
        .map(|(status, codes)| (status.to_string(), json!(codes.iter().map(|code| code.slug()).collect::<Vec<_>>())))
        .collect();
    operation.extensions.get_or_insert_with(Extensions::default).insert(CODES.to_owned(), json!(listed));
}

/// The codes that the handler names in an extension. The test client fails on any problem that the operation does not list, so
/// that a new refusal cannot be forgotten.
fn take_codes(operation: &mut Operation, extension: &str) -> BTreeSet<Code> {
    let slugs = take_extension(operation, extension);
    Code::ALL.iter().copied().filter(|code| slugs.iter().any(|slug| slug == code.slug())).collect()
}

/// The codes that follow from what the operation has.
fn shared_codes(operation: &Operation, traits: Traits) -> Vec<Code> {
    let body = operation.request_body.as_ref();
    let has_media = |kind: &str| match body {
        Some(RefOr::T(body)) => body.content.keys().any(|media| media.ends_with(kind)),
        _ => false,
    };
    let is_paged = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(Parameter { name, .. }) => name == "cursor",
        RefOr::Ref(_) => false,
    });
    let Traits { is_guarded, writes, has_id, takes_key, needs_key, takes_match } = traits;
    let cases: [(bool, &[Code]); 13] = [
        (true, &[Code::MalformedRequest, Code::InvalidQuery, Code::InvalidHeader]),
        (true, &[Code::TooManyRequests, Code::Internal, Code::Unavailable]),
        (has_id, &[Code::InvalidPath, Code::NotFound]),
        (is_paged, &[Code::InvalidCursor]),
        (needs_key, &[Code::IdempotencyKeyRequired]),
        (is_guarded, &[Code::Unauthenticated, Code::Forbidden]),
        // Only the token endpoint takes a form, because OAuth 2.0 clients send their credentials in one.
        (has_media("form-urlencoded"), &[Code::InvalidClient]),
        (body.is_some(), &[Code::RequestTimeout, Code::PayloadTooLarge, Code::UnsupportedMediaType]),
        (has_media("json"), &[Code::MalformedJson, Code::InvalidBody, Code::InvalidValues]),
        (writes && is_guarded, &[Code::Busy]),
        (takes_key, &[Code::RequestInProgress, Code::IdempotencyKeyReused]),
        (takes_match.is_some(), &[Code::PreconditionFailed]),
        (takes_match == Some(true), &[Code::PreconditionRequired]),
    ];
    cases.iter().filter(|(applies, _)| *applies).flat_map(|(_, codes)| *codes).copied().collect()
}

/// Name and description of the shared response for a status.
fn shared(status: u16) -> (&'static str, &'static str) {
    let found = SHARED.iter().find(|(own, ..)| *own == status);
    found.map_or(("InternalServerError", "A problem."), |(_, name, meaning)| (*name, *meaning))
}

/// A response that explains each code.
fn answer(status: u16, meaning: &str, codes: &BTreeSet<Code>) -> Response {
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    let description = format!("{meaning}\n\n{}", list(codes));
    let mut response = ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build();
    headers::add_to_problem(&mut response, status);
    response
}

/// A list of the codes with their meaning.
fn list(codes: &BTreeSet<Code>) -> String {
    let line =
        |code: &Code| format!("- `{}`: {}. {}", code.slug(), code.title(Language::En), code.template(Language::En));
    codes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Adds to an operation that starts a job the reasons for which the job can fail.
pub fn describe_job(operation: &mut Operation) {
    let codes = take_codes(operation, JOB_REFUSES);
    if !codes.is_empty() {
        let list = list(&codes);
        let words = format!("\n\nThe job itself can fail; its member `problem` then gives the reason:\n\n{list}");
        operation.description.get_or_insert_default().push_str(&words);
    }
}

/// Adds the shared problem responses to the components.
pub fn add_components(components: &mut Components, common: &Common) {
    for (status, codes) in common {
        let (name, meaning) = shared(*status);
        let mut meaning = meaning.to_owned();
        if codes.len() > 1 {
            meaning.push_str(&format!("\n\nThe operation's `{CODES}` lists which of these apply:"));
        }
        components.responses.insert(name.to_owned(), RefOr::T(answer(*status, &meaning, codes)));
    }
}
