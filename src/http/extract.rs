//! `Json`, `Path` and `Query`: the framework's extractors with problems instead of plain text.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use aws_lc_rs::digest;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::error::{Code, Error, Result};
use crate::kernel::fault::{Fault, FaultCode, pointer_segment};

/// The largest body that [`Json`] reads, in bytes, as application data.
#[derive(Debug, Clone, Copy)]
pub struct MaxBody {
    pub bytes: usize,
    /// For the routes that take whole files ([`FILE_ROUTES`]).
    pub of_files: usize,
}

/// Routes that take whole files.
const FILE_ROUTES: &[&str] = &["/v1/imports"];

impl MaxBody {
    fn of(request: &HttpRequest) -> usize {
        let takes_files = request.match_pattern().is_some_and(|pattern| FILE_ROUTES.contains(&pattern.as_str()));
        request.app_data::<Self>().map_or(1_048_576, |max| if takes_files { max.of_files } else { max.bytes })
    }
}

/// A JSON body, read whole but not yet parsed: who may call is decided before what was sent.
#[derive(Debug)]
pub struct Json<T> {
    bytes: Bytes,
    is_json: bool,
    request: std::marker::PhantomData<fn() -> T>,
}

impl<T> FromRequest for Json<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let max = MaxBody::of(request);
        let is_json = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(names_json);
        let payload = web::Payload::from_request(request, payload);
        async move {
            let payload = payload.await.map_err(|error| Error::new(Code::MalformedRequest).with("problem", error))?;
            let too_large = || Error::new(Code::PayloadTooLarge).with("max", max);
            let read = payload.to_bytes_limited(max).await.map_err(|_| too_large())?;
            let bytes = read.map_err(|error| Error::new(Code::MalformedRequest).with("problem", error))?;
            Ok(Self { bytes, is_json, request: std::marker::PhantomData })
        }
        .boxed_local()
    }
}

/// `application/json`, with UTF-8 as the only charset.
fn names_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts.all(|parameter| {
            parameter.is_empty() || matches!(parameter.as_str(), "charset=utf-8" | "charset=\"utf-8\"")
        })
}

impl<T> Json<T> {
    /// SHA-256 of the body, byte for byte: what makes a retry the same request.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.bytes).as_ref().to_vec()
    }
}

impl<T: DeserializeOwned + Validate> Json<T> {
    /// The request: for a wrong shape the first fault, for wrong values all of them.
    pub fn parse(&self) -> Result<T> {
        if !self.is_json {
            return Err(Error::new(Code::UnsupportedMediaType).with("expected", "application/json (UTF-8)"));
        }
        let value: T = parse_json(&self.bytes)?;
        value.validate().map_err(|errors| Error::invalid(validation_faults(&errors)))?;
        Ok(value)
    }
}

/// Parses a document: 400 where it is no JSON, 422 with a pointer where it has another shape.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    refuse_nul(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| shape_error(&error))?;
    deserializer.end().map_err(|error| Error::new(Code::MalformedJson).with("problem", error))?;
    Ok(value)
}

/// A text may hold any character but NUL, which Postgres cannot keep. It can stand in JSON as an escape only.
fn refuse_nul(bytes: &[u8]) -> Result<()> {
    if !bytes.windows(NUL_ESCAPE.len()).any(|window| window == NUL_ESCAPE) {
        return Ok(());
    }
    let document =
        serde_json::from_slice(bytes).map_err(|error| Error::new(Code::MalformedJson).with("problem", error))?;
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

fn shape_error(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let cause = error.inner();
    if !cause.is_data() {
        return Error::new(Code::MalformedJson).with("problem", cause);
    }
    let mut pointer = pointer(error.path());
    let message = cause.to_string();
    let words = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
    let named = |prefix: &str| words.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let fault = if let Some(field) = named("missing field `") {
        pointer = format!("{pointer}/{}", pointer_segment(field));
        Fault::new(pointer, FaultCode::Required)
    } else if let Some(field) = named("unknown field `") {
        let segment = format!("/{}", pointer_segment(field));
        if !pointer.ends_with(&segment) {
            pointer.push_str(&segment);
        }
        Fault::new(pointer, FaultCode::UnknownField)
    } else {
        Fault::new(pointer, FaultCode::WrongType).with("problem", words)
    };
    Error::new(Code::InvalidBody).with_faults(vec![fault])
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", pointer_segment(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// The validator's findings as faults, in the order of their places.
#[must_use]
pub fn validation_faults(errors: &ValidationErrors) -> Vec<Fault> {
    let mut faults = Vec::new();
    collect(errors, "", &mut faults);
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    faults
}

fn collect(errors: &ValidationErrors, place: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        let pointer = if field.as_ref() == "__all__" { place.to_owned() } else { format!("{place}/{field}") };
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), faults);
                }
            }
            ValidationErrorsKind::Field(found) => faults.extend(found.iter().map(|error| one_fault(error, &pointer))),
        }
    }
}

fn one_fault(error: &ValidationError, pointer: &str) -> Fault {
    let param = |name: &'static str| error.params.get(name).map(|value| value.to_string().trim_matches('"').to_owned());
    let with = |fault: Fault, name: &'static str| match param(name) {
        Some(value) => fault.with(name, value),
        None => fault,
    };
    match error.code.as_ref() {
        "length" => {
            let value = error.params.get("value");
            let is_list = value.is_some_and(serde_json::Value::is_array);
            let length = match value {
                Some(serde_json::Value::Array(items)) => items.len(),
                Some(serde_json::Value::String(text)) => text.chars().count(),
                _ => 0,
            };
            let below = param("min").and_then(|min| min.parse::<usize>().ok()).is_some_and(|min| length < min);
            let code = match (below, is_list) {
                (true, _) if length == 0 => FaultCode::Empty,
                (true, true) => FaultCode::TooFew,
                (true, false) => FaultCode::TooShort,
                (false, true) => FaultCode::TooMany,
                (false, false) => FaultCode::TooLong,
            };
            with(with(Fault::new(pointer, code), "min"), "max")
        }
        "range" => with(with(Fault::new(pointer, FaultCode::OutOfRange), "min"), "max"),
        "email" => Fault::new(pointer, FaultCode::BadFormat).with("expected", "an e-mail address"),
        "code" => Fault::new(pointer, FaultCode::BadCharacters),
        other => {
            let words = error.message.as_ref().map_or_else(|| other.to_owned(), ToString::to_string);
            let named = FaultCode::ALL.iter().find(|code| code.slug() == other).copied();
            Fault::new(pointer, named.unwrap_or(FaultCode::BadFormat)).with("expected", words)
        }
    }
}

/// Parts of the path.
#[derive(Debug)]
pub struct Path<T>(T);

impl<T> Path<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if has_nul(request.path()) {
            return ready(Err(Error::new(Code::InvalidPath).with("problem", NUL)));
        }
        let read = web::Path::<T>::from_request(request, payload).into_inner();
        let invalid = |error: actix_web::Error| Error::new(Code::InvalidPath).with("problem", error);
        ready(read.map(|path| Self(path.into_inner())).map_err(invalid))
    }
}

/// Parameters of the query; unknown and repeated ones are refused.
#[derive(Debug)]
pub struct Query<T>(T);

impl<T> Query<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + Validate> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(request.query_string()).map(Self))
    }
}

const NUL: &str = "the character NUL is in it";

/// Whether a part of a URL, not decoded yet, has the character NUL.
fn has_nul(encoded: &str) -> bool {
    encoded.contains("%00")
}

fn read_query<T: DeserializeOwned + Validate>(query: &str) -> Result<T> {
    let invalid = |problem: String| Error::new(Code::InvalidQuery).with("problem", problem);
    if has_nul(query) {
        return Err(invalid(NUL.to_owned()));
    }
    let value: T = serde_urlencoded::from_str(query).map_err(|error| invalid(error.to_string()))?;
    value.validate().map_err(|errors| {
        let faults = validation_faults(&errors);
        let words: Vec<String> = faults
            .iter()
            .map(|fault| format!("{} {}", fault.pointer.trim_start_matches('/'), fault.detail(Default::default())))
            .collect();
        invalid(words.join("; "))
    })?;
    Ok(value)
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
        let json: Json<Request> =
            Json { bytes: Bytes::copy_from_slice(body.as_bytes()), is_json: true, request: std::marker::PhantomData };
        json.parse()
    }

    fn found(error: &Error) -> Vec<(&str, FaultCode)> {
        error.faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in ["", "{", "{\"name\": \"a\", \"count\": 1} x"] {
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
            ("[]", "", FaultCode::WrongType),
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
        assert_eq!(error.faults[0].detail(Default::default()), "must be between 1 and 9");
    }

    #[test]
    fn no_text_holds_the_character_nul() {
        let error = parse(r#"{"name": "a\u0000", "count": 1, "parts": [{"key": "\u0000"}]}"#).unwrap_err();
        assert_eq!(error.code, Code::InvalidValues);
        assert_eq!(found(&error), [("/name", FaultCode::NulCharacter), ("/parts/0/key", FaultCode::NulCharacter)]);
        // A backslash and five other characters are no NUL: this is refused for its length only.
        let other = parse(r#"{"name": "\\u0000", "count": 1}"#).unwrap_err();
        assert_eq!(found(&other), [("/name", FaultCode::TooLong)]);
    }

    #[test]
    fn a_query_refuses_what_it_does_not_know() {
        #[derive(Debug, Deserialize, Validate)]
        #[serde(deny_unknown_fields)]
        struct Filter {
            #[validate(range(min = 1, max = 200))]
            limit: Option<u32>,
        }
        assert_eq!(read_query::<Filter>("limit=5").unwrap().limit, Some(5));
        for query in ["limt=5", "limit=0", "limit=x", "limit=1&limit=2", "limit=5%00"] {
            assert_eq!(read_query::<Filter>(query).unwrap_err().code, Code::InvalidQuery, "{query}");
        }
    }

    #[test]
    fn only_json_in_utf_8_is_json() {
        for (content_type, expected) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("Application/JSON;charset=UTF-8", true),
            ("application/json; charset=gbk", false),
            ("text/plain", false),
        ] {
            assert_eq!(names_json(content_type), expected, "{content_type}");
        }
    }
}
