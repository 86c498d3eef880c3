//! Application cases over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{CasePage, CaseResponse, CreateCaseRequest, DecideCaseRequest, ListCasesQuery};
use super::model::{CaseState, Readers};
use super::queries::{self, Filter};
use super::service;
use crate::auth::rights::{CasesConfirm, CasesWrite, SessionsRead};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Query, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_application_case)
        .service(list_application_cases)
        .service(get_application_case)
        .service(confirm_application_case)
        .service(reject_application_case);
}

/// Report an application case
///
/// A learner says what was done with something learned in a session: one case per learner and session, attendees only.
#[utoipa::path(
    tag = "content",
    responses((
        status = 201, description = "The case.", body = CaseResponse,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["cases:write"]))
)]
#[post("/v1/application-cases")]
pub async fn create_application_case(call: Call<CasesWrite>, body: Json<CreateCaseRequest>) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let answer = service::create(tx, request).await?;
            Ok(Reply::created(format!("/v1/application-cases/{}", answer.id), &answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

/// List application cases
///
/// In the order of their making. A learner sees the own ones, a lecturer those of the own sessions, a manager those of the
/// managed people.
#[utoipa::path(
    tag = "content",
    params(ListCasesQuery),
    responses((status = 200, description = "A page of cases.", body = CasePage)),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/application-cases")]
pub async fn list_application_cases(call: Call<SessionsRead>, query: Query<ListCasesQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor.clone());
    call.read(move |tx| {
        async move {
            let filter = Filter {
                readers: Readers::of(tx).await?,
                session_id: query.session_id,
                learner_id: query.learner_id,
                state: query.state,
            };
            let rows = queries::list_page(tx, filter, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |case| case.id)?;
            let items = service::render_all(tx, page.items).await?;
            Ok(Reply::ok(&CasePage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get an application case
///
/// What was done, and what its manager or HR says of it.
#[utoipa::path(
    tag = "content",
    params(("id" = Uuid, Path, description = "The case.")),
    responses((
        status = 200, description = "The case.", body = CaseResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["sessions:read"]))
)]
#[get("/v1/application-cases/{id}")]
pub async fn get_application_case(call: Call<SessionsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let answer = service::get(tx, id).await?;
            Ok(Reply::ok(&answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

/// Confirm an application case
///
/// The learner's manager or HR says that it is true: it counts if that is before the close. Nobody confirms the own case, or one
/// from the own session.
#[utoipa::path(
    tag = "content",
    params(
        ("id" = Uuid, Path, description = "The case."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "As it is now.", body = CaseResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["cases:confirm"]))
)]
#[post("/v1/application-cases/{id}/confirm")]
pub async fn confirm_application_case(
    call: Call<CasesConfirm>,
    id: Path<Uuid>,
    body: Json<DecideCaseRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let answer = service::decide(tx, id, precondition, CaseState::Confirmed, request.note).await?;
            Ok(Reply::ok(&answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}

/// Reject an application case
///
/// The learner's manager or HR says that it does not hold.
#[utoipa::path(
    tag = "content",
    params(
        ("id" = Uuid, Path, description = "The case."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((
        status = 200, description = "As it is now.", body = CaseResponse,
        headers(("ETag" = String, description = "Its version."))
    )),
    security(("oauth2" = ["cases:confirm"]))
)]
#[post("/v1/application-cases/{id}/reject")]
pub async fn reject_application_case(
    call: Call<CasesConfirm>,
    id: Path<Uuid>,
    body: Json<DecideCaseRequest>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let precondition = call.if_match_optional()?;
    call.write(body, move |tx, request| {
        async move {
            let answer = service::decide(tx, id, precondition, CaseState::Rejected, request.note).await?;
            Ok(Reply::ok(&answer)?.etag(answer.etag))
        }
        .boxed()
    })
    .await
}
