//! What is proposed instead: documents that differ in one thing. Pure.

use rust_decimal::Decimal as Inner;

use super::words::FindingCode;
use crate::kernel::decimal::Decimal;
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::{MAX_AMOUNT_MINOR, RewardPolicy, RewardPolicySet};
use crate::programmes::documents::rule::{Component, Curve, LinearCurve, ScoringRule, Step, StepCurve, WhenMissing};

/// The weight of a new component, in basis points.
const NEW_WEIGHT: u32 = 1_000;

/// The value from which a curve gives its most points; none if less is better.
#[must_use]
pub fn target(curve: &Curve) -> Option<Decimal> {
    match curve {
        Curve::Linear(LinearCurve { from, to }) => (to > from).then_some(*to),
        Curve::Steps(StepCurve { steps }) => best(steps).map(|step| step.at_least),
    }
}

fn best(steps: &[Step]) -> Option<&Step> {
    steps.iter().max_by_key(|step| (step.points, step.at_least))
}

/// The target of a metric in a rule.
#[must_use]
pub fn target_in(rule: &ScoringRule, metric: &Metric) -> Option<Decimal> {
    rule.components.iter().find(|own| own.metric == *metric).and_then(|own| target(&own.curve))
}

/// With another target of a metric.
fn with_target(rule: &ScoringRule, metric: &Metric, to: Decimal) -> Option<ScoringRule> {
    let mut changed = rule.clone();
    let component = changed.components.iter_mut().find(|own| own.metric == *metric)?;
    match &mut component.curve {
        Curve::Linear(curve) => curve.to = to,
        Curve::Steps(StepCurve { steps }) => {
            let at = best(steps)?.at_least;
            steps.iter_mut().find(|step| step.at_least == at)?.at_least = to;
        }
    }
    let is_sound = changed != *rule && changed.validate().is_empty();
    is_sound.then_some(changed)
}

/// With a higher target: one session more, or half as much again; never more than there can be.
#[must_use]
pub fn raised(rule: &ScoringRule, metric: &Metric) -> Option<ScoringRule> {
    let now = target_in(rule, metric)?.to_inner();
    let more = match metric {
        Metric::SessionCount => now.checked_add(Inner::ONE)?,
        Metric::ReuseCount => now.checked_mul(Inner::new(15, 1))?.ceil(),
        _ => now.checked_mul(Inner::new(15, 1))?,
    };
    let more = Decimal::try_from(more).ok()?;
    let more = metric.greatest().map_or(more, |greatest| more.min(greatest));
    with_target(rule, metric, more)
}

/// With the target that a value in units of 10^-6 reaches, to one decimal.
#[must_use]
pub fn lowered(rule: &ScoringRule, metric: &Metric, units: i128) -> Option<ScoringRule> {
    let tenths = i64::try_from(units / 100_000).ok()?;
    let less = Decimal::try_from(Inner::new(tenths, 1).normalize()).ok()?;
    let is_lower = less > Decimal::ZERO && less < target_in(rule, metric)?;
    if is_lower { with_target(rule, metric, less) } else { None }
}

/// With the mean of an item as a component, whose weight the heaviest component gives.
#[must_use]
pub fn with_item(rule: &ScoringRule, metric: &Metric) -> Option<ScoringRule> {
    let mut changed = rule.clone();
    let heaviest = changed.components.iter_mut().max_by_key(|own| own.weight_bp)?;
    heaviest.weight_bp = heaviest.weight_bp.checked_sub(NEW_WEIGHT).filter(|left| *left > 0)?;
    changed.components.push(Component {
        metric: metric.clone(),
        weight_bp: NEW_WEIGHT,
        curve: Curve::Linear(LinearCurve { from: Decimal::from(5), to: Decimal::from(9) }),
        when_missing: WhenMissing::Exclude,
    });
    changed.validate().is_empty().then_some(changed)
}

#[must_use]
pub fn without_gate(rule: &ScoringRule, place: usize) -> ScoringRule {
    let mut changed = rule.clone();
    changed.gates.remove(place);
    changed
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
