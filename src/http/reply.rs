//! What an operation answers when it succeeds: rendered inside its transaction, so that a retry can be given the same bytes.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LINK, LOCATION,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use super::etag::{ETag, none_match};
use crate::error::{Error, Result};
use crate::kernel::language::Language;

/// A successful answer, not yet sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    #[serde(skip)]
    pub body: Vec<u8>,
    /// What a retry gets instead of the body, where the body holds a secret.
    #[serde(skip)]
    pub without_secret: Option<Vec<u8>>,
}

impl Reply {
    fn json(status: u16, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        let headers = vec![(CONTENT_TYPE.to_string(), "application/json".to_owned())];
        Ok(Self { status, headers, body, without_secret: None })
    }

    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        Self::json(200, body)
    }

    /// 201 with where the new resource is.
    pub fn created(location: impl Into<String>, body: &impl Serialize) -> Result<Self> {
        Ok(Self::json(201, body)?.header(LOCATION, location))
    }

    /// 202 with where to watch the work.
    pub fn accepted(location: impl Into<String>, body: &impl Serialize) -> Result<Self> {
        Ok(Self::json(202, body)?.header(LOCATION, location))
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new(), without_secret: None }
    }

    /// 200 with a projection, whose ETag is the hash of its body.
    pub fn projection(body: &impl Serialize) -> Result<Self> {
        let reply = Self::ok(body)?;
        let hash = digest::digest(&digest::SHA256, &reply.body);
        let tag: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(reply.header(ETAG, format!("\"{tag}\"")))
    }

    /// With the ETag of a resource's version.
    #[must_use]
    pub fn etag(self, etag: ETag) -> Self {
        self.header(ETAG, etag.to_string())
    }

    /// With a link to the next page, if there is one.
    #[must_use]
    pub fn next_page(self, target: Option<String>) -> Self {
        match target {
            Some(target) => self.header(LINK, format!("<{target}>; rel=\"next\"")),
            None => self,
        }
    }

    /// With words for people in this language.
    #[must_use]
    pub fn language(self, language: Language) -> Self {
        self.header(CONTENT_LANGUAGE, language.tag())
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name.as_str().to_owned(), value.into()));
        self
    }

    /// Marks an answer that holds a secret: a retry gets `without_secret`, and the secret itself is not kept.
    pub fn with_secret(mut self, without_secret: &impl Serialize) -> Result<Self> {
        self.without_secret = Some(serde_json::to_vec(without_secret).map_err(Error::internal)?);
        Ok(self)
    }

    /// The value of a header.
    #[must_use]
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name.as_str()).map(|(_, value)| value.as_str())
    }

    /// The response to send to a caller who may have this version already: then 304, without a body.
    pub fn unless_known(mut self, request: &HttpRequest) -> Result<HttpResponse> {
        if let Some(etag) = self.get(&ETAG)
            && none_match(request, etag)?
        {
            self.status = 304;
            self.headers.retain(|(name, _)| name == ETAG.as_str() || name == CACHE_CONTROL.as_str());
            self.body.clear();
        }
        Ok(self.into_response())
    }

    /// The response to send.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponseBuilder::new(status);
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
                response.append_header((name, value));
            }
        }
        if self.body.is_empty() { response.finish() } else { response.body(self.body) }
    }
}
