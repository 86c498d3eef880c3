//! Closing over HTTP: closing a period, its snapshots, and their replay.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::dto::{ClosePeriodRequest, ReplayResponse, SnapshotPage, SnapshotResponse};
use super::job::CLOSE_JOB;
use super::late::{self, LateFactsPage};
use super::model::Snapshot;
use super::{queries, replay, service};
use crate::auth::Reach;
use crate::auth::rights::{AuditRead, PeriodsClose, ScoresRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    DeliveriesUnconfirmed, EarlierPeriodOpen, FeedbackWindowsOpen, PeriodNotBegun, PeriodNotOver, SessionsUndecided,
    StateConflict,
};
use crate::error::{Error, Result};
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::jobs::{self, JobResponse};
use crate::journal::{Record, Tx};
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes;
use crate::programmes::periods::interval_of;

operations! { close_period, list_snapshots, get_snapshot, replay_snapshot, list_late_facts }

/// Close a period
///
/// Freezes the inputs of the period, scores, ranks and rewards its lecturers, and enters the granted rewards in the ledger,
/// exactly once: closing again, or twice at the same time, gives the same snapshot. The result of the job says `already_closed` if the
/// period was closed before the job was ordered: nothing has changed then. A period can be closed when it has ended and
/// its settle days have passed, every session is decided, attendance or HR has confirmed the deliveries that only lecturers
/// reported, the time for feedback on each of them is over, and the period before it is closed; `with_earlier` closes the open ones
/// before it first. With `force` and a reason, the close waits for none of these, and leaves out
/// what is undecided or unconfirmed. A period that has not begun cannot be closed. The work is a job.
#[utoipa::path(
    post, path = "/v1/programmes/{id}/periods/{period}/close", responses((status = 202, body = JobResponse)),
    extensions(("x-refuses" = json!([
        StateConflict, PeriodNotBegun, PeriodNotOver, EarlierPeriodOpen, SessionsUndecided, DeliveriesUnconfirmed,
        FeedbackWindowsOpen
    ])))
)]
async fn close_period(
    call: Call<PeriodsClose>,
    Path((programme, period)): Path<(Uuid, Period)>,
    body: Json<ClosePeriodRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| {
        let command = request.into_command(programme, period, tx.actor.answerable())?;
        service::check_due(tx, &command).await?;
        let order = serde_json::to_value(&command).map_err(Error::internal)?;
        let job = jobs::enqueue(tx, CLOSE_JOB, order).await?;
        let details = json!({ "period": period, "forced": command.force, "job_id": job.id });
        tx.record(Record::logged("order_close_period", "programme", programme).details(details));
        Reply::accepted(format!("/v1/jobs/{}", job.id), &JobResponse::new(job))
    })
}

/// 404 if the programme does not exist, or the period does not belong to its cycle.
async fn check_path(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<()> {
    interval_of(&Thing::Programme.require(programmes::find(tx, programme).await?)?, &period)?;
    Ok(())
}

async fn find_snapshot(tx: &mut Tx<'_>, programme: Uuid, period: Period, number: i32) -> Result<Snapshot> {
    check_path(tx, programme, period).await?;
    Thing::Snapshot.require(queries::find_readable(tx, programme, &period, number).await?)
}

/// List the snapshots of a period
///
/// Empty while the period is open. Number 1 is the close, higher ones are accepted restatements: the last one counts. Numbers of
/// restatements that were declined, or wait, are left out.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}/snapshots", responses((status = 200, body = SnapshotPage))
)]
async fn list_snapshots(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged,
) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let with_money = tx.actor.reach::<ScoresRead>()? == Reach::All;
        check_path(tx, programme, period).await?;
        let after = paging.after()?.unwrap_or(0);
        let rows = queries::list(tx, programme, &period, after, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |row| row.number)?;
        let rules: Vec<Uuid> = rows.iter().map(|row| row.rule_id).collect();
        let versions: BTreeMap<Uuid, i32> = queries::rule_versions(tx, &rules).await?.into_iter().collect();
        let items = rows.into_iter().map(|row| {
            let version = versions.get(&row.rule_id).copied();
            let version = version.ok_or_else(|| Error::internal("a snapshot without its rule"))?;
            SnapshotResponse::new(row, programme, period, version, with_money)
        });
        Reply::page(items.collect::<Result<Vec<_>>>()?, next)
    })
}

/// Get a snapshot
///
/// The counts and the digest of what a close froze. The scorecards themselves are under the tag `scores`.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}/snapshots/{number}",
    params(("number" = i32, Path, description = "The number of the snapshot; 1 for the close.", minimum = 1, maximum = 1_000_000)),
    responses((status = 200, body = SnapshotResponse))
)]
async fn get_snapshot(call: Call<ScoresRead>, Path((programme, period, number)): Path<(Uuid, Period, i32)>) -> Answer {
    answer!(call.read(), |tx| {
        let with_money = tx.actor.reach::<ScoresRead>()? == Reach::All;
        let row = find_snapshot(tx, programme, period, number).await?;
        let (version, _) = queries::rule(tx, row.rule_id).await?;
        Reply::ok(&SnapshotResponse::new(row, programme, period, version, with_money)?)
    })
}

/// Replay a snapshot
///
/// Computes every result again from the frozen inputs and the rule of that time. Reports whether this gives the same digest and
/// the same stored results.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}/snapshots/{number}/replay",
    params(("number" = i32, Path, description = "The number of the snapshot; 1 for the close.", minimum = 1, maximum = 1_000_000)),
    responses((status = 200, body = ReplayResponse))
)]
async fn replay_snapshot(
    call: Call<AuditRead>,
    Path((programme, period, number)): Path<(Uuid, Period, i32)>,
) -> Answer {
    answer!(call.read_long(), |tx| {
        let snapshot = find_snapshot(tx, programme, period, number).await?;
        let found = replay::replay(tx, &snapshot).await?;
        Reply::ok(&ReplayResponse::new(&snapshot, found))
    })
}

/// List late facts
///
/// What came, changed or went since the latest snapshot of a closed period, lecturer by lecturer, and what it would change: score,
/// grade, rank and rewards of today's facts under the same rule and policies, beside those of the snapshot. Nothing of it counts
/// before the period is restated (`restate_period`). Where the lecturer does not see who rated, changes of fewer ratings than the period's `feedback_min_k`
/// are not shown. Only the lecturers whom the caller may see; money only of themselves, or for callers who see everybody. The first
/// page compares the whole period; those after it show what it has found, unless more than 15 minutes have passed.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}/late-facts",
    responses((
        status = 200, description = "A page of lecturers with late facts, ordered by lecturer.", body = LateFactsPage,
        headers(("ETag"))
    )),
    extensions(("x-refuses" = json!([StateConflict])))
)]
async fn list_late_facts(
    call: Call<ScoresRead>,
    Path((programme, period)): Path<(Uuid, Period)>,
    query: Paged,
) -> Answer {
    let state = call.state.clone();
    answer!(call.list(query), |tx, _, paging| {
        let (items, next) = late::list(tx, &state.walks, (programme, period), &paging).await?;
        Ok(Reply::page(items, next)?.hashed())
    })
}
