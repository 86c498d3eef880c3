//! What browsers are told about pages of other origins (CORS, in the Fetch standard).
//!
//! The frame writes these headers to every answer, whoever refused the request: without them a page cannot see why it failed.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// What a page may send. `X-Requested-With` is sent by documentation pages.
const SENT: &str = "authorization, content-type, accept-language, if-match, if-none-match, idempotency-key, last-event-id, \
                    x-request-id, traceparent, x-requested-with";
/// What a page may read, besides what every page may.
const READ: &str = "etag, link, location, allow, retry-after, ratelimit, ratelimit-policy, www-authenticate, \
                    content-disposition, x-request-id, idempotent-replayed";
/// For how many seconds a browser may remember what it may send.
const REMEMBERED: &str = "600";

/// The origins whose pages may call. Without any, no page of another origin can call from a browser.
#[derive(Debug, Clone, Default)]
pub struct Cors(Vec<String>);

impl Cors {
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// The page's origin, if a page calls that may.
    #[must_use]
    pub fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        self.0.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
    }

    /// The answer to a browser that asks what a page may send.
    #[must_use]
    pub fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<HttpResponse> {
        let asks = method == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !asks {
            return None;
        }
        let mut answer = HttpResponse::NoContent();
        if self.allowed(headers).is_some() {
            answer.insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS));
            answer.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, SENT));
            answer.insert_header((ACCESS_CONTROL_MAX_AGE, REMEMBERED));
        }
        Some(answer.finish())
    }

    /// Tells the browser that the page of the allowed origin `origin`, if any, may read the answer.
    pub fn write(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READ));
        }
    }
}
