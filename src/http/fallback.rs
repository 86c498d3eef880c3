//! What is answered where no route matches: 405 with `Allow` if the path is served by another method, else 404.
//!
//! The framework guards each handler by its method and answers 404 for a wrong one, so the paths of the contract are asked.

use actix_web::HttpRequest;
use utoipa::openapi::{HttpMethod, OpenApi};

use crate::error::{Code, Error};

/// The paths of the contract and their methods.
#[derive(Debug, Clone)]
pub struct Routes(Vec<(Vec<String>, Vec<&'static str>)>);

impl Routes {
    /// Takes them from the document.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        let routes = document.paths.paths.iter().map(|(path, item)| {
            let operations = [
                (HttpMethod::Get, "GET", item.get.is_some()),
                (HttpMethod::Put, "PUT", item.put.is_some()),
                (HttpMethod::Post, "POST", item.post.is_some()),
                (HttpMethod::Delete, "DELETE", item.delete.is_some()),
                (HttpMethod::Patch, "PATCH", item.patch.is_some()),
            ];
            let mut methods: Vec<&str> =
                operations.into_iter().filter(|(_, _, there)| *there).map(|(_, name, _)| name).collect();
            if methods.contains(&"GET") {
                methods.push("HEAD");
            }
            (path.split('/').map(str::to_owned).collect(), methods)
        });
        Self(routes.collect())
    }

    /// The problem for a request that no handler took.
    #[must_use]
    pub fn refuse(&self, request: &HttpRequest) -> Error {
        let segments: Vec<&str> = request.path().split('/').collect();
        match self.0.iter().find(|(pattern, _)| matches(pattern, &segments)) {
            Some((_, methods)) if !methods.contains(&request.method().as_str()) => {
                Error::new(Code::MethodNotAllowed).with("allowed", methods.join(", "))
            }
            _ => Error::new(Code::NoSuchRoute),
        }
    }
}

fn matches(pattern: &[String], segments: &[&str]) -> bool {
    let same = |(part, segment): (&String, &&str)| (part.starts_with('{') && !segment.is_empty()) || part == segment;
    pattern.len() == segments.len() && pattern.iter().zip(segments).all(same)
}
