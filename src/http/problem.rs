//! Problem documents (RFC 9457): the one format of every error.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::context::RequestContext;
use crate::error::{Code, Error, Remedy};
use crate::kernel::language::Language;

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Where the code is explained.
    #[schema(format = "uri-reference", max_length = 200, examples("/problems/not_found"))]
    #[serde(rename = "type")]
    pub kind: String,
    /// A short summary of the kind of problem.
    #[schema(max_length = 200, examples("Not found"))]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, format = "int32", examples(404))]
    pub status: u16,
    /// What happened this time, and what to do about it.
    #[schema(max_length = 2000, examples("There is no such session, or you may not see it."))]
    pub detail: String,
    /// The path of the request.
    #[schema(
        format = "uri-reference",
        max_length = 4000,
        examples("/v1/sessions/01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b")
    )]
    pub instance: String,
    /// The stable code of the problem: never reused, never translated.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("not_found"))]
    pub code: &'static str,
    /// The id of the request in the service's log.
    #[schema(max_length = 128, examples("01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b"))]
    pub request_id: String,
    /// The faults of the input, each with its place.
    #[schema(max_items = 10000)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemError>,
}

/// One fault of the input.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemError {
    /// JSON pointer (RFC 6901) to the wrong value in the body.
    #[schema(max_length = 1000, examples("/starts_at"))]
    pub pointer: String,
    /// The stable code of the fault.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("out_of_range"))]
    pub code: &'static str,
    /// What is wrong, in words.
    #[schema(max_length = 2000, examples("must be between 1 and 200"))]
    pub detail: String,
}

impl Problem {
    /// The problem document for `error` in this request.
    #[must_use]
    pub fn new(error: &Error, context: &RequestContext) -> Self {
        let language = context.language;
        let errors = error.faults.iter().take(MAX_ERRORS).map(|fault| ProblemError {
            pointer: cut(fault.pointer.clone(), 1000),
            code: fault.code.slug(),
            detail: cut(fault.detail(language), 2000),
        });
        Self {
            kind: format!("/problems/{}", error.code.slug()),
            title: error.code.title(language),
            status: error.code.status(),
            detail: cut(error.detail(language), 2000),
            instance: cut(as_reference(&context.instance), 4000),
            code: error.code.slug(),
            request_id: context.request_id.clone(),
            errors: errors.collect(),
        }
    }

    /// The document as JSON, with the extra members of the error.
    pub fn to_json(&self, error: &Error) -> serde_json::Value {
        let mut json = serde_json::to_value(self).unwrap_or_default();
        if let Some(members) = json.as_object_mut() {
            members.extend(error.members.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        json
    }
}

/// Maximum number of faults in one problem.
const MAX_ERRORS: usize = 10_000;

/// Problems repeat what callers send. That may be longer than the contract allows in a problem, or contain NUL.
fn cut(text: String, max_chars: usize) -> String {
    let text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// The path as it was sent, with the characters encoded that a URI reference may not contain (RFC 3986).
fn as_reference(path: &str) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte);
    let mut reference = String::with_capacity(path.len());
    for byte in path.bytes() {
        if allowed(byte) {
            reference.push(char::from(byte));
        } else {
            reference.push_str(&format!("%{byte:02X}"));
        }
    }
    reference
}

/// The response for `error`.
pub fn problem_response(error: &Error, context: &RequestContext) -> HttpResponse {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((CONTENT_TYPE, PROBLEM_JSON)).insert_header((CONTENT_LANGUAGE, context.language.tag()));
    if let Some(seconds) = error.retry_after {
        response.insert_header((RETRY_AFTER, u32::from(seconds)));
    }
    if let Some((name, value)) = remedy(error) {
        response.insert_header((name, value));
    }
    response.body(Problem::new(error, context).to_json(error).to_string())
}

/// The header that tells a caller's software what to do about it.
fn remedy(error: &Error) -> Option<(HeaderName, String)> {
    let challenge = |challenge: &str| Some((WWW_AUTHENTICATE, challenge.to_owned()));
    match (error.code, error.remedy.as_deref()) {
        (_, Some(Remedy::SendToken)) => challenge("Bearer"),
        (_, Some(Remedy::HaveScope(scope))) => {
            challenge(&format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""))
        }
        (_, Some(Remedy::UseMethods(methods))) => Some((ALLOW, methods.clone())),
        (Code::Unauthenticated, None) => challenge("Bearer error=\"invalid_token\""),
        (Code::InvalidClient, None) => challenge("Basic realm=\"lectern\""),
        (_, None) => None,
    }
}

/// The frame renders errors with the request's language and id. This is the fallback for an error that escapes the frame.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let context = RequestContext {
            request_id: "unknown".to_owned(),
            language: Language::default(),
            instance: String::new(),
            traceparent: None,
            address: None,
            origin: None,
        };
        problem_response(self, &context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::message::data;

    #[test]
    fn what_a_caller_sends_cannot_make_a_problem_break_the_contract() {
        let context = RequestContext {
            request_id: "r".to_owned(),
            language: Language::En,
            instance: "/v1/a|{b}\"ü%20".to_owned(),
            traceparent: None,
            address: None,
            origin: None,
        };
        let error = Error::new(Code::MalformedRequest).with("problem", data(format!("\0{}", "语".repeat(5000))));
        let problem = Problem::new(&error, &context);
        assert_eq!(problem.detail.chars().count(), 2000);
        assert!(!problem.detail.contains('\0'));
        assert_eq!(problem.instance, "/v1/a%7C%7Bb%7D%22%C3%BC%20");
    }
}
