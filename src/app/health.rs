//! Whether the service lives and is ready, and what its problem codes mean.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{Error, Result};
use crate::http::{Path, ProblemPage, ProblemPages, Reply, RequestContext, problem_page, problem_pages};
use crate::kernel::phrases::Thing;
use crate::state::State;

pub fn routes(config: &mut ServiceConfig) {
    config.service(get_liveness).service(get_readiness).service(list_problems).service(get_problem);
}

/// Whether the service is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthResponse {
    /// Always `ok`: anything else is a problem.
    #[schema(max_length = 2, examples("ok"))]
    pub status: &'static str,
}

/// Get liveness
///
/// Answers as long as the process runs; looks at nothing else. Restart the process if this fails.
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "It lives.", body = HealthResponse)),
    security()
)]
#[get("/health/live")]
async fn get_liveness() -> Result<HttpResponse> {
    Ok(Reply::ok(&HealthResponse { status: "ok" })?.into_response())
}

/// Get readiness
///
/// Answers 200 while the database answers, else 503 with `Retry-After`. Send traffic only while it is ready.
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "It is ready.", body = HealthResponse)),
    security()
)]
#[get("/health/ready")]
async fn get_readiness(state: web::Data<State>) -> Result<HttpResponse> {
    state.db.ping().await?;
    Ok(Reply::ok(&HealthResponse { status: "ok" })?.into_response())
}

/// List problem codes
///
/// Every code that a problem can have with what it means, and every code that can stand in the `errors` of one, in the language
/// of the caller. Codes are never taken away or given another meaning; new ones may come.
#[utoipa::path(
    tag = "service",
    responses((
        status = 200, description = "Every code.", body = ProblemPages, headers(("ETag"), ("Content-Language"))
    )),
    security()
)]
#[get("/problems")]
async fn list_problems(request: HttpRequest) -> Result<HttpResponse> {
    let language = RequestContext::of(&request).language;
    let pages = problem_pages(language);
    Reply::projection(&pages)?.language(language).unless_known(&request)
}

/// Get the meaning of a problem code
///
/// What the `type` of a problem leads to.
#[utoipa::path(
    tag = "service",
    params((
        "code" = String, Path, description = "The code of the problem.", max_length = 64, pattern = "^[a-z_]+$",
        example = "not_found"
    )),
    responses((
        status = 200, description = "What it means.", body = ProblemPage, headers(("ETag"), ("Content-Language"))
    )),
    security()
)]
#[get("/problems/{code}")]
async fn get_problem(request: HttpRequest, Path(code): Path<String>) -> Result<HttpResponse> {
    let language = RequestContext::of(&request).language;
    let page = problem_page(&code, language).ok_or_else(|| Error::not_found(Thing::ProblemCode))?;
    Reply::projection(&page)?.language(language).unless_known(&request)
}
