//! Promotion applications over HTTP.

use uuid::Uuid;

use super::dto::{
    ApprovePromotionApplicationRequest, CreatePromotionApplicationRequest, ListPromotionApplicationsQuery,
    PromotionApplicationPage, PromotionApplicationResponse, RejectPromotionApplicationRequest, responses,
};
use super::model::{ApplicationState, PromotionApplication};
use super::queries;
use super::service;
use crate::auth::rights::{PromotionsApply, PromotionsRead, PromotionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, NotEligible, PersonRequired, SelfApproval, StateConflict};
use crate::error::{Error, Result};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::people::visible;

operations! {
    create_promotion_application, list_promotion_applications, get_promotion_application, approve_promotion_application,
    reject_promotion_application, withdraw_promotion_application
}

async fn response(tx: &mut Tx<'_>, row: PromotionApplication) -> Result<PromotionApplicationResponse> {
    let made = responses(tx, vec![row]).await?;
    made.into_iter().next().ok_or_else(|| Error::internal("no answer for an application"))
}

async fn reply(tx: &mut Tx<'_>, row: PromotionApplication) -> Result<Reply> {
    Reply::ok(&response(tx, row).await?)
}

/// Apply for a promotion
///
/// The person is checked as of today in the company's time zone, by the policy in force for the position. If they are not
/// eligible, the application is refused (422 `not_eligible`) with the full result in the problem's member `check`; if they are not employed
/// that day, with the fault `not_employed`. Otherwise the result is stored with the application.
#[utoipa::path(
    post, path = "/v1/promotion-applications", responses((status = 201, body = PromotionApplicationResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, NotEligible])))
)]
async fn create_promotion_application(
    call: Call<PromotionsApply>,
    body: Json<CreatePromotionApplicationRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let row = service::create(tx, request, faults).await?;
        let location = format!("/v1/promotion-applications/{}", row.id);
        Reply::created(location, &response(tx, row).await?)
    })
}

/// List promotion applications
///
/// Newest first: those of the people whom the caller may see.
#[utoipa::path(get, path = "/v1/promotion-applications", responses((status = 200, body = PromotionApplicationPage)))]
async fn list_promotion_applications(
    call: Call<PromotionsRead>,
    query: Paged<ListPromotionApplicationsQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PromotionsRead>(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get a promotion application
///
/// Includes the result of the check that it is based on.
#[utoipa::path(
    get, path = "/v1/promotion-applications/{id}", responses((status = 200, body = PromotionApplicationResponse))
)]
async fn get_promotion_application(call: Call<PromotionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let row = service::get(tx, id).await?;
        reply(tx, row).await
    })
}

/// Approve a promotion application
///
/// By a person who is not the applicant. Unless the company allows self-approval, it must not be the person who submitted the
/// application either.
#[utoipa::path(
    post, path = "/v1/promotion-applications/{id}/approve", params(IfMatch),
    responses((status = 200, body = PromotionApplicationResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn approve_promotion_application(
    call: Call<PromotionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<ApprovePromotionApplicationRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::decide(tx, id, &precondition, ApplicationState::Approved, request.reason).await?;
        reply(tx, row).await
    })
}

/// Reject a promotion application
///
/// With a reason, by a person who is not the applicant. Unless the company allows self-approval, it must not be the person who
/// submitted the application either.
#[utoipa::path(
    post, path = "/v1/promotion-applications/{id}/reject", params(IfMatch),
    responses((status = 200, body = PromotionApplicationResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn reject_promotion_application(
    call: Call<PromotionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<RejectPromotionApplicationRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let reason = Some(request.reason);
        let row = service::decide(tx, id, &precondition, ApplicationState::Rejected, reason).await?;
        reply(tx, row).await
    })
}

/// Withdraw a promotion application
///
/// While it is undecided; by the applicant, or by anybody who may apply for them.
#[utoipa::path(
    post, path = "/v1/promotion-applications/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = PromotionApplicationResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn withdraw_promotion_application(call: Call<PromotionsApply>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let row = service::withdraw(tx, id, &precondition).await?;
        reply(tx, row).await
    })
}
