//! What one metric alone can do, in cases and for any rule.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scoring::metrics::{Measurement, Measurements};

fn metric(name: &str) -> Metric {
    name.parse().unwrap()
}

fn measured(values: &[(&str, Option<&str>)]) -> Measurements {
    let own = |(name, value): &(&str, Option<&str>)| {
        (metric(name), Measurement { value: value.map(|value| value.parse().unwrap()), n: 1 })
    };
    values.iter().map(own).collect()
}

fn days(exempt: u32) -> Days {
    Days { all: NonZeroU32::new(31).unwrap(), exempt }
}

fn rule(components: Value, gates: Value) -> ScoringRule {
    serde_json::from_value(json!({
        "components": components,
        "gates": gates,
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "good", "at_least": "75.005"},
                   {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
    }))
    .unwrap()
}

fn linear(metric: &str, weight_bp: u32, to: u32) -> Value {
    json!({"metric": metric, "weight_bp": weight_bp, "curve": {"kind": "linear", "to": to}})
}

/// The needed value of each metric, and "-" where none is enough.
fn needed(rule: &ScoringRule, card: &Scorecard, target: Target) -> Vec<String> {
    let shown = |lift: Lift| lift.needed.map_or_else(|| "-".to_owned(), |needed| needed.to_string());
    lifts(rule, card, target).into_iter().map(shown).collect()
}

#[test]
fn each_metric_alone_is_taken_as_far_as_it_must_go() {
    let rule = rule(
        json!([linear("session_count", 5000, 3), linear("feedback_rating", 4000, 10), linear("reuse_rate", 1000, 100)]),
        json!([]),
    );
    let values = measured(&[("session_count", Some("1")), ("feedback_rating", Some("8")), ("reuse_rate", Some("50"))]);
    let card = score_measured(&rule, values, days(0));
    assert_eq!((card.score.unwrap().to_string().as_str(), card.grade.as_deref()), ("53.67", Some("fail")));
    let target = Target::next_grade(&rule, &card).unwrap();
    // 6.33 are missing: 12.6667 points of sessions are 0.38 of one, and a whole one is more.
    assert_eq!(needed(&rule, &card, target), ["2.000000", "9.582085", "-"]);
    assert_eq!(needed(&rule, &card, Target::Score("58.67".parse().unwrap())), ["2.000000", "9.249585", "99.983450"]);
}

#[test]
fn a_gate_that_another_metric_fails_is_in_the_way_of_all() {
    let gates = json!([{"metric": "reuse_count", "at_least": 2, "else_grade": "fail"}]);
    let rule = rule(json!([linear("session_count", 10_000, 3)]), gates);
    let values = measured(&[("session_count", Some("2")), ("reuse_count", Some("0"))]);
    let card = score_measured(&rule, values, days(0));
    assert_eq!((card.grade_by_score.as_deref(), card.grade.as_deref()), (Some("pass"), Some("fail")));
    let target = Target::next_grade(&rule, &card).unwrap();
    assert_eq!(needed(&rule, &card, target), ["-", "2.000000"]);
    assert_eq!(Target::next_grade(&rule, &score_measured(&rule, measured(&[]), days(0))), None, "not rated");
}

#[test]
fn thresholds_are_those_after_leave() {
    let rule = rule(json!([linear("session_count", 10_000, 3)]), json!([]));
    // 3 × 21/31 sessions are all that is asked for.
    let card = score_measured(&rule, measured(&[("session_count", Some("1"))]), days(10));
    assert_eq!(card.score.unwrap().to_string(), "49.21");
    assert_eq!(needed(&rule, &card, Target::Score("98.41".parse().unwrap())), ["2.000000"]);
    assert_eq!(needed(&rule, &card, Target::Score("100".parse().unwrap())), ["3.000000"]);
}

#[test]
fn a_missing_metric_that_fails_is_lifted_by_having_a_value() {
    let mut components = json!([linear("feedback_rating", 5000, 10), linear("session_count", 5000, 1)]);
    components[0]["when_missing"] = "fail".into();
    let rule = rule(components, json!([]));
    let card = score_measured(&rule, measured(&[("session_count", Some("1"))]), days(0));
    assert_eq!((card.score.unwrap().to_string().as_str(), card.grade.as_deref()), ("50.00", Some("fail")));
    assert_eq!(needed(&rule, &card, Target::Grade(2)), ["1.998995", "-"]);
}

const NAMES: [&str; 5] = ["session_count", "reuse_count", "feedback_rating", "submission_timeliness", "external:x"];

fn decimal(units: i64) -> String {
    format!("{}.{:03}", units / 1000, units % 1000)
}

fn curve() -> impl Strategy<Value = Value> {
    let line = (0..50_000_i64, 0..50_000_i64).prop_filter("a line has two ends", |(from, to)| from != to);
    let line = line.prop_map(|(from, to)| json!({"kind": "linear", "from": decimal(from), "to": decimal(to)}));
    let step = (0..20_000_i64, 0..100_i64).prop_map(|(at, points)| json!({"at_least": decimal(at), "points": points}));
    let steps = proptest::collection::vec(step, 1..4).prop_map(|steps| json!({"kind": "steps", "steps": steps}));
    prop_oneof![line, steps]
}

/// Components with curves of all kinds, better or worse with more, and gates.
fn any_rule() -> impl Strategy<Value = ScoringRule> {
    let missing = prop_oneof![Just("exclude"), Just("zero"), Just("fail")];
    let component = (1..5000_u32, curve(), missing);
    let components = proptest::collection::vec(component, NAMES.len());
    let grade = prop_oneof![Just("good"), Just("pass"), Just("fail")];
    let gates = proptest::collection::vec((0..NAMES.len(), 0..20_000_i64, grade, any::<bool>()), 0..3);
    (components, 1..=NAMES.len(), gates).prop_map(|(components, used, gates)| {
        let components: Vec<Value> = NAMES
            .iter()
            .zip(components)
            .take(used)
            .map(|(name, (weight, curve, missing))| {
                json!({"metric": name, "weight_bp": weight, "curve": curve, "when_missing": missing})
            })
            .collect();
        let gate = |(of, least, grade, required): (usize, i64, &str, bool)| {
            json!({"metric": NAMES[of], "at_least": decimal(least), "else_grade": grade, "required": required})
        };
        rule(json!(components), json!(gates.into_iter().map(gate).collect::<Vec<Value>>()))
    })
}

fn any_values() -> impl Strategy<Value = Measurements> {
    let value = |greatest: i64| proptest::option::weighted(0.8, 0..=greatest);
    (value(6_000), value(20_000), value(10_000), value(100_000), value(50_000)).prop_map(|(a, b, c, d, e)| {
        let values = [a, b, c, d, e].map(|value| value.map(decimal));
        let named: Vec<(&str, Option<&str>)> = NAMES.into_iter().zip(values.iter().map(Option::as_deref)).collect();
        measured(&named)
    })
}

/// The value so many millionths away; none where the metric cannot have it.
fn moved(metric: &Metric, value: MetricValue, by: &BigInt) -> Option<MetricValue> {
    let moved = value.to_ratio() + Ratio::new(by.clone(), power_of_ten(VALUE));
    let is_low = moved >= Ratio::zero();
    let is_high = metric.greatest().is_some_and(|greatest| moved > greatest.to_ratio());
    (is_low && !is_high).then(|| MetricValue::round(&moved))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The needed value reaches the target, and no value nearer to the present one does: not the one a step less, and none between. Where
    /// no value is said to be enough, none is.
    #[test]
    fn the_change_reaches_the_target_and_a_step_less_does_not(
        rule in any_rule(), values in any_values(), exempt in 0..31_u32, higher in 1..3000_i128, parts in proptest::collection::vec(0..1000_i64, 12),
    ) {
        let card = score_measured(&rule, values.clone(), days(exempt));
        let Some(score) = card.score else { return Ok(()) };
        let higher = Score::round(&(score.to_ratio() + Ratio::new(higher.into(), 100.into())));
        for target in [Some(Target::Score(higher)), Target::next_grade(&rule, &card)].into_iter().flatten() {
            for Lift { metric, value, needed } in lifts(&rule, &card, target) {
                let is_enough = |value| target.is_reached(&rule, &score_measured(&rule, values.with(&metric, value), days(exempt)));
                let step = step(&metric);
                match (needed, value) {
                    (Some(needed), Some(own)) => {
                        prop_assert!(is_enough(needed), "{metric} at {needed}");
                        let away = BigInt::from(needed.units() - own.units());
                        let steps = &away / &step;
                        prop_assert_eq!(&steps * &step, away, "whole steps");
                        let direction = if steps < BigInt::zero() { -1 } else { 1 };
                        let nearer: BigInt = &steps * direction - 1;
                        let between = parts.iter().map(|part| &nearer * *part / 1000);
                        for less in between.chain([nearer.clone()]) {
                            for by in [&less * &step, -(&less * &step)] {
                                if let Some(near) = moved(&metric, own, &by) {
                                    prop_assert!(!is_enough(near), "{metric} at {near} instead of {needed}");
                                }
                            }
                        }
                    }
                    (Some(needed), None) => prop_assert!(is_enough(needed), "{metric} at {needed}"),
                    (None, own) => {
                        let start = own.unwrap_or(MetricValue::ZERO);
                        for part in &parts {
                            let by = BigInt::from(part * 200) * (if step.is_one() { BigInt::from(1000) } else { step.clone() });
                            for by in [by.clone(), -by] {
                                if let Some(value) = moved(&metric, start, &by) {
                                    prop_assert!(!is_enough(value), "{metric} at {value}");
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
