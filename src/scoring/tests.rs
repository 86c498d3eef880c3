//! The rules of scoring, one by one.

mod properties;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde_json::{Value, json};
use uuid::Uuid;

use super::inputs::{ContentInputs, ItemSum, LecturerInputs, RatingSum, SessionInputs, SessionKind, SessionOutcome};
use super::metric::Metric;
use super::metrics::{Measurement, measure};
use super::rule::ScoringRule;
use super::rules::{score, share_of_appraisal};
use super::scorecard::{NotRatedReason, ScoreStatus, Scorecard};
use crate::kernel::decimal::Decimal;

fn scale(scale: u32) -> NonZeroU32 {
    NonZeroU32::new(scale).unwrap()
}

fn session() -> SessionInputs {
    SessionInputs {
        session_id: Uuid::nil(),
        state: SessionOutcome::Delivered,
        kind: SessionKind::Assigned,
        minutes: 45,
        attendees: 10,
        credit: Decimal::from(1),
        on_time: None,
        confirmed_cases: 0,
        ratings: Vec::new(),
        items: Vec::new(),
        fee: None,
    }
}

fn inputs(days: u32, exempt_days: u32, sessions: Vec<SessionInputs>) -> LecturerInputs {
    LecturerInputs {
        employee_id: Uuid::nil(),
        employee_number: "E1".into(),
        department: None,
        days: scale(days),
        exempt_days,
        sessions,
        contents: Vec::new(),
        external: BTreeMap::new(),
    }
}

/// Inputs with only the external metrics `a`, `b`, ….
fn external(values: &[(&str, &str)]) -> LecturerInputs {
    let external = values.iter().map(|(key, value)| ((*key).to_owned(), value.parse().unwrap())).collect();
    LecturerInputs { external, ..inputs(31, 0, Vec::new()) }
}

fn rule(components: Value, extra: Value) -> ScoringRule {
    let mut document = json!({
        "components": components, "appraisal_weight_bp": 1500,
        "grades": [{"code": "fail", "at_least": 0}, {"code": "good", "at_least": 75}, {"code": "pass", "at_least": 60}],
    });
    document.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    serde_json::from_value(document).unwrap()
}

fn linear(metric: &str, weight_bp: u32, from: impl Into<Value>, to: impl Into<Value>) -> Value {
    json!({"metric": metric, "weight_bp": weight_bp, "curve": {"kind": "linear", "from": from.into(), "to": to.into()}})
}

fn simple_rule() -> ScoringRule {
    rule(json!([linear("session_count", 10_000, 0, 3)]), json!({}))
}

fn measured(rule: &ScoringRule, inputs: &LecturerInputs, metric: &Metric) -> (Option<String>, u64) {
    let Measurement { value, n } = measure(rule, inputs).get(metric);
    (value.map(|value| value.to_string()), n)
}

fn shown(value: &str, n: u64) -> (Option<String>, u64) {
    (Some(value.to_owned()), n)
}

fn points(card: &Scorecard) -> Vec<Option<String>> {
    card.components.iter().map(|component| component.points.map(|points| points.to_string())).collect()
}

#[test]
fn a_lecturer_without_facts_has_only_the_metrics_that_are_never_missing() {
    let metrics = measure(&simple_rule(), &inputs(31, 0, Vec::new()));
    let never_missing: Vec<&Metric> =
        metrics.iter().filter(|(_, m)| m.value.is_some()).map(|(metric, _)| metric).collect();
    assert_eq!(never_missing, [&Metric::SessionCount, &Metric::TeachingMinutes, &Metric::ReuseCount]);
    assert_eq!(metrics.iter().count(), 9);
}

#[test]
fn credit_and_the_qualifying_minimums_touch_count_and_minutes_only() {
    let rule =
        rule(json!([linear("session_count", 10_000, 0, 3)]), json!({"min_session_minutes": 45, "min_attendees": 3}));
    let shared = SessionInputs { credit: "0.4".parse().unwrap(), kind: SessionKind::Voluntary, ..session() };
    let short = SessionInputs { minutes: 44, on_time: Some(true), confirmed_cases: 1, ..session() };
    let empty = SessionInputs { attendees: 2, ..session() };
    let inputs = inputs(31, 0, vec![shared, short, empty]);
    assert_eq!(measured(&rule, &inputs, &Metric::SessionCount), shown("0.400000", 1));
    assert_eq!(measured(&rule, &inputs, &Metric::TeachingMinutes), shown("18.000000", 1));
    assert_eq!(measured(&rule, &inputs, &Metric::VoluntaryShare), shown("33.333333", 3));
    assert_eq!(measured(&rule, &inputs, &Metric::KnowledgeConversionRate), shown("4.545455", 22));
    assert_eq!(measured(&rule, &inputs, &Metric::SubmissionTimeliness), shown("100.000000", 1));
}

#[test]
fn a_missed_session_counts_for_timeliness_only() {
    let missed =
        SessionInputs { state: SessionOutcome::Missed, minutes: 0, attendees: 0, on_time: Some(true), ..session() };
    let late = SessionInputs { on_time: Some(false), ..session() };
    let inputs = inputs(31, 0, vec![missed, late]);
    let rule = simple_rule();
    assert_eq!(measured(&rule, &inputs, &Metric::SessionCount), shown("1.000000", 1));
    assert_eq!(measured(&rule, &inputs, &Metric::SubmissionTimeliness), shown("50.000000", 2));
    assert_eq!(measured(&rule, &inputs, &Metric::VoluntaryShare), shown("0.000000", 1));
}

#[test]
fn more_answers_than_attendees_make_a_hundred() {
    let ratings = vec![RatingSum { scale: scale(5), n: 12, sum: Decimal::from(48) }];
    let crowded = SessionInputs { ratings, confirmed_cases: 11, ..session() };
    let inputs = inputs(31, 0, vec![crowded]);
    assert_eq!(measured(&simple_rule(), &inputs, &Metric::ResponseRate), shown("100.000000", 10));
    assert_eq!(measured(&simple_rule(), &inputs, &Metric::KnowledgeConversionRate), shown("100.000000", 10));
    assert_eq!(measured(&simple_rule(), &inputs, &Metric::FeedbackRating), shown("8.000000", 12));
}

#[test]
fn an_item_has_no_prior_and_a_scale_of_its_own() {
    let item = |scale_of, n, sum| ItemSum { key: "clarity".into(), scale: scale(scale_of), n, sum: Decimal::from(sum) };
    let ratings = vec![RatingSum { scale: scale(10), n: 3, sum: Decimal::from(30) }];
    let rated = SessionInputs { ratings, items: vec![item(5, 2, 8), item(10, 1, 5)], ..session() };
    let terms = json!({"feedback": {"min_responses": 3, "prior_weight": 1, "prior_mean": "8.2"}});
    let rule = rule(json!([linear("session_count", 10_000, 0, 3)]), terms);
    let clarity = Metric::FeedbackItem("clarity".into());
    assert_eq!(measured(&rule, &inputs(31, 0, vec![rated.clone()]), &clarity), shown("7.000000", 3));
    assert_eq!(measured(&rule, &inputs(31, 0, vec![rated.clone()]), &Metric::FeedbackRating), shown("9.550000", 3));
    let unanswered = inputs(31, 0, vec![SessionInputs { items: vec![item(5, 0, 0)], ..rated.clone() }]);
    assert!(
        measure(&rule, &unanswered).iter().all(|(metric, _)| *metric != clarity),
        "an item without answers is not listed"
    );
    let few = SessionInputs { items: vec![item(5, 2, 8)], ..rated };
    assert_eq!(measured(&rule, &inputs(31, 0, vec![few]), &clarity), (None, 2));
}

fn content(months_old: u32, reused_by: u32, reused_before: bool) -> ContentInputs {
    ContentInputs { content_id: Uuid::nil(), months_old, reused_by, reused_before }
}

#[test]
fn contents_reused_by_nobody_lower_the_rate() {
    let contents = vec![content(0, 3, false), content(0, 0, false), content(0, 1, false)];
    let inputs = LecturerInputs { contents, ..inputs(31, 0, Vec::new()) };
    assert_eq!(measured(&simple_rule(), &inputs, &Metric::ReuseCount), shown("4.000000", 4));
    assert_eq!(measured(&simple_rule(), &inputs, &Metric::ReuseRate), shown("66.666667", 3));
}

#[test]
fn an_old_content_can_raise_the_rate_and_never_lower_it() {
    let rate = |contents: Vec<ContentInputs>| {
        let inputs = LecturerInputs { contents, ..inputs(31, 0, Vec::new()) };
        measured(&simple_rule(), &inputs, &Metric::ReuseRate)
    };
    let [unread, found] = [content(1, 0, false), content(2, 0, true)];
    assert_eq!(rate(vec![unread.clone(), found.clone()]), shown("50.000000", 2), "what found readers keeps them");
    assert_eq!(
        rate(vec![unread.clone(), found.clone(), content(3, 0, false)]),
        shown("50.000000", 2),
        "old and unread"
    );
    assert_eq!(rate(vec![unread.clone(), found, content(3, 0, true)]), shown("50.000000", 2), "old, read before");
    assert_eq!(rate(vec![unread, content(30, 1, false)]), shown("50.000000", 2), "old, read now");
    assert_eq!(rate(vec![content(3, 0, true)]), (None, 0));
}

#[test]
fn each_number_is_computed_from_the_rounded_one_before_it() {
    // 83.3333335 becomes 83.333334, which a curve to 200 makes 41.666667, shown as 41.6667: 41.67.
    let rule = rule(json!([linear("external:a", 10_000, 0, 200)]), json!({}));
    let card = score(&rule, &external(&[("a", "83.3333335")]));
    assert_eq!(points(&card), [Some("41.6667".to_owned())]);
    assert_eq!(card.score.unwrap().to_string(), "41.67");
    assert_eq!(card.share_of_appraisal.unwrap().to_string(), "6.25");
    assert_eq!(share_of_appraisal("96.50".parse().unwrap(), 1_500).to_string(), "14.48");
}

#[test]
fn less_may_be_better() {
    let rule = rule(json!([linear("external:errors", 10_000, 20, "5")]), json!({}));
    for (value, expected) in
        [("21", "0.0000"), ("20", "0.0000"), ("12.5", "50.0000"), ("5", "100.0000"), ("-3", "100.0000")]
    {
        assert_eq!(points(&score(&rule, &external(&[("errors", value)]))), [Some(expected.to_owned())], "{value}");
    }
}

#[test]
fn the_highest_step_reached_counts_in_any_order() {
    let steps =
        json!([{"at_least": 7, "points": "60.5"}, {"at_least": 9, "points": 40}, {"at_least": 8, "points": 80}]);
    let rule = rule(
        json!([{"metric": "external:a", "weight_bp": 10_000, "curve": {"kind": "steps", "steps": steps}}]),
        json!({}),
    );
    for (value, expected) in [("6.999999", "0.0000"), ("7", "60.5000"), ("8.5", "80.0000"), ("9", "40.0000")] {
        assert_eq!(points(&score(&rule, &external(&[("a", value)]))), [Some(expected.to_owned())], "{value}");
    }
}

#[test]
fn three_times_twenty_of_thirty_is_two() {
    let gates = json!({"gates": [{"metric": "session_count", "at_least": 3, "else_grade": "fail"}]});
    let rule = rule(json!([linear("session_count", 10_000, 0, 3)]), gates);
    let card = score(&rule, &inputs(30, 10, vec![session(), session()]));
    assert_eq!(points(&card), [Some("100.0000".to_owned())]);
    assert_eq!(card.grade.as_deref(), Some("good"));
    assert!(card.gates[0].passed);
    assert_eq!(card.gates[0].effective_at_least.to_string(), "2.000000");
    assert_eq!(
        card.components[0].effective_thresholds.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["0.000000", "2.000000"]
    );
}

#[test]
fn a_threshold_after_leave_is_shown_rounded_and_compared_unrounded() {
    // 3 × 21/31 = 2.0322580645…: a value of 2.032258 does not reach it, although the statement shows both as equal.
    let steps = json!([{"at_least": 3, "points": 100}]);
    let rule = rule(
        json!([{"metric": "session_count", "weight_bp": 10_000, "curve": {"kind": "steps", "steps": steps}}]),
        json!({"gates": [{"metric": "session_count", "at_least": 3, "else_grade": "fail"}]}),
    );
    let part = |credit: &str| SessionInputs { credit: credit.parse().unwrap(), ..session() };
    let card = score(&rule, &inputs(31, 10, vec![session(), session(), part("0.032258")]));
    assert_eq!(card.gates[0].value, Some(card.gates[0].effective_at_least));
    assert!(!card.gates[0].passed);
    assert_eq!(points(&card), [Some("0.0000".to_owned())]);
    let card = score(&rule, &inputs(31, 10, vec![session(), session(), part("0.032259")]));
    assert!(card.gates[0].passed);
    assert_eq!(points(&card), [Some("100.0000".to_owned())]);
}

#[test]
fn a_missing_metric_does_what_its_component_says() {
    let component = |when_missing| json!({"metric": "external:b", "weight_bp": 4_000, "curve": {"kind": "linear", "to": 100}, "when_missing": when_missing});
    let scored = |when_missing| {
        let rule = rule(json!([linear("external:a", 6_000, 0, 100), component(when_missing)]), json!({}));
        let card = score(&rule, &external(&[("a", "100")]));
        let shown =
            (card.score.unwrap().to_string(), card.grade_by_score.clone().unwrap(), card.grade.clone().unwrap());
        (shown, points(&card)[1].clone(), card.counted_weight_bp)
    };
    let words = |score: &str, by_score: &str, grade: &str| (score.to_owned(), by_score.to_owned(), grade.to_owned());
    let zero = Some("0.0000".to_owned());
    assert_eq!(scored("exclude"), (words("100.00", "good", "good"), None, 6_000));
    assert_eq!(scored("zero"), (words("60.00", "pass", "pass"), zero.clone(), 10_000));
    assert_eq!(scored("fail"), (words("60.00", "pass", "fail"), zero, 10_000));
}

#[test]
fn the_worst_of_the_failed_gates_caps() {
    let gates = json!({"gates": [
        {"metric": "external:a", "at_least": 101, "else_grade": "pass"},
        {"metric": "external:b", "at_least": 1, "else_grade": "fail"},
        {"metric": "external:a", "at_least": 100, "else_grade": "fail"},
    ]});
    let mut rule = rule(json!([linear("external:a", 10_000, 0, 100)]), gates);
    let card = score(&rule, &external(&[("a", "100")]));
    assert_eq!(card.grade.as_deref(), Some("pass"));
    assert_eq!(card.gates.iter().map(|gate| gate.passed).collect::<Vec<_>>(), [false, true, true]);
    rule.gates[1].required = true;
    let card = score(&rule, &external(&[("a", "100")]));
    assert_eq!((card.grade.as_deref(), card.grade_by_score.as_deref()), (Some("fail"), Some("good")));
    assert_eq!(card.failed_gates().count(), 2);
}

#[test]
fn who_is_not_rated_has_no_score_grade_gate_or_share() {
    let components = json!([linear("external:a", 5_000, 0, 100), linear("external:b", 5_000, 0, 100)]);
    let extra = json!({"min_weight_present_bp": 5_001, "gates": [{"metric": "external:b", "at_least": 1, "else_grade": "fail", "required": true}]});
    let mut rule = rule(components, extra);
    let present = external(&[("a", "100")]);
    let expect_not_rated = |card: &Scorecard, reason, components| {
        assert_eq!((card.status, card.reason), (ScoreStatus::NotRated, Some(reason)));
        assert_eq!((card.score, &card.grade, card.share_of_appraisal, card.gates.len()), (None, &None, None, 0));
        assert_eq!(card.components.len(), components);
    };
    expect_not_rated(&score(&rule, &present), NotRatedReason::InsufficientData, 2);
    rule.min_weight_present_bp = 5_000;
    assert!(score(&rule, &present).is_rated());
    rule.min_weight_present_bp = 0;
    expect_not_rated(&score(&rule, &external(&[])), NotRatedReason::InsufficientData, 2);
    let away = LecturerInputs { exempt_days: 31, ..present };
    expect_not_rated(&score(&rule, &away), NotRatedReason::Exempt, 0);
}
