//! What is proposed instead: documents that differ in one thing. Pure.
//!
//! Nothing is proposed where no document would say what is meant: a target or a minimum that hardly anybody reaches is not lowered to
//! what nobody does, or to nothing; the only component of a rule has nothing to give its weight to; and an item finds no place
//! where the heaviest component weighs no more than it would.

use rust_decimal::Decimal as Inner;

use super::words::FindingCode;
use crate::kernel::decimal::Decimal;
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::{MAX_AMOUNT_MINOR, RewardPolicy, RewardPolicySet};
use crate::programmes::documents::rule::{
    Component, Curve, LinearCurve, ScoringRule, Step, StepCurve, WHOLE_BP, WhenMissing,
};
use crate::rewards::division::scale_to;

/// The weight of a new component, in basis points.
const NEW_WEIGHT: u32 = 1_000;

/// A proposed rule, with the parameters of the sentence that says what is proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    pub rule: ScoringRule,
    pub said: Vec<(&'static str, String)>,
}

impl Proposed {
    /// None if the rule would be the same as before, or could not be published.
    fn instead_of(before: &ScoringRule, rule: ScoringRule, said: Vec<(&'static str, String)>) -> Option<Self> {
        let is_sound = rule != *before && rule.validate().is_empty();
        is_sound.then_some(Self { rule, said })
    }
}

/// The value from which a curve gives its most points.
#[must_use]
pub fn target(curve: &Curve) -> Option<Decimal> {
    match curve {
        Curve::Linear(curve) => Some(curve.to),
        Curve::Steps(StepCurve { steps }) => best(steps).map(|step| step.at_least),
    }
}

fn best(steps: &[Step]) -> Option<&Step> {
    steps.iter().max_by_key(|step| (step.points, step.at_least))
}

/// Whether more of the metric gives more points. None of steps whose highest is not the best.
fn more_is_better(curve: &Curve) -> Option<bool> {
    match curve {
        Curve::Linear(LinearCurve { from, to }) => Some(to > from),
        Curve::Steps(StepCurve { steps }) => {
            let highest = steps.iter().map(|step| step.at_least).max();
            (best(steps).map(|step| step.at_least) == highest).then_some(true)
        }
    }
}

fn component_of<'r>(rule: &'r ScoringRule, metric: &Metric) -> Option<&'r Component> {
    rule.components.iter().find(|own| own.metric == *metric)
}

/// With another curve of a metric.
fn with_curve(rule: &ScoringRule, metric: &Metric, curve: Curve) -> Option<ScoringRule> {
    let mut changed = rule.clone();
    changed.components.iter_mut().find(|own| own.metric == *metric)?.curve = curve;
    Some(changed)
}

/// With another target of a metric.
fn with_target(rule: &ScoringRule, metric: &Metric, to: Decimal) -> Option<Proposed> {
    let mut curve = component_of(rule, metric)?.curve.clone();
    match &mut curve {
        Curve::Linear(curve) => curve.to = to,
        Curve::Steps(StepCurve { steps }) => {
            let at = best(steps)?.at_least;
            steps.iter_mut().find(|step| step.at_least == at)?.at_least = to;
        }
    }
    Proposed::instead_of(rule, with_curve(rule, metric, curve)?, vec![("proposed", to.to_string())])
}

/// With a higher target: one session more, or half as much again; never more than there can be. None where less is better.
#[must_use]
pub fn raised(rule: &ScoringRule, metric: &Metric) -> Option<Proposed> {
    let curve = &component_of(rule, metric)?.curve;
    let now = target(curve).filter(|_| more_is_better(curve) == Some(true))?.to_inner();
    let more = match metric {
        Metric::SessionCount => now.checked_add(Inner::ONE)?,
        Metric::ReuseCount => now.checked_mul(Inner::new(15, 1))?.ceil(),
        _ => now.checked_mul(Inner::new(15, 1))?,
    };
    let more = Decimal::try_from(more).ok()?;
    let more = metric.greatest().map_or(more, |greatest| more.min(greatest));
    with_target(rule, metric, more)
}

/// A value in units of 10^-6 to one decimal, rounded down.
fn to_tenths(units: i128) -> Option<Decimal> {
    let tenths = i64::try_from(units.div_euclid(100_000)).ok()?;
    Decimal::try_from(Inner::new(tenths, 1).normalize()).ok()
}

/// With a target that the best fifth reach; `fifths` are the values, in units of 10^-6, at a fifth and at four fifths from below. A
/// target that nobody is near to is not lowered to nothing.
#[must_use]
pub fn eased(rule: &ScoringRule, metric: &Metric, (low, high): (i128, i128)) -> Option<Proposed> {
    let curve = &component_of(rule, metric)?.curve;
    let now = target(curve)?;
    let to = if more_is_better(curve)? {
        to_tenths(high).filter(|to| *to > Decimal::ZERO && *to < now)?
    } else {
        // Rounded up, so that they still reach it.
        to_tenths(low.checked_add(99_999)?).filter(|to| *to > now)?
    };
    let keeps_direction = match curve {
        Curve::Linear(curve) => (curve.to > curve.from) == (to > curve.from),
        Curve::Steps(_) => true,
    };
    if keeps_direction { with_target(rule, metric, to) } else { None }
}

/// With a curve on which the middle four fifths get 50 to 100 points; `middle` are the values at their ends, in units of 10^-6. None if
/// they are the same.
#[must_use]
pub fn spread_out(rule: &ScoringRule, metric: &Metric, (low, high): (i128, i128)) -> Option<Proposed> {
    let curve = &component_of(rule, metric)?.curve;
    let (low, high) = (to_tenths(low)?, to_tenths(high)?);
    let between = high.to_inner().checked_sub(low.to_inner())?;
    let (from, to) = if more_is_better(curve)? {
        let from = low.to_inner().checked_sub(between)?;
        (if low.is_negative() { from } else { from.max(Inner::ZERO) }, high)
    } else {
        (high.to_inner().checked_add(between)?, low)
    };
    let from = Decimal::try_from(from.normalize()).ok()?;
    let curve = Curve::Linear(LinearCurve { from, to });
    let said = vec![("proposed_from", from.to_string()), ("proposed", to.to_string())];
    Proposed::instead_of(rule, with_curve(rule, metric, curve)?, said)
}

/// With half the weight of a metric; the others take the rest by their weights.
#[must_use]
pub fn lighter(rule: &ScoringRule, metric: &Metric) -> Option<Proposed> {
    let half = component_of(rule, metric)?.weight_bp / 2;
    Proposed::instead_of(rule, reweighted(rule, metric, half)?, vec![("proposed_weight", in_percent(half))])
}

/// Without a metric; the others take its weight by theirs.
#[must_use]
pub fn without(rule: &ScoringRule, metric: &Metric) -> Option<Proposed> {
    let mut changed = reweighted(rule, metric, 0)?;
    changed.components.retain(|own| own.metric != *metric);
    Proposed::instead_of(rule, changed, vec![("left_out", String::new())])
}

/// With this weight of a metric, and what is left for the others in the proportions that they have.
fn reweighted(rule: &ScoringRule, metric: &Metric, weight_bp: u32) -> Option<ScoringRule> {
    let mut changed = rule.clone();
    let others: Vec<&mut Component> = changed.components.iter_mut().filter(|own| own.metric != *metric).collect();
    let weights: Vec<i128> = others.iter().map(|own| i128::from(own.weight_bp)).collect();
    let rest = i128::from(WHOLE_BP.checked_sub(weight_bp)?);
    for (own, scaled) in others.into_iter().zip(scale_to(&weights, rest)) {
        own.weight_bp = u32::try_from(scaled).ok()?;
    }
    changed.components.iter_mut().find(|own| own.metric == *metric)?.weight_bp = weight_bp;
    Some(changed)
}

/// Basis points in per cent, as people write them.
pub fn in_percent(bp: u32) -> String {
    format!("{}.{:02}", bp / 100, bp % 100).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// With the mean of an item as a component, whose weight the heaviest component gives.
#[must_use]
pub fn with_item(rule: &ScoringRule, metric: &Metric) -> Option<Proposed> {
    let mut changed = rule.clone();
    let heaviest = changed.components.iter_mut().max_by_key(|own| own.weight_bp)?;
    heaviest.weight_bp = heaviest.weight_bp.checked_sub(NEW_WEIGHT).filter(|left| *left > 0)?;
    changed.components.push(Component {
        metric: metric.clone(),
        weight_bp: NEW_WEIGHT,
        curve: Curve::Linear(LinearCurve { from: Decimal::from(5), to: Decimal::from(9) }),
        when_missing: WhenMissing::Exclude,
    });
    Proposed::instead_of(rule, changed, vec![("proposed_weight", in_percent(NEW_WEIGHT))])
}

#[must_use]
pub fn without_gate(rule: &ScoringRule, place: usize) -> Option<Proposed> {
    let mut changed = rule.clone();
    changed.gates.remove(place);
    Proposed::instead_of(rule, changed, vec![("left_out", String::new())])
}

/// With a minimum that half of those with a value reach: `half` is the value in the middle, in units of 10^-6. A minimum is not lowered
/// to nothing.
#[must_use]
pub fn eased_gate(rule: &ScoringRule, place: usize, half: i128) -> Option<Proposed> {
    let mut changed = rule.clone();
    let gate = changed.gates.get_mut(place)?;
    gate.at_least = to_tenths(half).filter(|least| *least > Decimal::ZERO && *least < gate.at_least)?;
    let said = vec![("proposed", gate.at_least.to_string())];
    Proposed::instead_of(rule, changed, said)
}

#[must_use]
pub fn with_contenders(policies: &RewardPolicySet, code: &str, least: u32) -> RewardPolicySet {
    let mut changed = policies.clone();
    for policy in &mut changed.policies {
        if let RewardPolicy::TopN(contest) = policy
            && contest.code.as_str() == code
        {
            contest.min_contenders = Some(least);
        }
    }
    changed
}

/// A fifth more than a budget that is always used up, or a tenth more than the most that was granted of one that never is; in whole
/// hundreds of major units.
#[must_use]
pub fn budget(now: i64, greatest: i64, code: FindingCode) -> i64 {
    const ROUND: i64 = 10_000;
    let wanted = match code {
        FindingCode::BudgetAlwaysUsed => now.saturating_add(now / 5),
        _ => greatest.saturating_add(greatest / 10),
    };
    let whole = wanted.saturating_add(ROUND - 1) / ROUND * ROUND;
    whole.clamp(ROUND, MAX_AMOUNT_MINOR)
}
