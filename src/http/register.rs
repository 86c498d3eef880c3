//! How operations come into the service. `operations!` at the head of a file takes the handlers of the file: it registers them
//! with the framework and describes them in the contract. What the types of a handler's arguments already say (the right of a
//! `Call`, the parameters of a page) is read from them, so that `#[utoipa::path]` does not repeat it.

use std::collections::BTreeMap;

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpRequest, Responder, Scope, web};
use utoipa::IntoParams;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, PathItem};

use super::body::{Body, Json};
use super::extract::{Path, Query};
use super::page::Paged;
use super::tables::Tabled;

/// Makes the function `routes`, which registers these handlers. After a semicolon: the `routes` of the feature's other files.
macro_rules! operations {
    ($($handler:ident),+ $(,)? $(; $($other:path),+ $(,)?)?) => {
        /// Registers the operations.
        pub fn routes(operations: &mut $crate::http::Operations<'_>) {
            #[derive(utoipa::OpenApi)]
            #[openapi(paths($($handler),+))]
            struct Described;
            operations.describe(<Described as utoipa::OpenApi>::openapi);
            $(operations.handle(stringify!($handler), $handler);)+
            $($($other(operations);)+)?
        }
    };
}
pub(crate) use operations;

/// Where each operation is served, by its id.
pub type Places = BTreeMap<String, (String, Method)>;

/// What is served, by the literal head of its path, its method and the number of its segments. The framework tries one path after the
/// other: like this, it tries few.
#[derive(Default)]
pub struct Scopes(BTreeMap<(String, String, usize), Scope>);

impl Scopes {
    fn add<F, A>(&mut self, path: &str, method: Method, handler: F)
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let (head, rest) = path.split_at(literal_head(path));
        let number = segments(path);
        let place = (head.to_owned(), method.as_str().to_owned(), number);
        let alike = || web::scope(head).guard(guard::Method(method)).guard(has_segments(number));
        let scope = self.0.remove(&place).unwrap_or_else(alike);
        self.0.insert(place, scope.service(web::resource(rest).to(handler)));
    }

    /// Hands them to the framework.
    pub fn register(self, config: &mut web::ServiceConfig) {
        for scope in self.0.into_values() {
            config.service(scope);
        }
    }
}

/// The length of the first two segments of a path, or of as many of them as are no parameters.
fn literal_head(path: &str) -> usize {
    let literal = path.find("/{").unwrap_or(path.len());
    path.match_indices('/').nth(2).map_or(literal, |(third, _)| third.min(literal))
}

/// The number of segments of a path.
fn segments(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count()
}

/// Lets requests pass whose path has so many segments.
fn has_segments(number: usize) -> impl Guard {
    guard::fn_guard(move |asked| segments(asked.head().uri.path()) == number)
}

/// What the operations are gone through for.
pub enum Operations<'c> {
    /// The contract describes them.
    Contract(&'c mut OpenApi),
    /// A worker of the server serves them, at the places that the contract gives them.
    Service(&'c mut Scopes, &'c Places),
}

impl Operations<'_> {
    /// Takes in a feature. In the contract, its operations get its tag.
    pub fn feature(&mut self, tag: &str, routes: fn(&mut Operations<'_>)) {
        routes(self);
        let Self::Contract(document) = self else { return };
        for (_, operation) in document.paths.paths.values_mut().flat_map(by_method) {
            let tags = operation.tags.get_or_insert_default();
            if tags.is_empty() {
                tags.push(tag.to_owned());
            }
        }
    }

    /// Adds operations to the contract, as the generator describes them.
    pub fn describe(&mut self, described: fn() -> OpenApi) {
        if let Self::Contract(document) = self {
            document.merge(described());
        }
    }

    /// Adds to the contract what the arguments of a handler say about its operation, or serves the operation.
    pub fn handle<F, A>(&mut self, id: &str, handler: F)
    where
        F: Handler<A>,
        A: Arguments + FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        match self {
            Self::Contract(document) => {
                let mut all = document.paths.paths.values_mut().flat_map(by_method);
                if let Some((_, operation)) = all.find(|(_, operation)| operation.operation_id.as_deref() == Some(id)) {
                    A::describe(operation);
                }
            }
            Self::Service(scopes, places) => {
                if let Some((path, method)) = places.get(id) {
                    scopes.add(path, method.clone(), handler);
                }
            }
        }
    }
}

/// The places of the operations of the contract.
#[must_use]
pub fn places(document: &mut OpenApi) -> Places {
    let mut places = Places::new();
    for (path, item) in &mut document.paths.paths {
        let ids = by_method(item).filter_map(|(method, operation)| Some((operation.operation_id.clone()?, method)));
        places.extend(ids.map(|(id, method)| (id, (path.clone(), method))));
    }
    places
}

/// The operations of a path, with their methods.
pub fn by_method(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// An argument of a handler.
pub trait Argument {
    /// Adds to the operation what the argument says about it, unless the generator knows it by the type's name.
    fn describe(_operation: &mut Operation) {}
}

impl Argument for Body {}
impl Argument for HttpRequest {}
impl<T> Argument for Json<T> {}
impl<T> Argument for Path<T> {}
impl<T> Argument for Query<T> {}
impl<T> Argument for web::Data<T> {}

impl<Q: IntoParams> Argument for Paged<Q> {
    fn describe(operation: &mut Operation) {
        let parameters = Self::into_params(|| None).into_iter().map(Into::into);
        operation.parameters.get_or_insert_default().splice(..0, parameters);
    }
}

impl<Q: IntoParams> Argument for Tabled<Q> {
    fn describe(operation: &mut Operation) {
        let filters = Q::into_params(|| Some(ParameterIn::Query)).into_iter().map(Into::into);
        operation.parameters.get_or_insert_default().splice(..0, filters);
    }
}

/// All arguments of a handler.
pub trait Arguments {
    /// Adds to the operation what each of them says about it.
    fn describe(operation: &mut Operation);
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<$($argument: Argument),*> Arguments for ($($argument,)*) {
            fn describe(_operation: &mut Operation) {
                $($argument::describe(_operation);)*
            }
        }
    };
}

arguments! {}
arguments! { A }
arguments! { A B }
arguments! { A B C }
arguments! { A B C D }

#[cfg(test)]
mod tests {
    use super::literal_head;

    #[test]
    fn a_head_is_two_segments_without_parameters() {
        let head = |path: &'static str| path.split_at(literal_head(path));
        assert_eq!(head("/v1/me"), ("/v1/me", ""));
        assert_eq!(head("/v1/sessions/{id}/my-feedback"), ("/v1/sessions", "/{id}/my-feedback"));
        assert_eq!(head("/v1/employees/batch"), ("/v1/employees", "/batch"));
        assert_eq!(head("/problems/{code}"), ("/problems", "/{code}"));
    }
}
