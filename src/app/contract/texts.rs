//! Texts inline: the contract describes a text where it is used, instead of in a component for every length.
//!
//! Requests describe everything that a pattern can say about clean text. Responses give only the length: they may contain
//! texts that were stored under weaker rules.

use std::collections::BTreeSet;

use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::{Components, Content, OpenApi, Ref, RefOr};

use crate::http::by_method;
use crate::kernel::last_day::LastDay;
use crate::kernel::text;

/// The schema that stands in the contract in place of a reference with this name.
fn schema_of(name: &str) -> Option<Object> {
    text::schema_of(name).or_else(|| (name == LastDay::NAME).then(LastDay::object))
}

/// The direction of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Answer,
}

/// The end of a field's comment: this word and an example of the text.
const EXAMPLE: &str = "Example: ";

/// Replaces references to texts by the schemas of the texts. Returns the names of the components that requests refer to.
pub fn inline(document: &mut OpenApi) -> BTreeSet<String> {
    let mut components = document.components.take().unwrap_or_default();
    let mut requested = BTreeSet::new();
    each_operation(document, &mut |way, schema| {
        if way == Way::Request {
            note(schema, &mut requested);
        }
    });
    let requested = with_their_parts(requested, &mut components);
    components.schemas.retain(|name, _| schema_of(name).is_none());
    for (name, schema) in &mut components.schemas {
        put(schema, if requested.contains(name) { Way::Request } else { Way::Answer });
    }
    each_operation(document, &mut |way, schema| put(schema, way));
    document.components = Some(components);
    requested
}

fn each_operation(document: &mut OpenApi, visit: &mut dyn FnMut(Way, &mut RefOr<Schema>)) {
    for (_, operation) in document.paths.paths.values_mut().flat_map(by_method) {
        visit_operation(operation, visit);
    }
}

fn visit_operation(operation: &mut Operation, visit: &mut dyn FnMut(Way, &mut RefOr<Schema>)) {
    let mut visit_content = |way, content: &mut RefOr<Content>| {
        if let RefOr::T(Content { schema: Some(schema), .. }) = content {
            visit(way, schema);
        }
    };
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(|content| visit_content(Way::Request, content));
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(Response { content, .. }) = response {
            content.values_mut().for_each(|content| visit_content(Way::Answer, content));
        }
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(Parameter { schema: Some(schema), .. }) = parameter {
            visit(Way::Request, schema);
        }
    }
}

/// Visits the schemas directly inside this one.
pub fn each_child(schema: &mut Schema, visit: &mut dyn FnMut(&mut RefOr<Schema>)) {
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(&mut *visit);
            if let Some(AdditionalProperties::RefOr(values)) = object.additional_properties.as_deref_mut() {
                visit(values);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                visit(items);
            }
        }
        Schema::OneOf(union) => union.items.iter_mut().for_each(visit),
        Schema::AllOf(union) => union.items.iter_mut().for_each(visit),
        Schema::AnyOf(union) => union.items.iter_mut().for_each(visit),
        _ => {}
    }
}

/// The names of components that the schema refers to.
fn note(schema: &mut RefOr<Schema>, names: &mut BTreeSet<String>) {
    match schema {
        RefOr::Ref(reference) => names.extend(name_of(reference).map(str::to_owned)),
        RefOr::T(schema) => each_child(schema, &mut |child| note(child, names)),
    }
}

/// These components and all components that they refer to.
fn with_their_parts(names: BTreeSet<String>, components: &mut Components) -> BTreeSet<String> {
    let mut open: Vec<String> = names.into_iter().collect();
    let mut all = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(schema) = components.schemas.get_mut(&name) {
            let mut parts = BTreeSet::new();
            note(schema, &mut parts);
            open.extend(parts.into_iter().filter(|part| !all.contains(part) && *part != name));
        }
        all.insert(name);
    }
    all
}

fn name_of(reference: &Ref) -> Option<&str> {
    reference.ref_location.strip_prefix("#/components/schemas/")
}

/// Replaces the references to texts inside the schema.
fn put(schema: &mut RefOr<Schema>, way: Way) {
    let text = match &*schema {
        RefOr::Ref(reference) => text_of(reference, way),
        RefOr::T(Schema::OneOf(union)) => text_or_null(union, way),
        RefOr::T(_) => None,
    };
    match (text, schema) {
        (Some(text), schema) => *schema = RefOr::T(Schema::Object(text)),
        (None, RefOr::T(schema)) => each_child(schema, &mut |child| put(child, way)),
        (None, RefOr::Ref(_)) => {}
    }
}

/// The text that the reference stands for, with the description beside the reference.
fn text_of(reference: &Ref, way: Way) -> Option<Object> {
    let mut text = schema_of(name_of(reference)?)?;
    if way == Way::Answer {
        (text.min_length, text.pattern) = (None, None);
    }
    let (description, example) = match reference.description.rsplit_once('\n') {
        Some((description, last)) if last.starts_with(EXAMPLE) => (description, last.strip_prefix(EXAMPLE)),
        _ => (reference.description.as_str(), None),
    };
    let (description, example) = match description.strip_prefix(EXAMPLE) {
        Some(only) => ("", Some(only)),
        None => (description, example),
    };
    text.description = Some(description.trim_end().to_owned()).filter(|description| !description.is_empty());
    text.examples = example.map(std::convert::Into::into).into_iter().collect();
    text.default.clone_from(&reference.default);
    Some(text)
}

/// The same if null is also allowed: the generator makes a union of it.
fn text_or_null(union: &OneOf, way: Way) -> Option<Object> {
    let [RefOr::Ref(reference), RefOr::T(Schema::Object(null))] = union.items.as_slice() else { return None };
    if null.schema_type != SchemaType::Type(Type::Null) {
        return None;
    }
    let mut text = text_of(reference, way)?;
    text.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    if text.description.is_none() {
        text.description.clone_from(&union.description);
    }
    text.default = text.default.or_else(|| union.default.clone());
    Some(text)
}
