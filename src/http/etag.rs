//! Entity tags: the version of a resource as a strong ETag, and the preconditions that refer to it (RFC 9110, 13.1).

use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::error::{Code, Error, Result};
use crate::kernel::message::data;
use crate::kernel::phrases::{RequestProblem, Thing};

/// The strong entity tag of a resource's version: `"3"`, including the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub i64);

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl Serialize for ETag {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl utoipa::PartialSchema for ETag {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some("Entity tag of this version, as in the header `ETag` and in `If-Match`."))
            .pattern(Some("^\"[0-9]+\"$"))
            .max_length(Some(22))
            .examples(["\"3\""])
            .into()
    }
}

impl utoipa::ToSchema for ETag {}

/// The version that the caller last saw of the resource that it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precondition(Option<Vec<String>>);

impl Precondition {
    /// The precondition in `If-Match`; 428 if it is required and missing.
    pub fn of(request: &HttpRequest, is_required: bool) -> Result<Self> {
        let Some(tags) = tags(request.headers(), IF_MATCH.as_str())? else {
            return if is_required { Err(Error::new(Code::PreconditionRequired)) } else { Ok(Self(None)) };
        };
        Ok(Self(if tags.iter().any(|tag| tag == "*") { None } else { Some(tags) }))
    }

    /// The precondition that any version meets.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Refuses (412) unless the current version is the one that the caller saw. Compression makes a tag weak. A weak tag is
    /// accepted because it still identifies the version; otherwise callers behind compression could not write.
    pub fn check(&self, present: i64) -> Result<()> {
        let present = ETag(present).to_string();
        match &self.0 {
            Some(tags) if tags.iter().all(|tag| opaque(tag) != present) => {
                Err(Error::new(Code::PreconditionFailed).with("etag", data(present)))
            }
            _ => Ok(()),
        }
    }

    /// Returns the resource to change. Refuses first if there is none (404), then if its version is not the one that the caller saw
    /// (412).
    pub fn admit<T>(&self, thing: Thing, found: Option<T>, version: impl FnOnce(&T) -> i64) -> Result<T> {
        let present = thing.require(found)?;
        self.check(version(&present))?;
        Ok(present)
    }
}

/// Whether `If-None-Match` names `etag` (weak comparison).
pub fn none_match(request: &HttpRequest, etag: &str) -> Result<bool> {
    let tags = tags(request.headers(), IF_NONE_MATCH.as_str())?.unwrap_or_default();
    Ok(tags.iter().any(|tag| tag == "*" || opaque(tag) == opaque(etag)))
}

/// A tag without its weak mark.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The entity tags of a header, from all its lines.
fn tags(headers: &HeaderMap, name: &str) -> Result<Option<Vec<String>>> {
    let invalid =
        || Error::new(Code::InvalidHeader).with("header", data(name)).with("problem", RequestProblem::NotEntityTags);
    let mut found = None;
    for line in headers.get_all(name) {
        let line = line.to_str().map_err(|_| invalid())?;
        let tags: &mut Vec<String> = found.get_or_insert_default();
        let mut rest = line.trim();
        while !rest.is_empty() {
            let (tag, behind) = first_tag(rest).ok_or_else(invalid)?;
            tags.push(tag.to_owned());
            rest = behind;
        }
    }
    Ok(found)
}

/// The first entity tag of a list, and what follows its comma. A tag may contain commas (RFC 9110, 8.8.3).
fn first_tag(list: &str) -> Option<(&str, &str)> {
    let length = if list.starts_with('*') {
        1
    } else {
        let weak = if list.starts_with("W/") { 2 } else { 0 };
        let opaque = list.get(weak..)?.strip_prefix('"')?;
        weak + opaque.find('"')? + 2
    };
    let (tag, behind) = list.split_at_checked(length)?;
    let behind = behind.trim_start();
    match behind.strip_prefix(',') {
        Some(next) => Some((tag, next.trim_start())),
        None => behind.is_empty().then_some((tag, behind)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn precondition(if_match: &str) -> Result<Precondition> {
        Precondition::of(&TestRequest::default().insert_header((IF_MATCH, if_match)).to_http_request(), true)
    }

    #[test]
    fn the_version_that_was_read_passes_and_any_other_fails() {
        assert!(precondition("\"3\"").unwrap().check(3).is_ok());
        assert!(precondition("\"1\", \"3\"").unwrap().check(3).is_ok());
        assert!(precondition("*").unwrap().check(3).is_ok());
        assert!(precondition("\"a, b\",W/\"x\" , \"3\"").unwrap().check(3).is_ok());
        assert_eq!(precondition("\"2\"").unwrap().check(3).unwrap_err().code, Code::PreconditionFailed);
        assert!(precondition("W/\"3\"").unwrap().check(3).is_ok());
        assert_eq!(precondition("W/\"2\"").unwrap().check(3).unwrap_err().code, Code::PreconditionFailed);
    }

    #[test]
    fn what_is_not_there_is_refused_before_its_version() {
        let seen = precondition("\"3\"").unwrap();
        assert_eq!(seen.admit(Thing::Session, Some(3), |version| *version).unwrap(), 3);
        assert_eq!(seen.admit(Thing::Session, None::<i64>, |version| *version).unwrap_err().code, Code::NotFound);
        let refused = seen.admit(Thing::Session, Some(4), |version| *version).unwrap_err();
        assert_eq!(refused.code, Code::PreconditionFailed);
    }

    #[test]
    fn a_header_that_is_no_list_of_tags_is_named() {
        for wrong in ["3", "\"3", "\"3\" \"4\"", "w/\"3\"", "*x", ", \"3\""] {
            assert_eq!(precondition(wrong).unwrap_err().code, Code::InvalidHeader, "{wrong}");
        }
        let absent = Precondition::of(&TestRequest::default().to_http_request(), true);
        assert_eq!(absent.unwrap_err().code, Code::PreconditionRequired);
    }
}
