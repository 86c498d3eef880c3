//! The rewards ledger over HTTP.

use std::future::ready;

use futures_util::FutureExt as _;
use uuid::Uuid;

use super::dto::{
    AdjustRewardRequest, ApproveRewardsRequest, ApprovedRewardsResponse, AwardRewardRequest, ListRewardsQuery,
    ReconsiderRewardRequest, RejectRewardRequest, RewardEventResponse, RewardPage, RewardReleaseRequest,
    RewardResponse, RewardTable,
};
use super::{by_hand, export, holds, queries, service};
use crate::auth::rights::{RewardsApprove, RewardsPropose, RewardsRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{CorrectionsStand, PersonRequired, SelfApproval, StateConflict};
use crate::error::Result;
use crate::http::tables::{Table, TableForm, TableWorkbook, Tabled};
use crate::http::{Json, Paged, Path, Reply, RequiredIdempotencyKey, RequiredIfMatch, operations};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::names::names;
use crate::people::{employee_refs, visible};

operations! {
    list_rewards, export_rewards, award_reward, approve_rewards, get_reward, adjust_reward, approve_reward, reject_reward, reconsider_reward,
    ask_reward_release, release_reward, decline_reward_release,
}

/// List rewards
///
/// The rewards ledger, newest first: everything granted to the people whom the caller may see.
#[utoipa::path(get, path = "/v1/rewards", responses((status = 200, body = RewardPage)))]
async fn list_rewards(call: Call<RewardsRead>, query: Paged<ListRewardsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<RewardsRead>(tx).await?;
        let rows = queries::list_page(tx, &query, seen.ids(), paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |now| now.entry.id)?;
        Reply::page(export::responses(tx, rows).await?, next)
    })
}

/// Export rewards
///
/// The same list as a table, in CSV or as a workbook, with the same filters, newest first: of the people whom the caller may see.
#[utoipa::path(
    get, path = "/v1/rewards/export", params(TableForm),
    responses((
        status = 200,
        content(
            (RewardTable = "text/csv", example = json!("id,employee_id,employee_number\r\n")),
            (TableWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        headers(("Content-Disposition"), ("Content-Language"))
    ))
)]
async fn export_rewards(call: Call<RewardsRead>, query: Tabled<ListRewardsQuery>) -> Answer {
    let Tabled { filters, form } = query;
    let table = Table::of("rewards", export::COLUMNS, &form, call.context.language);
    let ((), stay) = call.stay_long(|_tx| ready(Ok(())).boxed()).await?;
    table.answer(form.format(), export::parts(stay, filters)).await
}

/// Get a reward
///
/// One entry of the ledger with its whole history.
#[utoipa::path(get, path = "/v1/rewards/{id}", responses((status = 200, body = RewardResponse)))]
async fn get_reward(call: Call<RewardsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let now = service::find(tx, id).await?;
        let seen = visible::<RewardsRead>(tx).await?;
        Thing::Reward.require(seen.includes(now.entry.employee_id).then_some(()))?;
        reply(tx, id).await
    })
}

/// The updated entry with its history.
async fn reply(tx: &mut Tx<'_>, id: Uuid) -> Result<Reply> {
    Reply::ok(&response(tx, id).await?)
}

async fn response(tx: &mut Tx<'_>, id: Uuid) -> Result<RewardResponse> {
    let now = service::find(tx, id).await?;
    let employees = employee_refs(tx, &[now.entry.employee_id]).await?;
    let mut response = RewardResponse::new(now, &employees, &names(tx).await?)?;
    let history = queries::history(tx, id).await?;
    response.history = Some(history.into_iter().map(RewardEventResponse::new).collect());
    Ok(response)
}

/// Award a reward by hand
///
/// An amount for something that no policy grants. Another person must approve it, unless the company allows self-approval. It stands
/// outside the budget and the cap of the reward policies. Nobody awards themselves anything.
#[utoipa::path(
    post, path = "/v1/rewards", params(RequiredIdempotencyKey), responses((status = 201, body = RewardResponse)),
    extensions(("x-refuses" = json!([SelfApproval])))
)]
async fn award_reward(call: Call<RewardsPropose>, body: Json<AwardRewardRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let id = by_hand::award(tx, request, faults).await?;
        created(tx, id).await
    })
}

/// Adjust a reward
///
/// Enters a difference as a reward of its own, which names this one in `corrects_id`; nothing that was granted or paid is changed.
/// Another person must approve it, unless the company allows self-approval, and the next payroll batch takes it. A negative difference
/// takes back at most what is left of the reward with all its corrections (`beyond_granted`). Corrections are not corrected, and a
/// rejected reward is reconsidered instead. What corrects a fee that gates hold waits with it, and so does what takes back of a reward
/// that is held over budget.
#[utoipa::path(
    post, path = "/v1/rewards/{id}/adjustments", params(RequiredIdempotencyKey),
    responses((status = 201, body = RewardResponse)), extensions(("x-refuses" = json!([SelfApproval, StateConflict])))
)]
async fn adjust_reward(call: Call<RewardsPropose>, Path(id): Path<Uuid>, body: Json<AdjustRewardRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let id = by_hand::adjust(tx, id, request, faults).await?;
        created(tx, id).await
    })
}

/// A new entry with its history.
async fn created(tx: &mut Tx<'_>, id: Uuid) -> Result<Reply> {
    Reply::created(format!("/v1/rewards/{id}"), &response(tx, id).await?)
}

/// Approve a reward
///
/// Only a person can approve a reward. Unless the company allows self-approval, it must not be the person who made the reward,
/// closed its period or is paid by it. A reward held over budget is refused, with the budget needed as `needed_budget`. Once the
/// budget of the period has been raised that far (`propose_budget_raise`), the reward can be approved. One that a gate of its fee holds is
/// refused until it is released (`ask_reward_release`).
#[utoipa::path(
    post, path = "/v1/rewards/{id}/approve", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RewardResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn approve_reward(call: Call<RewardsApprove>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| {
        service::approve(tx, id, &precondition).await?;
        reply(tx, id).await
    })
}

/// Reject a reward
///
/// Rejects a reward that is in no batch. It will not be paid, unless it is taken up again. Refused if corrections of it would then
/// take back more than is left; they are in `reward_ids`. Nobody rejects what is taken back from themselves, unless the company allows
/// self-approval.
#[utoipa::path(
    post, path = "/v1/rewards/{id}/reject", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RewardResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict, CorrectionsStand])))
)]
async fn reject_reward(call: Call<RewardsApprove>, Path(id): Path<Uuid>, body: Json<RejectRewardRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        service::reject(tx, id, request.reason, &precondition).await?;
        reply(tx, id).await
    })
}

/// Reconsider a rejected reward
///
/// A person takes up again, with a reason, what a checker has rejected: it is granted, or held, as before. Then it takes
/// another person to approve it. Nobody takes up what pays them, unless the company allows self-approval. What a restatement has
/// decided anew since the rejection is not taken up again: it has granted what is due.
#[utoipa::path(
    post, path = "/v1/rewards/{id}/reconsider", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RewardResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict, CorrectionsStand])))
)]
async fn reconsider_reward(
    call: Call<RewardsApprove>,
    Path(id): Path<Uuid>,
    body: Json<ReconsiderRewardRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        service::reconsider(tx, id, request.reason, &precondition).await?;
        reply(tx, id).await
    })
}

/// Ask to release a reward from its gates
///
/// A gate of a fee holds a reward whose session fails it (`hold`). A person asks for the release with a reason, and another one decides
/// (`release_reward`, `decline_reward_release`). Neither a raised budget nor an approval releases it. Nobody asks for what pays them,
/// unless the company allows self-approval. What corrects the reward goes with it: a correction is refused as long as the gates hold what
/// it corrects.
#[utoipa::path(
    post, path = "/v1/rewards/{id}/release-request", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RewardResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn ask_reward_release(
    call: Call<RewardsPropose>,
    Path(id): Path<Uuid>,
    body: Json<RewardReleaseRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        holds::ask(tx, id, request.reason, &precondition).await?;
        reply(tx, id).await
    })
}

/// Release a reward from its gates
///
/// By a person other than who asked for it, with a reason: it is granted and can be approved, or is held over budget. Whom it pays does
/// not release it, nor does who has since changed its session or the lecturer's certificates of competence: a fact that comes late goes
/// the way of all late facts (`restate_period`). Unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/rewards/{id}/release", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RewardResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn release_reward(call: Call<RewardsApprove>, Path(id): Path<Uuid>, body: Json<RewardReleaseRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        holds::release(tx, id, request.reason, &precondition).await?;
        reply(tx, id).await
    })
}

/// Decline to release a reward
///
/// By a person who may release it, with a reason: its gates hold it. (`reject_reward` refuses the reward itself.)
#[utoipa::path(
    post, path = "/v1/rewards/{id}/decline-release", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RewardResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn decline_reward_release(
    call: Call<RewardsApprove>,
    Path(id): Path<Uuid>,
    body: Json<RewardReleaseRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        holds::decline(tx, id, request.reason, &precondition).await?;
        reply(tx, id).await
    })
}

/// Approve many rewards
///
/// Either up to 500 rewards by id, all or none, or everything granted in a period of a programme. Rewards held over budget are
/// approved too once the budget allows all of them; until then they are left out and counted, as are those that gates of fees hold. In
/// a whole period, rewards that pay the caller, and those that the caller entered by hand, are also left out and counted, unless the
/// company allows self-approval.
#[utoipa::path(
    post, path = "/v1/rewards/approve-batch", params(RequiredIdempotencyKey),
    responses((status = 200, body = ApprovedRewardsResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn approve_rewards(call: Call<RewardsApprove>, body: Json<ApproveRewardsRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let approved = service::approve_batch(tx, request, faults).await?;
        Reply::ok(&ApprovedRewardsResponse::try_from(approved)?)
    })
}
