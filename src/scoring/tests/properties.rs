//! What holds for any facts and any rule.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{content, inputs, linear, rule, scale, session};
use crate::kernel::decimal::Decimal;
use crate::scoring::inputs::{LecturerInputs, RatingSum, SessionInputs, SessionKind, SessionOutcome};
use crate::scoring::metric::{KEYLESS, Metric};
use crate::scoring::metrics::measure;
use crate::scoring::rule::{ScoringRule, WhenMissing};
use crate::scoring::rules::score;

fn any_session() -> impl Strategy<Value = SessionInputs> {
    let rating = (prop_oneof![Just(5_u32), Just(10), Just(7)], 0..20_u32, 0..=100_u32);
    let rating = rating.prop_map(|(of, n, percent)| RatingSum {
        scale: scale(of),
        n,
        sum: Decimal::from(n * of * percent / 100),
    });
    let flags = (any::<bool>(), any::<bool>(), proptest::option::of(any::<bool>()));
    (flags, 0..120_u32, 0..20_u32, 1..=100_u32, 0..5_u32, proptest::collection::vec(rating, 0..3)).prop_map(
        |((missed, voluntary, on_time), minutes, attendees, percent, confirmed_cases, ratings)| SessionInputs {
            state: if missed { SessionOutcome::Missed } else { SessionOutcome::Delivered },
            kind: if voluntary { SessionKind::Voluntary } else { SessionKind::Assigned },
            minutes,
            attendees,
            credit: format!("{}.{:02}", percent / 100, percent % 100).parse().unwrap(),
            on_time,
            confirmed_cases,
            ratings,
            ..session()
        },
    )
}

fn any_inputs() -> impl Strategy<Value = LecturerInputs> {
    let contents = proptest::collection::vec((0..5_u32, 0..4_u32, any::<bool>()), 0..4);
    (28..=31_u32, 0..=31_u32, proptest::collection::vec(any_session(), 0..6), contents).prop_map(
        |(days, exempt, sessions, contents)| {
            let contents = contents.into_iter().map(|(age, people, before)| content(age, people, before)).collect();
            LecturerInputs { contents, ..inputs(days, exempt.min(days), sessions) }
        },
    )
}

/// Rules over the metrics without a key, with weights that sum to the whole.
fn any_rule() -> impl Strategy<Value = ScoringRule> {
    let missing = prop_oneof![Just("exclude"), Just("zero"), Just("fail")];
    let component = (missing, 1..1_000_u32, 0..50_i32, 1..200_i32, any::<bool>());
    let components = proptest::collection::vec(component, 9).prop_map(|parts| {
        let taken: u32 = parts.iter().skip(1).map(|part| part.1).sum();
        let documents = KEYLESS.iter().zip(parts).enumerate();
        documents
            .map(|(i, (metric, (when_missing, weight, from, width, falling)))| {
                let (from, to) = if falling { (from + width, from) } else { (from, from + width) };
                let weight_bp = if i == 0 { 10_000 - taken } else { weight };
                let mut document = linear(&metric.to_string(), weight_bp, from, to);
                document["when_missing"] = json!(when_missing);
                document
            })
            .collect::<Vec<Value>>()
    });
    let gates = proptest::collection::vec((0..9_usize, 0..100_u32, 0..3_usize, any::<bool>()), 0..4);
    (components, gates, 0..=10_000_u32).prop_map(|(components, gates, min_weight)| {
        let gates: Vec<Value> = gates
            .into_iter()
            .map(|(metric, at_least, grade, required)| {
                let (metric, grade) = (&KEYLESS[metric], ["good", "pass", "fail"][grade]);
                json!({"metric": metric, "at_least": at_least, "else_grade": grade, "required": required})
            })
            .collect();
        rule(json!(components), json!({"gates": gates, "min_weight_present_bp": min_weight}))
    })
}

proptest! {
    /// The numbers in a statement are enough to compute the next number with integers alone.
    #[test]
    fn a_statement_can_be_recomputed_by_hand(rule in any_rule(), inputs in any_inputs()) {
        prop_assert_eq!(rule.validate(), []);
        let card = score(&rule, &inputs);
        let counted: Vec<_> = card.components.iter().filter(|c| c.counted).collect();
        let weight: i128 = counted.iter().map(|c| i128::from(c.weight_bp)).sum();
        let weighted: i128 = counted.iter().map(|c| i128::from(c.weight_bp) * c.points.unwrap().units()).sum();
        for component in &counted {
            prop_assert!((0..=1_000_000).contains(&component.points.unwrap().units()));
        }
        let rated = inputs.exempt_days < inputs.days.get() && weight > 0 && weight >= i128::from(rule.min_weight_present_bp);
        prop_assert_eq!(card.is_rated(), rated);
        if let Some(score) = card.score {
            // Points have 4 decimals and the score 2: half up of weighted / (100 × weight).
            prop_assert_eq!(score.units(), (2 * weighted + 100 * weight) / (200 * weight));
            prop_assert_eq!(card.share_of_appraisal.unwrap().units(), (2 * score.units() * 1_500 + 10_000) / 20_000);
        }
    }

    /// The grade is the worst of: the grade by score, the caps of failed gates, and the worst grade if a required component is
    /// missing.
    #[test]
    fn nothing_but_a_cap_lowers_a_grade(rule in any_rule(), inputs in any_inputs()) {
        let card = score(&rule, &inputs);
        if let (Some(by_score), Some(grade)) = (&card.grade_by_score, &card.grade) {
            let order = ["good", "pass", "fail"];
            let position = |code: &str| order.iter().position(|known| *known == code).unwrap();
            let units = card.score.unwrap().units();
            let expected = if units >= 7_500 { 0 } else if units >= 6_000 { 1 } else { 2 };
            prop_assert_eq!(position(by_score), expected);
            let must_fail = card.components.iter().any(|c| c.value.is_none() && c.when_missing == WhenMissing::Fail);
            let caps = card.failed_gates().map(|gate| position(&gate.else_grade)).chain(must_fail.then_some(2));
            prop_assert_eq!(position(grade), caps.fold(expected, usize::max));
        }
    }

    /// A target reduced for leave is reached by exactly the work of the remaining days, and not by a millionth less.
    #[test]
    fn leave_shrinks_a_target_exactly(days in 28..=92_u32, exempt in 0..92_u32, per_day in 1..=500_u32) {
        prop_assume!(exempt < days);
        let steps = json!([{"at_least": days * per_day, "points": 100}]);
        let rule = rule(
            json!([{"metric": "teaching_minutes", "weight_bp": 10_000, "curve": {"kind": "steps", "steps": steps}}]),
            json!({"gates": [{"metric": "teaching_minutes", "at_least": days * per_day, "else_grade": "fail"}]}),
        );
        let work = |credit: &str| {
            let worked = SessionInputs { minutes: per_day * (days - exempt), credit: credit.parse().unwrap(), ..session() };
            score(&rule, &inputs(days, exempt, vec![worked]))
        };
        let enough = work("1");
        prop_assert_eq!((enough.score.unwrap().units(), enough.gates[0].passed), (10_000, true));
        let too_little = work("0.9999999");
        let lost = enough.metrics.get(&Metric::TeachingMinutes).value.unwrap().units() - too_little.metrics.get(&Metric::TeachingMinutes).value.unwrap().units();
        prop_assert_eq!((too_little.score.unwrap().units(), too_little.gates[0].passed), if lost > 0 { (0, false) } else { (10_000, true) });
    }

    /// (m·p + Σ) / (m + n), with everything in tenths and the scale of 5 doubled, against integer arithmetic.
    #[test]
    fn a_rating_is_the_weighted_mean(m in 0..50_i64, p in 0..=100_i64, ratings in proptest::collection::vec((1..=5_i64, any::<bool>()), 1..40)) {
        let of = |five: bool| -> (u32, i64) {
            let chosen = ratings.iter().filter(|(_, on_five)| *on_five == five);
            chosen.fold((0, 0), |(n, sum), (rating, _)| (n + 1, sum + rating))
        };
        let sums = [(5, of(true)), (10, of(false))].map(|(of, (n, sum))| RatingSum { scale: scale(of), n, sum: Decimal::try_from(sum).unwrap() });
        // One session with both scales, or one session for each scale, must give the same result.
        let together = SessionInputs { ratings: sums.to_vec(), ..session() };
        let apart = sums.iter().map(|sum| SessionInputs { ratings: vec![sum.clone()], ..session() }).collect();
        let terms = json!({"feedback": {"prior_weight": m, "prior_mean": format!("{}.{}", p / 10, p % 10)}});
        let rule = rule(json!([linear("session_count", 10_000, 0, 3)]), terms);
        let n = i64::try_from(ratings.len()).unwrap();
        let tenths = m * p + 20 * of(true).1 + 10 * of(false).1;
        let expected = (2 * i128::from(tenths) * 100_000 + i128::from(m + n)) / (2 * i128::from(m + n));
        for inputs in [inputs(31, 0, vec![together]), inputs(31, 0, apart)] {
            let measured = measure(&rule, &inputs).get(&Metric::FeedbackRating);
            prop_assert_eq!(measured.value.unwrap().units(), expected);
            prop_assert_eq!(measured.n, u64::try_from(n).unwrap());
        }
    }

    #[test]
    fn the_order_of_the_facts_and_components_changes_nothing(rule in any_rule(), inputs in any_inputs()) {
        let card = score(&rule, &inputs);
        let mut turned = inputs;
        turned.sessions.reverse();
        turned.contents.reverse();
        prop_assert_eq!(&score(&rule, &turned), &card);
        let mut turned_rule = rule;
        turned_rule.components.reverse();
        turned_rule.grades.reverse();
        turned_rule.gates.reverse();
        let again = score(&turned_rule, &turned);
        prop_assert_eq!((again.score, again.grade, again.status), (card.score, card.grade, card.status));
    }
}
