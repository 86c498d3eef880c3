//! Budget raises over HTTP.

use uuid::Uuid;

use super::dto::{BudgetRaisePage, BudgetRaiseResponse, ProposeBudgetRaiseRequest};
use super::service::Place;
use crate::auth::rights::RewardsApprove;
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, SelfApproval, StateConflict};
use crate::http::{Json, Paged, Path, Reply, RequiredIdempotencyKey, RequiredIfMatch, operations};
use crate::kernel::period::Period;
use actix_web::http::header::LOCATION;

operations! { propose_budget_raise, list_budget_raises, approve_budget_raise }

/// Propose a higher budget for a closed period
///
/// So that rewards held over budget can be approved: once another person has approved it, and it is at least what the period
/// granted. The version of the policies stays; later periods have its budget. 422 if the period has no budget, or one that is not
/// exceeded by the proposal.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/periods/{period}/budget-raises",
    responses((status = 201, body = BudgetRaiseResponse)),
    extensions(("x-refuses" = json!([StateConflict])), ("x-without" = json!([LOCATION.as_str()])))
)]
async fn propose_budget_raise(
    call: Call<RewardsApprove>,
    Path((programme, period)): Path<(Uuid, Period)>,
    body: Json<ProposeBudgetRaiseRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| {
        let place = Place::find(tx, programme, period).await?;
        let raise = place.propose(tx, request).await?;
        let reply = Reply::ok(&place.render(tx, raise).await?)?;
        Ok(Reply { status: 201, ..reply })
    })
}

/// List the budget raises of a period
///
/// Oldest first: proposed and approved ones. The greatest approved budget is in force.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}/budget-raises", responses((status = 200, body = BudgetRaisePage))
)]
async fn list_budget_raises(
    call: Call<RewardsApprove>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged,
) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let place = Place::find(tx, programme, period).await?;
        let rows = place.list(tx, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |raise| raise.id)?;
        Reply::page(place.render_all(tx, rows).await?, next)
    })
}

/// Approve a higher budget for a closed period
///
/// By a person other than who proposed it, unless the company allows self-approval. It releases nothing by itself: what was held
/// over budget can be approved from then on.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/periods/{period}/budget-raises/{raise_id}/approve",
    params(RequiredIfMatch, RequiredIdempotencyKey), responses((status = 200, body = BudgetRaiseResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn approve_budget_raise(
    call: Call<RewardsApprove>,
    Path((programme, period, id)): Path<(Uuid, Period, Uuid)>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        let place = Place::find(tx, programme, period).await?;
        let raise = place.approve(tx, id, &precondition).await?;
        Reply::ok(&place.render(tx, raise).await?)
    })
}
