//! Compares a snapshot with today's facts.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::changes::{LateFact, late_facts};
use super::dto::{LateLecturerResponse, LateResult};
use super::guard;
use crate::auth::Reach;
use crate::auth::rights::ScoresRead;
use crate::closing::computation::{LecturerOutcome, Terms, outcomes};
use crate::closing::queries;
use crate::closing::replay::{self, Frozen};
use crate::error::{Error, Result};
use crate::http::{Next, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::people::{employee_refs, merged_into, visible};
use crate::programmes;
use crate::programmes::periods::interval_of;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::{Moment, load_inputs, standing_apart};

/// One lecturer with late facts, or with another result because of those of others.
struct Late {
    employee: Uuid,
    facts: Vec<LateFact>,
    before: Option<LateResult>,
    after: Option<LateResult>,
}

/// The lecturers whom the caller may see, ordered by id.
pub async fn list(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    paging: &Paging,
) -> Result<(Vec<LateLecturerResponse>, Next)> {
    let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
    interval_of(&programme, &period)?;
    let snapshot = queries::find_latest(tx, programme.id, &period).await?;
    let snapshot = snapshot.ok_or_else(|| Error::state(Thing::Period, Condition::Open, Condition::Closed))?;
    let frozen = replay::load(tx, &snapshot).await?;
    let merged = merged_into(tx, &frozen.lecturers()).await?;
    let today = load_inputs(tx, &programme, frozen.rule(), &period, Moment::Late(tx.now), None).await?;
    let k = programmes::min_ratings(tx, &programme, &period).await?;
    let late =
        tokio::task::spawn_blocking(move || compare(frozen, &merged, today, k)).await.map_err(Error::internal)??;
    let seen = visible::<ScoresRead>(tx).await?;
    let after: Option<Uuid> = paging.after()?;
    let shown = late.into_iter().filter(|own| seen.includes(own.employee) && after.is_none_or(|at| own.employee > at));
    let fetch = usize::try_from(paging.fetch()).unwrap_or(usize::MAX);
    let (late, next) = paging.cut(shown.take(fetch).collect(), |own: &Late| own.employee)?;
    Ok((respond(tx, late).await?, next))
}

async fn respond(tx: &mut Tx<'_>, late: Vec<Late>) -> Result<Vec<LateLecturerResponse>> {
    let all_money = tx.actor.reach::<ScoresRead>()? == Reach::All;
    let caller = tx.actor.person();
    let ids: Vec<Uuid> = late.iter().map(|own| own.employee).collect();
    let people = employee_refs(tx, &ids).await?;
    let response = |own: Late| {
        let with_money = all_money || caller == Some(own.employee);
        let result = |found: Option<LateResult>| if with_money { found } else { found.map(LateResult::without_money) };
        Ok(LateLecturerResponse {
            employee: people.get(own.employee)?,
            facts: own.facts,
            before: result(own.before),
            after: result(own.after),
        })
    };
    late.into_iter().map(response).collect()
}

/// Today's results under the frozen terms, beside the frozen ones. `k` is the programme's; the snapshot may have asked for fewer.
/// Where no inputs differ, nothing else does, and only of those that differ are the facts compared: a period that nobody touched
/// costs no more than reading it. A card of a record that was merged into another one (`merged`) is that person's.
fn compare(frozen: Frozen, merged: &BTreeMap<Uuid, Uuid>, today: Vec<LecturerInputs>, k: u32) -> Result<Vec<Late>> {
    let (terms, mut inputs) = frozen.into_inputs()?;
    for own in &mut inputs {
        own.employee_id = merged.get(&own.employee_id).copied().unwrap_or(own.employee_id);
    }
    let k = k.max(terms.settings.min_ratings);
    let rule = terms.rule.needing_ratings(k);
    let known: BTreeMap<Uuid, &LecturerInputs> = inputs.iter().map(|own| (own.employee_id, own)).collect();
    let apart = standing_apart(&inputs, k);
    let shown = |own: LecturerInputs| guard::shown(known.get(&own.employee_id).copied(), own, &apart, k);
    let today: Vec<LecturerInputs> = today.into_iter().map(shown).collect();
    if today.len() == inputs.len() && today.iter().all(|own| known.get(&own.employee_id) == Some(&own)) {
        return Ok(Vec::new());
    }
    let (before, after) = (by_employee(&terms, inputs), by_employee(&terms, today));
    let everyone: BTreeSet<Uuid> = before.keys().chain(after.keys()).copied().collect();
    let mut late = Vec::new();
    for employee in everyone {
        let (old, new) = (before.get(&employee), after.get(&employee));
        let (was, is) = (old.map(|own| &own.inputs), new.map(|own| &own.inputs));
        let facts = if was == is { Vec::new() } else { late_facts(&rule, was, is)? };
        let result = |outcome: &LecturerOutcome| LateResult::new(outcome, terms.settings.currency);
        let (old, new) = (old.map(result), new.map(result));
        if !facts.is_empty() || old != new {
            late.push(Late { employee, facts, before: old, after: new });
        }
    }
    Ok(late)
}

fn by_employee(terms: &Terms, inputs: Vec<LecturerInputs>) -> BTreeMap<Uuid, LecturerOutcome> {
    let (lecturers, _) = outcomes(terms, inputs);
    lecturers.into_iter().map(|own| (own.inputs.employee_id, own)).collect()
}
