//! What a request may send and what an answer always contains, where the wire types do not say it.
//!
//! A request may write a decimal as an integer; an answer never does. A member of an answer that may be null is always there. A
//! member that an answer leaves out is never null in it, and therefore stays optional.

use std::collections::BTreeSet;

use utoipa::openapi::schema::{Array, Object, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::{Components, Ref, RefOr};

use super::texts::each_child;
use crate::kernel::decimal;

/// Name of the schema of a decimal in an answer.
const DECIMAL: &str = "Decimal";
/// Name of the schema of a decimal in a request.
const DECIMAL_INPUT: &str = "DecimalInput";

/// Tells the two ways apart. `requested` are the schemas that requests refer to; answers may contain them too.
pub fn tell_apart(components: &mut Components, requested: &BTreeSet<String>) {
    for (name, schema) in &mut components.schemas {
        if requested.contains(name) {
            allow_integers(schema);
        } else {
            require_members(schema);
        }
    }
    let input = decimal::input_schema(Ref::from_schema_name(DECIMAL));
    components.schemas.insert(DECIMAL_INPUT.to_owned(), input);
}

fn allow_integers(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::Ref(reference) => {
            if reference.ref_location == Ref::from_schema_name(DECIMAL).ref_location {
                reference.ref_location = Ref::from_schema_name(DECIMAL_INPUT).ref_location;
            }
        }
        RefOr::T(schema) => each_child(schema, &mut allow_integers),
    }
}

fn require_members(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        let members = object.properties.iter();
        let always = members.filter(|(name, member)| object.required.contains(name) || may_be_null(member));
        object.required = always.map(|(name, _)| name.clone()).collect();
    }
}

fn may_be_null(schema: &RefOr<Schema>) -> bool {
    let of_type = |schema_type: &SchemaType| match schema_type {
        SchemaType::Type(one) => *one == Type::Null,
        SchemaType::Array(types) => types.contains(&Type::Null),
        SchemaType::AnyValue => false,
    };
    match schema {
        RefOr::T(Schema::Object(Object { schema_type, .. }) | Schema::Array(Array { schema_type, .. })) => {
            of_type(schema_type)
        }
        RefOr::T(Schema::OneOf(OneOf { items, .. })) => items.iter().any(may_be_null),
        _ => false,
    }
}
