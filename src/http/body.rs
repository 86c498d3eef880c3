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
use serde_json::Value;

use super::json_text::JsonText;
use super::large_texts::{LargeTexts, TextPart};
use crate::error::{Code, Error, Result};
use crate::kernel::phrases::RequestProblem;

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

#[cfg(test)]
mod tests {
    use super::*;

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
