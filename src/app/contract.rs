//! What the contract says beyond its handlers: the service itself, how callers authenticate, and what every operation shares
//! (headers that it understands, problems that it can answer with).

use std::collections::BTreeSet;

use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, Info, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder,
    PathItem, RefOr, Required, Server, ServerBuilder, Type,
};
use utoipa::{Modify as _, PartialSchema as _};

use crate::auth::rights;
use crate::http::{MERGE_PATCH_JSON, Problem, ProblemError, TaggedUnions, is_guarded};
use crate::imports::describe_columns;
use crate::payroll::lines::dto::ExportFormat;

mod bounds;
mod shared;

/// Name and meaning of every tag, in reading order.
const TAGS: &[(&str, &str)] = &[
    ("access", "Tokens, machine clients, roles."),
    ("people", "Departments, employees, lecturers and their groups."),
    ("programmes", "Incentive programmes with their rules, policies and periods."),
    ("sessions", "Sessions from plan to delivery, with attendance."),
    ("content", "Content, its reuse, and application cases."),
    ("feedback", "Ratings and texts of learners."),
    ("scores", "Scorecards with their statement, and boards with ranks."),
    ("closing", "Closing a period: what only then pays."),
    ("rewards", "The ledger of rewards, its approval, certificates."),
    ("payroll", "Batches that payroll pulls and acknowledges."),
    ("growth", "Promotion policies, checks with evidence, applications."),
    ("imports", "Facts from files."),
    ("jobs", "Long work with progress."),
    ("audit", "The operation log."),
    ("service", "Health and the meaning of problem codes."),
];

/// Operations that only read, and POST because their question is too long for a query.
const READS_BY_POST: &[&str] = &["create_promotion_check", "resolve_employees"];

/// Operations that cannot be called without an `Idempotency-Key`: money moves.
const MOVES_MONEY: &[&str] = &[
    "approve_reward",
    "approve_rewards",
    "create_payroll_acknowledgement",
    "create_payroll_batch",
    "lock_payroll_batch",
    "reject_reward",
    "void_payroll_batch",
];

/// Operations that replace nothing a caller could have read before: they take no `If-Match`.
const WITHOUT_IF_MATCH: &[&str] = &["put_my_feedback", "put_external_values"];

/// The document before any operation is in it.
#[must_use]
pub fn base() -> OpenApi {
    // The generator collects what bodies refer to; problems are added by hand, and so is what only a query names.
    let components = ComponentsBuilder::new()
        .schema("Problem", Problem::schema())
        .schema("ProblemError", ProblemError::schema())
        .schema("ExportFormat", ExportFormat::schema())
        .security_scheme("oauth2", client_credentials())
        .security_scheme("bearer", persons_token())
        .build();
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([server()]))
        .tags(Some(
            TAGS.iter().map(|(name, meaning)| TagBuilder::new().name(*name).description(Some(*meaning)).build()),
        ))
        .components(Some(components))
        .build()
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Lectern")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Runs a company's internal-lecturer incentive programme: from planned sessions to the score, the reward, the payroll \
             line and the promotion answer. Everything that goes wrong is a problem document (RFC 9457) whose `code` is stable.",
        ))
        .contact(Some(ContactBuilder::new().name(Some("Lectern")).email(Some("lectern@example.com")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build()
}

fn client_credentials() -> SecurityScheme {
    let scopes = Scopes::from_iter(rights::ALL.iter().map(|(scope, meaning, _)| (*scope, *meaning)));
    let flow = Flow::ClientCredentials(ClientCredentials::new("/oauth/token", scopes));
    let words = "The token of a machine client: a JWT of Lectern's own (RFC 9068), handled as RFC8725 asks. It lives 15 minutes; \
                 a new one is had with the same credentials.";
    SecurityScheme::OAuth2(OAuth2::with_description([flow], words))
}

fn persons_token() -> SecurityScheme {
    let words = "The token of a person: a JWT of an OIDC issuer that the installation trusts, handled as RFC8725 asks. What the \
                 person may do follows from the roles they have in Lectern.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(words));
    SecurityScheme::Http(scheme.build())
}

fn server() -> Server {
    let words = "This installation, be it for production or for a test.";
    let mut server = ServerBuilder::new().url("/").description(Some(words)).build();
    server.extensions = Some(Extensions::from_iter([("x-internal", false)]));
    server
}

/// Adds to every operation what all of its kind share.
#[must_use]
pub fn complete(mut document: OpenApi) -> OpenApi {
    TaggedUnions.modify(&mut document);
    let mut shared = BTreeSet::new();
    for (path, item) in &mut document.paths.paths {
        let has_id = path.contains('{');
        for (method, operation) in operations(item) {
            complete_operation(operation, method, has_id);
            let own = operation.responses.responses.iter();
            let referred = own.filter(|(_, response)| matches!(response, RefOr::Ref(_)));
            shared.extend(referred.filter_map(|(status, _)| status.parse::<u16>().ok()));
        }
    }
    if let Some(components) = document.components.as_mut() {
        shared::add_components(components, &shared);
        bounds::complete_components(components);
    }
    document
}

/// The operations of a path, with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("post", &mut item.post),
        ("put", &mut item.put),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

fn complete_operation(operation: &mut Operation, method: &str, has_id: bool) {
    let guarded = is_guarded(operation);
    secure(operation);
    let is_one_of = |names: &[&str]| operation.operation_id.as_deref().is_some_and(|id| names.contains(&id));
    let only_reads = method == "get" || is_one_of(READS_BY_POST);
    let is_token = is_one_of(&["create_token"]);
    let is_import = is_one_of(&["create_import"]);
    let takes_match = matches!(method, "put" | "patch" | "delete") && !is_one_of(WITHOUT_IF_MATCH);
    let takes_key = method == "post" && guarded && !only_reads;
    if takes_key {
        let required = is_one_of(MOVES_MONEY);
        add_parameter(operation, idempotency_key(required));
    }
    if takes_match || named(operation, "If-Match").is_some() {
        add_parameter(operation, if_match());
    }
    let has_body = operation.request_body.is_some();
    let needs_match = named(operation, "If-Match").map(|parameter| parameter.required == Required::True);
    let cases: [(bool, &[u16]); 9] = [
        (true, &[400, 429, 500, 503]),
        (guarded, &[401, 403]),
        (is_token, &[401]),
        (has_id, &[404]),
        (has_body, if is_token { &[408, 413, 415] } else { &[408, 413, 415, 422] }),
        (takes_key, &[422]),
        (!only_reads && guarded, &[409]),
        (needs_match.is_some(), &[412]),
        (needs_match == Some(true), &[428]),
    ];
    for status in cases.iter().filter(|(applies, _)| *applies).flat_map(|(_, statuses)| *statuses) {
        shared::add_problem(operation, *status);
    }
    shared::add_headers(operation);
    if method == "patch" {
        name_merge_patch(operation);
    }
    bounds::complete_operation(operation);
    if is_import {
        let columns =
            format!("\n\nThe files and their columns, bold where a file must have them:\n\n{}", describe_columns());
        operation.description.get_or_insert_default().push_str(columns.trim_end());
    }
}

/// A body that is JSON may also be called what it is: a merge patch.
fn name_merge_patch(operation: &mut Operation) {
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && let Some(json) = body.content.get("application/json").cloned()
    {
        body.content.insert(MERGE_PATCH_JSON.to_owned(), json);
    }
}

/// What needs a token takes a client's or a person's; what needs none says so.
fn secure(operation: &mut Operation) {
    let requirements = operation.security.get_or_insert_default();
    if requirements.is_empty() {
        requirements.push(SecurityRequirement::default());
    }
    let is_open = requirements.contains(&SecurityRequirement::default());
    if requirements.len() == 1 && !is_open {
        requirements.push(SecurityRequirement::new("bearer", [""; 0]));
    }
}

/// Adds a parameter, or its form to the one that the handler describes itself.
fn add_parameter(operation: &mut Operation, parameter: Parameter) {
    match named(operation, &parameter.name) {
        Some(own) => own.schema = parameter.schema,
        None => operation.parameters.get_or_insert_default().push(RefOr::T(parameter)),
    }
}

fn named<'o>(operation: &'o mut Operation, name: &str) -> Option<&'o mut Parameter> {
    operation.parameters.iter_mut().flatten().find_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.name == name => Some(parameter),
        _ => None,
    })
}

/// `Idempotency-Key`, which must be sent where money moves.
fn idempotency_key(required: bool) -> Parameter {
    let meaning = "Makes a retry safe: the same key and body get the same answer.";
    let example = "3f0c9a2e-7b1d-4c55-9e0a-5d2f8b6c1a47";
    let mut parameter = header("Idempotency-Key", meaning, ("^[!-~]+$", 255), example);
    parameter.required = if required { Required::True } else { Required::False };
    parameter
}

fn header(name: &str, description: &str, (pattern, max_length): (&str, usize), example: &str) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(max_length))
        .pattern(Some(pattern))
        .examples([serde_json::Value::from(example)]);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// `If-Match` of an operation that cannot be called without it.
fn if_match() -> Parameter {
    let mut parameter = header(
        "If-Match",
        "The ETag that was read, so that nobody's change is lost. That of a compressed answer is weak and names the same version.",
        ("^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)$", 1000),
        "\"7\"",
    );
    parameter.required = Required::True;
    parameter
}
