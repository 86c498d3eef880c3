//! Successful responses. They are rendered inside the transaction, so that a retry can get the same bytes.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, LINK, LOCATION,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use aws_lc_rs::digest::{self, Context};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::etag::none_match;
use super::page::{Next, Page};
use crate::error::{Error, Result};
use crate::kernel::hex::hex;
use crate::kernel::language::Language;
use crate::kernel::sheet::CSV;

/// A successful response, not sent yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    #[serde(skip)]
    pub body: Vec<u8>,
    /// What a retry gets instead of the body, if the body contains a secret.
    #[serde(skip)]
    pub without_secret: Option<Vec<u8>>,
}

/// The member of a body that is its version.
#[derive(Deserialize)]
struct Versioned {
    etag: Option<String>,
}

impl Reply {
    fn json(status: u16, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        let headers = vec![(CONTENT_TYPE.to_string(), "application/json".to_owned())];
        Ok(Self { status, headers, body, without_secret: None })
    }

    /// A resource with its ETag, which is the member `etag` of its body: if the contract has the member, the response has the
    /// header.
    fn resource(status: u16, body: &impl Serialize) -> Result<Self> {
        let reply = Self::json(status, body)?;
        match serde_json::from_slice(&reply.body) {
            Ok(Versioned { etag: Some(etag) }) => Ok(reply.header(ETAG, etag)),
            _ => Ok(reply),
        }
    }

    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        Self::resource(200, body)
    }

    /// 201 with the path of the new resource.
    pub fn created(location: impl Into<String>, body: &impl Serialize) -> Result<Self> {
        Ok(Self::resource(201, body)?.header(LOCATION, location))
    }

    /// 202 with the path of the job.
    pub fn accepted(location: impl Into<String>, body: &impl Serialize) -> Result<Self> {
        Ok(Self::resource(202, body)?.header(LOCATION, location))
    }

    /// 200 with a page, and a link to the next page if there is one.
    pub fn page<T: Serialize>(items: impl IntoIterator<Item = T>, next: Next) -> Result<Self> {
        let page = Page { items: items.into_iter().collect(), next_cursor: next.cursor };
        Ok(Self::json(200, &page)?.next_page(next.target))
    }

    /// 200 with a table, under this name.
    #[must_use]
    pub fn table(name: &str, body: Vec<u8>) -> Self {
        let table = Self { status: 200, headers: Vec::new(), body, without_secret: None };
        table.header(CONTENT_TYPE, CSV).header(CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
    }

    /// 200 with a page of HTML, which may load nothing and has this style alone.
    #[must_use]
    pub fn html(page: String, style: &'static str) -> Self {
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        );
        let html = Self { status: 200, headers: Vec::new(), body: page.into_bytes(), without_secret: None };
        html.header(CONTENT_TYPE, "text/html; charset=utf-8").header(CONTENT_SECURITY_POLICY, policy)
    }

    /// 200 with a picture, which may load nothing.
    #[must_use]
    pub fn svg(picture: String) -> Self {
        let svg = Self { status: 200, headers: Vec::new(), body: picture.into_bytes(), without_secret: None };
        svg.header(CONTENT_TYPE, "image/svg+xml")
    }

    /// 200 with a signed credential (JWT).
    #[must_use]
    pub fn credential(jwt: String) -> Self {
        let signed = Self { status: 200, headers: Vec::new(), body: jwt.into_bytes(), without_secret: None };
        signed.header(CONTENT_TYPE, "application/vc+jwt")
    }

    /// Asks search engines to leave it out.
    #[must_use]
    pub fn unindexed(self) -> Self {
        self.header(HeaderName::from_static("x-robots-tag"), "noindex, nofollow")
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new(), without_secret: None }
    }

    /// 200 with a body that has no version of its own; its ETag is the hash of the body.
    pub fn projection(body: &impl Serialize) -> Result<Self> {
        Ok(Self::json(200, body)?.hashed())
    }

    /// Adds the hash of the body as the ETag. What the body says of its own freshness is left out: a caller who has the rest already
    /// gets 304. Such an ETag is weak, because the bytes differ.
    #[must_use]
    pub fn hashed(self) -> Self {
        let tag = tag_of(&self.body);
        self.header(ETAG, tag)
    }

    /// Adds a link to the next page, if there is one.
    #[must_use]
    pub fn next_page(self, target: Option<String>) -> Self {
        match target {
            Some(target) => self.header(LINK, format!("<{target}>; rel=\"next\"")),
            None => self,
        }
    }

    /// Marks the language of the texts in the body.
    #[must_use]
    pub fn language(self, language: Language) -> Self {
        self.header(CONTENT_LANGUAGE, language.tag())
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name.as_str().to_owned(), value.into()));
        self
    }

    /// Marks a response that contains a secret: a retry gets `without_secret`, and the secret is not stored.
    pub fn with_secret(mut self, without_secret: &impl Serialize) -> Result<Self> {
        self.without_secret = Some(serde_json::to_vec(without_secret).map_err(Error::internal)?);
        Ok(self)
    }

    /// Adds a member to a body that is an object.
    pub fn with_member(mut self, name: &str, value: &impl Serialize) -> Result<Self> {
        if let Some(object) = self.body.strip_suffix(b"}") {
            let separator = if object.ends_with(b"{") { "" } else { "," };
            let value = serde_json::to_string(value).map_err(Error::internal)?;
            self.body = [object, format!("{separator}\"{name}\":{value}}}").as_bytes()].concat();
        }
        Ok(self)
    }

    /// The value of a header.
    #[must_use]
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name.as_str()).map(|(_, value)| value.as_str())
    }

    /// The response to a caller who may already have this version: then 304, without a body.
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

/// The hash of a body but for what it says of its own freshness.
fn tag_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let (mut hash, mut rest, mut weak) = (Context::new(&digest::SHA256), &*text, "");
    while let Some((before, member)) = rest.split_once(AS_OF) {
        hash.update(before.as_bytes());
        let end = member.find([',', '}']).unwrap_or(member.len());
        (rest, weak) = (member.get(end..).unwrap_or_default(), "W/");
    }
    hash.update(rest.as_bytes());
    let hash = hash.finish();
    let (tag, _) = hash.as_ref().split_at(16);
    format!("{weak}\"{}\"", hex(tag))
}

/// The member that says up to when all facts are in an answer. In a text its quotation marks would be escaped.
const AS_OF: &str = "\"as_of\":";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::ETag;

    #[test]
    fn a_body_that_names_its_version_has_it_as_its_etag() {
        let created = Reply::created("/v1/x/1", &json!({"id": 1, "etag": ETag(3)})).unwrap();
        assert_eq!((created.get(&ETAG), created.get(&LOCATION)), (Some("\"3\""), Some("/v1/x/1")));
        for body in
            [json!({"id": 1}), json!({"etag": null}), json!([{"etag": "\"3\""}]), json!({"part": {"etag": "\"3\""}})]
        {
            assert_eq!(Reply::ok(&body).unwrap().get(&ETAG), None, "{body}");
        }
    }

    #[test]
    fn the_same_result_has_the_same_etag_however_fresh_it_is() {
        let tag = |body: serde_json::Value| Reply::projection(&body).unwrap().get(&ETAG).unwrap().to_owned();
        let early = tag(json!({"a": 1, "as_of": "2026-03-01T00:00:00Z", "b": [{"as_of": null}]}));
        assert_eq!(early, tag(json!({"a": 1, "as_of": "2026-03-02T00:00:00Z", "b": [{"as_of": null}]})));
        assert_ne!(early, tag(json!({"a": 2, "as_of": "2026-03-01T00:00:00Z", "b": [{"as_of": null}]})));
        assert!(early.starts_with("W/"));
        let (one, other) = (tag(json!({"a": "\"as_of\":1}"})), tag(json!({"a": "\"as_of\":2}"})));
        assert_ne!(one, other, "what a text says counts");
        assert!(!one.starts_with("W/"));
    }

    #[test]
    fn a_page_leads_to_the_next_one() {
        let next = Next { cursor: Some("c".to_owned()), target: Some("/v1/x?cursor=c".to_owned()) };
        let page = Reply::page([1, 2], next).unwrap();
        assert_eq!(page.body, br#"{"items":[1,2],"next_cursor":"c"}"#);
        assert_eq!(page.get(&LINK), Some("</v1/x?cursor=c>; rel=\"next\""));
        assert_eq!(Reply::page([1], Next::default()).unwrap().get(&LINK), None);
    }
}
