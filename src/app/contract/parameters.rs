//! Headers that operations understand: those that some must have, and those that every one shares by reference.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Components, ObjectBuilder, Ref, RefOr, Required, SchemaFormat, Type};

use crate::http::MAX_ACCEPT_LANGUAGE;

/// A list of entity tags, or any.
const TAGS: &str = "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)$";

/// The same, or nothing: an empty header is one that says nothing.
const TAGS_OR_NONE: &str = "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)?$";

/// Name of a shared header in the components.
pub const ACCEPT_LANGUAGE: &str = "AcceptLanguage";
/// Name of a shared header in the components.
pub const IF_NONE_MATCH: &str = "IfNoneMatch";

/// Names the headers that operations share.
pub fn add_components(components: &mut Components) {
    components.parameters.insert(ACCEPT_LANGUAGE.to_owned(), RefOr::T(accept_language()));
    components.parameters.insert(IF_NONE_MATCH.to_owned(), RefOr::T(if_none_match()));
}

/// Adds a shared header by its name in the components.
pub fn refer(operation: &mut Operation, name: &str) {
    let reference = RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")));
    operation.parameters.get_or_insert_default().push(reference);
}

/// Adds a parameter, or its form to the one that the handler describes itself.
pub fn add(operation: &mut Operation, parameter: Parameter) {
    match named(operation, &parameter.name) {
        Some(own) => own.schema = parameter.schema,
        None => operation.parameters.get_or_insert_default().push(RefOr::T(parameter)),
    }
}

/// The operation's own parameter of this name.
pub fn named<'o>(operation: &'o mut Operation, name: &str) -> Option<&'o mut Parameter> {
    operation.parameters.iter_mut().flatten().find_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.name == name => Some(parameter),
        _ => None,
    })
}

/// `Idempotency-Key`, which must be sent where money moves.
pub fn idempotency_key(required: bool) -> Parameter {
    let meaning = "Makes a retry safe: the same key and body get the same answer.";
    let example = "3f0c9a2e-7b1d-4c55-9e0a-5d2f8b6c1a47";
    let mut parameter = header("Idempotency-Key", meaning, ("^[!-~]+$", 255), example);
    parameter.required = if required { Required::True } else { Required::False };
    parameter
}

/// `If-Match` of an operation that cannot be called without it.
pub fn if_match() -> Parameter {
    let mut parameter = header(
        "If-Match",
        "The ETag that was read, so that nobody's change is lost. That of a compressed answer is weak and names the same version.",
        (TAGS, 1000),
        "\"7\"",
    );
    parameter.required = Required::True;
    parameter
}

fn if_none_match() -> Parameter {
    let meaning = "The ETag of the answer that the caller has already: 304 without a body if it is still the same.";
    parameter("If-None-Match", meaning, text(1000).pattern(Some(TAGS_OR_NONE)), "\"7\"")
}

fn accept_language() -> Parameter {
    let meaning = "The languages of the caller, best first (RFC 9110, 12.5.4): `zh` and `en` are spoken, and English where neither \
                   is asked for. Titles and details of problems are in it; codes are never translated.";
    let form = Some(SchemaFormat::Custom("language-ranges".to_owned()));
    parameter("Accept-Language", meaning, text(MAX_ACCEPT_LANGUAGE).format(form), "zh-CN, en;q=0.5")
}

fn header(name: &str, description: &str, (pattern, max_length): (&str, usize), example: &str) -> Parameter {
    parameter(name, description, text(max_length).min_length(Some(1)).pattern(Some(pattern)), example)
}

fn text(max_length: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(max_length))
}

fn parameter(name: &str, description: &str, form: ObjectBuilder, example: &str) -> Parameter {
    let schema = form.examples([serde_json::Value::from(example)]);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}
