//! The outermost middleware: everything that applies to every response.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, web};
use futures_util::FutureExt as _;

use super::context::RequestContext;
use super::cors::Cors;
use super::fallback::Routes;
use super::forwarded::TrustedProxies;
use super::problem::{PROBLEM_JSON, problem_response};
use super::rate_limits::{RateLimits, Standing};
use super::telemetry::Metrics;
use crate::error::{Code, Error};
use crate::kernel::ids::Ids;
use crate::kernel::message::data;
use crate::kernel::phrases::RequestProblem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the frame needs, as application data.
#[derive(Clone)]
pub struct Frame {
    pub ids: Ids,
    pub metrics: Metrics,
    /// Callers use TLS, so browsers are told to insist on it.
    pub hsts: bool,
    pub cors: Cors,
    pub proxies: TrustedProxies,
}

/// Wraps every request. A panic in a handler becomes a problem like any other failure.
pub async fn frame(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let Some(frame) = request.app_data::<web::Data<Frame>>().cloned() else {
        return Err(Error::internal("the frame has no data").into());
    };
    let peer = request.peer_addr().map(|peer| peer.ip());
    let context = RequestContext {
        address: peer.map(|peer| frame.proxies.caller(peer, request.headers())),
        origin: frame.cors.allowed(request.headers()),
        ..RequestContext::read(request.headers(), request.path(), &frame.ids)
    };
    let method = method_name(request.method());
    request.extensions_mut().insert(context.clone());
    // The codec drops the body of a response to HEAD, whoever creates it.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    if let Some(told) = frame.cors.preflight(request.method(), request.headers()) {
        return Ok(conclude(request.into_response(told), &context, &frame, (method, "none"), started));
    }
    let (route, admitted) = admit(&request);
    let outcome = match admitted {
        Ok(()) => AssertUnwindSafe(next.call(request)).catch_unwind().await,
        Err(refused) => {
            let response = render(request.error_response(refused), &context);
            return Ok(conclude(response, &context, &frame, (method, &route), started));
        }
    };
    let mut response = match outcome {
        Ok(Ok(response)) => {
            return Ok(conclude(render(response, &context), &context, &frame, (method, &route), started));
        }
        Ok(Err(error)) => respond_to(&error, &context),
        Err(_) => respond(&Error::internal("a handler panicked"), &context),
    };
    finish(response.headers_mut(), &context, &frame);
    log_access(&frame, &context, method, "none", response.status().as_u16(), started.elapsed());
    Err(InternalError::from_response("refused before any handler", response).into())
}

/// The method as named in logs and metrics. Callers may invent methods, so the number of names must be bounded.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The route of a request, and whether the request may proceed. If anybody may call, the request is counted by address here;
/// otherwise it is counted once the caller is known, or is known to be nobody.
fn admit(request: &ServiceRequest) -> (String, Result<(), Error>) {
    let method = request.method();
    let route = request.app_data::<web::Data<Routes>>().and_then(|routes| routes.find(request.path()));
    let name = match route {
        Some(route) => route.template.clone(),
        None => request.match_pattern().unwrap_or_else(|| "none".to_owned()),
    };
    let refused = route.and_then(|route| route.refuse(method, request.query_string()));
    let refused = refused.or_else(|| RequestContext::refuse(request.headers()));
    if refused.is_none() && route.is_some_and(|route| route.judges_callers(method)) {
        return (name, Ok(()));
    }
    let counted = RateLimits::count_address(request.request(), &name);
    (name, counted.and(refused.map_or(Ok(()), Err)))
}

/// What remains to be done with every response.
fn conclude(
    mut response: ServiceResponse<BoxBody>,
    context: &RequestContext,
    frame: &Frame,
    (method, route): (&'static str, &str),
    started: Instant,
) -> ServiceResponse<BoxBody> {
    let standing = response.request().extensions().get::<Standing>().copied();
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
    weaken_etag(response.headers_mut());
    // The codec would read a stream to its end to send nothing of it.
    if method == "HEAD" && matches!(response.response().body().size(), BodySize::Stream) {
        response = response.map_body(|_, _| BoxBody::new(()));
    }
    finish(response.headers_mut(), context, frame);
    log_access(frame, context, method, route, response.status().as_u16(), started.elapsed());
    response
}

/// A compressed body is not byte for byte what its strong ETag identifies (RFC 9110, 8.8.1).
fn weaken_etag(headers: &mut HeaderMap) {
    let etag = headers.get(ETAG).filter(|_| headers.contains_key(CONTENT_ENCODING));
    let strong = etag.and_then(|etag| etag.to_str().ok()).filter(|etag| !etag.starts_with("W/"));
    if let Some(weak) = strong.and_then(|etag| HeaderValue::try_from(format!("W/{etag}")).ok()) {
        headers.insert(ETAG, weak);
    }
}

/// Turns any error that a response carries into a problem document.
fn render<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    context: &RequestContext,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == PROBLEM_JSON);
    let carried = response.response().error().map(|error| respond_to(error, context));
    match carried {
        Some(rendered) => response.into_response(rendered),
        None if !is_problem && (status.is_client_error() || status.is_server_error()) => {
            response.into_response(respond(&of_status(status, "no cause given"), context))
        }
        None => response.map_into_boxed_body(),
    }
}

/// An error of the framework, known only by its status.
fn of_status(status: StatusCode, cause: &str) -> Error {
    match status.as_u16() {
        404 => Error::new(Code::NoSuchRoute),
        408 => Error::new(Code::RequestTimeout),
        415 => Error::new(Code::UnsupportedMediaType).with("expected", data("application/json")),
        429 => Error::new(Code::TooManyRequests),
        503 => Error::new(Code::Unavailable).caused_by(cause.to_owned()),
        client if (400..500).contains(&client) => {
            Error::new(Code::MalformedRequest).with("problem", RequestProblem::Broken).caused_by(cause.to_owned())
        }
        _ => Error::internal(cause.to_owned()),
    }
}

/// The problem for any error, Lectern's own or the framework's.
fn respond_to(error: &actix_web::Error, context: &RequestContext) -> HttpResponse {
    match error.as_error::<Error>() {
        Some(own) => respond(own, context),
        None => respond(&of_status(error.as_response_error().status_code(), &error.to_string()), context),
    }
}

/// The problem response. Errors that are the service's fault are logged here, once, with their causes.
fn respond(error: &Error, context: &RequestContext) -> HttpResponse {
    if error.code.status() >= 500 {
        log::error!(request_id = context.request_id.as_str(), path = context.instance.as_str(); "{}: {}", error.code.slug(), error.chain());
    }
    problem_response(error, context)
}

/// What a page may load: pages of the documentation only their own files, everything else nothing.
fn content_policy(path: &str) -> &'static str {
    if path.starts_with("/docs/") {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    }
}

/// Headers of every response.
fn finish(headers: &mut HeaderMap, context: &RequestContext, frame: &Frame) {
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        headers.insert(X_REQUEST_ID, id);
    }
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, content_policy(&context.instance)),
    ];
    for (name, value) in fixed {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    headers.append(VARY, HeaderValue::from_static("Accept-Language, Authorization"));
    frame.cors.write(context.origin.as_ref(), headers);
    if frame.hsts {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

fn log_access(
    frame: &Frame,
    context: &RequestContext,
    method: &'static str,
    route: &str,
    status: u16,
    elapsed: Duration,
) {
    frame.metrics.observe(method, route, status, elapsed);
    log::info!(
        target: "lectern::access",
        request_id = context.request_id.as_str(),
        method = method,
        path = context.instance.as_str(),
        route = route,
        status = status,
        micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        traceparent = context.traceparent.as_deref().unwrap_or("");
        "{} {} {}", method, context.instance, status
    );
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};
    use serde_json::Value;

    use super::*;
    use crate::kernel::clock::Clock;

    async fn panicking() -> HttpResponse {
        panic!("the secret reason")
    }

    #[actix_web::test]
    async fn a_panic_of_a_handler_is_a_problem_that_does_not_say_why() {
        let edge = Frame {
            ids: Ids::new(Clock::system()),
            metrics: Metrics::new().unwrap(),
            hsts: false,
            cors: Cors::default(),
            proxies: TrustedProxies::default(),
        };
        let app = App::new().app_data(web::Data::new(edge)).route("/panic", web::get().to(panicking));
        let service = init_service(app.wrap(from_fn(frame))).await;
        let request = TestRequest::get().uri("/panic").insert_header(("x-request-id", "r-1")).to_request();
        let error = match actix_web::dev::Service::call(&service, request).await {
            Ok(answer) => panic!("answered {}", answer.status()),
            Err(error) => error,
        };
        let response = error.as_response_error().error_response();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), PROBLEM_JSON);
        let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&problem["code"], &problem["request_id"]), (&"internal".into(), &"r-1".into()));
        assert!(!String::from_utf8_lossy(&body).contains("secret reason"));
        let again = TestRequest::get().uri("/nowhere").to_request();
        assert_eq!(call_service(&service, again).await.status(), 404);
    }

    #[test]
    fn only_known_methods_are_named() {
        assert_eq!(method_name(&Method::PATCH), "PATCH");
        assert_eq!(method_name(&Method::from_bytes(b"GET1").unwrap()), "other");
    }
}
