//! Health checks, and the meaning of problem codes.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::http::{Path, ProblemPage, ProblemPages, Reply, RequestContext, operations, problem_page, problem_pages};
use crate::kernel::phrases::Thing;
use crate::state::State;

operations! { get_liveness, get_readiness, list_problems, get_problem }

/// The health of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthResponse {
    /// Always `ok`. If the service is not healthy, the answer is a problem.
    #[schema(max_length = 2, examples("ok"))]
    pub status: &'static str,
}

/// Check liveness
///
/// Answers as long as the process runs, and checks nothing else. Restart the process if this fails.
#[utoipa::path(
    get, path = "/health/live",
    responses((status = 200, description = "The process is running.", body = HealthResponse)), security()
)]
async fn get_liveness() -> Result<HttpResponse> {
    Ok(Reply::ok(&HealthResponse { status: "ok" })?.into_response())
}

/// Check readiness
///
/// Answers 200 while the database answers, otherwise 503 with `Retry-After`. Send traffic only while the service is ready.
#[utoipa::path(
    get, path = "/health/ready",
    responses((status = 200, description = "The service is ready.", body = HealthResponse)), security()
)]
async fn get_readiness(state: web::Data<State>) -> Result<HttpResponse> {
    state.db.ping().await?;
    Ok(Reply::ok(&HealthResponse { status: "ok" })?.into_response())
}

/// List problem codes
///
/// Every code that a problem can have, and every code that can appear in its `errors`, with the meaning in the caller's language.
/// Codes are never removed and never change their meaning; new codes may be added.
#[utoipa::path(
    get, path = "/problems", responses((status = 200, body = ProblemPages, headers(("ETag"), ("Content-Language")))),
    security()
)]
async fn list_problems(request: HttpRequest) -> Result<HttpResponse> {
    let language = RequestContext::of(&request).language;
    let pages = problem_pages(language);
    Reply::projection(&pages)?.language(language).unless_known(&request)
}

/// Get a problem code
///
/// The meaning of one code. The `type` of a problem points here.
#[utoipa::path(
    get, path = "/problems/{code}",
    params((
        "code" = String, Path, description = "The code of the problem.", max_length = 64, pattern = "^[a-z_]+$",
        example = "not_found"
    )),
    responses((status = 200, body = ProblemPage, headers(("ETag"), ("Content-Language")))), security()
)]
async fn get_problem(request: HttpRequest, Path(code): Path<String>) -> Result<HttpResponse> {
    let language = RequestContext::of(&request).language;
    let page = problem_page(&code, language).ok_or_else(|| Error::not_found(Thing::ProblemCode))?;
    Reply::projection(&page)?.language(language).unless_known(&request)
}
