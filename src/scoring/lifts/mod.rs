//! What lifts a lecturer: how much one metric alone must change, all others staying as they are, for a better grade or score.
//!
//! Whether a value is enough is decided by the rule itself ([`score_measured`]), never by a second formula. The nearest value that is
//! enough can only be where the rule begins or ceases to be content with the metric: at a step of its curve, at the minimum of a gate,
//! or at the value that earns the points which the score lacks. These few values are found exactly, and tried.

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::inputs::Days;
use super::metric::Metric;
use super::rule::{Component, Curve, ScoringRule};
use super::rules::{leave_factor, score_measured};
use super::scorecard::Scorecard;
use super::{MetricValue, Score};
use crate::kernel::decimal::Decimal;
use crate::kernel::ratio::{Ratio, divide, power_of_ten, whole};

/// Decimals of a metric's value, of points, and of a score.
const VALUE: u32 = 6;
const POINTS: u32 = 4;
const SCORE: u32 = 2;

/// Something better that a lecturer can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The grade at this position, counted from the best, or a better one.
    Grade(usize),
    /// This score or a better one.
    Score(Score),
}

/// What a metric alone can do for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lift {
    pub metric: Metric,
    /// None: missing.
    pub value: Option<MetricValue>,
    /// The nearest value that reaches the target; of a missing metric the one that is easiest to reach. None: no value does.
    pub needed: Option<MetricValue>,
}

impl Target {
    /// The next better grade; none above the best one, and for somebody who is not rated.
    #[must_use]
    pub fn next_grade(rule: &ScoringRule, card: &Scorecard) -> Option<Self> {
        let own = rule.grade_position(card.grade.as_deref()?)?;
        own.checked_sub(1).map(Self::Grade)
    }

    #[must_use]
    pub fn is_reached(self, rule: &ScoringRule, card: &Scorecard) -> bool {
        match self {
            Self::Grade(position) => {
                let own = card.grade.as_deref().and_then(|grade| rule.grade_position(grade));
                own.is_some_and(|own| own <= position)
            }
            Self::Score(least) => card.score.is_some_and(|own| own >= least),
        }
    }

    /// The least score that it takes.
    #[must_use]
    pub fn score(self, rule: &ScoringRule) -> Score {
        match self {
            Self::Grade(position) => {
                let at_least = rule.grades_best_first().get(position).map(|band| band.at_least.to_ratio());
                Score::round(&ceil_to(&at_least.unwrap_or_else(Ratio::zero), SCORE))
            }
            Self::Score(score) => score,
        }
    }
}

/// What each metric of the rule alone can do: those of the components in their order, then those of gates alone. The target must not
/// be reached yet.
#[must_use]
pub fn lifts(rule: &ScoringRule, card: &Scorecard, target: Target) -> Vec<Lift> {
    let Some(all) = NonZeroU32::new(card.days) else { return Vec::new() };
    let days = Days { all, exempt: card.exempt_days };
    let mut metrics: Vec<&Metric> = Vec::new();
    let named = rule.components.iter().map(|component| &component.metric);
    for metric in named.chain(rule.gates.iter().map(|gate| &gate.metric)) {
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    metrics.into_iter().map(|metric| Alone { rule, card, days, metric, target }.lift()).collect()
}

/// The smallest change of a metric that means something, in millionths: a whole session, minute or reuse; of means and rates, and of
/// what other systems send, the last decimal.
fn step(metric: &Metric) -> BigInt {
    match metric {
        Metric::SessionCount | Metric::TeachingMinutes | Metric::ReuseCount => power_of_ten(VALUE),
        _ => BigInt::one(),
    }
}

/// One metric, everything else staying as it is.
#[derive(Clone, Copy)]
struct Alone<'a> {
    rule: &'a ScoringRule,
    card: &'a Scorecard,
    days: Days,
    metric: &'a Metric,
    target: Target,
}

impl<'a> Alone<'a> {
    fn lift(self) -> Lift {
        let value = self.card.metrics.get(self.metric).value;
        let enough = self.candidates(value).into_iter().filter(|candidate| self.is_enough(*candidate));
        let needed = match value {
            Some(own) => enough.min_by_key(|candidate| ((candidate.units() - own.units()).abs(), *candidate < own)),
            None if self.is_less_better() => enough.max(),
            None => enough.min(),
        };
        Lift { metric: self.metric.clone(), value, needed }
    }

    fn is_enough(self, value: MetricValue) -> bool {
        let metrics = self.card.metrics.with(self.metric, value);
        self.target.is_reached(self.rule, &score_measured(self.rule, metrics, self.days))
    }

    /// The values beside every border: the first at or above it, and the one before that.
    fn candidates(self, own: Option<MetricValue>) -> Vec<MetricValue> {
        let (start, step) = (whole(own.map_or(0, MetricValue::units)), whole(step(self.metric)));
        let ends = [(own.is_none(), Some(Ratio::zero())), (own.is_none(), self.greatest())];
        let ends = ends.into_iter().filter_map(|(asked, end)| end.filter(|_| asked));
        let value = |steps: &Ratio| MetricValue::round(&((&start + steps * &step) / power_of_ten(VALUE)));
        let beside = |border: Ratio| {
            let steps = ((border * power_of_ten(VALUE) - &start) / &step).ceil();
            [value(&steps), value(&(steps - Ratio::one()))]
        };
        let candidates = self.borders().into_iter().chain(ends).flat_map(beside);
        candidates.filter(|candidate| self.can_be(*candidate)).collect()
    }

    fn can_be(self, value: MetricValue) -> bool {
        let is_low = matches!(self.metric, Metric::External(_)) || value >= MetricValue::ZERO;
        is_low && self.greatest().is_none_or(|greatest| value.to_ratio() <= greatest)
    }

    fn greatest(self) -> Option<Ratio> {
        self.metric.greatest().map(Decimal::to_ratio)
    }

    /// Where the rule begins or ceases to be content with the metric, after leave.
    fn borders(self) -> Vec<Ratio> {
        let gates = self.rule.gates.iter().filter(|gate| gate.metric == *self.metric);
        let mut borders: Vec<Ratio> = gates.map(|gate| gate.at_least.to_ratio()).collect();
        if let Some(component) = self.component() {
            match &component.curve {
                Curve::Steps(curve) => borders.extend(curve.steps.iter().map(|step| step.at_least.to_ratio())),
                Curve::Linear(line) => {
                    let (from, to) = (line.from.to_ratio(), line.to.to_ratio());
                    borders.extend(self.along(component).map(|along| &from + along * (&to - &from)));
                }
            }
        }
        let factor = leave_factor(self.metric, &self.days.availability());
        borders.into_iter().map(|border| border * &factor).collect()
    }

    fn component(self) -> Option<&'a Component> {
        self.rule.components.iter().find(|component| component.metric == *self.metric)
    }

    fn is_less_better(self) -> bool {
        matches!(self.component().map(|component| &component.curve), Some(Curve::Linear(line)) if line.from > line.to)
    }

    /// How far along a linear curve, from 0 to 1, the component earns the points that the score lacks. None: any points are enough, or
    /// not even 100 are.
    fn along(self, component: &Component) -> Option<Ratio> {
        let others = self.card.components.iter().filter(|other| other.metric != *self.metric);
        let counted = others.filter_map(|other| Some((whole(other.weight_bp), other.points?.to_ratio())));
        let weight = whole(component.weight_bp);
        let (all, sum) =
            counted.fold((weight.clone(), Ratio::zero()), |(all, sum), (own, points)| (all + &own, sum + own * points));
        // A number rounds up to the least one from half a unit below it on.
        let mean = self.target.score(self.rule).to_ratio() - half_a_unit(SCORE);
        let points = ceil_to(&divide(&(mean * all - sum), &weight)?, POINTS);
        let exact = points - half_a_unit(POINTS);
        (exact > Ratio::zero() && exact <= whole(100)).then(|| exact / whole(100))
    }
}

fn half_a_unit(decimals: u32) -> Ratio {
    Ratio::new(BigInt::one(), power_of_ten(decimals) * 2)
}

/// The least number with so many decimals that is not below this one.
fn ceil_to(value: &Ratio, decimals: u32) -> Ratio {
    (value * power_of_ten(decimals)).ceil() / power_of_ten(decimals)
}
