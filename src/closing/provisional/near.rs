//! Who is just below a gate or a place: pure.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::dto::{NearGate, NearPlace};
use crate::closing::computation::{Outcome, Settled};
use crate::kernel::scope::Scope;
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::{RewardPolicy, TopN};
use crate::scoring::MetricValue;
use crate::scoring::scorecard::{GateResult, Scorecard};

/// How many of them are named at most.
pub const MOST: usize = 100;

/// The gates that a lecturer has just failed: by one session, or with nine tenths of the minimum.
pub fn gates(employee_id: Uuid, card: &Scorecard) -> impl Iterator<Item = NearGate> {
    card.failed_gates().filter_map(move |gate| {
        let value = gate.value.filter(|value| is_near(gate, *value))?;
        Some(NearGate {
            employee_id,
            metric: gate.metric.clone(),
            value,
            at_least: gate.effective_at_least,
            else_grade: gate.else_grade.clone(),
        })
    })
}

fn is_near(gate: &GateResult, value: MetricValue) -> bool {
    let (value, least) = (value.units(), gate.effective_at_least.units());
    let one_more = gate.metric == Metric::SessionCount && value + ONE >= least;
    one_more || value.saturating_mul(10) >= least.saturating_mul(9)
}

/// One, in units of a metric's value.
const ONE: i128 = 1_000_000;

/// Those who come next after the last place that is paid, on each board of each contest.
pub fn places(settled: &Settled) -> Vec<NearPlace> {
    let contests = settled.terms.policies.policies.iter().filter_map(|policy| match policy {
        RewardPolicy::TopN(contest) => Some(contest),
        _ => None,
    });
    contests.flat_map(|contest| next_in(contest, settled)).take(MOST).collect()
}

/// The least value that wins a place, and those with the greatest value below it.
#[derive(Default)]
struct Edge {
    least: Option<MetricValue>,
    next: Vec<(Uuid, MetricValue)>,
}

fn next_in(contest: &TopN, settled: &Settled) -> Vec<NearPlace> {
    let board = |outcome: &Outcome<'_>| match contest.scope {
        Scope::Programme => None,
        Scope::Department => outcome.own.department_id,
    };
    let has_won = |outcome: &Outcome<'_>| outcome.lines.iter().any(|line| line.policy == *contest.code);
    let mut edges: BTreeMap<Option<Uuid>, Edge> = BTreeMap::new();
    for outcome in settled.outcomes(0).filter(|outcome| outcome.own.is_rated && has_won(outcome)) {
        let edge = edges.entry(board(&outcome)).or_default();
        let value = outcome.own.value(&contest.metric);
        edge.least = edge.least.map_or(value, |least| Some(value.map_or(least, |value| value.min(least))));
    }
    for outcome in settled.outcomes(0).filter(|outcome| outcome.own.is_rated && !has_won(outcome)) {
        let Some(edge) = edges.get_mut(&board(&outcome)) else { continue };
        // Who has the value 0 takes no part.
        let value = outcome.own.value(&contest.metric).filter(|value| *value > MetricValue::ZERO);
        let Some(value) = value else { continue };
        let greatest = edge.next.first().map(|(_, value)| *value);
        if greatest.is_none_or(|greatest| value > greatest) {
            edge.next.clear();
        }
        if greatest.is_none_or(|greatest| value >= greatest) && edge.next.len() < MOST {
            edge.next.push((outcome.own.employee_id, value));
        }
    }
    let named = |edge: Edge| {
        let last = edge.least.unwrap_or_default();
        edge.next.into_iter().map(move |(employee_id, value)| NearPlace {
            employee_id,
            policy: contest.code.to_string(),
            value,
            last_paid: last,
        })
    };
    edges.into_values().flat_map(named).collect()
}
