//! The routes as the contract has them: which one a path belongs to, and what is answered where none serves it: 405 with `Allow`
//! if the path is served by another method, else 404.
//!
//! The framework guards each handler by its method, answers 404 for a wrong one, and offers `/v1/employees/resolve` to
//! `/v1/employees/{id}` where the methods differ. Here the path decides alone, and a literal segment comes before a parameter.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::Method;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, PathItem};

use crate::error::{Code, Error};

/// The routes of the contract, by the number of their segments.
#[derive(Debug, Clone)]
pub struct Routes(BTreeMap<usize, Vec<Route>>);

/// A path of the contract with its operations.
#[derive(Debug, Clone)]
pub struct Route {
    /// As the contract writes it.
    pub template: String,
    segments: Vec<Segment>,
    /// Method, and whether the operation needs a token.
    operations: Vec<(Method, bool)>,
}

/// Literals come first in the order of routes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter,
}

impl Routes {
    /// Takes them from the document.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        let mut routes: BTreeMap<usize, Vec<Route>> = BTreeMap::new();
        for (path, item) in &document.paths.paths {
            let route = Route::of(path, item);
            routes.entry(route.segments.len()).or_default().push(route);
        }
        for alike in routes.values_mut() {
            alike.sort_by(|a, b| a.segments.cmp(&b.segments));
        }
        Self(routes)
    }

    /// The route that a path belongs to, whatever the method.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Route> {
        let segments: Vec<&str> = path.split('/').collect();
        self.0.get(&segments.len())?.iter().find(|route| route.matches(&segments))
    }

    /// The problem for a request that no handler took.
    #[must_use]
    pub fn refuse(&self, request: &HttpRequest) -> Error {
        let route = self.find(request.path());
        route.and_then(|route| route.refuse(request.method())).unwrap_or_else(|| Error::new(Code::NoSuchRoute))
    }
}

impl Route {
    fn of(path: &str, item: &PathItem) -> Self {
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
        let there = |(method, operation): (Method, &Option<Operation>)| Some((method, is_guarded(operation.as_ref()?)));
        Self {
            template: path.to_owned(),
            segments: path.split('/').map(segment).collect(),
            operations: operations.into_iter().filter_map(there).collect(),
        }
    }

    fn matches(&self, segments: &[&str]) -> bool {
        self.segments.iter().zip(segments).all(|(own, given)| match own {
            Segment::Literal(text) => text == given,
            Segment::Parameter => !given.is_empty(),
        })
    }

    /// Whether the operation of this method needs a token.
    #[must_use]
    pub fn is_guarded(&self, method: &Method) -> bool {
        self.operations.iter().any(|(own, guarded)| own == method && *guarded)
    }

    /// The problem (405) for a method that the path does not serve.
    #[must_use]
    pub fn refuse(&self, method: &Method) -> Option<Error> {
        let serves = |wanted: &Method| self.operations.iter().any(|(own, _)| own == wanted);
        if serves(method) || (method == Method::HEAD && serves(&Method::GET)) {
            return None;
        }
        let mut allowed: Vec<&str> = self.operations.iter().map(|(own, _)| own.as_str()).collect();
        if serves(&Method::GET) {
            allowed.push(Method::HEAD.as_str());
        }
        Some(Error::new(Code::MethodNotAllowed).with("allowed", allowed.join(", ")))
    }
}

/// Whether an operation needs a token: an empty requirement is none.
#[must_use]
pub fn is_guarded(operation: &Operation) -> bool {
    let requirements = operation.security.as_deref().unwrap_or_default();
    !requirements.is_empty() && !requirements.contains(&SecurityRequirement::default())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use utoipa::openapi::path::OperationBuilder;
    use utoipa::openapi::{HttpMethod, PathsBuilder};

    use super::*;

    fn routes() -> Routes {
        let guarded = || OperationBuilder::new().security(SecurityRequirement::new("oauth2", ["a:read"]));
        let paths = PathsBuilder::new()
            .path("/v1/people/{id}", PathItem::new(HttpMethod::Get, guarded()))
            .path("/v1/people/resolve", PathItem::new(HttpMethod::Post, guarded()))
            .path("/open", PathItem::new(HttpMethod::Get, OperationBuilder::new()));
        Routes::of(&OpenApi::new(utoipa::openapi::Info::new("x", "1"), paths.build()))
    }

    fn refused(method: Method, path: &str) -> (Code, Option<String>) {
        let error = routes().refuse(&TestRequest::default().method(method).uri(path).to_http_request());
        (error.code, error.params.get("allowed").cloned())
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
        let allowed = |text: &str| Some(text.to_owned());
        assert_eq!(refused(Method::GET, "/v1/people/resolve"), (Code::MethodNotAllowed, allowed("POST")));
        assert_eq!(refused(Method::TRACE, "/v1/people/7"), (Code::MethodNotAllowed, allowed("GET, HEAD")));
        assert_eq!(refused(Method::GET, "/nowhere"), (Code::NoSuchRoute, None));
    }

    #[test]
    fn it_is_known_what_needs_a_token() {
        let routes = routes();
        let guarded = |path: &str, method| routes.find(path).unwrap().is_guarded(&method);
        assert!(guarded("/v1/people/7", Method::GET) && guarded("/v1/people/resolve", Method::POST));
        assert!(!guarded("/open", Method::GET) && !guarded("/v1/people/7", Method::DELETE));
    }
}
