//! Response headers: each is described once in the components, and every response refers to it there.

use std::collections::BTreeSet;

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::{
    Components, Content, KnownFormat, Object, ObjectBuilder, Ref, RefOr, ResponseBuilder, Schema, SchemaFormat, Type,
};

/// Headers with free text: name on the wire and in the components, meaning, pattern, maximum length, example.
const TEXTS: &[(&str, &str, &str, usize, &str)] = &[
    (
        "RateLimit-Policy",
        "The quota: `q` requests in a window of `w` seconds (IETF draft). Absent if there is no limit.",
        "^\"[a-z]+\";q=[0-9]+;w=[0-9]+$",
        64,
        "\"caller\";q=6000;w=60",
    ),
    (
        "RateLimit",
        "The remaining quota: `r` requests now; the full quota is restored in `t` seconds. Absent if there is no limit.",
        "^\"[a-z]+\";r=[0-9]+;t=[0-9]+$",
        64,
        "\"caller\";r=5999;t=1",
    ),
    (
        "X-Request-Id",
        "The id of the request in the service's log: the one that the caller sent, or a new one.",
        "^[!-~]+$",
        128,
        "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b",
    ),
    (
        "Access-Control-Allow-Origin",
        "The origin of the calling page, if the configuration lists it. Absent for any other origin.",
        "^https?://[^/]+$",
        260,
        "https://hr.example.com",
    ),
    (
        "ETag",
        "Identifies this version, for `If-Match` and `If-None-Match`. Weak (`W/`) if the response is compressed.",
        "^(W/)?\"[!#-~]*\"$",
        120,
        "\"7\"",
    ),
    (
        "Location",
        "The path of the new resource, or of the job that does the work.",
        "^/[!-~]*$",
        1000,
        "/v1/jobs/01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b",
    ),
    (
        "Link",
        "The next page (RFC 8288). Absent on the last page.",
        "^<[!-~]+>; rel=\"next\"$",
        4000,
        "</v1/sessions?limit=50&cursor=AbC>; rel=\"next\"",
    ),
    (
        "WWW-Authenticate",
        "How to authenticate, or which scope is missing (RFC 6750, 3). Absent if another token would not help.",
        "^(Bearer|Basic)( .*)?$",
        200,
        "Bearer error=\"invalid_token\"",
    ),
    (
        "Content-Disposition",
        "The file name under which to save the response.",
        "^attachment; filename=\"[!#-~]+\"$",
        200,
        "attachment; filename=\"payroll-2026-03.csv\"",
    ),
];

/// Headers with a fixed set of values: name, meaning, values.
const CLOSED: &[(&str, &str, &[&str])] = &[
    ("Content-Language", "The language of the texts in the response.", &["en", "zh-CN"]),
    (
        "Idempotent-Replayed",
        "`true` if this response repeats an earlier one with the same `Idempotency-Key`; nothing was done again. Absent otherwise.",
        &["true"],
    ),
];

const RETRY_AFTER: &str = "Retry-After";
const ETAG: &str = "ETag";

/// Headers of every response.
const COMMON: &[&str] = &["RateLimit-Policy", "RateLimit", "X-Request-Id", "Access-Control-Allow-Origin"];

/// The named schemas that have a certain member.
pub struct Holders(BTreeSet<String>);

impl Holders {
    /// The schemas among the components that have the member `name`.
    pub fn of(components: &Components, name: &str) -> Self {
        let has = |schema: &RefOr<Schema>| match schema {
            RefOr::T(Schema::Object(object)) => object.properties.contains_key(name),
            _ => false,
        };
        Self(components.schemas.iter().filter(|(_, schema)| has(schema)).map(|(name, _)| name.clone()).collect())
    }

    /// Whether the body of the response is one of these schemas.
    fn has(&self, response: &Response) -> bool {
        response.content.values().any(|content| match content {
            RefOr::T(Content { schema: Some(RefOr::Ref(reference)), .. }) => {
                reference.ref_location.rsplit('/').next().is_some_and(|name| self.0.contains(name))
            }
            _ => false,
        })
    }
}

/// Members of a body that imply a header on the response.
pub struct Marks {
    pub etag: Holders,
    pub next_cursor: Holders,
}

impl Marks {
    pub fn of(components: &Components) -> Self {
        Self { etag: Holders::of(components, "etag"), next_cursor: Holders::of(components, "next_cursor") }
    }
}

/// Adds the headers of successful responses to those that the handler names. Returns whether one of them is an ETag that a caller
/// may already have.
pub fn add_to_successes(operation: &mut Operation, takes_key: bool, has_location: bool, marks: &Marks) -> bool {
    let mut tagged = false;
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if !status.starts_with('2') {
            continue;
        }
        let named: Vec<String> = response.headers.keys().cloned().collect();
        for name in &named {
            refer(response, name);
        }
        let cases = [
            (marks.etag.has(response), ETAG),
            (matches!(status.as_str(), "201" | "202") && has_location, "Location"),
            (marks.next_cursor.has(response), "Link"),
            (takes_key, "Idempotent-Replayed"),
        ];
        for (_, name) in cases.into_iter().filter(|(applies, _)| *applies) {
            refer(response, name);
        }
        refer_common(response);
        tagged |= response.headers.contains_key(ETAG);
    }
    tagged
}

/// Adds the headers of a problem response.
pub fn add_to_problem(response: &mut Response, status: u16) {
    refer(response, "Content-Language");
    if matches!(status, 401 | 403) {
        refer(response, "WWW-Authenticate");
    }
    // A conflict with other work in progress goes away by itself.
    if matches!(status, 409 | 429 | 503) {
        refer(response, RETRY_AFTER);
    }
    refer_common(response);
}

fn refer_common(response: &mut Response) {
    for name in COMMON {
        refer(response, name);
    }
}

/// Handlers only name a header; its description is in the components, so the response refers to it there.
fn refer(response: &mut Response, name: &str) {
    let reference = RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
    response.headers.insert(name.to_owned(), reference);
}

/// The name of the response for a caller who already has this version.
pub const NOT_MODIFIED: &str = "NotModified";

/// Adds the headers and responses that operations share.
pub fn add_components(components: &mut Components) {
    let mut not_modified = ResponseBuilder::new().description("The caller already has this version.").build();
    refer(&mut not_modified, ETAG);
    refer_common(&mut not_modified);
    components.responses.insert(NOT_MODIFIED.to_owned(), RefOr::T(not_modified));
    for (name, meaning, pattern, longest, example) in TEXTS {
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(*pattern)).max_length(Some(*longest));
        components.headers.insert((*name).to_owned(), RefOr::T(header(text.build(), meaning, (*example).into())));
    }
    for (name, meaning, values) in CLOSED {
        let text = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values.iter().copied()));
        let example = values.first().copied().unwrap_or_default().into();
        components.headers.insert((*name).to_owned(), RefOr::T(header(text.build(), meaning, example)));
    }
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0))
        .maximum(Some(3600));
    let meaning =
        "Seconds to wait before trying again. On a conflict, present only if the conflict goes away by itself.";
    components.headers.insert(RETRY_AFTER.to_owned(), RefOr::T(header(seconds.build(), meaning, 1.into())));
}

fn header(schema: Object, meaning: &str, example: serde_json::Value) -> Header {
    HeaderBuilder::new().schema(Some(schema)).description(Some(meaning)).example(Some(example)).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_that_an_answer_has_is_described() {
        let mut document = crate::app::document();
        let described = document.components.take().unwrap_or_default().headers;
        for (path, item) in &mut document.paths.paths {
            for (_, operation) in crate::http::by_method(item) {
                for response in operation.responses.responses.values() {
                    let RefOr::T(response) = response else { continue };
                    let unknown: Vec<&String> =
                        response.headers.keys().filter(|name| !described.contains_key(*name)).collect();
                    assert!(unknown.is_empty(), "{path}: {unknown:?}");
                }
            }
        }
    }
}
