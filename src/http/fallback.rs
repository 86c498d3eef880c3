//! The routes of the contract: which route a path belongs to, and the answer if no operation serves the request: 405 with `Allow`
//! if the path has other methods, otherwise 404.
//!
//! The framework guards each handler by its method, answers 404 for a wrong method, and matches `/v1/employees/resolve` to
//! `/v1/employees/{id}` if the methods differ. Here only the path decides, and a literal segment wins over a parameter.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, PathItem, RefOr, Required};

use super::body_form::{BodyForm, NamedShapes, named_shapes};
use super::operation::{IDEMPOTENCY_KEY, IF_MATCH, tells_closed};
use crate::error::{Code, Error};
use crate::kernel::phrases::RequestProblem;

/// The routes of the contract, by their number of segments and the literal that tells most of them apart.
#[derive(Debug, Clone)]
pub struct Routes(BTreeMap<(usize, String), Vec<Route>>);

/// Which segment that is: of `/v1/sessions/{id}` it is `sessions`.
const TELLING: usize = 2;

/// A path of the contract with its operations.
#[derive(Debug, Clone)]
pub struct Route {
    /// The path as written in the contract.
    pub template: String,
    segments: Vec<Segment>,
    operations: Vec<Served>,
}

/// What is checked about an operation before its handler runs.
#[derive(Debug, Clone)]
pub struct Served {
    method: Method,
    /// Whether it may find that the caller is nobody (401).
    judges_callers: bool,
    /// Whether it has query parameters.
    takes_query: bool,
    /// What its body is like; none if it takes none.
    pub body: Option<Arc<BodyForm>>,
    /// Whether it requires an `Idempotency-Key`.
    pub needs_key: bool,
    /// Whether it requires `If-Match`; none if it does not take it.
    pub needs_match: Option<bool>,
    /// Whether its answer names closed periods.
    pub tells_closed: bool,
}

impl Served {
    fn of(method: Method, operation: &Operation, named: &NamedShapes) -> Self {
        // Parameters by reference are the shared headers, which are never required.
        let own: Vec<&Parameter> = operation.parameters.iter().flatten().filter_map(own).collect();
        let needs = |header: &str| {
            own.iter().find(|own| own.name == header).map(|parameter| parameter.required == Required::True)
        };
        Self {
            method,
            judges_callers: operation.responses.responses.contains_key("401"),
            takes_query: own.iter().any(|parameter| parameter.parameter_in == ParameterIn::Query),
            body: BodyForm::of(operation, named).map(Arc::new),
            needs_key: needs(IDEMPOTENCY_KEY) == Some(true),
            needs_match: needs(IF_MATCH),
            tells_closed: tells_closed(operation),
        }
    }
}

fn own(parameter: &RefOr<Parameter>) -> Option<&Parameter> {
    match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    }
}

/// Literals sort before parameters, so that they win.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter,
}

impl Routes {
    /// Reads the routes from the contract.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        let named = named_shapes(document);
        let mut routes: BTreeMap<(usize, String), Vec<Route>> = BTreeMap::new();
        for (path, item) in &document.paths.paths {
            let route = Route::of(path, item, &named);
            routes.entry((route.segments.len(), route.telling().to_owned())).or_default().push(route);
        }
        for alike in routes.values_mut() {
            alike.sort_by(|a, b| a.segments.cmp(&b.segments));
        }
        Self(routes)
    }

    /// The route of a path, whatever the method.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Route> {
        let segments: Vec<&str> = path.split('/').collect();
        let alike = |telling: &str| self.0.get(&(segments.len(), telling.to_owned())).into_iter().flatten();
        let literal = segments.get(TELLING).copied().unwrap_or_default();
        alike(literal).chain(alike("")).find(|route| route.matches(&segments))
    }

    /// The problem for a request that no handler took.
    #[must_use]
    pub fn refuse(&self, request: &HttpRequest) -> Error {
        let route = self.find(request.path());
        let refused = route.and_then(|route| route.refuse(request.method(), request.query_string()));
        refused.unwrap_or_else(|| Error::new(Code::NoSuchRoute))
    }
}

impl Route {
    fn of(path: &str, item: &PathItem, named: &NamedShapes) -> Self {
        let segment = |part: &str| {
            if part.starts_with('{') { Segment::Parameter } else { Segment::Literal(part.to_owned()) }
        };
        let operations = [
            (Method::GET, &item.get),
            (Method::PUT, &item.put),
            (Method::POST, &item.post),
            (Method::DELETE, &item.delete),
            (Method::PATCH, &item.patch),
        ];
        let there =
            |(method, operation): (Method, &Option<Operation>)| Some(Served::of(method, operation.as_ref()?, named));
        Self {
            template: path.to_owned(),
            segments: path.split('/').map(segment).collect(),
            operations: operations.into_iter().filter_map(there).collect(),
        }
    }

    /// The literal that tells it apart; empty if a parameter stands there, or nothing.
    fn telling(&self) -> &str {
        match self.segments.get(TELLING) {
            Some(Segment::Literal(text)) => text,
            Some(Segment::Parameter) | None => "",
        }
    }

    fn matches(&self, segments: &[&str]) -> bool {
        self.segments.iter().zip(segments).all(|(own, given)| match own {
            Segment::Literal(text) => text == given,
            Segment::Parameter => !given.is_empty(),
        })
    }

    /// The operation with this method.
    #[must_use]
    pub fn served(&self, method: &Method) -> Option<&Served> {
        self.operations.iter().find(|served| served.method == method)
    }

    /// Whether the operation with this method finds out who calls: by a token, or by credentials for one.
    #[must_use]
    pub fn judges_callers(&self, method: &Method) -> bool {
        self.served(method).is_some_and(|served| served.judges_callers)
    }

    /// The problem for a method that the path does not have (405), or for a query on an operation without query parameters (400).
    #[must_use]
    pub fn refuse(&self, method: &Method, query: &str) -> Option<Error> {
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        let Some(served) = self.served(wanted) else { return Some(self.not_allowed()) };
        let unknown = !served.takes_query && !query.is_empty();
        unknown.then(|| Error::new(Code::InvalidQuery).with("problem", RequestProblem::NoParametersTaken))
    }

    fn not_allowed(&self) -> Error {
        let mut allowed: Vec<&str> = self.operations.iter().map(|served| served.method.as_str()).collect();
        if self.served(&Method::GET).is_some() {
            allowed.push(Method::HEAD.as_str());
        }
        Error::method_not_allowed(&allowed)
    }
}

/// Whether an operation requires a token. An empty requirement means that none is needed.
#[must_use]
pub fn is_guarded(operation: &Operation) -> bool {
    let requirements = operation.security.as_deref().unwrap_or_default();
    !requirements.is_empty() && !requirements.contains(&SecurityRequirement::default())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use utoipa::IntoParams as _;
    use utoipa::openapi::path::OperationBuilder;
    use utoipa::openapi::{HttpMethod, PathsBuilder, ResponseBuilder};

    use super::super::operation::{IfMatch, RequiredIdempotencyKey};
    use super::*;
    use crate::error::Remedy;

    fn routes() -> Routes {
        let guarded = || OperationBuilder::new().response("401", ResponseBuilder::new());
        let paths = PathsBuilder::new()
            .path("/v1/people/{id}", PathItem::new(HttpMethod::Get, guarded()))
            .path("/v1/people/resolve", PathItem::new(HttpMethod::Post, guarded()))
            .path("/open", PathItem::new(HttpMethod::Get, OperationBuilder::new()));
        Routes::of(&OpenApi::new(utoipa::openapi::Info::new("x", "1"), paths.build()))
    }

    fn refused(method: Method, path: &str) -> (Code, Option<Remedy>) {
        let error = routes().refuse(&TestRequest::default().method(method).uri(path).to_http_request());
        (error.code, error.remedy.map(|remedy| *remedy))
    }

    #[test]
    fn a_literal_segment_comes_before_a_parameter() {
        let routes = routes();
        let template = |path: &str| routes.find(path).map(|route| route.template.as_str());
        assert_eq!(template("/v1/people/resolve"), Some("/v1/people/resolve"));
        assert_eq!(template("/v1/people/7"), Some("/v1/people/{id}"));
        assert_eq!(template("/v1/people/"), None);
        assert_eq!(template("/v1/people/7/x"), None);
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let allowed = |text: &str| Some(Remedy::UseMethods(text.to_owned()));
        assert_eq!(refused(Method::GET, "/v1/people/resolve"), (Code::MethodNotAllowed, allowed("POST")));
        assert_eq!(refused(Method::TRACE, "/v1/people/7"), (Code::MethodNotAllowed, allowed("GET, HEAD")));
        assert_eq!(refused(Method::GET, "/nowhere"), (Code::NoSuchRoute, None));
    }

    #[test]
    fn a_query_is_refused_where_no_parameter_is_declared() {
        assert_eq!(refused(Method::GET, "/open?x=1"), (Code::InvalidQuery, None));
        let route = routes().find("/open").cloned().unwrap();
        assert!(route.refuse(&Method::GET, "").is_none() && route.refuse(&Method::HEAD, "").is_none());
    }

    #[test]
    fn it_is_known_what_a_request_must_bring() {
        let taught = || OperationBuilder::new().parameters(Some(RequiredIdempotencyKey::into_params(|| None)));
        let paths = PathsBuilder::new()
            .path("/a", PathItem::new(HttpMethod::Post, taught().parameters(Some(IfMatch::into_params(|| None)))))
            .path("/b", PathItem::new(HttpMethod::Put, OperationBuilder::new()));
        let routes = Routes::of(&OpenApi::new(utoipa::openapi::Info::new("x", "1"), paths.build()));
        let served = |path: &str, method| routes.find(path).unwrap().served(&method).cloned();
        let post = served("/a", Method::POST).unwrap();
        assert!(post.needs_key && post.needs_match == Some(false) && post.body.is_none());
        let put = served("/b", Method::PUT).unwrap();
        assert!(!put.needs_key && put.needs_match.is_none());
        assert!(served("/a", Method::PUT).is_none());
    }

    #[test]
    fn it_is_known_what_judges_its_callers() {
        let routes = routes();
        let judges = |path: &str, method| routes.find(path).unwrap().judges_callers(&method);
        assert!(judges("/v1/people/7", Method::GET) && judges("/v1/people/resolve", Method::POST));
        assert!(!judges("/open", Method::GET) && !judges("/v1/people/7", Method::DELETE));
    }
}
