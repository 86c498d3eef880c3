//! The ledger over HTTP.

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ApproveRewardsRequest, ApprovedRewardsResponse, ListRewardsQuery, RejectRewardRequest, RewardEventResponse,
    RewardPage, RewardResponse,
};
use super::{queries, service};
use crate::auth::rights::{RewardsApprove, RewardsRead};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Query, Reply};
use crate::journal::Tx;
use crate::people::{employee_refs, visible};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_rewards)
        .service(approve_rewards)
        .service(get_reward)
        .service(approve_reward)
        .service(reject_reward);
}

/// List rewards
///
/// The ledger, newest first: everything that was promised to the people whom the caller may see.
#[utoipa::path(
    tag = "rewards",
    params(ListRewardsQuery),
    responses((status = 200, description = "A page of rewards.", body = RewardPage)),
    security(("oauth2" = ["rewards:read"]))
)]
#[get("/v1/rewards")]
pub async fn list_rewards(call: Call<RewardsRead>, query: Query<ListRewardsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor.clone());
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<RewardsRead>()?;
            let seen = visible(tx, &reach).await?;
            let filter = query.filter(seen.ids().map(<[Uuid]>::to_vec));
            let rows = queries::list_page(tx, &filter, paging.after()?, paging.fetch()).await?;
            let people: Vec<Uuid> = rows.iter().map(|now| now.entry.employee_id).collect();
            let employees = employee_refs(tx, &people).await?;
            let page = paging.finish(rows, |now| now.entry.id)?;
            let items =
                page.items.into_iter().map(|now| RewardResponse::new(now, &employees)).collect::<Result<_>>()?;
            Ok(Reply::ok(&RewardPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a reward
///
/// One entry of the ledger with its whole history.
#[utoipa::path(
    tag = "rewards",
    params(("id" = Uuid, Path, description = "The reward.")),
    responses((status = 200, description = "The reward.", body = RewardResponse)),
    security(("oauth2" = ["rewards:read"]))
)]
#[get("/v1/rewards/{id}")]
pub async fn get_reward(call: Call<RewardsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let reach = tx.actor.reach::<RewardsRead>()?;
            let now = service::find(tx, id).await?;
            if !visible(tx, &reach).await?.includes(now.entry.employee_id) {
                return Err(Error::not_found("reward"));
            }
            reply(tx, id).await
        }
        .boxed()
    })
    .await
}

/// The entry as it is now, with its history.
async fn reply(tx: &mut Tx<'_>, id: Uuid) -> Result<Reply> {
    let now = service::find(tx, id).await?;
    let etag = ETag(now.version());
    let employees = employee_refs(tx, &[now.entry.employee_id]).await?;
    let mut response = RewardResponse::new(now, &employees)?;
    let history = queries::history(tx, id).await?;
    response.history = Some(history.into_iter().map(RewardEventResponse::from).collect());
    Ok(Reply::ok(&response)?.etag(etag))
}

/// Approve a reward
///
/// Only a person may, and not the one who made it or closed its period, unless the company is set up as a small one. What is
/// held over budget is refused with the budget that it needs as `needed_budget`; once the programme's budget is as large, or
/// gone, approving lets it go.
#[utoipa::path(
    tag = "rewards",
    params(
        ("id" = Uuid, Path, description = "The reward."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The approved reward.", body = RewardResponse)),
    security(("oauth2" = ["rewards:approve"]))
)]
#[post("/v1/rewards/{id}/approve")]
pub async fn approve_reward(call: Call<RewardsApprove>, id: Path<Uuid>) -> Result<HttpResponse> {
    let (id, call) = (id.into_inner(), call.keyed()?);
    let precondition = call.if_match()?;
    call.act(move |tx| {
        async move {
            service::approve(tx, id, &precondition).await?;
            reply(tx, id).await
        }
        .boxed()
    })
    .await
}

/// Reject a reward
///
/// Refuses what is in no batch; it will not be paid.
#[utoipa::path(
    tag = "rewards",
    params(
        ("id" = Uuid, Path, description = "The reward."),
        ("If-Match" = String, Header, description = "The ETag that was read.", max_length = 1000)
    ),
    responses((status = 200, description = "The rejected reward.", body = RewardResponse)),
    security(("oauth2" = ["rewards:approve"]))
)]
#[post("/v1/rewards/{id}/reject")]
pub async fn reject_reward(
    call: Call<RewardsApprove>,
    id: Path<Uuid>,
    body: Json<RejectRewardRequest>,
) -> Result<HttpResponse> {
    let (id, call) = (id.into_inner(), call.keyed()?);
    let precondition = call.if_match()?;
    call.write(body, move |tx, request| {
        async move {
            service::reject(tx, id, request.reason, &precondition).await?;
            reply(tx, id).await
        }
        .boxed()
    })
    .await
}

/// Approve many rewards
///
/// Either up to 500 by id, all or none, or everything granted in a period of a programme. What was held over budget is approved
/// too once the budget allows all of it; until then it is left out and counted.
#[utoipa::path(
    tag = "rewards",
    responses((status = 200, description = "What was approved.", body = ApprovedRewardsResponse)),
    security(("oauth2" = ["rewards:approve"]))
)]
#[post("/v1/rewards/approve-batch")]
pub async fn approve_rewards(call: Call<RewardsApprove>, body: Json<ApproveRewardsRequest>) -> Result<HttpResponse> {
    call.keyed()?
        .write(body, move |tx, request| {
            async move {
                let approved = service::approve_batch(tx, request.selection()?).await?;
                Reply::ok(&ApprovedRewardsResponse::try_from(approved)?)
            }
            .boxed()
        })
        .await
}
