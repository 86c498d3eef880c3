//! The close as a job. It is safe to run twice, concurrently, and again after a crash.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::advice::order_review;
use super::model::Snapshot;
use super::queries;
use super::service::{ClosePeriod, Progress, close, earlier_periods};
use crate::auth::Actor;
use crate::db::{MANY_ROWS, allow_large_sets, refresh_old_statistics};
use crate::error::{Code, Error, Result};
use crate::jobs::JobContext;
use crate::journal::{Circumstances, Tx, read_tx, snapshot_tx};
use crate::kernel::period::Period;

/// The kind of job.
pub const CLOSE_JOB: &str = "close_period";

/// The tables whose rows a close finds by lecturer or by session.
const READ: &[&str] = &[
    "anonymous_counts",
    "application_cases",
    "attendance_records",
    "content_authors",
    "contents",
    "department_memberships",
    "employees",
    "feedback",
    "lecturer_group_memberships",
    "lecturers",
    "reuse_events",
    "session_lecturers",
    "sessions",
];

/// How often a close starts again after it met a concurrent one.
const MAX_ROUNDS: u32 = 120;
/// How long it waits before it starts again.
const PAUSE: Duration = Duration::from_millis(500);

/// The work of the job: closes the period and returns the snapshot.
pub async fn run_close(context: JobContext) -> Result<Value> {
    let command = ClosePeriod::deserialize(&*context.job.request).map_err(Error::internal)?;
    let (asked, programme) = (command.clone(), command.programme);
    let earlier = read_tx(&context.state, context.job.tenant_id, Actor::system(), move |tx| {
        async move { earlier_periods(tx, &asked).await }.boxed()
    });
    let earlier = earlier.await?;
    let snapshot = reported(&context, |progress| close_all(&context, command, &earlier, progress)).await?;
    // Twins that were ordered at the same time answer as one.
    let already_closed = snapshot.closed_at < context.job.created_at;
    if !already_closed && let Err(error) = order_review(&context.state, context.job.tenant_id, programme).await {
        log::warn!("advice was not ordered after a close: {}", error.chain());
    }
    Ok(json!({
        "already_closed": already_closed, "snapshot_id": snapshot.id, "number": snapshot.number, "digest": snapshot.digest,
        "lecturer_count": snapshot.lecturer_count, "rated_count": snapshot.rated_count,
        "reward_total_minor": snapshot.reward_total_minor, "currency": snapshot.currency, "earlier_periods": earlier,
    }))
}

/// Closes the earlier periods one after the other, and then the one that was ordered. Of several, the progress counts the periods.
async fn close_all(
    context: &JobContext,
    command: ClosePeriod,
    earlier: &[Period],
    progress: Arc<Progress>,
) -> Result<Snapshot> {
    if earlier.is_empty() {
        return close_one(context, command, progress).await;
    }
    let total = i64::try_from(earlier.len()).map_err(Error::internal)? + 1;
    for (period, done) in earlier.iter().zip(0..) {
        progress.send_replace((done, Some(total)));
        close_one(context, ClosePeriod { period: *period, ..command.clone() }, untold()).await?;
    }
    progress.send_replace((total - 1, Some(total)));
    let snapshot = close_one(context, command, untold()).await?;
    progress.send_replace((total, Some(total)));
    Ok(snapshot)
}

fn untold() -> Arc<Progress> {
    Arc::new(watch::channel((0, None)).0)
}

async fn close_one(context: &JobContext, command: ClosePeriod, progress: Arc<Progress>) -> Result<Snapshot> {
    let answerable = command.answerable;
    let closed = rounds(context, answerable, move |tx| {
        let (command, progress) = (command.clone(), Arc::clone(&progress));
        async move { close(tx, &command, &progress).await }.boxed()
    });
    closed.await
}

/// Does the work and reports its progress over another connection, if one is free: the work never waits for it.
pub(super) async fn reported<T, F>(context: &JobContext, work: impl FnOnce(Arc<Progress>) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let (progress, mut said) = watch::channel((0, None));
    let reporter = tokio::spawn({
        let context = context.clone();
        async move {
            while said.changed().await.is_ok() {
                let (done, total) = *said.borrow_and_update();
                if let Err(error) = context.progress(done, total).await {
                    log::debug!("progress of job {} was not reported: {error}", context.job.id);
                }
            }
        }
    });
    let outcome = work(Arc::new(progress)).await;
    reporter.await.map_err(Error::internal)?;
    outcome
}

/// Where the planner does not know a company's rows, it finds them by any index that begins with the company. So it counts them anew
/// before the close of a company that has many, where many have changed.
async fn know_rows(context: &JobContext) -> Result<()> {
    let many = read_tx(&context.state, context.job.tenant_id, Actor::system(), |tx| {
        async move { Ok(queries::has_sessions(tx, MANY_ROWS).await?) }.boxed()
    });
    if many.await? {
        refresh_old_statistics(&context.state.db, READ).await;
    }
    Ok(())
}

/// Does the work in one view of the database; starts again if a concurrent change got in between.
pub(super) async fn rounds<T, W>(context: &JobContext, answerable: Option<Uuid>, work: W) -> Result<T>
where
    T: Send + 'static,
    W: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Clone + Send + Sync + 'static,
{
    know_rows(context).await?;
    for _ in 1..MAX_ROUNDS {
        match once(context, answerable, work.clone()).await {
            Err(error) if error.code == Code::Busy => tokio::time::sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
    once(context, answerable, work).await
}

async fn once<T, W>(context: &JobContext, answerable: Option<Uuid>, work: W) -> Result<T>
where
    T: Send + 'static,
    W: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
{
    let actor = Actor { identity: context.requested_by(), responsible: answerable, ..Actor::system() };
    let circumstances = Circumstances { request_id: context.job.request_id.clone(), traceparent: None };
    let tenant = context.job.tenant_id;
    snapshot_tx(&context.state, tenant, actor, circumstances, move |tx| {
        async move {
            allow_large_sets(tx.conn).await?;
            work(tx).await
        }
        .boxed()
    })
    .await
}
