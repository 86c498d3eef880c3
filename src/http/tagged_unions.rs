//! Tagged unions in the contract.
//!
//! utoipa writes a variant as `allOf: [the variant's structure, an object with the tag]`. If the structure refuses unknown
//! members (`additionalProperties: false`), it also refuses the tag, and nothing can ever match. This step moves the tag into the
//! structure. The union becomes plain references with a discriminator, which client generators understand best.

use utoipa::Modify;
use utoipa::openapi::schema::{AllOf, Discriminator, Object, OneOf, Schema};
use utoipa::openapi::{Components, OpenApi, Ref, RefOr};

/// Rewrites every union of the document whose variants are a named structure and a tag.
///
/// A structure may be a variant of only one union, or of several with the same tag and value.
#[derive(Debug, Clone, Copy)]
pub struct TaggedUnions;

impl Modify for TaggedUnions {
    fn modify(&self, openapi: &mut OpenApi) {
        let Some(components) = openapi.components.as_mut() else { return };
        let names: Vec<String> = components.schemas.keys().cloned().collect();
        for name in names {
            let Some(RefOr::T(Schema::OneOf(union))) = components.schemas.get(&name) else { continue };
            if let Some(variants) = tagged_variants(union) {
                rewrite(components, &name, &variants);
            }
        }
    }
}

/// One variant of a union: the reference to its structure, and the object that contains only the tag.
struct Variant {
    reference: Ref,
    tag: Object,
}

/// The variants of a union, if each one is a reference and a tag.
fn tagged_variants(union: &OneOf) -> Option<Vec<Variant>> {
    union.items.iter().map(tagged_variant).collect()
}

fn tagged_variant(item: &RefOr<Schema>) -> Option<Variant> {
    let RefOr::T(Schema::AllOf(AllOf { items, .. })) = item else { return None };
    match items.as_slice() {
        [RefOr::Ref(reference), RefOr::T(Schema::Object(tag))] if tag.properties.len() == 1 => {
            Some(Variant { reference: reference.clone(), tag: tag.clone() })
        }
        _ => None,
    }
}

fn rewrite(components: &mut Components, union: &str, variants: &[Variant]) {
    let mut discriminator = None;
    for Variant { reference, tag } in variants {
        let Some((tag_name, tag_schema)) = tag.properties.first() else { continue };
        let mapping = discriminator.get_or_insert_with(|| Discriminator::new(tag_name));
        if let Some(value) = tag_value(tag_schema) {
            mapping.mapping.insert(value, reference.ref_location.clone());
        }
        let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
        if let Some(RefOr::T(Schema::Object(structure))) = components.schemas.get_mut(name)
            && !structure.properties.contains_key(tag_name)
        {
            structure.properties.insert(tag_name.clone(), tag_schema.clone());
            structure.required.push(tag_name.clone());
        }
    }
    if let Some(RefOr::T(Schema::OneOf(union))) = components.schemas.get_mut(union) {
        union.items = variants.iter().map(|variant| RefOr::Ref(variant.reference.clone())).collect();
        union.discriminator = discriminator;
    }
}

/// The only value of a tag.
fn tag_value(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    let value = object.enum_values.as_ref()?.first()?;
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::OpenApi as _;

    use super::*;
    use crate::programmes::documents::policy::RewardPolicySet;
    use crate::programmes::documents::rule::ScoringRule;

    #[derive(utoipa::OpenApi)]
    #[openapi(components(schemas(ScoringRule, RewardPolicySet)))]
    struct Document;

    #[test]
    fn a_tagged_union_is_references_to_closed_structures() {
        let mut document = Document::openapi();
        TaggedUnions.modify(&mut document);
        let document = serde_json::to_value(document).unwrap();
        let schemas = &document["components"]["schemas"];
        assert_eq!(
            schemas["Curve"]["oneOf"],
            json!([{"$ref": "#/components/schemas/LinearCurve"}, {"$ref": "#/components/schemas/StepCurve"}])
        );
        assert_eq!(
            schemas["Curve"]["discriminator"],
            json!({"propertyName": "kind", "mapping": {"linear": "#/components/schemas/LinearCurve", "steps": "#/components/schemas/StepCurve"}})
        );
        assert_eq!(schemas["LinearCurve"]["properties"]["kind"], json!({"type": "string", "enum": ["linear"]}));
        assert_eq!(schemas["LinearCurve"]["required"], json!(["to", "kind"]));
        for name in ["LinearCurve", "StepCurve", "GradeBonus", "TopN", "Highest", "SessionFee", "Streak", "Notice"] {
            assert_eq!(schemas[name]["additionalProperties"], json!(false), "{name}");
        }
        assert_eq!(schemas["RewardPolicy"]["discriminator"]["mapping"]["top_n"], "#/components/schemas/TopN");
    }
}
