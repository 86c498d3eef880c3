//! The close itself, inside its transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

use super::canonical::EDITION;
use super::computation::{FrozenSettings, Outcome, Terms};
use super::granting::write_rewards;
use super::model::{FrozenLecturer, RowIds, Snapshot};
use super::obstacles::{Obstacle, obstacles};
use super::queries;
use super::sheets::{FirstPass, Results, Sheet};
use super::streaks;
use crate::db::{Constraint as _, plan_as_usual, plan_once, read_at_once, read_in_chunks};
use crate::error::{Code, Error, Result};
use crate::feedback::join_rest;
use crate::journal::{Record, Tx};
use crate::kernel::message::{data, local_time};
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Reason;
use crate::names;
use crate::programmes::{
    self, FeedbackMode, PeriodRow, PeriodState, PolicyVersion, Programme, ProgrammeState, RuleVersion,
    find_period_for_update, find_periods, mark_closed, policies_in_force, rule_in_force,
};
use crate::scoring::{CHUNK, Moment, Reader, in_order};

/// Which period to close, and whether to force it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClosePeriod {
    pub programme: Uuid,
    pub period: Period,
    pub force: bool,
    pub reason: Option<Reason>,
    /// Close the open periods before it first, from the first one with a rule on.
    #[serde(default)]
    pub with_earlier: bool,
    /// Who requested the close, or who is responsible for the machine client that did.
    #[serde(default)]
    pub answerable: Option<Uuid>,
    /// How many lecturers are read and written at a time. The results do not depend on it.
    #[serde(default = "chunk")]
    pub chunk: usize,
}

/// The usual number of lecturers.
fn chunk() -> usize {
    CHUNK
}

/// Progress of a close: lecturers done, and their total.
pub type Progress = watch::Sender<(i64, Option<i64>)>;

/// Closes a period. If it is already closed, returns its first snapshot.
pub async fn close(tx: &mut Tx<'_>, command: &ClosePeriod, progress: &Progress) -> Result<Snapshot> {
    // Of two periods that are closed at once the second sees what the first has granted. It waits here, and starts again with a newer view.
    programmes::periods::lock_closes(tx, command.programme).await?;
    let programme = share_programme(tx, command.programme).await?;
    programmes::ensure_period(tx, &programme, &command.period).await?;
    let locked = find_period_for_update(tx, programme.id, &command.period).await?;
    let row = locked.ok_or_else(|| Error::internal("the row of a period is gone"))?;
    if row.state == PeriodState::Closed {
        return first_snapshot(tx, command).await;
    }
    let forced = check_closable(tx, &programme, &row, false, command.force).await?;
    let closing = Closing::prepare(tx, programme, command.period, forced).await?;
    let results = read_and_compute(tx, command, &closing, progress).await?;
    let snapshot = new_snapshot(tx, command, &closing, &row, &results)?;
    write_snapshot(tx, &snapshot, command.programme, &results, &Arc::default(), progress).await?;
    if let Some(version) = &closing.policies {
        write_rewards(tx, &closing.programme, version, &snapshot, &results.settled).await?;
    }
    if closing.programme.feedback_mode != FeedbackMode::Named {
        join_rest(tx, closing.programme.id, command.period.first_day(), row.starts_at..row.ends_at).await?;
    }
    mark_closed(tx, row.id, snapshot.id).await?;
    streaks::at_close(tx, command.programme, snapshot.id, &results.settled).await?;
    // The results of the open period go.
    tx.mark_everybody(Some(closing.programme.id), Some(row.starts_on), Some(row.ends_on)).await?;
    leave_traces(tx, command, &snapshot);
    Ok(snapshot)
}

pub(super) async fn share_programme(tx: &mut Tx<'_>, id: Uuid) -> Result<Programme> {
    Thing::Programme.require(programmes::find_for_share(tx, id).await?)
}

async fn first_snapshot(tx: &mut Tx<'_>, command: &ClosePeriod) -> Result<Snapshot> {
    let found = queries::find(tx, command.programme, &command.period, 1).await?;
    found.ok_or_else(|| Error::internal("a closed period without a snapshot"))
}

/// What a close needs.
struct Closing {
    programme: Programme,
    rule: RuleVersion,
    /// None for a pilot, which grants nothing.
    policies: Option<PolicyVersion>,
    terms: Arc<Terms>,
    /// Whether a condition of the close was waived.
    forced: bool,
}

impl Closing {
    async fn prepare(tx: &mut Tx<'_>, programme: Programme, period: Period, forced: bool) -> Result<Self> {
        let (rule, policies, terms) = present_terms(tx, &programme, period).await?;
        Ok(Self { programme, rule, policies, terms: Arc::new(terms), forced })
    }
}

/// The terms that a period is closed under as things stand, with the versions that they come from.
pub(super) async fn present_terms(
    tx: &mut Tx<'_>,
    programme: &Programme,
    period: Period,
) -> Result<(RuleVersion, Option<PolicyVersion>, Terms)> {
    let rule = serving_rule(tx, programme, &period).await?;
    let state = programme.state_in(period);
    let pays = state != ProgrammeState::Pilot;
    let policies = if pays { policies_in_force(tx, programme.id, &period).await? } else { None };
    let settings = FrozenSettings {
        edition: EDITION,
        period,
        programme_state: state,
        time_zone: programme.time_zone.name().to_owned(),
        currency: programme.currency,
        grade_order: names::grade_order(tx).await?,
        min_ratings: programmes::min_ratings(tx, programme, &period).await?,
        raised_budget_minor: None,
    };
    let document = policies.as_ref().map(|version| version.document.0.clone());
    let terms = Terms { settings, rule: rule.document.0.clone(), policies: document.unwrap_or_default() };
    Ok((rule, policies, terms))
}

/// Refuses to close a period that is not due, with those before it that are to be closed first. 404 if the period does not belong to
/// the programme.
pub async fn check_due(tx: &mut Tx<'_>, command: &ClosePeriod) -> Result<()> {
    let programme = share_programme(tx, command.programme).await?;
    let row = programmes::ensure_period(tx, &programme, &command.period).await?;
    for period in earlier_periods(tx, command).await? {
        let row = programmes::ensure_period(tx, &programme, &period).await?;
        check_closable(tx, &programme, &row, true, command.force).await?;
    }
    if row.state != PeriodState::Closed {
        check_closable(tx, &programme, &row, command.with_earlier, command.force).await?;
        serving_rule(tx, &programme, &command.period).await?;
    }
    Ok(())
}

/// The open periods before this one that are to be closed first, the earliest first: those that a rule applies to.
pub async fn earlier_periods(tx: &mut Tx<'_>, command: &ClosePeriod) -> Result<Vec<Period>> {
    let first = programmes::versions::first_rule_start(tx, command.programme).await?;
    let first = first.and_then(|day| Period::containing(day, command.period.cycle()));
    let Some(first) = first.filter(|_| command.with_earlier) else { return Ok(Vec::new()) };
    let all = std::iter::successors(Some(first), |period| period.next());
    let all: Vec<Period> = all.take_while(|period| *period < command.period).collect();
    let rows = find_periods(tx, command.programme, &all).await?;
    let closed: BTreeSet<Period> =
        rows.iter().filter(|row| row.state == PeriodState::Closed).map(|row| row.period).collect();
    Ok(all.into_iter().filter(|period| !closed.contains(period)).collect())
}

/// The rule that the period is scored by. Without one there is nothing to close.
async fn serving_rule(tx: &mut Tx<'_>, programme: &Programme, period: &Period) -> Result<RuleVersion> {
    let rule = rule_in_force(tx, programme.id, period).await?;
    rule.ok_or_else(|| Error::state(Thing::Programme, Condition::WithoutRule, Condition::GivenRule))
}

/// Refuses a period that cannot be closed yet, and returns whether force had to waive a condition. Force cannot close a period
/// that has not begun, because its versions and sessions are still to come. `with_earlier`: those before it are closed first.
async fn check_closable(
    tx: &mut Tx<'_>,
    programme: &Programme,
    row: &PeriodRow,
    with_earlier: bool,
    force: bool,
) -> Result<bool> {
    if tx.now < row.starts_at {
        let refused = Error::new(Code::PeriodNotBegun).with("period", data(row.period));
        return Err(refused.with("starts_at", local_time(row.starts_at, programme.time_zone)));
    }
    let found = obstacles(tx, programme, row.period).await?;
    let passes = |obstacle: &Obstacle| with_earlier && obstacle.refusal.code == Code::EarlierPeriodOpen;
    match found.into_iter().find(|obstacle| !passes(obstacle)) {
        Some(obstacle) if !force => Err(obstacle.refusal),
        waived => Ok(waived.is_some()),
    }
}

/// The first pass: a chunk of lecturers is scored while the next one is read.
async fn read_and_compute(
    tx: &mut Tx<'_>,
    command: &ClosePeriod,
    closing: &Closing,
    progress: &Progress,
) -> Result<Arc<Results>> {
    let moment = Moment::Closing(tx.now);
    let reader = Reader::new(&closing.programme, &closing.terms.rule, command.period, moment)?;
    let mut reader = reader.with_fees(closing.terms.policies.pays_fees());
    read_at_once(tx.conn).await?;
    let members = in_order(reader.population(tx, None).await?);
    reader.gather_ratings(tx).await?;
    read_in_chunks(tx.conn).await?;
    tell(progress, 0, members.len());
    let mut pass = FirstPass::new(Arc::clone(&closing.terms));
    let mut read = 0;
    for chunk in members.chunks(command.chunk.max(1)) {
        let mut inputs = reader.inputs(tx, chunk).await?;
        inputs.sort_by(|a, b| (&a.employee_number, a.employee_id).cmp(&(&b.employee_number, b.employee_id)));
        pass = pass.add(inputs).await?;
        read += chunk.len();
        tell(progress, read, members.len());
    }
    pass.settle().await
}

/// A lecturer is half done when read, and done when written.
pub(super) fn tell(progress: &Progress, steps: usize, total: usize) {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    progress.send_replace((number(steps / 2), Some(number(total))));
}

/// The second pass: a chunk of rows is made while the one before is inserted. `together`: lecturers none of whose sessions is shown
/// apart.
pub(super) async fn write_snapshot(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    programme: Uuid,
    results: &Arc<Results>,
    together: &Arc<BTreeSet<Uuid>>,
    progress: &Progress,
) -> Result<()> {
    // Two restatements at once would have the same number.
    queries::insert(tx, snapshot).await.on_constraint("snapshots_number_key", || Error::new(Code::Busy))?;
    plan_once(tx.conn).await?;
    let total = results.settled.lecturer_count();
    let mut written = 0;
    let mut next = rows(tx, snapshot, results, together, 0);
    for chunk in 0..results.chunks() {
        let current = next.await.map_err(Error::internal)??;
        next = rows(tx, snapshot, results, together, chunk + 1);
        queries::insert_lecturers(tx, &current).await?;
        written += current.len();
        tell(progress, total + written, total);
    }
    plan_as_usual(tx.conn).await?;
    queries::insert_standings(tx, snapshot.id, programme).await?;
    tx.wrote("snapshot_lecturers", written);
    tx.wrote("snapshot_standings", written);
    Ok(())
}

fn new_snapshot(
    tx: &Tx<'_>,
    command: &ClosePeriod,
    closing: &Closing,
    row: &PeriodRow,
    results: &Results,
) -> Result<Snapshot> {
    let count = |count: usize| i32::try_from(count).map_err(Error::internal);
    Ok(Snapshot {
        tenant_id: tx.tenant,
        id: tx.id(),
        period_id: row.id,
        number: 1,
        rule_id: closing.rule.id,
        policy_set_id: closing.policies.as_ref().map(|version| version.id),
        settings: serde_json::to_value(&closing.terms.settings).map_err(Error::internal)?,
        digest: results.digest.clone(),
        lecturer_count: count(results.settled.lecturer_count())?,
        rated_count: count(results.settled.rated_count())?,
        reward_total_minor: results.settled.granted_minor,
        currency: closing.programme.currency.to_string(),
        forced: closing.forced,
        reason: command.reason.clone(),
        closed_at: tx.now,
        closed_by_kind: tx.actor.identity.kind(),
        closed_by_id: tx.actor.identity.id(),
    })
}

/// The rows of a chunk of lecturers, made by another thread; none after the last chunk.
fn rows(
    tx: &Tx<'_>,
    snapshot: &Snapshot,
    results: &Arc<Results>,
    together: &Arc<BTreeSet<Uuid>>,
    chunk: usize,
) -> JoinHandle<Result<Vec<FrozenLecturer>>> {
    let (tenant_id, snapshot_id) = (tx.tenant, snapshot.id);
    let ids = tx.ids(results.len_of(chunk));
    let (results, together) = (Arc::clone(results), Arc::clone(together));
    spawn_blocking(move || {
        let lecturers = results.chunk(chunk)?.zip(ids);
        let row = |((sheet, outcome), id): ((Sheet, Outcome<'_>), Uuid)| {
            let is_together = together.contains(&outcome.own.employee_id);
            let apart = if is_together { Vec::new() } else { results.settled.apart_of(&sheet.sessions) };
            FrozenLecturer::new(RowIds { tenant_id, snapshot_id, id }, sheet, &outcome, &apart)
        };
        lecturers.map(row).collect()
    })
}

fn leave_traces(tx: &mut Tx<'_>, command: &ClosePeriod, snapshot: &Snapshot) {
    let details = json!({
        "programme_id": command.programme, "period": command.period, "snapshot_id": snapshot.id, "number": snapshot.number,
        "digest": snapshot.digest, "lecturers": snapshot.lecturer_count, "rated": snapshot.rated_count,
        "forced": snapshot.forced,
    });
    tx.record(Record::told("close_period", "period.closed", "period", snapshot.period_id).details(details));
}
