//! A JSON body that was read: parsed, with all faults of its structure, or of its values.

use std::marker::PhantomData;

use actix_web::web::Bytes;
use aws_lc_rs::digest;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;
use validator::Validate;

use super::body_form::BodyForm;
use super::shape::{Found, is_within, shape_faults};
use super::validation::validation_faults;
use crate::error::{Code, Error, Result};
use crate::kernel::fault::{Fault, FaultCode, pointer_segment};
use crate::kernel::message::data;
use crate::kernel::phrases::{Form, RequestProblem, Thing};
use crate::kernel::tagged::located;

/// A JSON body, read but not parsed: the caller's right is checked before the content.
#[derive(Debug)]
pub struct JsonText<T> {
    pub(super) bytes: Bytes,
    pub(super) is_json: bool,
    /// Of a body that is not here as a whole.
    pub(super) sha256: Option<Vec<u8>>,
    pub(super) request: PhantomData<fn() -> T>,
}

impl<T> JsonText<T> {
    /// SHA-256 of the body, byte for byte. A retry must have the same.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        self.sha256.clone().unwrap_or_else(|| fingerprint(&self.bytes))
    }
}

/// SHA-256.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

impl<T: DeserializeOwned + Validate> JsonText<T> {
    /// Parses the request, whose body has this form, and finds the faults of its values. It is refused with all faults of its
    /// structure, and with those of its values if a list is too long to be looked at.
    pub fn parse(&self, form: &BodyForm) -> Result<(T, Vec<Fault>)> {
        let is_absent = form.may_be_absent && self.bytes.trim_ascii().is_empty();
        if !self.is_json && !is_absent {
            return Err(Error::new(Code::UnsupportedMediaType).with("expected", data("application/json (UTF-8)")));
        }
        let bytes: &[u8] = if is_absent { b"{}" } else { &self.bytes };
        let value: T = match parse_json(bytes) {
            Err(refused) if refused.code != Code::InvalidBody => return Err(refused),
            parsed => without_misplaced(parsed, form.misplaced_lists(bytes))?,
        };
        let faults = value.validate().err().map(|errors| validation_faults(&errors)).unwrap_or_default();
        if faults.iter().any(|fault| fault.code == FaultCode::TooMany) {
            Err(Error::invalid(faults))
        } else {
            Ok((value, faults))
        }
    }
}

/// What was parsed, unless lists stand in place of objects. What was found inside of them means nothing.
fn without_misplaced<T>(parsed: Result<T>, misplaced: Vec<Fault>) -> Result<T> {
    if misplaced.is_empty() {
        return parsed;
    }
    let places: Vec<String> = misplaced.iter().map(|fault| fault.pointer.clone()).collect();
    let found = parsed.err().map(|refused| refused.faults).unwrap_or_default();
    let others = found.into_iter().filter(|fault| !is_within(&fault.pointer, &places));
    Err(Error::new(Code::InvalidBody).with_faults(misplaced.into_iter().chain(others).collect()))
}

/// Parses a document: 400 if it is not JSON, 422 with pointers if it has another structure.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    refuse_nul(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| shape_error::<T>(bytes, error))?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Error {
    let problem = match error.classify() {
        Category::Eof => RequestProblem::JsonEnds,
        _ if error.to_string().starts_with("trailing characters") => RequestProblem::JsonGoesOn,
        _ => RequestProblem::JsonWrong,
    };
    let problem = problem.with("line", error.line()).with("column", error.column());
    Error::new(Code::MalformedJson).with("problem", problem)
}

/// A text may contain any character except NUL, which Postgres cannot store. In JSON, NUL can only appear as an escape.
fn refuse_nul(bytes: &[u8]) -> Result<()> {
    if !bytes.windows(NUL_ESCAPE.len()).any(|window| window == NUL_ESCAPE) {
        return Ok(());
    }
    let document = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    let mut faults = Vec::new();
    find_nul(&document, "", &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

const NUL_ESCAPE: &[u8] = b"\\u0000";

fn find_nul(value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::String(text) if text.contains('\0') => faults.push(Fault::new(pointer, FaultCode::NulCharacter)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_nul(item, &format!("{pointer}/{index}"), faults);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let place = format!("{pointer}/{}", pointer_segment(name));
                if name.contains('\0') {
                    faults.push(Fault::new(&place, FaultCode::NulCharacter));
                }
                find_nul(member, &place, faults);
            }
        }
        _ => {}
    }
}

/// Beyond this size, only the place of the first fault is reported: finding more means to parse the document many times.
const MAX_EXPLAINED: usize = 32 * 1024;

fn shape_error<T: DeserializeOwned>(bytes: &[u8], error: serde_path_to_error::Error<serde_json::Error>) -> Error {
    // Whatever was found before, a document that breaks off later is no JSON. The parser's own word does not tell: it also says so
    // to what is no text where a word of a closed list is taken.
    if let Err(broken) = serde_json::from_slice::<IgnoredAny>(bytes) {
        return not_json(&broken);
    }
    let first = found(error);
    let refused = Error::new(Code::InvalidBody);
    if let Some((_, repeated)) = first.words.split_once("duplicate field `") {
        let name = repeated.split('`').next().unwrap_or_default();
        let place = format!("{}/{}", first.pointer.trim_end_matches(&format!("/{name}")), pointer_segment(name));
        return refused.with_faults(vec![Fault::new(place, FaultCode::Duplicate).with("first", Thing::EarlierMember)]);
    }
    let document = if bytes.len() > MAX_EXPLAINED { None } else { serde_json::from_slice::<Value>(bytes).ok() };
    let Some(document) = document else {
        let fault = Fault::new(first.pointer, FaultCode::WrongType).with("expected", Form::AsDocumented);
        return refused.with_faults(vec![fault]);
    };
    let first_fault = |document: &Value| serde_path_to_error::deserialize::<_, T>(document).err().map(found);
    refused.with_faults(shape_faults(document, &first_fault))
}

fn found(error: serde_path_to_error::Error<serde_json::Error>) -> Found {
    let (pointer, words) = located(&error);
    Found { pointer, words }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Request {
        #[validate(length(min = 1, max = 3))]
        name: String,
        #[validate(range(min = 1, max = 9))]
        count: i32,
        #[validate(nested)]
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Part {
        #[validate(length(min = 1))]
        key: String,
    }

    fn parse(body: &str) -> Result<Request> {
        let json: JsonText<Request> = JsonText {
            bytes: Bytes::copy_from_slice(body.as_bytes()),
            is_json: true,
            sha256: None,
            request: PhantomData,
        };
        let (request, faults) = json.parse(&BodyForm::default())?;
        Error::refuse(faults).map(|()| request)
    }

    fn found(error: &Error) -> Vec<(&str, FaultCode)> {
        error.faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in ["", "{", "{\"name\": \"a\", \"count\": 1} x", "{\"other\":", "{\"count\": \"1\", \"name\": "] {
            assert_eq!(parse(body).unwrap_err().code, Code::MalformedJson, "{body}");
        }
    }

    #[test]
    fn a_wrong_shape_names_the_place_of_its_first_fault() {
        for (body, pointer, code) in [
            (r#"{"count": 1}"#, "/name", FaultCode::Required),
            (r#"{"name": "a", "count": "1"}"#, "/count", FaultCode::WrongType),
            (r#"{"name": "a", "count": 1, "nmae": 2}"#, "/nmae", FaultCode::UnknownField),
            (
                r#"{"name": "a", "count": 1, "parts": [{"key": "k", "x/y": 1}]}"#,
                "/parts/0/x~1y",
                FaultCode::UnknownField,
            ),
            (r#"{"name": "a", "count": 1, "parts": [{}]}"#, "/parts/0/key", FaultCode::Required),
        ] {
            let error = parse(body).unwrap_err();
            assert_eq!((error.code, found(&error)), (Code::InvalidBody, vec![(pointer, code)]), "{body}");
        }
    }

    #[test]
    fn wrong_values_are_all_listed() {
        let error = parse(r#"{"name": "abcd", "count": 10, "parts": [{"key": "k"}, {"key": ""}]}"#).unwrap_err();
        assert_eq!(error.code, Code::InvalidValues);
        let expected =
            [("/count", FaultCode::OutOfRange), ("/name", FaultCode::TooLong), ("/parts/1/key", FaultCode::Empty)];
        assert_eq!(found(&error), expected);
        assert_eq!(error.faults[0].detail(crate::kernel::language::Language::default()), "must be between 1 and 9");
    }

    #[test]
    fn no_text_holds_the_character_nul() {
        let error = parse(r#"{"name": "a\u0000", "count": 1, "parts": [{"key": "\u0000"}]}"#).unwrap_err();
        assert_eq!(error.code, Code::InvalidValues);
        assert_eq!(found(&error), [("/name", FaultCode::NulCharacter), ("/parts/0/key", FaultCode::NulCharacter)]);
        // A backslash and five other characters are not NUL: this is refused only for its length.
        let other = parse(r#"{"name": "\\u0000", "count": 1}"#).unwrap_err();
        assert_eq!(found(&other), [("/name", FaultCode::TooLong)]);
    }
}
