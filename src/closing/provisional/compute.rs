//! Computes the provisional rewards of a period, a chunk of lecturers after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::dto::{GradeCount, NearGate, PolicySum, ProvisionalResult, ProvisionalSummary, RunOf, RunOutcome};
use super::model::{LiveCard, NewProvisionalReward, ProvisionalPeriod, Stale};
use super::{near, queries};
use crate::closing::computation::{Draft, Outcome, Settled};
use crate::closing::service::present_terms;
use crate::closing::streaks::{self, Runs};
use crate::db::Document;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes;
use crate::scoring::CHUNK;

/// A period is left alone for so long at the least.
const REST: TimeDelta = TimeDelta::minutes(1);
/// And for so many milliseconds for each of its lecturers.
const REST_EACH: i64 = 30;

/// Computes the period anew and stores what has changed.
pub async fn renew(tx: &mut Tx<'_>, stale: &Stale) -> Result<()> {
    let programme = Thing::Programme.require(programmes::find(tx, stale.programme_id).await?)?;
    let period: Period = stale.period.parse().map_err(Error::internal)?;
    let (_, _, terms) = present_terms(tx, &programme, period).await?;
    let mut pass = Pass { draft: Draft::new(Arc::new(terms)), near: Vec::new() };
    let mut after = Uuid::nil();
    loop {
        let cards = queries::cards(tx, stale.live_period_id, after, size(CHUNK)?).await?;
        let Some(last) = cards.last().map(|own| own.employee_id) else { break };
        after = last;
        pass = spawn_blocking(move || pass.with(&cards)).await.map_err(Error::internal)?;
    }
    let (settled, mut summary) = spawn_blocking(move || pass.settle()).await.map_err(Error::internal)?;
    let runs = streaks::ahead(tx, programme.id, &settled).await?;
    let all = runs.iter().flat_map(|(person, own)| own.iter().map(|run| (*person, run.clone())));
    summary.count_runs(&runs, settled.terms.settings.currency);
    summary.runs = all.map(|(employee_id, run)| RunOf { employee_id, run }).take(near::MOST).collect();
    let known = queries::find(tx, programme.id, &period).await?;
    let rest = TimeDelta::milliseconds(size(settled.lecturer_count())?.saturating_mul(REST_EACH));
    let row = ProvisionalPeriod {
        tenant_id: tx.tenant,
        id: known.map_or_else(|| tx.id(), |known| known.id),
        programme_id: programme.id,
        period: stale.period.clone(),
        live_period_id: stale.live_period_id,
        live_version: stale.live_version,
        programme_version: stale.programme_version,
        as_of: tx.now,
        next_at: tx.now + rest.max(REST),
        summary: Document(summary),
    };
    queries::keep(tx, &row).await?;
    store(tx, row.id, &Arc::new(settled), &Arc::new(runs)).await
}

fn size(count: usize) -> Result<i64> {
    i64::try_from(count).map_err(Error::internal)
}

/// The lecturers so far.
struct Pass {
    draft: Draft,
    near: Vec<NearGate>,
}

impl Pass {
    fn with(mut self, cards: &[LiveCard]) -> Self {
        for own in cards {
            self.draft.put(&own.inputs, &own.card);
            let room = near::MOST.saturating_sub(self.near.len());
            self.near.extend(near::gates(own.employee_id, &own.card).take(room));
        }
        self
    }

    fn settle(self) -> (Settled, ProvisionalSummary) {
        let settled = self.draft.settle();
        let summary = summary(&settled, self.near);
        (settled, summary)
    }
}

fn summary(settled: &Settled, near_gates: Vec<NearGate>) -> ProvisionalSummary {
    let (settings, set) = (&settled.terms.settings, &settled.terms.policies);
    let money = |amount_minor: i64| Money::new(amount_minor, settings.currency);
    let grades = settled.by_grade().into_iter().map(|(place, count)| GradeCount { grade: place.2, count });
    let policies = settled.by_policy().into_iter().map(|(policy, (sum, granted))| PolicySum {
        policy: policy.to_owned(),
        amount: money(sum),
        granted,
    });
    ProvisionalSummary {
        lecturer_count: settled.lecturer_count(),
        rated_count: settled.rated_count(),
        grades: grades.collect(),
        policies: policies.collect(),
        cost: money(settled.granted_minor),
        budget: set.budget_minor.map(money),
        over_budget: set.over_budget,
        near_gates,
        near_places: near::places(settled),
        runs: Vec::new(),
        title_count: 0,
        precedence_count: 0,
        notice_count: 0,
        closed_notice_count: 0,
    }
}

impl ProvisionalSummary {
    /// Counts titles, precedences and notices. They cost nothing.
    fn count_runs(&mut self, runs: &Runs, currency: Currency) {
        let counted = streaks::by_policy(runs).into_iter().map(|(policy, granted)| PolicySum {
            policy: policy.to_owned(),
            amount: Money::new(0, currency),
            granted,
        });
        self.policies.extend(counted);
        self.policies.sort_by(|one, other| one.policy.cmp(&other.policy));
        self.title_count = streaks::count_of(runs, RunOutcome::Title);
        self.precedence_count = streaks::count_of(runs, RunOutcome::Precedence);
        self.notice_count = streaks::count_of(runs, RunOutcome::Notice);
        self.closed_notice_count = streaks::count_of(runs, RunOutcome::NoticeClosed);
    }
}

/// Writes what has changed. Lecturers are in the order of their ids.
async fn store(tx: &mut Tx<'_>, of: Uuid, settled: &Arc<Settled>, runs: &Arc<Runs>) -> Result<()> {
    let mut after = Uuid::nil();
    for first in (0..settled.lecturer_count()).step_by(CHUNK) {
        let (settled, runs) = (Arc::clone(settled), Arc::clone(runs));
        let fresh = spawn_blocking(move || results(&settled, &runs, first)).await.map_err(Error::internal)??;
        let people: Vec<Uuid> = fresh.iter().map(|(person, _)| *person).collect();
        let stored = queries::stored(tx, of, &people).await?;
        let stored: BTreeMap<Uuid, Value> = stored.into_iter().map(|own| (own.employee_id, own.result)).collect();
        let tenant_id = tx.tenant;
        let changed = fresh.into_iter().filter(|(person, result)| stored.get(person) != Some(result));
        let row = |(employee_id, result): (Uuid, Value)| NewProvisionalReward {
            tenant_id,
            id: tx.id(),
            provisional_period_id: of,
            employee_id,
            result,
        };
        let rows: Vec<NewProvisionalReward> = changed.map(row).collect();
        queries::put(tx, &rows).await?;
        let until = people.last().copied().unwrap_or(after);
        queries::delete_others(tx, of, (after, until), &people).await?;
        after = until;
    }
    queries::delete_others(tx, of, (after, Uuid::max()), &[]).await?;
    Ok(())
}

/// What is to be stored of a chunk of lecturers.
fn results(settled: &Settled, runs: &Runs, first: usize) -> Result<Vec<(Uuid, Value)>> {
    let (currency, set) = (settled.terms.settings.currency, &settled.terms.policies);
    let result = |outcome: Outcome<'_>| {
        let own_runs = runs.get(&outcome.own.employee_id).cloned().unwrap_or_default();
        let own = ProvisionalResult::new(&outcome, set, currency, own_runs);
        Ok((outcome.own.employee_id, serde_json::to_value(own).map_err(Error::internal)?))
    };
    settled.outcomes(first).take(CHUNK).map(result).collect()
}
