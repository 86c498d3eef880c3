//! From metric values to a scorecard: curve, missing metrics, score, grade, gates, share of the appraisal.

use num_traits::{One, Zero};

use super::inputs::{Days, LecturerInputs};
use super::metric::Metric;
use super::metrics::{Measurements, measure};
use super::rule::{Component, Curve, Gate, LinearCurve, ScoringRule, StepCurve, WHOLE_BP, WhenMissing};
use super::scorecard::{ComponentResult, GateResult, NotRatedReason, ScoreStatus, Scorecard};
use super::{MetricValue, Points, Score};
use crate::kernel::decimal::Decimal;
use crate::kernel::ratio::{Ratio, divide, whole};

/// Scores one lecturer.
///
/// A lecturer who is exempt on every
/// day of the period is not rated, and the card shows no components. A lecturer is not rated either if no component counts or if
/// the counted weight is below the rule's `min_weight_present_bp`; an equal weight is enough. Then the card shows the components.
#[must_use]
pub fn score(rule: &ScoringRule, inputs: &LecturerInputs) -> Scorecard {
    score_measured(rule, measure(rule, inputs), inputs.own_days())
}

/// Scores what was measured of one lecturer.
#[must_use]
pub fn score_measured(rule: &ScoringRule, metrics: Measurements, days: Days) -> Scorecard {
    let availability = days.availability();
    if availability.is_zero() {
        return not_rated(days, metrics, Vec::new(), NotRatedReason::Exempt);
    }
    let components: Vec<ComponentResult> =
        rule.components.iter().map(|component| component_result(component, &metrics, &availability)).collect();
    let Some(score) = weighted_mean(&components).filter(|_| enough_weight(rule, &components)) else {
        return not_rated(days, metrics, components, NotRatedReason::InsufficientData);
    };
    let gates: Vec<GateResult> = rule.gates.iter().map(|gate| gate_result(gate, &metrics, &availability)).collect();
    let (grade_by_score, grade) = grades(rule, score, &components, &gates);
    Scorecard {
        status: ScoreStatus::Rated,
        reason: None,
        days: days.all.get(),
        exempt_days: days.exempt,
        metrics,
        counted_weight_bp: counted_weight(&components),
        components,
        score: Some(score),
        grade_by_score,
        grade,
        gates,
        share_of_appraisal: Some(share_of_appraisal(score, rule.appraisal_weight_bp)),
    }
}

fn not_rated(days: Days, metrics: Measurements, components: Vec<ComponentResult>, reason: NotRatedReason) -> Scorecard {
    Scorecard {
        status: ScoreStatus::NotRated,
        reason: Some(reason),
        days: days.all.get(),
        exempt_days: days.exempt,
        metrics,
        counted_weight_bp: counted_weight(&components),
        components,
        score: None,
        grade_by_score: None,
        grade: None,
        gates: Vec::new(),
        share_of_appraisal: None,
    }
}

/// The points of one component, and whether it counts. A missing metric is left out of the sum (`exclude`) or earns 0 points.
fn component_result(component: &Component, metrics: &Measurements, availability: &Ratio) -> ComponentResult {
    let measured = metrics.get(&component.metric);
    let factor = leave_factor(&component.metric, availability);
    let points = match (measured.value, component.when_missing) {
        (Some(value), _) => Some(points(&component.curve, value, &factor)),
        (None, WhenMissing::Exclude) => None,
        (None, WhenMissing::Zero | WhenMissing::Fail) => Some(Points::ZERO),
    };
    ComponentResult {
        metric: component.metric.clone(),
        value: measured.value,
        n: measured.n,
        weight_bp: component.weight_bp,
        curve: component.curve.clone(),
        effective_thresholds: thresholds(&component.curve)
            .map(|t| MetricValue::round(&(t.to_ratio() * &factor)))
            .collect(),
        when_missing: component.when_missing,
        points,
        counted: points.is_some(),
    }
}

/// The factor for the thresholds of the metric: the availability if the metric counts work over time, otherwise 1.
pub(super) fn leave_factor(metric: &Metric, availability: &Ratio) -> Ratio {
    if metric.scales_with_leave() { availability.clone() } else { Ratio::one() }
}

fn thresholds(curve: &Curve) -> Box<dyn Iterator<Item = Decimal> + '_> {
    match curve {
        Curve::Linear(LinearCurve { from, to }) => Box::new([*from, *to].into_iter()),
        Curve::Steps(StepCurve { steps }) => Box::new(steps.iter().map(|step| step.at_least)),
    }
}

/// The exact points for a value, with every threshold multiplied by `factor`.
fn points(curve: &Curve, value: MetricValue, factor: &Ratio) -> Points {
    let value = value.to_ratio();
    let exact = match curve {
        Curve::Linear(linear) => linear_points(linear, &value, factor),
        Curve::Steps(steps) => step_points(steps, &value, factor),
    };
    Points::round(&exact)
}

/// 100 × (v − from) / (to − from), limited to 0..100. Equal ends, which validation refuses, earn nothing.
fn linear_points(curve: &LinearCurve, value: &Ratio, factor: &Ratio) -> Ratio {
    let from = curve.from.to_ratio() * factor;
    let to = curve.to.to_ratio() * factor;
    let along = divide(&(value - &from), &(to - &from)).unwrap_or_else(Ratio::zero);
    (along * whole(100)).clamp(Ratio::zero(), whole(100))
}

/// The points of the highest threshold that the value reaches; 0 if it reaches none.
fn step_points(curve: &StepCurve, value: &Ratio, factor: &Ratio) -> Ratio {
    let reached = curve.steps.iter().filter(|step| *value >= step.at_least.to_ratio() * factor);
    reached.max_by_key(|step| step.at_least).map_or_else(Ratio::zero, |step| step.points.to_ratio())
}

/// Σ weight × points / Σ weight over the counted components; `None` when nothing counts.
fn weighted_mean(components: &[ComponentResult]) -> Option<Score> {
    let weighted = |component: &ComponentResult| Some(component.points?.to_ratio() * whole(component.weight_bp));
    let sum = components.iter().filter_map(weighted).fold(Ratio::zero(), |sum, term| sum + term);
    divide(&sum, &whole(counted_weight(components))).map(|mean| Score::round(&mean))
}

fn counted_weight(components: &[ComponentResult]) -> u32 {
    let counted = components.iter().filter(|component| component.counted);
    counted.fold(0, |sum, component| sum.saturating_add(component.weight_bp))
}

fn enough_weight(rule: &ScoringRule, components: &[ComponentResult]) -> bool {
    counted_weight(components) >= rule.min_weight_present_bp
}

/// A gate fails if its metric's value is below the minimum after adjustment for leave, or if the metric is required and missing.
fn gate_result(gate: &Gate, metrics: &Measurements, availability: &Ratio) -> GateResult {
    let value = metrics.get(&gate.metric).value;
    let minimum = gate.at_least.to_ratio() * leave_factor(&gate.metric, availability);
    GateResult {
        metric: gate.metric.clone(),
        at_least: gate.at_least,
        effective_at_least: MetricValue::round(&minimum),
        value,
        required: gate.required,
        else_grade: gate.else_grade.clone(),
        passed: value.map_or(!gate.required, |value| value.to_ratio() >= minimum),
    }
}

/// The grade by score, and the grade after all caps: the worst of the failed gates' grades, and the worst grade of all if a
/// required component is missing.
fn grades(
    rule: &ScoringRule,
    score: Score,
    components: &[ComponentResult],
    gates: &[GateResult],
) -> (Option<String>, Option<String>) {
    let bands = rule.grades_best_first();
    let by_score = rule.band_position(score);
    let worst = bands.len().saturating_sub(1);
    let fails = |c: &ComponentResult| c.value.is_none() && c.when_missing == WhenMissing::Fail;
    let missing_cap = components.iter().any(fails).then_some(worst);
    let gate_caps = gates.iter().filter(|gate| !gate.passed).filter_map(|gate| rule.grade_position(&gate.else_grade));
    let capped = gate_caps.chain(missing_cap).fold(by_score, usize::max);
    let code = |position: usize| bands.get(position).map(|band| band.code.to_string());
    (code(by_score), code(capped))
}

/// Score × the programme's weight in the overall appraisal, 2 decimals.
#[must_use]
pub fn share_of_appraisal(score: Score, appraisal_weight_bp: u32) -> Score {
    let weight = divide(&whole(appraisal_weight_bp), &whole(WHOLE_BP)).unwrap_or_else(Ratio::zero);
    Score::round(&(score.to_ratio() * weight))
}
