//! Restatements over HTTP.

use serde_json::json;
use uuid::Uuid;

use super::dto::{
    AcceptRestatementRequest, DeclineRestatementRequest, ListRestatementLinesQuery, ListRestatementsQuery,
    RestatePeriodRequest, RestatementLinePage, RestatementPage, RestatementResponse, line_responses, responses,
};
use super::job::RESTATE_JOB;
use super::model::Restatement;
use super::{decide, propose, queries};
use crate::auth::rights::{AuditRead, PeriodsClose, RewardsApprove};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{PersonRequired, RestatementOutdated, RestatementWaiting, SelfApproval, StateConflict};
use crate::error::{Error, Result, only};
use crate::http::{Json, Paged, Path, Reply, RequiredIdempotencyKey, RequiredIfMatch, operations};
use crate::jobs::{self, JobResponse};
use crate::journal::{Record, Tx};
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;

operations! {
    restate_period, list_restatements, get_restatement, list_restatement_lines, accept_restatement, decline_restatement;
    super::tasks::routes::routes
}

/// Restate a closed period
///
/// Computes the period again from today's facts, under the versions of rule and policies that closed it, and compares it with the
/// snapshot that counts. The result of the job names the restatement, or null in `restatement_id` if today's facts change nothing.
/// A restatement is a proposal: its snapshot counts, and money moves, only when somebody else accepts it (`accept_restatement`).
/// Rewards that were rejected, parts that were declined and amounts that were corrected by hand count as decided until their facts
/// change. Where the lecturer does not see who rated, changes of fewer ratings than the period's `feedback_min_k` stay out. A period
/// has one restatement that waits at the most. The work is a job.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/periods/{period}/restate", responses((status = 202, body = JobResponse)),
    extensions(("x-refuses" = json!([StateConflict, RestatementWaiting])))
)]
async fn restate_period(
    call: Call<PeriodsClose>,
    Path((programme, period)): Path<(Uuid, Period)>,
    body: Json<RestatePeriodRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| {
        let command = request.into_command(programme, period, tx.actor.answerable());
        propose::check(tx, &command).await?;
        let order = serde_json::to_value(&command).map_err(Error::internal)?;
        let job = jobs::enqueue(tx, RESTATE_JOB, order).await?;
        let details = json!({ "period": period, "job_id": job.id });
        let record = Record::logged("order_restate_period", "programme", programme).details(details);
        tx.record(record.notes(json!({ "reason": command.reason })));
        Reply::accepted(format!("/v1/jobs/{}", job.id), &JobResponse::new(job))
    })
}

/// List restatements
///
/// Newest first: those that wait, were accepted or were declined.
#[utoipa::path(get, path = "/v1/restatements", responses((status = 200, body = RestatementPage)))]
async fn list_restatements(call: Call<AuditRead>, query: Paged<ListRestatementsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let (rows, next) = queries::list_page(tx, &query, &paging).await?;
        Reply::page(responses(tx, rows).await?, next)
    })
}

async fn reply(tx: &mut Tx<'_>, restatement: Restatement) -> Result<Reply> {
    Reply::ok(&only(responses(tx, vec![restatement]).await?)?)
}

/// Get a restatement
///
/// What it comes to, and which later closed periods today's facts would move as well.
#[utoipa::path(get, path = "/v1/restatements/{id}", responses((status = 200, body = RestatementResponse)))]
async fn get_restatement(call: Call<AuditRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let found = Thing::Restatement.require(queries::find(tx, id).await?)?;
        reply(tx, found).await
    })
}

/// List the lines of a restatement
///
/// Each lecturer whose facts or results differ: the facts compared with the frozen ones, the result before and after, and what that
/// proposes in money, certificates, titles and notices. What has lost its ground is a task for HR (`proposal=task`) and stays.
#[utoipa::path(
    get, path = "/v1/restatements/{id}/lines",
    responses((
        status = 200, description = "A page of lines, ordered by id.", body = RestatementLinePage, headers(("ETag"))
    ))
)]
async fn list_restatement_lines(
    call: Call<AuditRead>,
    Path(id): Path<Uuid>,
    query: Paged<ListRestatementLinesQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let found = Thing::Restatement.require(queries::find(tx, id).await?)?;
        let (rows, next) = queries::list_lines(tx, id, &query, &paging).await?;
        let currency = found.currency.parse().map_err(Error::internal)?;
        Ok(Reply::page(line_responses(tx, currency, rows).await?, next)?.hashed())
    })
}

/// Accept a restatement
///
/// By a person other than who ordered it, unless the company allows self-approval; whole, or but for the declined parts, each with a
/// reason. Nobody declines what would be taken back from themselves, a notice to themselves, or a task about what they hold. From then
/// on its snapshot counts: scorecards, boards, promotion checks and later restatements read it; older ones stay readable. What it grants
/// is in the ledger to be approved, what it takes back is a negative adjustment, due certificates and titles are given, and notices
/// opened; what has lost its ground becomes a task for HR (`list_hr_tasks`). Refused (`restatement_outdated`) if since then a reward that
/// it rests on was rejected, taken up again or corrected, another period has paid for a session that it pays for, or another period was
/// closed or restated and titles, notices or tasks follow that it does not list: decline it then, and restate the period again.
#[utoipa::path(
    post, path = "/v1/restatements/{id}/accept", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RestatementResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict, RestatementOutdated])))
)]
async fn accept_restatement(
    call: Call<RewardsApprove>,
    Path(id): Path<Uuid>,
    body: Json<AcceptRestatementRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        let accepted = decide::accept(tx, id, request, faults, &precondition).await?;
        reply(tx, accepted).await
    })
}

/// Decline a restatement
///
/// With a reason, as a whole. Its snapshot never counts. The period can be restated again. Nobody declines what would cost themselves
/// something, as in `accept_restatement`, unless the company allows self-approval.
#[utoipa::path(
    post, path = "/v1/restatements/{id}/decline", params(RequiredIfMatch, RequiredIdempotencyKey),
    responses((status = 200, body = RestatementResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])))
)]
async fn decline_restatement(
    call: Call<RewardsApprove>,
    Path(id): Path<Uuid>,
    body: Json<DeclineRestatementRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        let declined = decide::decline(tx, id, request.reason, &precondition).await?;
        reply(tx, declined).await
    })
}
