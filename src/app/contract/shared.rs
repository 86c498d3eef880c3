//! What operations share and the document names once: the problems that they can answer with, and the headers of every answer.

use std::collections::BTreeSet;

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::{
    Components, ContentBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, ResponseBuilder, SchemaFormat, Type,
};

use crate::http::PROBLEM_JSON;

/// Status, name and meaning of the problems that operations share.
const PROBLEMS: &[(u16, &str, &str)] = &[
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

/// Headers of every answer: name on the wire and in the components, meaning, form, longest value, example.
const HEADERS: &[(&str, &str, &str, usize, &str)] = &[
    (
        "RateLimit-Policy",
        "The quota: `q` requests in a window of `w` seconds (IETF draft). Absent where there is no limit.",
        "^\"[a-z]+\";q=[0-9]+;w=[0-9]+$",
        64,
        "\"caller\";q=6000;w=60",
    ),
    (
        "RateLimit",
        "What is left of it: `r` requests now, and the whole quota again in `t` seconds. Absent where there is no limit.",
        "^\"[a-z]+\";r=[0-9]+;t=[0-9]+$",
        64,
        "\"caller\";r=5999;t=1",
    ),
    (
        "X-Request-Id",
        "Names the request in the service's log: the caller's own id, or a new one.",
        "^[!-~]+$",
        128,
        "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b",
    ),
    (
        "Access-Control-Allow-Origin",
        "The origin of the page that asks, if the configuration lists it. Absent for any other.",
        "^https?://[^/]+$",
        260,
        "https://hr.example.com",
    ),
];

const RETRY_AFTER: &str = "Retry-After";

/// Adds a problem that the operation can answer with, unless its own annotation says it better.
pub fn add_problem(operation: &mut Operation, status: u16) {
    let shared = PROBLEMS.iter().find(|(own, _, _)| *own == status);
    if let Some((_, name, _)) = shared {
        let reference = RefOr::Ref(Ref::from_response_name(*name));
        operation.responses.responses.entry(status.to_string()).or_insert(reference);
    }
}

/// Adds the headers of every answer to those that the operation describes itself.
pub fn add_headers(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            complete(response, matches!(status.as_str(), "429" | "503"));
        }
    }
}

fn complete(response: &mut Response, retries: bool) {
    let common = HEADERS.iter().map(|(name, ..)| *name).chain(retries.then_some(RETRY_AFTER));
    for name in common {
        let reference = RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
        response.headers.entry(name.to_owned()).or_insert(reference);
    }
}

/// Names what operations share: `statuses` are the shared problems that any of them refers to.
pub fn add_components(components: &mut Components, statuses: &BTreeSet<u16>) {
    for (status, name, meaning) in PROBLEMS {
        if statuses.contains(status) {
            let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
            let mut response = ResponseBuilder::new().description(*meaning).content(PROBLEM_JSON, content).build();
            complete(&mut response, matches!(status, 429 | 503));
            components.responses.insert((*name).to_owned(), RefOr::T(response));
        }
    }
    for (name, meaning, pattern, longest, example) in HEADERS {
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(*pattern)).max_length(Some(*longest));
        let header = HeaderBuilder::new()
            .schema(Some(text.build()))
            .description(Some(*meaning))
            .example(Some((*example).into()))
            .build();
        components.headers.insert((*name).to_owned(), RefOr::T(header));
    }
    components.headers.insert(RETRY_AFTER.to_owned(), RefOr::T(retry_after()));
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0))
        .maximum(Some(3600));
    HeaderBuilder::new()
        .schema(Some(seconds.build()))
        .description(Some("Seconds after which to try again."))
        .example(Some(1.into()))
        .build()
}
