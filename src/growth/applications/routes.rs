//! Promotion applications over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ApprovePromotionApplicationRequest, CreatePromotionApplicationRequest, ListPromotionApplicationsQuery,
    PromotionApplicationPage, PromotionApplicationResponse, RejectPromotionApplicationRequest, responses,
};
use super::model::{ApplicationState, PromotionApplication};
use super::queries;
use super::service;
use crate::auth::rights::{PromotionsApply, PromotionsRead, PromotionsWrite};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Query, Reply};
use crate::journal::Tx;
use crate::people::visible;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_promotion_application)
        .service(list_promotion_applications)
        .service(get_promotion_application)
        .service(approve_promotion_application)
        .service(reject_promotion_application)
        .service(withdraw_promotion_application);
}

async fn response(tx: &mut Tx<'_>, row: PromotionApplication) -> Result<(PromotionApplicationResponse, ETag)> {
    let etag = ETag(row.version);
    let made = responses(tx, vec![row]).await?;
    Ok((made.into_iter().next().ok_or_else(|| Error::internal("no answer for an application"))?, etag))
}

async fn reply(tx: &mut Tx<'_>, row: PromotionApplication) -> Result<Reply> {
    let (response, etag) = response(tx, row).await?;
    Ok(Reply::ok(&response)?.etag(etag))
}

/// Apply for a promotion
///
/// Checked today, a day of the company's time zone, by the policy in force for the position. Who is not eligible is refused (422 `not_eligible`) with the whole answer
/// as the member `check` of the problem; otherwise the answer is kept with the application.
#[utoipa::path(
    tag = "growth",
    responses((status = 201, description = "The application.", body = PromotionApplicationResponse)),
    security(("oauth2" = ["promotions:apply"]))
)]
#[post("/v1/promotion-applications")]
pub async fn create_promotion_application(
    call: Call<PromotionsApply>,
    body: Json<CreatePromotionApplicationRequest>,
) -> Result<HttpResponse> {
    call.write(body, |tx, request| {
        async move {
            let row = service::create(tx, request).await?;
            let location = format!("/v1/promotion-applications/{}", row.id);
            let (response, etag) = response(tx, row).await?;
            Ok(Reply::created(location, &response)?.etag(etag))
        }
        .boxed()
    })
    .await
}

/// List promotion applications
///
/// Newest first: those of the people whom the caller may see.
#[utoipa::path(
    tag = "growth",
    params(ListPromotionApplicationsQuery),
    responses((status = 200, description = "A page of applications.", body = PromotionApplicationPage)),
    security(("oauth2" = ["promotions:read"]))
)]
#[get("/v1/promotion-applications")]
pub async fn list_promotion_applications(
    call: Call<PromotionsRead>,
    query: Query<ListPromotionApplicationsQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor.clone());
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<PromotionsRead>()?;
            let seen = visible(tx, &reach).await?;
            let after = paging.after()?;
            let rows = queries::list_page(tx, &query, seen.ids(), after, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.id)?;
            let items = responses(tx, page.items).await?;
            let body = PromotionApplicationPage { items, next_cursor: page.next_cursor };
            Ok(Reply::ok(&body)?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a promotion application
///
/// With the answer of the check that it rests on.
#[utoipa::path(
    tag = "growth",
    params(("id" = Uuid, Path, description = "The application.")),
    responses((status = 200, description = "The application.", body = PromotionApplicationResponse)),
    security(("oauth2" = ["promotions:read"]))
)]
#[get("/v1/promotion-applications/{id}")]
pub async fn get_promotion_application(call: Call<PromotionsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let row = service::get(tx, id).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}

/// Approve a promotion application
///
/// By a person who is neither the applicant nor, unless the company allows self-approval, the one who handed it in.
#[utoipa::path(
    tag = "growth",
    params(
        ("id" = Uuid, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The application.", body = PromotionApplicationResponse)),
    security(("oauth2" = ["promotions:write"]))
)]
#[post("/v1/promotion-applications/{id}/approve")]
pub async fn approve_promotion_application(
    call: Call<PromotionsWrite>,
    id: Path<Uuid>,
    body: Json<ApprovePromotionApplicationRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match_optional()?);
    call.write(body, move |tx, request| {
        async move {
            let row = service::decide(tx, id, &precondition, ApplicationState::Approved, request.reason).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}

/// Reject a promotion application
///
/// With a reason, by a person who is neither the applicant nor, unless the company allows self-approval, the one who handed it in.
#[utoipa::path(
    tag = "growth",
    params(
        ("id" = Uuid, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The application.", body = PromotionApplicationResponse)),
    security(("oauth2" = ["promotions:write"]))
)]
#[post("/v1/promotion-applications/{id}/reject")]
pub async fn reject_promotion_application(
    call: Call<PromotionsWrite>,
    id: Path<Uuid>,
    body: Json<RejectPromotionApplicationRequest>,
) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match_optional()?);
    call.write(body, move |tx, request| {
        async move {
            let reason = Some(request.reason);
            let row = service::decide(tx, id, &precondition, ApplicationState::Rejected, reason).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}

/// Withdraw a promotion application
///
/// While it is undecided; the applicant, or whoever may apply for them.
#[utoipa::path(
    tag = "growth",
    params(
        ("id" = Uuid, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The application.", body = PromotionApplicationResponse)),
    security(("oauth2" = ["promotions:apply"]))
)]
#[post("/v1/promotion-applications/{id}/withdraw")]
pub async fn withdraw_promotion_application(call: Call<PromotionsApply>, id: Path<Uuid>) -> Result<HttpResponse> {
    let (id, precondition) = (id.into_inner(), call.if_match_optional()?);
    call.act(move |tx| {
        async move {
            let row = service::withdraw(tx, id, &precondition).await?;
            reply(tx, row).await
        }
        .boxed()
    })
    .await
}
