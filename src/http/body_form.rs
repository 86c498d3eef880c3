//! Where the contract has lists and where objects in a body.
//!
//! The parser takes a list for an object too: member by member in their order, also inside of what is tagged with a kind. The
//! contract knows objects by the names of their members alone, so what it says is held against the body.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

use crate::kernel::fault::{Fault, FaultCode, pointer_segment};
use crate::kernel::phrases::Form;

/// As deep as the parser goes.
const MAX_DEPTH: usize = 128;

/// What may stand at a place.
#[derive(Debug, Clone, Default)]
enum Shape {
    #[default]
    Anything,
    /// Neither a list nor an object.
    Scalar,
    List(Box<Shape>),
    Object {
        members: BTreeMap<String, Shape>,
        /// What members of other names have, if they are taken.
        others: Option<Box<Shape>>,
    },
    AnyOf(Vec<Shape>),
    Named(String),
}

/// The shapes of the contract that have a name.
pub type NamedShapes = Arc<BTreeMap<String, NamedShape>>;

/// A shape of the contract that has a name.
#[derive(Debug)]
pub struct NamedShape(Shape);

/// The form of the body of an operation.
#[derive(Debug, Default)]
pub struct BodyForm {
    body: Shape,
    named: NamedShapes,
    /// Whether a request without a body is one whose members are all left out.
    pub may_be_absent: bool,
}

/// Reads the shapes from the contract. They need a small part of its memory.
#[must_use]
pub fn named_shapes(document: &OpenApi) -> NamedShapes {
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    Arc::new(schemas.map(|(name, schema)| (name.clone(), NamedShape(Shape::of(schema)))).collect())
}

impl BodyForm {
    /// The form of the operation's body, if it takes one.
    #[must_use]
    pub fn of(operation: &Operation, named: &NamedShapes) -> Option<Self> {
        let RefOr::T(body) = operation.request_body.as_ref()? else { return Some(Self::default()) };
        let mut schemas = body.content.values().filter_map(|content| match content {
            RefOr::T(content) => content.schema.as_ref(),
            RefOr::Ref(_) => None,
        });
        Some(Self {
            body: schemas.next().map(Shape::of).unwrap_or_default(),
            named: named.clone(),
            may_be_absent: body.required == Some(Required::False),
        })
    }

    /// A fault for each list that stands where the contract has an object. `body` is JSON.
    #[must_use]
    pub fn misplaced_lists(&self, body: &[u8]) -> Vec<Fault> {
        let mut faults = Vec::new();
        if body.contains(&b'[')
            && let Ok(text) = std::str::from_utf8(body)
        {
            self.look(text.trim_ascii(), vec![&self.body], "", MAX_DEPTH, &mut faults);
        }
        faults
    }

    fn look(&self, text: &str, shapes: Vec<&Shape>, pointer: &str, depth: usize, faults: &mut Vec<Fault>) {
        let shapes = self.resolved(shapes);
        let is_free = shapes.iter().any(|shape| matches!(shape, Shape::Anything));
        let Some(depth) = depth.checked_sub(1).filter(|_| !is_free) else { return };
        if text.starts_with('[') {
            let elements: Vec<&Shape> = shapes.iter().filter_map(|shape| shape.element()).collect();
            if !elements.is_empty() {
                let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
                for (index, item) in items.into_iter().enumerate() {
                    self.look(item.get(), elements.clone(), &format!("{pointer}/{index}"), depth, faults);
                }
            } else if shapes.iter().any(|shape| matches!(shape, Shape::Object { .. })) {
                faults.push(Fault::new(pointer, FaultCode::WrongType).with("expected", Form::Object));
            }
        } else if text.starts_with('{') {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
            for (name, value) in members {
                let known = shapes.iter().filter_map(|shape| shape.member(&name)).collect();
                let place = format!("{pointer}/{}", pointer_segment(&name));
                self.look(value.get(), known, &place, depth, faults);
            }
        }
    }

    /// The shapes themselves, for names and choices.
    fn resolved<'s>(&'s self, mut open: Vec<&'s Shape>) -> Vec<&'s Shape> {
        let mut found = Vec::new();
        while let Some(shape) = open.pop() {
            match shape {
                Shape::Named(name) => open.extend(self.named.get(name).map(|NamedShape(shape)| shape)),
                Shape::AnyOf(shapes) => open.extend(shapes),
                other => found.push(other),
            }
        }
        found
    }
}

impl Shape {
    fn of(schema: &RefOr<Schema>) -> Self {
        let any_of = |schemas: &[RefOr<Schema>]| Self::AnyOf(schemas.iter().map(Self::of).collect());
        match schema {
            RefOr::Ref(reference) => {
                Self::Named(reference.ref_location.rsplit('/').next().unwrap_or_default().to_owned())
            }
            RefOr::T(Schema::Array(list)) => Self::List(Box::new(match &list.items {
                ArrayItems::RefOrSchema(item) => Self::of(item),
                ArrayItems::False => Self::Anything,
            })),
            RefOr::T(Schema::Object(object)) => Self::of_object(object),
            RefOr::T(Schema::OneOf(choice)) => any_of(&choice.items),
            RefOr::T(Schema::AllOf(parts)) => any_of(&parts.items),
            RefOr::T(Schema::AnyOf(choice)) => any_of(&choice.items),
            RefOr::T(_) => Self::Anything,
        }
    }

    fn of_object(object: &Object) -> Self {
        let is_object = match &object.schema_type {
            SchemaType::AnyValue => return Self::Anything,
            SchemaType::Type(one) => *one == Type::Object,
            SchemaType::Array(several) => several.contains(&Type::Object),
        };
        if !is_object {
            return Self::Scalar;
        }
        let others = match object.additional_properties.as_deref() {
            Some(AdditionalProperties::RefOr(schema)) => Some(Self::of(schema)),
            Some(AdditionalProperties::FreeForm(false)) => None,
            Some(AdditionalProperties::FreeForm(true)) | None => Some(Self::Anything),
        };
        let members = object.properties.iter().map(|(name, schema)| (name.clone(), Self::of(schema)));
        Self::Object { members: members.collect(), others: others.map(Box::new) }
    }

    /// What the elements of a list have; none if there is no list.
    fn element(&self) -> Option<&Self> {
        match self {
            Self::List(element) => Some(element),
            _ => None,
        }
    }

    /// What the member of an object has.
    fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object { members, others } => members.get(name).or(others.as_deref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: impl IntoIterator<Item = (&'static str, Shape)>) -> Shape {
        let members = members.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
        Shape::Object { members, others: None }
    }

    #[test]
    fn a_list_is_misplaced_where_only_an_object_is_known() {
        let part = || Shape::Named("Part".to_owned());
        let named = NamedShapes::new(BTreeMap::from([(
            "Part".to_owned(),
            NamedShape(object([("key", Shape::Scalar), ("parts", Shape::List(Box::new(part())))])),
        )]));
        let optional = Shape::AnyOf(vec![Shape::Scalar, part()]);
        let body = object([("one", optional), ("many", Shape::List(Box::new(part()))), ("any", Shape::Anything)]);
        let form = BodyForm { body, named, may_be_absent: false };
        for (body, expected) in [
            (r#"{"one": {"key": "a"}, "many": [{"key": "b", "parts": []}], "any": [[]]}"#, vec![]),
            (r#" ["a"]"#, vec![""]),
            (
                r#"{"one": ["a"], "many": [{"parts": [["b"], {"key": "c"}]}, ["d"]]}"#,
                vec!["/many/0/parts/0", "/many/1", "/one"],
            ),
            // What is no object either is for the parser to refuse, and so is a name that nobody knows.
            (r#"{"one": {"key": ["a"]}, "other": [1]}"#, vec![]),
        ] {
            let faults = form.misplaced_lists(body.as_bytes());
            let places: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(places, expected, "{body}");
        }
    }
}
