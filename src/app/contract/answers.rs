//! What a successful answer is, wherever its handler says no more than its status and its schema do.

use utoipa::openapi::response::Response;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Components, Content, RefOr};

use crate::http::by_method;

/// Describes the successful answers that their handlers do not describe.
pub fn describe(paths: &mut utoipa::openapi::Paths, components: &Components) {
    for (_, operation) in paths.paths.values_mut().flat_map(by_method) {
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                response.description = [of_status(status), of_body(response, components)].concat();
            }
        }
    }
}

fn of_status(status: &str) -> &'static str {
    match status {
        "201" => "Created. ",
        "202" => "Accepted. ",
        "204" => "Done. The response has no body.",
        _ => "",
    }
}

/// The first paragraph of the schema's description.
fn of_body<'c>(response: &Response, components: &'c Components) -> &'c str {
    let described = response.content.values().find_map(|content| {
        let RefOr::T(Content { schema: Some(RefOr::Ref(reference)), .. }) = content else { return None };
        let name = reference.ref_location.rsplit('/').next()?;
        match components.schemas.get(name)? {
            RefOr::T(Schema::Object(object)) => object.description.as_deref(),
            RefOr::T(Schema::AllOf(union)) => union.description.as_deref(),
            RefOr::T(Schema::OneOf(union)) => union.description.as_deref(),
            _ => None,
        }
    });
    described.unwrap_or_default().split("\n\n").next().unwrap_or_default()
}
