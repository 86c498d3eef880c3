//! Computes a closed period again, and stores what differs for somebody to decide on.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::lines::{Before, Lines};
use super::model::{LaterPeriod, NewRestatement, Restatement, RestatementState};
use super::queries;
use crate::closing::canonical::EDITION;
use crate::closing::computation::{Outcome, Terms};
use crate::closing::late::{Sides, count_moving, shown_from};
use crate::closing::model::Snapshot;
use crate::closing::service::{Progress, share_programme, tell, write_snapshot};
use crate::closing::sheets::{FirstPass, Results};
use crate::closing::{queries as snapshots, replay};
use crate::error::{Code, Error, Result};
use crate::journal::{Record, Tx};
use crate::kernel::message::data;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Reason;
use crate::programmes::periods::{closed_after, interval_of};
use crate::programmes::{PeriodRow, PeriodState, Programme, find_period};
use crate::rewards::ledger::budget_of;
use crate::scoring::CHUNK;
use crate::scoring::inputs::LecturerInputs;

/// Which closed period to compute again, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RestatePeriod {
    pub programme: Uuid,
    pub period: Period,
    pub reason: Reason,
    /// Who requested it, or who is responsible for the machine client that did.
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

/// Refuses a period that is not closed, and one with a restatement that nobody has decided on.
pub async fn check(tx: &mut Tx<'_>, command: &RestatePeriod) -> Result<(Programme, PeriodRow)> {
    let programme = share_programme(tx, command.programme).await?;
    interval_of(&programme, &command.period)?;
    let row = find_period(tx, programme.id, &command.period).await?;
    let closed = row.filter(|row| row.state == PeriodState::Closed);
    let row = closed.ok_or_else(|| Error::state(Thing::Period, Condition::Open, Condition::Closed))?;
    match queries::waiting(tx, programme.id, &command.period).await? {
        None => Ok((programme, row)),
        Some(waiting) => {
            let refused = Error::new(Code::RestatementWaiting).with("period", data(command.period));
            Err(refused.member("restatement_id", json!(waiting.id)))
        }
    }
}

/// Computes the period again. Nothing is stored if today's facts change nothing.
pub async fn propose(tx: &mut Tx<'_>, command: &RestatePeriod, progress: &Progress) -> Result<Option<Restatement>> {
    let (programme, row) = check(tx, command).await?;
    let base = snapshots::find_latest(tx, programme.id, &command.period).await?;
    let base = base.ok_or_else(|| Error::internal("a closed period without a snapshot"))?;
    let terms = Arc::new(todays_terms(tx, &row, &base).await?);
    let k = shown_from(tx, &programme, &terms).await?;
    let sides = Sides::find(tx, base.id, &programme, &terms, k).await?;
    let Again { results, changed, mut together } = compute(tx, command, &terms, &sides, progress).await?;
    let outcomes: Vec<Outcome<'_>> = results.settled.outcomes(0).collect();
    let before = Before::new(base.id, terms.settings.currency, &sides);
    let mut touched = before.moved(tx, &outcomes, command.chunk).await?;
    touched.extend(&changed);
    if touched.is_empty() {
        return Ok(None);
    }
    if sides.are_guarded() && base.number > 1 {
        let before: BTreeSet<Uuid> = snapshots::shown_together(tx, base.id).await?.into_iter().collect();
        together.extend(sides.people_of(&before));
    }
    let number = snapshots::last_number(tx, row.id).await? + 1;
    let snapshot = new_snapshot(tx, command, number, &base, &terms, &results)?;
    write_snapshot(tx, &snapshot, programme.id, &results, &Arc::new(together), progress).await?;
    let later = later_periods(tx, &programme, &row).await?;
    let restatement = enter(tx, command, &row, &base, &snapshot, touched.len(), later).await?;
    let lines = Lines::prepare(tx, &restatement, &before, &terms, k, &outcomes).await?;
    lines.write(tx, &outcomes, &touched, &changed, command.chunk).await?;
    Ok(Some(restatement))
}

/// The versions that closed the period, with what two people have raised its budget to since.
async fn todays_terms(tx: &mut Tx<'_>, row: &PeriodRow, base: &Snapshot) -> Result<Terms> {
    let mut terms = replay::terms(tx, base).await?;
    terms.settings.edition = EDITION;
    let budget = budget_of(tx, row.id).await?.and_then(|budget| budget.budget_minor);
    if budget != terms.policies.budget_minor {
        terms.settings.raised_budget_minor = budget;
        terms.policies.budget_minor = budget;
    }
    Ok(terms)
}

/// The period by today's facts.
struct Again {
    results: Arc<Results>,
    /// Whose inputs differ from the frozen ones.
    changed: BTreeSet<Uuid>,
    /// Of whom a session with ratings no longer counts: where ratings are shown only together, what is left of them must not be
    /// told apart by the difference to the snapshot before.
    together: BTreeSet<Uuid>,
}

/// A chunk of lecturers is scored while the next one is read.
async fn compute(
    tx: &mut Tx<'_>,
    command: &RestatePeriod,
    terms: &Arc<Terms>,
    sides: &Sides<'_>,
    progress: &Progress,
) -> Result<Again> {
    let members = sides.in_order();
    tell(progress, 0, members.len());
    let mut pass = FirstPass::new(Arc::clone(terms));
    let mut changed: BTreeSet<Uuid> = sides.gone().collect();
    let mut together = BTreeSet::new();
    let mut read = 0;
    for chunk in members.chunks(command.chunk.max(1)) {
        let pairs = sides.pairs(tx, chunk).await?;
        for pair in pairs.iter().filter(|pair| pair.was != pair.is) {
            changed.insert(pair.employee);
            if sides.are_guarded() && pair.has_lost_session() {
                together.insert(pair.employee);
            }
        }
        let mut inputs: Vec<LecturerInputs> = pairs.into_iter().filter_map(|pair| pair.is).collect();
        inputs.sort_by(|a, b| (&a.employee_number, a.employee_id).cmp(&(&b.employee_number, b.employee_id)));
        pass = pass.add(inputs).await?;
        read += chunk.len();
        tell(progress, read, members.len());
    }
    Ok(Again { results: pass.settle().await?, changed, together })
}

fn new_snapshot(
    tx: &Tx<'_>,
    command: &RestatePeriod,
    number: i32,
    base: &Snapshot,
    terms: &Terms,
    results: &Results,
) -> Result<Snapshot> {
    let count = |count: usize| i32::try_from(count).map_err(Error::internal);
    Ok(Snapshot {
        id: tx.id(),
        number,
        settings: serde_json::to_value(&terms.settings).map_err(Error::internal)?,
        digest: results.digest.clone(),
        lecturer_count: count(results.settled.lecturer_count())?,
        rated_count: count(results.settled.rated_count())?,
        reward_total_minor: results.settled.granted_minor,
        forced: false,
        reason: Some(command.reason.clone()),
        closed_at: tx.now,
        closed_by_kind: tx.actor.identity.kind(),
        closed_by_id: tx.actor.identity.id(),
        ..base.clone()
    })
}

/// The closed periods after this one that today's facts would move as well. They stay as they are.
async fn later_periods(tx: &mut Tx<'_>, programme: &Programme, row: &PeriodRow) -> Result<Vec<LaterPeriod>> {
    let mut later = Vec::new();
    for PeriodRow { period, .. } in closed_after(tx, programme.id, row.starts_on).await? {
        let lecturer_count = count_moving(tx, programme, period).await?;
        later.extend((lecturer_count > 0).then_some(LaterPeriod { period, lecturer_count }));
    }
    Ok(later)
}

async fn enter(
    tx: &mut Tx<'_>,
    command: &RestatePeriod,
    row: &PeriodRow,
    base: &Snapshot,
    snapshot: &Snapshot,
    lecturers: usize,
    later: Vec<LaterPeriod>,
) -> Result<Restatement> {
    let new = NewRestatement {
        tenant_id: tx.tenant,
        id: tx.id(),
        programme_id: row.programme_id,
        period_id: row.id,
        period: row.period.to_string(),
        base_id: base.id,
        base_number: base.number,
        snapshot_id: snapshot.id,
        number: snapshot.number,
        state: RestatementState::Proposed.slug(),
        reason: command.reason.clone(),
        lecturer_count: i32::try_from(lecturers).map_err(Error::internal)?,
        currency: snapshot.currency.clone(),
        later_periods: serde_json::to_value(later).map_err(Error::internal)?,
        maker_id: tx.actor.answerable(),
        created_at: tx.now,
    };
    let restatement = queries::insert(tx, &new).await?;
    let details = json!({
        "programme_id": row.programme_id, "period": row.period, "number": snapshot.number, "base_number": base.number,
        "lecturers": lecturers, "digest": snapshot.digest,
    });
    let record = Record::told("restate_period", "restatement.proposed", "restatement", restatement.id);
    tx.record(record.details(details).notes(json!({ "reason": command.reason })));
    Ok(restatement)
}
