//! What an operation declares in its `#[utoipa::path]`, beside its handler: the headers that it takes, as `params`, and what the
//! contract does not show as such, as `extensions` (their names must be written out there). The contract removes the extensions
//! and documents what follows from them. [`Routes`](super::Routes) reads the headers back from the contract, so that what is
//! declared is also enforced.

use utoipa::IntoParams;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Content, ObjectBuilder, RefOr, Required, Type};

/// Extension: the codes of the operation's own problems, in addition to those that follow from what it has.
pub const REFUSES: &str = "x-refuses";
/// Extension: the codes of problems that only the job started by the operation can have.
pub const JOB_REFUSES: &str = "x-job-refuses";
/// Extension: headers that other operations of its kind have, but not this one.
pub const WITHOUT: &str = "x-without";

/// Extension: the operation takes facts, and its answer names the closed periods that they belong to.
pub const TELLS_CLOSED: &str = "x-tells-closed-periods";
/// How the name of the schema of such an answer begins.
pub const STORED: &str = "Stored";

/// Whether a documented answer of the operation names closed periods.
#[must_use]
pub fn tells_closed(operation: &Operation) -> bool {
    let contents = operation.responses.responses.values().filter_map(|response| match response {
        RefOr::T(response) => Some(response.content.values()),
        RefOr::Ref(_) => None,
    });
    let mut names = contents.flatten().filter_map(|content| match content {
        RefOr::T(Content { schema: Some(RefOr::Ref(reference)), .. }) => reference.ref_location.rsplit('/').next(),
        _ => None,
    });
    names.any(|name| name.starts_with(STORED))
}

/// Removes an extension, which stands for a yes, from the operation. Returns whether it was there.
pub fn take_flag(operation: &mut Operation, name: &str) -> bool {
    operation.extensions.as_mut().is_some_and(|extensions| extensions.remove(name).is_some())
}

/// Removes an extension, a list of words, from the operation and returns it.
pub fn take_extension(operation: &mut Operation, name: &str) -> Vec<String> {
    let taken = operation.extensions.as_mut().and_then(|extensions| extensions.remove(name));
    taken.and_then(|words| serde_json::from_value(words).ok()).unwrap_or_default()
}

/// `If-Match`, checked if it is sent.
pub struct IfMatch;

/// `If-Match`, required (428 without it). PUT, PATCH and DELETE require it without declaring it.
pub struct RequiredIfMatch;

/// `Idempotency-Key`, required (400 without it), because money moves. Every other POST that changes something accepts one without
/// declaring it.
pub struct RequiredIdempotencyKey;

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![if_match(Required::False)]
    }
}

impl IntoParams for RequiredIfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![if_match(Required::True)]
    }
}

impl IntoParams for RequiredIdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![idempotency_key(Required::True)]
    }
}

/// Name of the header.
pub const IF_MATCH: &str = "If-Match";
/// Name of the header.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A list of entity tags, or `*`.
const TAGS: &str = "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)$";

/// The header `If-Match`.
#[must_use]
pub fn if_match(required: Required) -> Parameter {
    let meaning =
        "The ETag as it was read, so that no change is lost. The weak ETag of a compressed response is accepted too.";
    let form = text(1000).min_length(Some(1)).pattern(Some(TAGS));
    header(IF_MATCH, meaning, required, form, "\"7\"")
}

/// The header `Idempotency-Key`.
#[must_use]
pub fn idempotency_key(required: Required) -> Parameter {
    let meaning = "Makes a retry safe: the same key and body get the same response.";
    let form = text(255).min_length(Some(1)).pattern(Some("^[!-~]+$"));
    header(IDEMPOTENCY_KEY, meaning, required, form, "3f0c9a2e-7b1d-4c55-9e0a-5d2f8b6c1a47")
}

/// The schema of a text.
#[must_use]
pub fn text(max_length: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(max_length))
}

/// A header of a request.
#[must_use]
pub fn header(name: &str, meaning: &str, required: Required, form: ObjectBuilder, example: &str) -> Parameter {
    let schema = form.examples([serde_json::Value::from(example)]);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(meaning))
        .schema(Some(schema))
        .build()
}
