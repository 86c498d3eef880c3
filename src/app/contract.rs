//! What the contract adds to the handlers: the service itself, how callers authenticate, and what all operations share (the
//! headers that they accept, the problems that they can answer with).

use std::collections::BTreeMap;

use actix_web::http::Method;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, ContactBuilder, Content, Info, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
    Ref, RefOr, Required, Schema, Server, ServerBuilder,
};
use utoipa::{Modify as _, PartialSchema as _};

use super::FEATURES;
use crate::auth::rights;
use crate::http::tables::{TableFormat, TableHeadings};
use crate::http::{
    IDEMPOTENCY_KEY, IF_MATCH, MERGE_PATCH_JSON, ProblemError, TaggedUnions, WITHOUT, by_method, idempotency_key,
    if_match, is_guarded, take_extension,
};
use crate::imports::FaultReport;
use crate::journal::ClosedPeriod;
use crate::payroll::batches::dto::UnpayablePerson;
use crate::payroll::exports::ExportFormat;
use crate::payroll::layouts::dto::{PayeeWithoutId, PayrollRowOutOfBounds, ReplacedPayrollValue};

mod answers;
mod bounds;
mod closed;
mod headers;
mod members;
mod parameters;
mod problems;
mod reach;
mod texts;
mod ways;

/// What the service is, and the conventions of all its operations.
const DESCRIPTION: &str = include_str!("contract/conventions.md");

/// The document before any operation is added.
#[must_use]
pub fn base() -> OpenApi {
    // The generator collects the schemas that bodies refer to. Schemas that only problems or queries use are added by hand.
    let components = ComponentsBuilder::new()
        .schema("ProblemError", ProblemError::schema())
        .schema("FaultReport", FaultReport::schema())
        .schema("UnpayablePerson", UnpayablePerson::schema())
        .schema("ReplacedPayrollValue", ReplacedPayrollValue::schema())
        .schema("PayeeWithoutId", PayeeWithoutId::schema())
        .schema("PayrollRowOutOfBounds", PayrollRowOutOfBounds::schema())
        .schema("ExportFormat", ExportFormat::schema())
        .schema("TableFormat", TableFormat::schema())
        .schema("TableHeadings", TableHeadings::schema())
        .schema("ClosedPeriod", ClosedPeriod::schema())
        .security_scheme("oauth2", client_credentials())
        .security_scheme("bearer", persons_token())
        .build();
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([server()]))
        .tags(Some(
            FEATURES.iter().map(|(name, meaning, _)| TagBuilder::new().name(*name).description(Some(*meaning)).build()),
        ))
        .components(Some(components))
        .build()
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Lectern")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION.trim_end()))
        .contact(Some(ContactBuilder::new().name(Some("Lectern")).email(Some("lectern@example.com")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build()
}

fn client_credentials() -> SecurityScheme {
    let scopes: Scopes = rights::ALL.iter().map(|(scope, meaning, _)| (*scope, *meaning)).collect();
    let flow = Flow::ClientCredentials(ClientCredentials::new("/oauth/token", scopes));
    let words = "The token of a machine client: a JWT issued by Lectern (RFC 9068), validated as RFC8725 requires. It is valid for \
                 15 minutes; the same credentials get a new one.";
    SecurityScheme::OAuth2(OAuth2::with_description([flow], words))
}

fn persons_token() -> SecurityScheme {
    let words = "The token of a person: a JWT of an OIDC issuer that the installation trusts, validated as RFC8725 requires. \
                 The person's roles in Lectern decide what they may do.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(words));
    SecurityScheme::Http(scheme.build())
}

fn server() -> Server {
    let words = "This installation, for production or for testing.";
    let mut server = ServerBuilder::new().url("/").description(Some(words)).build();
    server.extensions = Some(Extensions::from_iter([("x-internal", false)]));
    server
}

/// Adds to every operation what it shares with others of its kind.
#[must_use]
pub fn complete(mut document: OpenApi) -> OpenApi {
    TaggedUnions.modify(&mut document);
    let requested = texts::inline(&mut document);
    let mut components = document.components.take().unwrap_or_default();
    ways::tell_apart(&mut components, &requested);
    // Replaces the schemas that bodies containing a problem have added.
    components.schemas.insert("Problem".to_owned(), members::problem());
    components.schemas.insert(members::OAUTH_ERROR.to_owned(), members::oauth_error());
    answers::describe(&mut document.paths, &components);
    let marks = headers::Marks::of(&components);
    let mut common = BTreeMap::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in by_method(item) {
            complete_operation(operation, (&method, path), &marks, &mut common);
            if method == Method::POST {
                excuse_body(operation, &components);
            }
            closed::tell(operation, &mut components);
        }
    }
    closed::remove_unused(&document.paths, &mut components);
    parameters::add_components(&mut components);
    headers::add_components(&mut components);
    problems::add_components(&mut components, &common);
    bounds::complete_components(&mut components);
    document.components = Some(components);
    document
}

fn complete_operation(
    operation: &mut Operation,
    (method, path): (&Method, &str),
    marks: &headers::Marks,
    common: &mut problems::Common,
) {
    let without = take_extension(operation, WITHOUT);
    let has = |header: &str| !without.iter().any(|other| other.eq_ignore_ascii_case(header));
    let is_guarded = is_guarded(operation);
    secure(operation);
    // A POST whose right only reads is a query that would be too long for a URL; it changes nothing.
    let writes = method != Method::GET && !reach::only_reads(operation);
    let takes_key = method == Method::POST && is_guarded && writes;
    if takes_key {
        parameters::add(operation, idempotency_key(Required::False));
    }
    let must_match = [Method::PUT, Method::PATCH, Method::DELETE].contains(method) && has(IF_MATCH);
    if must_match || parameters::named(operation, IF_MATCH).is_some() {
        parameters::add(operation, if_match(Required::True));
    }
    let traits = problems::Traits {
        is_guarded,
        writes,
        has_id: path.contains('{'),
        takes_key,
        needs_key: parameters::is_required(operation, IDEMPOTENCY_KEY) == Some(true),
        takes_match: parameters::is_required(operation, IF_MATCH),
    };
    problems::add(operation, traits, common);
    let is_tagged = headers::add_to_successes(operation, takes_key, has("Location"), marks);
    if method == Method::GET && is_tagged {
        parameters::refer(operation, parameters::IF_NONE_MATCH);
        let not_modified = RefOr::Ref(Ref::from_response_name(headers::NOT_MODIFIED));
        operation.responses.responses.insert("304".to_owned(), not_modified);
    }
    parameters::refer(operation, parameters::ACCEPT_LANGUAGE);
    parameters::describe_path(operation, path);
    if method == Method::PATCH {
        name_merge_patch(operation);
    }
    bounds::complete_operation(operation);
    problems::describe_job(operation);
    reach::describe(operation);
}

/// A body of which no member is required need not be sent at all.
fn excuse_body(operation: &mut Operation, components: &Components) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    let is_needed = |content: &RefOr<Content>| {
        let RefOr::T(Content { schema: Some(RefOr::Ref(reference)), .. }) = content else { return true };
        let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
        !matches!(components.schemas.get(name), Some(RefOr::T(Schema::Object(object))) if object.required.is_empty())
    };
    if !body.content.values().any(is_needed) {
        body.required = Some(Required::False);
    }
}

/// A JSON body of a PATCH is also accepted under the media type of a merge patch.
fn name_merge_patch(operation: &mut Operation) {
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && let Some(json) = body.content.get("application/json").cloned()
    {
        body.content.insert(MERGE_PATCH_JSON.to_owned(), json);
    }
}

/// An operation that needs a token accepts a client's or a person's. An operation that needs none has said so, with an empty list.
fn secure(operation: &mut Operation) {
    let Some(requirements) = &mut operation.security else { return };
    let other = if requirements.is_empty() {
        SecurityRequirement::default()
    } else {
        SecurityRequirement::new("bearer", [""; 0])
    };
    requirements.push(other);
}
