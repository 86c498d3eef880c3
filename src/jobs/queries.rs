//! Statements on jobs.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Job, JobState, JobStatus};
use super::runner::{CLAIM_LASTS, UNKNOWN_WAITS};
use super::uploads;
use crate::db::{Connection, row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::{jobs, tenants, waiting_jobs};

/// A job that waits until `run_after`.
pub async fn insert(
    tx: &mut Tx<'_>,
    id: Uuid,
    kind: &str,
    request: Value,
    run_after: DateTime<Utc>,
) -> QueryResult<JobStatus> {
    let job = diesel::insert_into(jobs::table)
        .values((
            jobs::tenant_id.eq(tx.tenant),
            jobs::id.eq(id),
            jobs::kind.eq(kind),
            jobs::state.eq(JobState::Queued),
            jobs::request.eq(request),
            jobs::run_after.eq(run_after),
            jobs::requested_by_kind.eq(tx.actor.identity.kind()),
            jobs::requested_by_id.eq(tx.actor.identity.id()),
            jobs::request_id.eq(tx.circumstances.request_id.clone()),
            jobs::created_at.eq(tx.now),
            jobs::updated_at.eq(tx.now),
        ))
        .returning(JobStatus::as_returning())
        .get_result(tx.conn)
        .await?;
    await_turn(tx.conn, tx.tenant, id, run_after).await?;
    Ok(job)
}

row_queries!(
    JobStatus,
    jobs,
    find,
    /// Newest first.
    list_page = list(latest id),
);

/// Has workers look at a job from `due_at` on.
pub async fn await_turn(
    connection: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    due_at: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(waiting_jobs::table)
        .values((waiting_jobs::job_id.eq(id), waiting_jobs::tenant_id.eq(tenant), waiting_jobs::due_at.eq(due_at)))
        .on_conflict(waiting_jobs::job_id)
        .do_update()
        .set(waiting_jobs::due_at.eq(due_at))
        .execute(connection)
        .await
}

/// No worker looks at a job any more.
async fn end_turns(connection: &mut Connection, id: Uuid) -> QueryResult<usize> {
    diesel::delete(waiting_jobs::table.filter(waiting_jobs::job_id.eq(id))).execute(connection).await
}

/// Has workers look at those jobs of a tenant that no worker would look at, when they are due: the release before this one ordered or
/// left them.
pub async fn await_forgotten(connection: &mut Connection, tenant: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    statement(
        "INSERT INTO waiting_jobs (job_id, tenant_id, due_at)
         SELECT j.id, j.tenant_id, greatest(:now, j.run_after) FROM jobs j
          WHERE j.tenant_id = :tenant AND j.state IN ('queued', 'running')
            AND NOT EXISTS (SELECT FROM waiting_jobs w WHERE w.job_id = j.id)
         ON CONFLICT DO NOTHING",
    )
    .bind("tenant", tenant)
    .bind("now", now)
    .execute(connection)
    .await
}

/// Has nobody look at a tenant's jobs before there is something to see: at running ones before they may be taken over, at ended ones
/// never, at those of other kinds than `kinds` in a while.
pub async fn correct_turns(
    connection: &mut Connection,
    tenant: Uuid,
    kinds: &[&'static str],
    now: DateTime<Utc>,
    abandoned_before: DateTime<Utc>,
) -> QueryResult<()> {
    statement(
        "UPDATE waiting_jobs w SET due_at = j.claimed_at + (:now - :abandoned_before) FROM jobs j
          WHERE w.tenant_id = :tenant AND w.due_at <= :now AND j.tenant_id = :tenant AND j.id = w.job_id AND j.state = 'running'",
    )
    .bind("tenant", tenant)
    .bind("now", now)
    .bind("abandoned_before", abandoned_before)
    .execute(connection)
    .await?;
    statement(
        "DELETE FROM waiting_jobs w
          WHERE w.tenant_id = :tenant AND w.due_at <= :now
            AND NOT EXISTS (SELECT FROM jobs j WHERE j.tenant_id = :tenant AND j.id = w.job_id AND j.state IN ('queued', 'running'))",
    )
    .bind("tenant", tenant)
    .bind("now", now)
    .execute(connection)
    .await?;
    statement(
        "UPDATE waiting_jobs w SET due_at = :looks_again_at FROM jobs j
          WHERE w.tenant_id = :tenant AND w.due_at <= :now AND j.tenant_id = :tenant AND j.id = w.job_id AND j.kind <> ALL (:kinds)",
    )
    .bind("tenant", tenant)
    .bind("kinds", kinds)
    .bind("now", now)
    .bind("looks_again_at", now + UNKNOWN_WAITS)
    .execute(connection)
    .await?;
    Ok(())
}

/// Tenants with jobs that are to be looked at, except those in `busy`. Who waits longest comes first. One question for all
/// tenants.
pub async fn due_tenants(
    connection: &mut Connection,
    now: DateTime<Utc>,
    busy: &[Uuid],
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        tenant_id: Uuid,
    }
    let due: Vec<Due> = statement(
        "SELECT tenant_id FROM waiting_jobs WHERE due_at <= :now AND tenant_id <> ALL (:busy)
          GROUP BY tenant_id ORDER BY min(due_at), tenant_id LIMIT :limit",
    )
    .bind("now", now)
    .bind("busy", busy)
    .bind("limit", limit)
    .load(connection)
    .await?;
    Ok(due.into_iter().map(|due| due.tenant_id).collect())
}

/// All tenants, from the global table.
pub async fn tenants(connection: &mut Connection) -> QueryResult<Vec<Uuid>> {
    tenants::table.select(tenants::id).order(tenants::id).load(connection).await
}

/// The next job of these kinds that is due, or whose worker is gone. It is locked, so that no other worker takes it.
pub async fn find_due_for_update(
    connection: &mut Connection,
    tenant: Uuid,
    kinds: &[&'static str],
    now: DateTime<Utc>,
    abandoned_before: DateTime<Utc>,
) -> QueryResult<Option<Uuid>> {
    let due = jobs::state.eq(JobState::Queued).and(jobs::run_after.le(now));
    let abandoned = jobs::state.eq(JobState::Running).and(jobs::claimed_at.assume_not_null().lt(abandoned_before));
    jobs::table
        .filter(jobs::tenant_id.eq(tenant))
        .filter(jobs::kind.eq_any(kinds.iter().copied()))
        .filter(due.or(abandoned))
        .order((jobs::run_after, jobs::id))
        .select(jobs::id)
        .for_update()
        .skip_locked()
        .first(connection)
        .await
        .optional()
}

pub async fn mark_running(
    connection: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    worker: &str,
    now: DateTime<Utc>,
) -> QueryResult<Job> {
    await_turn(connection, tenant, id, now + CLAIM_LASTS).await?;
    diesel::update(jobs::table.filter(jobs::tenant_id.eq(tenant)).filter(jobs::id.eq(id)))
        .set((
            jobs::state.eq(JobState::Running),
            jobs::claimed_at.eq(now),
            jobs::claimed_by.eq(worker),
            jobs::attempts.eq(jobs::attempts + 1),
            jobs::updated_at.eq(now),
            jobs::version.eq(jobs::version + 1),
        ))
        .returning(Job::as_returning())
        .get_result(connection)
        .await
}

/// Renews a claim, and stores the progress if it is given. Returns whether the claim still holds.
pub async fn renew(
    connection: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    worker: &str,
    progress: Option<(i64, Option<i64>)>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let own =
        jobs::table.filter(jobs::tenant_id.eq(tenant)).filter(jobs::id.eq(id)).filter(jobs::claimed_by.eq(worker));
    let renewed = match progress {
        Some((done, total)) => {
            let progress = (jobs::progress_done.eq(done), jobs::progress_total.eq(total));
            let change =
                (jobs::claimed_at.eq(now), jobs::updated_at.eq(now), jobs::version.eq(jobs::version + 1), progress);
            diesel::update(own).set(change).execute(connection).await?
        }
        None => diesel::update(own).set(jobs::claimed_at.eq(now)).execute(connection).await?,
    };
    if renewed == 1 {
        await_turn(connection, tenant, id, now + CLAIM_LASTS).await?;
    }
    Ok(renewed == 1)
}

/// How a job ended, or when it is tried again.
pub struct Ending {
    pub state: JobState,
    pub result: Option<Value>,
    pub problem: Option<Value>,
    pub run_after: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Deletes the request of a job that has ended, with its files.
pub async fn forget_request(connection: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<usize> {
    uploads::delete_ended(connection, tenant, id).await?;
    let own = jobs::table.filter(jobs::tenant_id.eq(tenant)).filter(jobs::id.eq(id));
    diesel::update(own.filter(jobs::finished_at.is_not_null()))
        .set(jobs::request.eq(serde_json::json!({})))
        .execute(connection)
        .await
}

pub async fn end(
    connection: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    worker: &str,
    ending: Ending,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let own =
        jobs::table.filter(jobs::tenant_id.eq(tenant)).filter(jobs::id.eq(id)).filter(jobs::claimed_by.eq(worker));
    let run_after = ending.run_after;
    let ended = diesel::update(own)
        .set((
            jobs::state.eq(ending.state),
            jobs::result.eq(ending.result),
            jobs::problem.eq(ending.problem),
            jobs::finished_at.eq(ending.finished_at),
            jobs::claimed_at.eq(None::<DateTime<Utc>>),
            jobs::claimed_by.eq(None::<String>),
            jobs::run_after.eq(ending.run_after.unwrap_or(now)),
            jobs::updated_at.eq(now),
            jobs::version.eq(jobs::version + 1),
        ))
        .execute(connection)
        .await?;
    // Otherwise another worker has taken the job over.
    if ended == 1 {
        match run_after {
            Some(run_after) => await_turn(connection, tenant, id, run_after).await?,
            None => end_turns(connection, id).await?,
        };
    }
    Ok(ended)
}
