//! Waivers over HTTP.

use uuid::Uuid;

use super::dto::{
    CreatePromotionWaiverRequest, EndPromotionWaiverRequest, ListPromotionWaiversQuery, PromotionWaiverPage,
    PromotionWaiverResponse, responses,
};
use super::model::PromotionWaiver;
use super::{queries, service};
use crate::auth::rights::{PromotionsApply, PromotionsRead, PromotionsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AlreadyExists, PersonRequired, SecondPersonRequired, SelfApproval, StateConflict};
use crate::error::{Result, only};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::people::{records_of_one, visible};

operations! {
    create_promotion_waiver, list_promotion_waivers, get_promotion_waiver, approve_promotion_waiver,
    reject_promotion_waiver, withdraw_promotion_waiver, revoke_promotion_waiver
}

async fn response(tx: &mut Tx<'_>, row: PromotionWaiver) -> Result<PromotionWaiverResponse> {
    only(responses(tx, vec![row]).await?)
}

async fn reply(tx: &mut Tx<'_>, row: PromotionWaiver) -> Result<Reply> {
    Reply::ok(&response(tx, row).await?)
}

/// Ask for a waiver
///
/// Of one criterion of the policy in force, for one lecturer, with a reason. It counts once two people have approved it, neither of them
/// the lecturer, nor who asks, unless the company allows self-approval. What the criterion says may change in a later version of the
/// policy: then the waiver does not count.
#[utoipa::path(
    post, path = "/v1/promotion-waivers", responses((status = 201, body = PromotionWaiverResponse)),
    extensions(("x-refuses" = json!([AlreadyExists])))
)]
async fn create_promotion_waiver(call: Call<PromotionsApply>, body: Json<CreatePromotionWaiverRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let row = service::create(tx, request, faults).await?;
        let location = format!("/v1/promotion-waivers/{}", row.id);
        Reply::created(location, &response(tx, row).await?)
    })
}

/// List waivers
///
/// Newest first: those of the people whom the caller may see. Those in the states `requested` and `approved_once` wait for somebody.
#[utoipa::path(get, path = "/v1/promotion-waivers", responses((status = 200, body = PromotionWaiverPage)))]
async fn list_promotion_waivers(call: Call<PromotionsRead>, query: Paged<ListPromotionWaiversQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PromotionsRead>(tx).await?;
        let records = records_of_one(tx, query.employee_id).await?;
        let (rows, next) = queries::list_page(tx, &query, seen.ids(), records.as_deref(), &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

/// Get a waiver
///
/// With the criterion as it stood when it was asked for, the reason, and who approved it.
#[utoipa::path(get, path = "/v1/promotion-waivers/{id}", responses((status = 200, body = PromotionWaiverResponse)))]
async fn get_promotion_waiver(call: Call<PromotionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let row = service::get(tx, id).await?;
        reply(tx, row).await
    })
}

/// Approve a waiver
///
/// By two people, one after the other, of whom neither is the lecturer, nor asked for it. In a company that allows self-approval, who asked
/// may be one of the two (`self_approved`). From the day of the second approval on, checks show the criterion as `waived` if it is not met.
#[utoipa::path(
    post, path = "/v1/promotion-waivers/{id}/approve", params(IfMatch),
    responses((status = 200, body = PromotionWaiverResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SecondPersonRequired, SelfApproval, StateConflict])))
)]
async fn approve_promotion_waiver(call: Call<PromotionsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let row = service::approve(tx, id, &precondition).await?;
        reply(tx, row).await
    })
}

/// Reject a waiver
///
/// While it waits for approval, with a reason; by a person who is not the lecturer.
#[utoipa::path(
    post, path = "/v1/promotion-waivers/{id}/reject", params(IfMatch),
    responses((status = 200, body = PromotionWaiverResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn reject_promotion_waiver(
    call: Call<PromotionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<EndPromotionWaiverRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::reject(tx, id, &precondition, request.reason).await?;
        reply(tx, row).await
    })
}

/// Withdraw a request for a waiver
///
/// While it waits for approval; by anybody who may apply for the lecturer.
#[utoipa::path(
    post, path = "/v1/promotion-waivers/{id}/withdraw", params(IfMatch),
    responses((status = 200, body = PromotionWaiverResponse)), extensions(("x-refuses" = json!([StateConflict])))
)]
async fn withdraw_promotion_waiver(call: Call<PromotionsApply>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let row = service::withdraw(tx, id, &precondition).await?;
        reply(tx, row).await
    })
}

/// Revoke a waiver
///
/// One that was approved, with a reason; by a person who is not the lecturer. Checks as of this day and later ones count it no more.
/// Applications that were submitted with it keep the result that they had.
#[utoipa::path(
    post, path = "/v1/promotion-waivers/{id}/revoke", params(IfMatch),
    responses((status = 200, body = PromotionWaiverResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn revoke_promotion_waiver(
    call: Call<PromotionsWrite>,
    Path(id): Path<Uuid>,
    body: Json<EndPromotionWaiverRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let row = service::revoke(tx, id, &precondition, request.reason).await?;
        reply(tx, row).await
    })
}
