use std::num::NonZeroU32;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::AdviceSettings;
use super::facts::PeriodFacts;
use super::rules::{Finding, find};
use super::words::FindingCode;
use crate::closing::computation::Terms;
use crate::kernel::language::Language;
use crate::names::Names;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::scoring::Score;
use crate::scoring::inputs::Days;
use crate::scoring::metric::Metric;
use crate::scoring::metrics::Measurement;
use crate::scoring::rules::score_measured;

fn a_rule(components: Value, gates: Value) -> ScoringRule {
    serde_json::from_value(json!({
        "components": components,
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
        "gates": gates,
        "feedback": {"form": {"scale": 10, "items": [
            {"key": "useful", "name_zh": "实用", "name_en": "Useful", "scale": 5, "required": true}]}},
    }))
    .unwrap()
}

fn linear(metric: &str, weight: u32, to: &str) -> Value {
    json!({"metric": metric, "weight_bp": weight, "curve": {"kind": "linear", "to": to}})
}

/// A period in which lecturers have these values, by metric.
fn a_period(rule: &ScoringRule, set: &RewardPolicySet, granted: i64, lecturers: &[&[(&str, &str)]]) -> PeriodFacts {
    let settings = json!({"period": "2026-03", "programme_state": "active", "time_zone": "Asia/Shanghai",
                          "currency": "CNY", "grade_order": ["excellent", "pass", "fail"]});
    let settings = serde_json::from_value(settings).unwrap();
    let terms = Terms { settings, rule: rule.clone(), policies: set.clone() };
    let mut facts = PeriodFacts::new("2026-03".parse().unwrap(), terms, granted);
    for values in lecturers {
        let measured = |(metric, value): &(&str, &str)| {
            let metric: Metric = metric.parse().unwrap();
            (metric, Measurement { value: Some(value.parse().unwrap()), n: 10 })
        };
        let days = Days { all: NonZeroU32::new(31).unwrap(), exempt: 0 };
        let card = score_measured(rule, values.iter().map(measured).collect(), days);
        facts.add(Some(Uuid::from_u128(1)), &card);
    }
    facts
}

fn found(rule: &ScoringRule, set: &RewardPolicySet, granted: i64, lecturers: &[&[(&str, &str)]]) -> Vec<Finding> {
    find(&AdviceSettings::default(), rule, Some(set), &[a_period(rule, set, granted, lecturers)])
}

fn codes(found: &[Finding]) -> Vec<(FindingCode, &str)> {
    found.iter().map(|finding| (finding.code, finding.subject.as_str())).collect()
}

/// Values that spread, so that nothing else is found.
const SPREAD: [&str; 5] = ["10", "30", "50", "70", "99"];

fn spread(i: usize) -> (&'static str, &'static str) {
    ("external:x", SPREAD[i])
}

#[test]
fn a_target_that_four_fifths_reach_is_one_session_more() {
    let rule = a_rule(json!([linear("session_count", 5000, "2"), linear("external:x", 5000, "100")]), json!([]));
    let count = |i: usize, sessions: &'static str| [("session_count", sessions), spread(i)];
    let lecturers = [count(0, "2"), count(1, "2"), count(2, "3"), count(3, "2"), count(4, "1")];
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
    let found = found(&rule, &RewardPolicySet::default(), 0, &lecturers);
    assert_eq!(
        codes(&found),
        [(FindingCode::MetricEasilyReached, "session_count"), (FindingCode::MetricHardlyReached, "external:x")]
    );
    let proposed = serde_json::to_value(found[0].rule.as_ref().unwrap()).unwrap();
    assert_eq!(proposed["components"][0]["curve"]["to"], "3");
    assert_eq!(proposed["components"][1], json!(rule.components[1]));
    let text = |language| found[0].code.text(&found[0].params, &Names::default(), "CNY".parse().unwrap(), language);
    assert_eq!(
        text(Language::En),
        "80 % of the lecturers reach full points by number of sessions (at 2): the target is low; 3 is proposed"
    );
    assert_eq!(text(Language::ZhCn), "80% 的讲师在授课次数上得满分（目标 2），目标偏低，建议调整为 3");
    assert_eq!(
        json!(found[0].evidence[0].figures),
        json!([{"name": "lecturers", "value": "5"}, {"name": "reached", "value": "4"}])
    );
    // What the best fifth reach.
    let lowered = serde_json::to_value(found[1].rule.as_ref().unwrap()).unwrap();
    assert_eq!(lowered["components"][1]["curve"]["to"], "70");
    // Three of five are not four fifths, and with four lecturers nothing is said.
    let fewer = a_period(&rule, &RewardPolicySet::default(), 0, &lecturers[1..]);
    assert!(find(&AdviceSettings::default(), &rule, None, &[fewer]).is_empty());
}

#[test]
fn what_does_not_tell_apart_and_what_makes_no_difference_is_found() {
    let rule = a_rule(json!([linear("external:a", 5000, "10"), linear("external:x", 5000, "80")]), json!([]));
    let of = |i: usize, a: &'static str| [("external:a", a), spread(i)];
    let lecturers = [of(0, "9.8"), of(1, "9.9"), of(2, "9.8"), of(3, "10"), of(4, "9.9")];
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
    let found_codes = found(&rule, &RewardPolicySet::default(), 0, &lecturers);
    assert!(codes(&found_codes).contains(&(FindingCode::MetricWithoutSpread, "external:a")), "{found_codes:?}");
    // From 9.8 to 9.9 are the middle four fifths: 50 to 100 points.
    let proposed = found_codes[0].rule.as_ref().unwrap();
    assert_eq!(json!(proposed.components[0].curve), json!({"kind": "linear", "from": "9.7", "to": "9.9"}));
    // A weight of almost nothing moves nobody.
    let rule = a_rule(json!([linear("external:a", 1, "10"), linear("external:x", 9999, "80")]), json!([]));
    let lecturers = [of(0, "10"), of(1, "2"), of(2, "9"), of(3, "4"), of(4, "1")];
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
    let found_codes = found(&rule, &RewardPolicySet::default(), 0, &lecturers);
    assert!(codes(&found_codes).contains(&(FindingCode::WeightWithoutEffect, "external:a")), "{found_codes:?}");
    let proposed = found_codes[0].rule.as_ref().unwrap();
    assert_eq!((proposed.components.len(), proposed.components[0].weight_bp), (1, 10_000));
    let text =
        found_codes[0].code.text(&found_codes[0].params, &Names::default(), "CNY".parse().unwrap(), Language::En);
    assert!(text.ends_with("makes no difference to anybody's grade or place; to leave it out is proposed"), "{text}");
}

/// What nearly everybody does in full cannot be asked for more: it weighs less then, if there is something else.
#[test]
fn a_target_that_is_the_highest_there_is_weighs_half() {
    let timely = |i: usize, value: &'static str| [("submission_timeliness", value), spread(i)];
    let lecturers = [timely(0, "100"), timely(1, "100"), timely(2, "100"), timely(3, "100"), timely(4, "50")];
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
    let timeliness = |weight| linear("submission_timeliness", weight, "100");
    let rule = a_rule(json!([timeliness(4000), linear("external:x", 6000, "80")]), json!([]));
    let found_with = |rule: &ScoringRule| found(rule, &RewardPolicySet::default(), 0, &lecturers);
    let finding = found_with(&rule).remove(0);
    assert_eq!(finding.code, FindingCode::MetricEasilyReached);
    let weights: Vec<u32> = finding.rule.as_ref().unwrap().components.iter().map(|own| own.weight_bp).collect();
    assert_eq!(weights, [2_000, 8_000]);
    let text = |language| finding.code.text(&finding.params, &Names::default(), "CNY".parse().unwrap(), language);
    let en = text(Language::En);
    assert!(en.ends_with("(at 100): it hardly tells them apart; a weight of 20 % is proposed"), "{en}");
    let zh = text(Language::ZhCn);
    assert!(zh.ends_with("（目标 100），区分度低，建议权重为 20%"), "{zh}");
    let alone = a_rule(json!([timeliness(10_000)]), json!([]));
    assert_eq!(found_with(&alone)[0].rule, None, "there is nothing to give its weight to");
}

/// Where the values are as good as the same, no curve tells lecturers apart. Where nobody has anything, no target is low enough.
#[test]
fn a_metric_without_differences_goes_and_what_nobody_does_is_no_target() {
    let same = ["9.96", "9.97", "9.96", "10", "9.97"];
    for (values, code, left) in
        [(same, FindingCode::MetricWithoutSpread, Some(1)), (["0"; 5], FindingCode::MetricHardlyReached, None)]
    {
        let rule = a_rule(json!([linear("external:a", 5000, "10"), linear("external:x", 5000, "80")]), json!([]));
        let lecturers: Vec<[(&str, &str); 2]> = (0..5).map(|i| [("external:a", values[i]), spread(i)]).collect();
        let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
        let finding = found(&rule, &RewardPolicySet::default(), 0, &lecturers).remove(0);
        let proposed = finding.rule.map(|rule| rule.components.len());
        assert_eq!((finding.code, finding.subject.as_str(), proposed), (code, "external:a", left));
    }
}

/// Where less is better, the most points are at the low end.
#[test]
fn a_target_where_less_is_better_is_eased_upwards() {
    let complaints =
        json!({"metric": "external:a", "weight_bp": 5000, "curve": {"kind": "linear", "from": 10, "to": 0}});
    let rule = a_rule(json!([complaints, linear("external:x", 5000, "80")]), json!([]));
    let of = |i: usize, a: &'static str| [("external:a", a), spread(i)];
    let lecturers = [of(0, "1.25"), of(1, "2"), of(2, "3"), of(3, "7"), of(4, "9")];
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
    let finding = found(&rule, &RewardPolicySet::default(), 0, &lecturers).remove(0);
    assert_eq!((finding.code, finding.params["target"].as_str()), (FindingCode::MetricHardlyReached, "0"));
    let proposed = finding.rule.unwrap();
    assert_eq!(json!(proposed.components[0].curve), json!({"kind": "linear", "from": "10", "to": "1.3"}));
}

#[test]
fn a_low_item_becomes_a_component() {
    let rule = a_rule(json!([linear("external:x", 10000, "80")]), json!([]));
    let of = |i: usize, mean: &'static str| [("feedback_item:useful", mean), spread(i)];
    let lecturers = [of(0, "4"), of(1, "5"), of(2, "5.9"), of(3, "8"), of(4, "9")];
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
    let found = found(&rule, &RewardPolicySet::default(), 0, &lecturers);
    let item = found.iter().find(|finding| finding.code == FindingCode::ItemLow).unwrap();
    assert_eq!((item.subject.as_str(), item.params["share"].as_str()), ("feedback_item:useful", "60"));
    let proposed = item.rule.as_ref().unwrap();
    let weights: Vec<u32> = proposed.components.iter().map(|own| own.weight_bp).collect();
    assert_eq!((weights, proposed.validate()), (vec![9000, 1000], vec![]));
}

#[test]
fn gates_that_never_or_always_bite_are_found_and_a_guard_is_not() {
    let gates = json!([
        {"metric": "session_count", "at_least": 1, "else_grade": "fail", "required": true},
        {"metric": "external:x", "at_least": 5, "else_grade": "pass"},
        {"metric": "external:x", "at_least": 100, "else_grade": "pass"},
    ]);
    let rule = a_rule(json!([linear("external:x", 10000, "80")]), gates);
    let lecturers: Vec<[(&str, &str); 2]> = (0..5).map(|i| [spread(i), ("session_count", "2")]).collect();
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(<[_; 2]>::as_slice).collect();
    let found = found(&rule, &RewardPolicySet::default(), 0, &lecturers);
    let gates: Vec<_> = codes(&found).into_iter().filter(|(code, _)| code.slug().starts_with("gate")).collect();
    assert_eq!(
        gates,
        [(FindingCode::GateNeverBites, "external:x 5"), (FindingCode::GateAlwaysBites, "external:x 100")]
    );
    let never = found.iter().find(|finding| finding.code == FindingCode::GateNeverBites).unwrap();
    assert_eq!(never.rule.as_ref().unwrap().gates.len(), 2);
    // Half of them reach 50.
    let always = found.iter().find(|finding| finding.code == FindingCode::GateAlwaysBites).unwrap();
    assert_eq!(json!(always.rule.as_ref().unwrap().gates[2].at_least), json!("50"));
}

#[test]
fn contests_with_too_few_and_budgets_are_found() {
    let rule = a_rule(json!([linear("external:x", 10000, "80")]), json!([]));
    let set = |budget: i64| -> RewardPolicySet {
        let contest =
            json!({"kind": "top_n", "code": "first", "priority": 1, "metric": "external:y", "places_minor": [100]});
        serde_json::from_value(json!({"policies": [contest], "budget_minor": budget})).unwrap()
    };
    let mut lecturers: Vec<Vec<(&str, &str)>> = (0..5).map(|i| vec![spread(i)]).collect();
    lecturers[0].push(("external:y", "3"));
    lecturers[1].push(("external:y", "0"));
    let lecturers: Vec<&[(&str, &str)]> = lecturers.iter().map(Vec::as_slice).collect();
    let of_policies = |budget: i64, granted: i64| -> Vec<Finding> {
        let found = found(&rule, &set(budget), granted, &lecturers);
        found.into_iter().filter(|finding| finding.policies.is_some()).collect()
    };
    let used = of_policies(100_000, 100_000);
    assert_eq!(codes(&used), [(FindingCode::FewContenders, "first"), (FindingCode::BudgetAlwaysUsed, "budget")]);
    let policies = serde_json::to_value(used[0].policies.as_ref().unwrap()).unwrap();
    assert_eq!(policies["policies"][0]["min_contenders"], 3);
    assert_eq!(used[1].policies.as_ref().unwrap().budget_minor, Some(120_000));
    let unused = of_policies(1_000_000, 100_000);
    assert_eq!(codes(&unused)[1], (FindingCode::BudgetNeverUsed, "budget"));
    assert_eq!(unused[1].policies.as_ref().unwrap().budget_minor, Some(110_000));
    assert_eq!(codes(&of_policies(150_000, 100_000)), [(FindingCode::FewContenders, "first")]);
}

#[test]
fn a_period_under_another_curve_says_nothing_of_this_one() {
    let old = a_rule(json!([linear("session_count", 10000, "2")]), json!([]));
    let new = a_rule(json!([linear("session_count", 10000, "3")]), json!([]));
    let lecturers: Vec<&[(&str, &str)]> = vec![&[("session_count", "2")][..]; 5];
    let period = a_period(&old, &RewardPolicySet::default(), 0, &lecturers);
    assert!(find(&AdviceSettings::default(), &new, None, std::slice::from_ref(&period)).is_empty());
    assert_eq!(find(&AdviceSettings::default(), &old, None, &[period])[0].code, FindingCode::MetricEasilyReached);
}

/// Sessions, timeliness and rating of a lecturer, as whole numbers: the sessions in tenths.
type Values = (i64, i64, Option<i64>);

fn measured((sessions, timely, rating): &Values) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("session_count", format!("{}.{}", sessions / 10, sessions % 10)),
        ("submission_timeliness", timely.to_string()),
    ];
    all.extend(rating.map(|rating| ("feedback_rating", rating.to_string())));
    all
}

fn period_of(rule: &ScoringRule, set: &RewardPolicySet, lecturers: &[Values]) -> PeriodFacts {
    let lecturers: Vec<Vec<(&'static str, String)>> = lecturers.iter().map(measured).collect();
    let borrowed: Vec<Vec<(&str, &str)>> =
        lecturers.iter().map(|own| own.iter().map(|(name, value)| (*name, value.as_str())).collect()).collect();
    a_period(rule, set, 1_000, &borrowed.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

proptest! {
    /// Whoever comes first and however often it is asked, the same is found. What is proposed is another rule that can be published, and
    /// a higher target raises nobody.
    #[test]
    fn findings_are_stable_and_proposals_can_be_published(
        lecturers in vec((0_i64..50, 0_i64..=100, option::of(0_i64..=10)), 5..30),
        turn in 0_usize..30,
        target in 1_i64..6,
    ) {
        let components = json!([linear("session_count", 5000, &target.to_string()),
            linear("submission_timeliness", 3000, "100"), linear("feedback_rating", 2000, "10")]);
        let gates = json!([{"metric": "session_count", "at_least": 2, "else_grade": "pass", "required": true},
            {"metric": "feedback_rating", "at_least": 9, "else_grade": "fail"}]);
        let rule = a_rule(components, gates);
        let contest = json!({"kind": "top_n", "code": "first", "priority": 1, "metric": "feedback_rating", "places_minor": [100]});
        let set: RewardPolicySet =
            serde_json::from_value(json!({"policies": [contest], "budget_minor": 100_000})).unwrap();
        let found_of = |lecturers: &[Values]| {
            let periods = [period_of(&rule, &set, lecturers), period_of(&rule, &set, lecturers)];
            find(&AdviceSettings::default(), &rule, Some(&set), &periods)
        };
        let found = found_of(&lecturers);
        let mut turned = lecturers.clone();
        turned.rotate_left(turn % lecturers.len());
        prop_assert_eq!(&found, &found_of(&turned));
        for finding in &found {
            let Some(proposed) = &finding.rule else { continue };
            prop_assert!(*proposed != rule);
            prop_assert_eq!(proposed.validate(), vec![]);
            if finding.code == FindingCode::MetricEasilyReached && finding.params.contains_key("proposed") {
                let scores = |rule: &ScoringRule| -> Vec<Option<Score>> {
                    lecturers.iter().map(|own| score_of(rule, own)).collect()
                };
                prop_assert!(scores(proposed).iter().zip(scores(&rule)).all(|(after, before)| *after <= before));
            }
        }
    }
}

fn score_of(rule: &ScoringRule, values: &Values) -> Option<Score> {
    let of = |(metric, value): (&'static str, String)| {
        let metric: Metric = metric.parse().unwrap();
        (metric, Measurement { value: Some(value.parse().unwrap()), n: 10 })
    };
    let days = Days { all: NonZeroU32::new(31).unwrap(), exempt: 0 };
    score_measured(rule, measured(values).into_iter().map(of).collect(), days).score
}
