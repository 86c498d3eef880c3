//! What the contract says beyond its handlers: the service itself, how callers authenticate, and what every operation shares
//! (headers that it understands, problems that it can answer with).

use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ClientCredentials, Flow, Http, HttpAuthScheme, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, ContentBuilder, Info, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi,
    OpenApiBuilder, PathItem, Ref, RefOr, Required, ResponseBuilder, ServerBuilder, Type,
};
use utoipa::{Modify as _, PartialSchema as _};

use crate::auth::rights;
use crate::http::{PROBLEM_JSON, Problem, ProblemError, TaggedUnions};

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

/// The document before any operation is in it.
#[must_use]
pub fn base() -> OpenApi {
    let problem = |name: &str, schema| (name.to_owned(), schema);
    let components = ComponentsBuilder::new()
        .schemas_from_iter([problem("Problem", Problem::schema()), problem("ProblemError", ProblemError::schema())])
        .security_scheme("oauth2", client_credentials())
        .security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .build();
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([ServerBuilder::new().url("/").description(Some("This installation.")).build()]))
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
    SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(ClientCredentials::new("/oauth/token", scopes))]))
}

/// Adds to every operation what all of its kind share.
#[must_use]
pub fn complete(mut document: OpenApi) -> OpenApi {
    TaggedUnions.modify(&mut document);
    for (path, item) in &mut document.paths.paths {
        let has_id = path.contains('{');
        for (method, operation) in operations(item) {
            complete_operation(operation, method, has_id);
        }
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

/// Operations that only read, and POST because their question is too long for a query.
const READS_BY_POST: &[&str] = &["resolve_employees"];

fn complete_operation(operation: &mut Operation, method: &str, has_id: bool) {
    let only_reads = method == "get" || operation.operation_id.as_deref().is_some_and(|id| READS_BY_POST.contains(&id));
    let guarded = operation.security.as_ref().is_some_and(|security| !security.is_empty());
    let is_token = operation.operation_id.as_deref() == Some("create_token");
    if method == "post" && guarded && !only_reads {
        add_parameter(
            operation,
            header(
                "Idempotency-Key",
                "Makes a retry safe: the same key and body get the same answer.",
                "^[!-~]+$",
                255,
            ),
        );
    }
    if matches!(method, "put" | "patch" | "delete") {
        add_parameter(operation, if_match());
    }
    let needs_match = operation.parameters.iter().flatten().any(|parameter| is_named(parameter, "If-Match"));
    let mut problems = vec![
        (400, "The request cannot be read."),
        (500, "Something went wrong here."),
        (503, "Not available right now."),
    ];
    if guarded {
        problems.extend([(401, "No valid access token."), (403, "No role of the caller gives the right.")]);
    }
    if is_token {
        problems.push((401, "No such client, or another secret."));
    }
    if has_id {
        problems.push((404, "There is no such thing, or the caller may not see it."));
    }
    if operation.request_body.is_some() {
        problems.extend([(413, "The body is too large."), (415, "The body is of another media type.")]);
    }
    if operation.request_body.is_some() && !is_token {
        problems.push((422, "Invalid values, or refused by a rule."));
    }
    if !only_reads && guarded {
        problems.push((409, "The state does not allow it."));
    }
    if needs_match {
        problems.extend([(412, "It has changed since it was read."), (428, "`If-Match` is missing.")]);
    }
    for (status, description) in problems {
        add_problem(operation, status, description);
    }
}

fn add_parameter(operation: &mut Operation, parameter: Parameter) {
    let parameters = operation.parameters.get_or_insert_default();
    if !parameters.iter().any(|own| is_named(own, &parameter.name)) {
        parameters.push(RefOr::T(parameter));
    }
}

fn is_named(parameter: &RefOr<Parameter>, name: &str) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == name)
}

fn header(name: &str, description: &str, pattern: &str, max_length: usize) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(max_length))
        .pattern(Some(pattern));
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
        "The ETag that was read, so that nobody's change is lost.",
        "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)$",
        1000,
    );
    parameter.required = Required::True;
    parameter
}

/// A problem that the operation can answer with, unless its own annotation says it better.
fn add_problem(operation: &mut Operation, status: u16, description: &str) {
    let key = status.to_string();
    if operation.responses.responses.contains_key(&key) {
        return;
    }
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    let mut response = ResponseBuilder::new().description(description).content(PROBLEM_JSON, content);
    if status == 503 {
        let seconds = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Int32)));
        response = response.header("Retry-After", Header::new(seconds.minimum(Some(0)).maximum(Some(3600)).build()));
    }
    operation.responses.responses.insert(key, RefOr::T(response.build()));
}
