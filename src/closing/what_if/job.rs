//! The work of a what-if. It is safe to run twice, and again after a crash: a period is worked on in one transaction, once.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::dto::RUNS;
use super::model::{NewWhatIfLecturer, WhatIfPeriod};
use super::queries;
use super::trial::{Pair, Trial, Tried, terms_tried};
use crate::auth::Actor;
use crate::closing::late::LateResult;
use crate::closing::provisional::ExpectedRun;
use crate::closing::{queries as snapshots, replay, streaks};
use crate::db::{Document, allow_large_sets, read_in_chunks};
use crate::error::{Error, Result};
use crate::growth::streaks::Regraded;
use crate::jobs::JobContext;
use crate::journal::{Circumstances, Tx, snapshot_tx, write_tx};
use crate::kernel::period::Period;
use crate::programmes;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::scoring::{CHUNK, add_fees, in_order};
use crate::state::State;

/// The kind of job.
pub const WHAT_IF_JOB: &str = "what_if";

/// What to work on. It has the documents as they were when it was ordered: a draft may change meanwhile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunWhatIf {
    pub id: Uuid,
    pub programme: Uuid,
    pub rule: Option<ScoringRule>,
    pub policies: Option<RewardPolicySet>,
    pub periods: Vec<Period>,
}

/// The work of the job: tries the documents on each period.
pub async fn run_what_if(context: JobContext) -> Result<Value> {
    let command = Arc::new(RunWhatIf::deserialize(&*context.job.request).map_err(Error::internal)?);
    let total = i64::try_from(command.periods.len()).map_err(Error::internal)?;
    for (done, period) in (0..).zip(command.periods.iter()) {
        context.progress(done, Some(total)).await?;
        run_period(&context.state, context.job.tenant_id, &command, *period).await?;
    }
    context.progress(total, Some(total)).await?;
    finish(&context.state, context.job.tenant_id, &command).await?;
    Ok(json!({ "what_if_id": command.id, "programme_id": command.programme, "periods": command.periods }))
}

/// The same at once, outside of a job.
pub async fn run(state: &State, tenant: Uuid, command: RunWhatIf) -> Result<()> {
    let command = Arc::new(command);
    for period in &command.periods {
        run_period(state, tenant, &command, *period).await?;
    }
    finish(state, tenant, &command).await
}

async fn run_period(state: &State, tenant: Uuid, command: &Arc<RunWhatIf>, period: Period) -> Result<()> {
    let command = Arc::clone(command);
    snapshot_tx(state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move {
            allow_large_sets(tx.conn).await?;
            read_in_chunks(tx.conn).await?;
            try_period(tx, &command, period).await
        }
        .boxed()
    })
    .await
}

async fn finish(state: &State, tenant: Uuid, command: &RunWhatIf) -> Result<()> {
    let id = command.id;
    write_tx(state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move { Ok(queries::finish(tx, id).await.map(drop)?) }.boxed()
    })
    .await
}

/// Computes a period twice and stores what the results come to.
async fn try_period(tx: &mut Tx<'_>, command: &RunWhatIf, period: Period) -> Result<()> {
    let snapshot = snapshots::find_latest(tx, command.programme, &period).await?;
    let snapshot = snapshot.ok_or_else(|| Error::internal("a closed period without a snapshot"))?;
    if queries::has_period(tx, command.id, snapshot.period_id).await? {
        return Ok(());
    }
    let frozen = replay::terms(tx, &snapshot).await?;
    let after = terms_tried(&frozen, command.rule.as_ref(), command.policies.as_ref());
    let members = in_order(snapshots::members(tx, snapshot.id).await?);
    let members: Vec<Uuid> = members.into_iter().map(|member| member.employee_id).collect();
    // Fees that were not paid then: what they depend on was not frozen.
    let needs_fees = after.policies.pays_fees() && !frozen.policies.pays_fees();
    let programme = if needs_fees { programmes::find(tx, command.programme).await? } else { None };
    let mut trial = Trial::new(frozen, after);
    for chunk in members.chunks(CHUNK) {
        let mut inputs = replay::inputs(tx, &snapshot, chunk).await?;
        if let Some(programme) = &programme {
            add_fees(tx, programme, &period, &mut inputs).await?;
        }
        trial = spawn_blocking(move || trial.with(&inputs)).await.map_err(Error::internal)?;
    }
    let mut tried = spawn_blocking(move || trial.settle()).await.map_err(Error::internal)?;
    let regraded = queries::regraded(tx, command.id, snapshot.period_id).await?;
    let of = (command.programme, snapshot.closed_at);
    tried.runs_before = streaks::tried(tx, of, &tried.before, &Regraded::new()).await?;
    tried.runs_after = streaks::tried(tx, of, &tried.after, &regraded).await?;
    let tried = Arc::new(tried);
    let row = WhatIfPeriod {
        tenant_id: tx.tenant,
        id: tx.id(),
        what_if_id: command.id,
        period_id: snapshot.period_id,
        snapshot_id: snapshot.id,
        report: Document(tried.report(snapshot.number)),
    };
    queries::insert_period(tx, &row).await?;
    store_lecturers(tx, &row, &tried).await
}

/// A result with the titles and notices beside it.
fn stored(result: &LateResult, runs: &[ExpectedRun]) -> Result<Value> {
    let mut result = serde_json::to_value(result).map_err(Error::internal)?;
    if let Some(members) = result.as_object_mut() {
        members.insert(RUNS.to_owned(), serde_json::to_value(runs).map_err(Error::internal)?);
    }
    Ok(result)
}

/// A chunk of lecturers after the other.
async fn store_lecturers(tx: &mut Tx<'_>, of: &WhatIfPeriod, tried: &Arc<Tried>) -> Result<()> {
    let (tenant_id, what_if_id, period_id) = (tx.tenant, of.what_if_id, of.period_id);
    for first in (0..tried.lecturer_count()).step_by(CHUNK) {
        let (tried, ids) = (Arc::clone(tried), tx.ids(CHUNK));
        let made = spawn_blocking(move || {
            let row = |(pair, id): (Pair, Uuid)| {
                Ok(NewWhatIfLecturer {
                    tenant_id,
                    id,
                    what_if_id,
                    period_id,
                    employee_id: pair.employee_id,
                    moved: pair.has_moved(),
                    before: stored(&pair.before, &pair.runs_before)?,
                    after: stored(&pair.after, &pair.runs_after)?,
                })
            };
            tried.pairs(first).zip(ids).map(row).collect::<Result<Vec<_>>>()
        });
        queries::insert_lecturers(tx, &made.await.map_err(Error::internal)??).await?;
    }
    Ok(())
}
