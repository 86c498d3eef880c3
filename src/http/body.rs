//! Request bodies: read late, with limits on size and time. `Json` reports problems instead of plain text.
//!
//! An extractor takes a body without reading it. The body is read only when the caller is known, so that nobody without a valid
//! token can make the service wait or use memory.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use aws_lc_rs::digest;
use futures_util::StreamExt as _;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;
use validator::Validate;

use super::body_form::BodyForm;
use super::large_texts::{LargeTexts, TextPart};
use super::shape::{Found, is_within, shape_faults};
use super::validation::validation_faults;
use crate::error::{Code, Error, Result};
use crate::kernel::fault::{Fault, FaultCode, pointer_segment};
use crate::kernel::message::data;
use crate::kernel::phrases::{Form, RequestProblem, Thing};

/// Limits on the size of a body and on the time to read it, as application data.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    pub bytes: usize,
    pub time: Duration,
    /// Bytes of a body with whole files, which may take [`FILES_TIME`] times as long.
    pub bytes_of_files: usize,
}

/// How many times as long a body with whole files may take.
const FILES_TIME: u32 = 40;

/// How many bytes of a file are kept at once.
const PART_BYTES: usize = 1_048_576;

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes: 1_048_576, time: Duration::from_secs(30), bytes_of_files: 1_073_741_824 }
    }
}

/// A body that has not been read yet.
pub struct Body {
    payload: Result<web::Payload>,
    /// The length that the request announces.
    announced: Option<usize>,
    limits: BodyLimits,
}

impl Body {
    /// Takes the body of a request.
    pub fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
        let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let payload = web::Payload::from_request(request, payload).into_inner().map_err(unreadable);
        Self { payload, announced, limits }
    }

    /// Reads the whole body. Refused if it is too large (413) or does not arrive in time (408).
    pub async fn read(self) -> Result<Bytes> {
        let BodyLimits { bytes: max, time, .. } = self.limits;
        let too_large = || Error::new(Code::PayloadTooLarge).with("max", max);
        if self.announced.is_some_and(|bytes| bytes > max) {
            return Err(too_large());
        }
        let reading = tokio::time::timeout(time, self.payload?.to_bytes_limited(max));
        let read = reading.await.map_err(|_| Error::new(Code::RequestTimeout))?;
        read.map_err(|_| too_large())?.map_err(unreadable)
    }
}

impl Body {
    /// What is left of the document, and the digest of all of it.
    async fn read_to<S: Shelf>(self, shelf: &S) -> Result<(Vec<u8>, Vec<u8>)> {
        let BodyLimits { bytes: max_left, bytes_of_files: max, .. } = self.limits;
        let too_large = |max: usize| Error::new(Code::PayloadTooLarge).with("max", max);
        if self.announced.is_some_and(|bytes| bytes > max) {
            return Err(too_large(max));
        }
        let mut payload = self.payload?;
        let mut texts = LargeTexts::of(S::MEMBER, PART_BYTES);
        let (mut sha256, mut read) = (digest::Context::new(&digest::SHA256), 0_usize);
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(unreadable)?;
            read = read.saturating_add(piece.len());
            if read > max {
                return Err(too_large(max));
            }
            sha256.update(&piece);
            let mut parts = Vec::new();
            texts.take(&piece, &mut parts);
            for part in parts {
                shelf.keep(part).await?;
            }
            if texts.document().len() > max_left {
                return Err(too_large(max_left));
            }
        }
        Ok((texts.into_document(), sha256.finish().as_ref().to_vec()))
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::new(Code::MalformedRequest).with("problem", RequestProblem::BodyBroken).caused_by(error.to_string())
}

impl FromRequest for Body {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request, payload)))
    }
}

/// Whether a body counts as empty: it is absent, or it is the empty object or `null` that some clients send instead.
#[must_use]
pub fn is_empty_body(body: &[u8]) -> bool {
    match body.trim_ascii() {
        b"" | b"null" => true,
        text => serde_json::from_slice::<Value>(text).is_ok_and(|value| value == Value::Object(serde_json::Map::new())),
    }
}

/// A JSON body that has not been read yet.
pub struct Json<T> {
    body: Body,
    is_json: bool,
    request: PhantomData<fn() -> T>,
}

impl<T> FromRequest for Json<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let takes_patch = request.method() == Method::PATCH;
        let is_json = content_type.is_some_and(|named| names_json(named, takes_patch));
        ready(Ok(Self { body: Body::of(request, payload), is_json, request: PhantomData }))
    }
}

impl<T> Json<T> {
    /// Reads the whole body.
    pub async fn read(self) -> Result<JsonText<T>> {
        Ok(JsonText { bytes: self.body.read().await?, is_json: self.is_json, sha256: None, request: PhantomData })
    }

    /// Reads a body with whole files, which may be larger and take more time: the files go to the shelf while they arrive, so that
    /// only a part of one is in memory.
    pub async fn read_files<S: Shelf>(self, shelf: &S) -> Result<JsonText<T>> {
        let time = self.body.limits.time * FILES_TIME;
        let read = tokio::time::timeout(time, self.body.read_to(shelf)).await;
        let (document, sha256) = read.map_err(|_| Error::new(Code::RequestTimeout))??;
        let bytes = Bytes::from(document);
        Ok(JsonText { bytes, is_json: self.is_json, sha256: Some(sha256), request: PhantomData })
    }
}

/// Keeps the files of a body, part by part.
pub trait Shelf {
    /// The member of the body whose texts are files. In what is left of the body each has its number instead.
    const MEMBER: &'static str;

    fn keep(&self, part: TextPart) -> impl Future<Output = Result<()>>;

    /// Nothing comes of the request.
    fn forget(&self) -> impl Future<Output = ()>;
}

/// The media type of a merge patch (RFC 7396). A PATCH may also use plain JSON.
pub const MERGE_PATCH_JSON: &str = "application/merge-patch+json";

/// Whether this is `application/json`, or a merge patch if one is accepted, with UTF-8 as the only charset.
fn names_json(content_type: &str, takes_patch: bool) -> bool {
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let named = parts.next().unwrap_or_default();
    (named == "application/json" || takes_patch && named == MERGE_PATCH_JSON)
        && parts.all(|parameter| {
            parameter.is_empty() || matches!(parameter.as_str(), "charset=utf-8" | "charset=\"utf-8\"")
        })
}

/// A JSON body, read but not parsed: the caller's right is checked before the content.
#[derive(Debug)]
pub struct JsonText<T> {
    bytes: Bytes,
    is_json: bool,
    /// Of a body that is not here as a whole.
    sha256: Option<Vec<u8>>,
    request: PhantomData<fn() -> T>,
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
    let message = error.inner().to_string();
    let words = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
    Found { pointer: pointer(error.path()), words: words.to_owned() }
}

/// The place of a fault, as a JSON pointer.
pub fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", pointer_segment(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
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

    #[test]
    fn only_json_in_utf_8_is_json() {
        for (content_type, expected) in [
            ("application/json", true),
            ("application/merge-patch+json", false),
            ("application/json; charset=utf-8", true),
            ("Application/JSON;charset=UTF-8", true),
            ("application/json; charset=gbk", false),
            ("text/plain", false),
        ] {
            assert_eq!(names_json(content_type, false), expected, "{content_type}");
        }
        assert!(names_json("application/merge-patch+json; charset=utf-8", true));
        assert!(names_json("application/json", true));
        assert!(!names_json("application/json-patch+json", true));
    }

    #[test]
    fn a_body_is_empty_without_members_and_not_with_any() {
        for (body, expected) in
            [("", true), (" {} ", true), ("null", true), ("{\"a\": 1}", false), ("[]", false), ("x", false)]
        {
            assert_eq!(is_empty_body(body.as_bytes()), expected, "{body}");
        }
    }
}
