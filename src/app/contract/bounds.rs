//! Bounds that follow from a value's type, so that no wire type repeats them: the length of a UUID, an instant or a date, and the
//! range of an integer. Every text also excludes the character NUL, which the extractors refuse.

use utoipa::Number;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Object, Schema, SchemaType, Type};
use utoipa::openapi::{Components, Content, KnownFormat, RefOr, SchemaFormat};

use super::texts::each_child;
use crate::kernel::text::MAX_CODE_CHARS;

/// The pattern of a text that has no other pattern or format.
const NO_NUL: &str = "^[^\\x00]*$";

/// Adds the bounds to every named schema.
pub fn complete_components(components: &mut Components) {
    components.schemas.values_mut().for_each(complete);
}

/// Adds the bounds to everything that the operation defines itself.
pub fn complete_operation(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(Parameter { schema: Some(schema), .. }) = parameter {
            complete(schema);
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(complete_content);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(Response { content, headers, .. }) = response {
            content.values_mut().for_each(complete_content);
            for header in headers.values_mut() {
                if let RefOr::T(header) = header {
                    header.schema.iter_mut().for_each(complete_header);
                }
            }
        }
    }
}

/// The longest header, in characters. Proxies on the way would refuse a longer one.
const MAX_HEADER_CHARS: usize = 4000;

/// Every header that is a text gets a maximum length, even if its handler sets none.
fn complete_header(schema: &mut RefOr<Schema>) {
    complete(schema);
    if let RefOr::T(Schema::Object(object)) = schema
        && object.schema_type == SchemaType::Type(Type::String)
        && object.enum_values.is_none()
    {
        object.max_length.get_or_insert(MAX_HEADER_CHARS);
    }
}

fn complete_content(content: &mut RefOr<Content>) {
    if let RefOr::T(Content { schema: Some(schema), .. }) = content {
        complete(schema);
    }
}

fn complete(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    if let Schema::Object(object) = schema {
        complete_object(object);
    }
    each_child(schema, &mut complete);
}

fn complete_object(object: &mut Object) {
    if is(object, &Type::String) {
        complete_text(object);
    }
    if is(object, &Type::Integer) {
        complete_integer(object);
    }
    if let Some(Schema::Object(name)) = object.property_names.as_deref_mut() {
        // The names of a map's members are codes or labels.
        name.max_length = name.max_length.or(Some(MAX_CODE_CHARS));
        complete_text(name);
    }
}

/// Whether the object is of this type, nullable or not.
fn is(object: &Object, wanted: &Type) -> bool {
    match &object.schema_type {
        SchemaType::Type(own) => own == wanted,
        SchemaType::Array(several) => several.contains(wanted),
        SchemaType::AnyValue => false,
    }
}

fn complete_text(text: &mut Object) {
    let longest = match &text.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)) => Some(36),
        // With nanoseconds and an offset.
        Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)) => Some(35),
        Some(SchemaFormat::KnownFormat(KnownFormat::Date)) => Some(10),
        _ => None,
    };
    if text.enum_values.is_some() {
        return;
    }
    text.max_length = text.max_length.or(longest);
    if text.format.is_none() && text.pattern.is_none() {
        text.pattern = Some(NO_NUL.to_owned());
    }
}

fn complete_integer(integer: &mut Object) {
    let is_int32 = match &integer.format {
        Some(SchemaFormat::KnownFormat(format)) => *format == KnownFormat::Int32,
        Some(SchemaFormat::Custom(format)) => format == "int32",
        None => false,
    };
    let (least, greatest) = if is_int32 { (i32::MIN as isize, i32::MAX as isize) } else { (isize::MIN, isize::MAX) };
    if integer.format.is_none() {
        integer.format = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
    }
    if integer.minimum.is_none() && integer.exclusive_minimum.is_none() {
        integer.minimum = Some(Number::Int(least));
    }
    if integer.maximum.is_none() && integer.exclusive_maximum.is_none() {
        integer.maximum = Some(Number::Int(greatest));
    }
}
