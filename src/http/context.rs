//! What the frame knows about a request.

use std::net::IpAddr;

use actix_web::HttpMessage as _;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue};

use crate::error::{Code, Error};
use crate::kernel::ids::Ids;
use crate::kernel::language::Language;
use crate::kernel::message::data;
use crate::kernel::phrases::RequestProblem;

/// Maximum length of `Accept-Language`, in characters.
pub const MAX_ACCEPT_LANGUAGE: usize = 1000;

/// The circumstances of one request.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The caller's `X-Request-Id` if it is 1 to 128 visible ASCII characters, otherwise a new one.
    pub request_id: String,
    pub language: Language,
    /// Path of the request, without the query.
    pub instance: String,
    /// The caller's W3C trace context, if it is valid.
    pub traceparent: Option<String>,
    /// The caller's address, as far as trusted proxies tell it.
    pub address: Option<IpAddr>,
    /// The origin of the page that calls, if it may.
    pub origin: Option<HeaderValue>,
}

impl RequestContext {
    /// Reads from the head of a request what the caller says about it.
    pub fn read(headers: &HeaderMap, path: &str, ids: &Ids) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let given =
            text("x-request-id").filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
        Self {
            request_id: given.map_or_else(|| ids.next().to_string(), str::to_owned),
            language: text(ACCEPT_LANGUAGE.as_str()).map(Language::negotiate).unwrap_or_default(),
            instance: path.to_owned(),
            traceparent: text("traceparent").filter(|value| is_traceparent(value)).map(str::to_owned),
            address: None,
            origin: None,
        }
    }

    /// Refuses a head that no caller sends by accident: an endless list of languages.
    pub fn refuse(headers: &HeaderMap) -> Option<Error> {
        let is_endless = headers.get(ACCEPT_LANGUAGE).is_some_and(|languages| languages.len() > MAX_ACCEPT_LANGUAGE);
        let problem = || RequestProblem::TooLong.with("max", MAX_ACCEPT_LANGUAGE);
        is_endless
            .then(|| Error::new(Code::InvalidHeader).with("header", data("Accept-Language")).with("problem", problem()))
    }

    /// The context that the frame attached to the request.
    pub fn of(request: &actix_web::HttpRequest) -> Self {
        let found = request.extensions().get::<Self>().cloned();
        found.unwrap_or_else(|| Self {
            request_id: "unknown".to_owned(),
            language: Language::default(),
            instance: request.path().to_owned(),
            traceparent: None,
            address: None,
            origin: None,
        })
    }
}

/// `00-<32 hex>-<16 hex>-<2 hex>` (W3C Trace Context, 3.2), version 00 only.
fn is_traceparent(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    matches!(parts.as_slice(), ["00", trace, span, flags]
        if is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2) && trace.contains(|c| c != '0') && span.contains(|c| c != '0'))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;
    use crate::kernel::clock::Clock;

    fn context(name: &'static str, value: &'static str) -> RequestContext {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        RequestContext::read(&headers, "/v1/x", &Ids::new(Clock::system()))
    }

    #[test]
    fn a_request_id_is_echoed_if_it_is_safe_to_echo() {
        assert_eq!(context("x-request-id", "abc-1").request_id, "abc-1");
        assert_eq!(context("x-request-id", "a b").request_id.len(), 36);
        assert_eq!(context("x-request-id", "").request_id.len(), 36);
    }

    #[test]
    fn only_a_well_formed_traceparent_is_kept() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(context("traceparent", good).traceparent.as_deref(), Some(good));
        assert_eq!(context("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01").traceparent, None);
        assert_eq!(context("traceparent", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").traceparent, None);
    }
}
