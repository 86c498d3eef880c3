//! The answers of operations that take facts: the fact, and the closed periods that it belongs to.

use utoipa::PartialSchema as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Components, Schema};
use utoipa::openapi::{Content, Paths, Ref, RefOr};

use crate::http::{STORED, TELLS_CLOSED, take_flag};
use crate::journal::ClosedPeriods;

/// Gives every body of the operation's successes the member that names the closed periods. The schema `X` becomes `StoredX`.
pub fn tell(operation: &mut Operation, components: &mut Components) {
    if !take_flag(operation, TELLS_CLOSED) {
        return;
    }
    let successes = operation.responses.responses.iter_mut().filter(|(status, _)| status.starts_with('2'));
    for (_, response) in successes {
        let RefOr::T(response) = response else { continue };
        for content in response.content.values_mut() {
            if let RefOr::T(Content { schema: Some(schema), .. }) = content
                && let Some(stored) = stored(schema, components)
            {
                *schema = RefOr::Ref(Ref::from_schema_name(stored));
            }
        }
    }
}

/// The name of the schema with the member, which is added to the components.
fn stored(schema: &RefOr<Schema>, components: &mut Components) -> Option<String> {
    let RefOr::Ref(reference) = schema else { return None };
    let own = reference.ref_location.rsplit('/').next()?;
    let name = format!("{STORED}{own}");
    if !components.schemas.contains_key(&name) {
        let RefOr::T(Schema::Object(mut object)) = components.schemas.get(own)?.clone() else { return None };
        let RefOr::T(Schema::Object(told)) = ClosedPeriods::schema() else { return None };
        object.required.extend(told.required);
        object.properties.extend(told.properties);
        components.schemas.insert(name.clone(), RefOr::T(Schema::Object(object)));
    }
    Some(name)
}

/// Removes the schemas without the member that nothing refers to any more.
pub fn remove_unused(paths: &Paths, components: &mut Components) {
    let own: Vec<String> =
        components.schemas.keys().filter_map(|name| name.strip_prefix(STORED)).map(str::to_owned).collect();
    let said = serde_json::to_string(&(paths, &*components)).unwrap_or_default();
    components.schemas.retain(|name, _| !own.contains(name) || said.contains(&format!("/schemas/{name}\"")));
}
