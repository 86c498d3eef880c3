//! Closing over HTTP: the order to close, the snapshots, their replay.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post};
use futures_util::FutureExt as _;
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{ClosePeriodRequest, ListSnapshotsQuery, ReplayResponse, SnapshotPage, SnapshotResponse};
use super::job::CLOSE_JOB;
use super::model::Snapshot;
use super::{queries, replay, service};
use crate::auth::Reach;
use crate::auth::rights::{AuditRead, PeriodsClose, ScoresRead};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Json, Path, Query, Reply};
use crate::jobs::{self, JobResponse};
use crate::journal::{Audit, Tx};
use crate::kernel::period::Period;
use crate::programmes;
use crate::programmes::periods::interval_of;

pub fn routes(config: &mut ServiceConfig) {
    config.service(close_period).service(list_snapshots).service(get_snapshot).service(replay_snapshot);
}

/// Close a period
///
/// Freezes the inputs of the period, scores, ranks and rewards its lecturers, and enters what was granted in the ledger, once:
/// closing again, or twice at once, gives the same snapshot. It waits for the period's end and the days to settle, for every
/// session to be decided, for attendance or HR to confirm what only lecturers reported, and for the period before it. With
/// `force` and a reason it does not, and leaves out what is undecided or unconfirmed; a period that has not begun is closed by
/// nobody. The work is a job.
#[utoipa::path(
    tag = "closing",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("period" = Period, Path, description = "The period.")
    ),
    responses((status = 202, description = "The job that closes.", body = JobResponse)),
    security(("oauth2" = ["periods:close"]))
)]
#[post("/v1/programmes/{id}/periods/{period}/close")]
pub async fn close_period(
    call: Call<PeriodsClose>,
    path: Path<(Uuid, Period)>,
    body: Json<ClosePeriodRequest>,
) -> Result<HttpResponse> {
    let (programme, period) = path.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let command = request.into_command(programme, period, tx.actor.answerable())?;
            service::check_due(tx, &command).await?;
            let order = serde_json::to_value(&command).map_err(Error::internal)?;
            let job = jobs::enqueue(tx, CLOSE_JOB, order).await?;
            let details = json!({ "period": period, "forced": command.force, "job_id": job.id });
            tx.audit(Audit::new("order_close_period", "programme", programme).details(details));
            let (location, etag) = (format!("/v1/jobs/{}", job.id), ETag(job.version));
            Ok(Reply::accepted(location, &JobResponse::from(job))?.etag(etag))
        }
        .boxed()
    })
    .await
}

/// 404 where there is no such programme, or the period is not one of its cycle.
async fn check_path(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<()> {
    let found = programmes::find(tx, programme).await?;
    interval_of(&found.ok_or_else(|| Error::not_found("programme"))?, &period)?;
    Ok(())
}

async fn find_snapshot(tx: &mut Tx<'_>, programme: Uuid, period: Period, number: i32) -> Result<Snapshot> {
    check_path(tx, programme, period).await?;
    let found = queries::find(tx, programme, &period, number).await?;
    found.ok_or_else(|| Error::not_found("snapshot"))
}

/// List the snapshots of a period
///
/// None while it is open; 1 is the close.
#[utoipa::path(
    tag = "closing",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("period" = Period, Path, description = "The period."),
        ListSnapshotsQuery
    ),
    responses((status = 200, description = "A page of snapshots.", body = SnapshotPage)),
    security(("oauth2" = ["scores:read"]))
)]
#[get("/v1/programmes/{id}/periods/{period}/snapshots")]
pub async fn list_snapshots(
    call: Call<ScoresRead>,
    path: Path<(Uuid, Period)>,
    query: Query<ListSnapshotsQuery>,
) -> Result<HttpResponse> {
    let ((programme, period), query) = (path.into_inner(), query.into_inner());
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let with_money = tx.actor.reach::<ScoresRead>()? == Reach::All;
            check_path(tx, programme, period).await?;
            let after = paging.after()?.unwrap_or(0);
            let rows = queries::list(tx, programme, &period, after, paging.fetch()).await?;
            let page = paging.finish(rows, |row| row.number)?;
            let rules: Vec<Uuid> = page.items.iter().map(|row| row.rule_id).collect();
            let versions: BTreeMap<Uuid, i32> = queries::rule_versions(tx, &rules).await?.into_iter().collect();
            let items = page.items.into_iter().map(|row| {
                let version = versions.get(&row.rule_id).copied();
                let version = version.ok_or_else(|| Error::internal("a snapshot without its rule"))?;
                SnapshotResponse::new(row, programme, period, version, with_money)
            });
            let items = items.collect::<Result<_>>()?;
            Ok(Reply::ok(&SnapshotPage { items, next_cursor: page.next_cursor })?.next_page(page.next_target))
        }
        .boxed()
    })
    .await
}

/// Get a snapshot
///
/// What a close froze, by its counts and digest; the cards themselves are with the scores.
#[utoipa::path(
    tag = "closing",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("period" = Period, Path, description = "The period."),
        ("number" = i32, Path, description = "1 for the close.", minimum = 1, maximum = 1_000_000)
    ),
    responses((status = 200, description = "The snapshot.", body = SnapshotResponse)),
    security(("oauth2" = ["scores:read"]))
)]
#[get("/v1/programmes/{id}/periods/{period}/snapshots/{number}")]
pub async fn get_snapshot(call: Call<ScoresRead>, path: Path<(Uuid, Period, i32)>) -> Result<HttpResponse> {
    let (programme, period, number) = path.into_inner();
    call.read(move |tx| {
        async move {
            let with_money = tx.actor.reach::<ScoresRead>()? == Reach::All;
            let row = find_snapshot(tx, programme, period, number).await?;
            let (version, _) = queries::rule(tx, row.rule_id).await?;
            let response = SnapshotResponse::new(row, programme, period, version, with_money)?;
            Ok(Reply::ok(&response)?.etag(response.etag))
        }
        .boxed()
    })
    .await
}

/// Replay a snapshot
///
/// Computes every result again from the frozen inputs and the rule of that time, and says whether it comes to the same digest
/// and the same stored results.
#[utoipa::path(
    tag = "closing",
    params(
        ("id" = Uuid, Path, description = "The programme."),
        ("period" = Period, Path, description = "The period."),
        ("number" = i32, Path, description = "1 for the close.", minimum = 1, maximum = 1_000_000)
    ),
    responses((status = 200, description = "What it came to.", body = ReplayResponse)),
    security(("oauth2" = ["audit:read"]))
)]
#[get("/v1/programmes/{id}/periods/{period}/snapshots/{number}/replay")]
pub async fn replay_snapshot(call: Call<AuditRead>, path: Path<(Uuid, Period, i32)>) -> Result<HttpResponse> {
    let (programme, period, number) = path.into_inner();
    call.read(move |tx| {
        async move {
            let snapshot = find_snapshot(tx, programme, period, number).await?;
            let frozen = replay::load(tx, &snapshot).await?;
            let found = replay::replay(frozen).await?;
            Reply::ok(&ReplayResponse::new(&snapshot, found))
        }
        .boxed()
    })
    .await
}
