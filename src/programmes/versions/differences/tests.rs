use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use super::*;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;

fn naming() -> Naming {
    Naming { names: Names::default(), groups: BTreeMap::new(), currency: "CNY".parse().unwrap() }
}

fn a_rule() -> Value {
    json!({
        "groups": ["00000000-0000-0000-0000-000000000001"],
        "components": [
            {"metric": "session_count", "weight_bp": 5000, "curve": {"kind": "linear", "from": "0", "to": "2"}},
            {"metric": "feedback_rating", "weight_bp": 5000,
             "curve": {"kind": "steps", "steps": [{"at_least": "7", "points": "60"}, {"at_least": "9", "points": "100"}]}},
        ],
        "grades": [{"code": "excellent", "at_least": "90"}, {"code": "fail", "at_least": "0"}],
        "gates": [
            {"metric": "session_count", "at_least": "1", "else_grade": "fail", "required": true},
            {"metric": "session_count", "at_least": "2", "else_grade": "pass", "required": true},
        ],
        "feedback": {"min_responses": 3, "min_k": 3, "prior_weight": "5", "prior_mean": "7", "window_minutes": 60,
                     "form": {"scale": 10, "items": [
                         {"key": "useful", "name_zh": "实用", "name_en": "Useful", "scale": 5, "required": true},
                         {"key": "clear", "name_zh": "清楚", "name_en": "Clear", "scale": 5, "required": true}]}},
        "min_session_minutes": 30, "min_attendees": 1, "min_weight_present_bp": 5000, "content_window_months": 3,
        "rank_scope": "programme", "rank_style": "competition", "appraisal_weight_bp": 1500,
        "reuse_kinds": ["download", "taught"], "case_max_age_days": 30, "settle_days": 5,
    })
}

fn a_set() -> Value {
    json!({
        "policies": [
            {"kind": "grade_bonus", "code": "bonus", "priority": 1, "exclusive_group": "g", "grade_at_least": "good",
             "pay_item_code": "P1", "amounts_minor": {"excellent": 100_000}},
            {"kind": "top_n", "code": "top", "priority": 2, "metric": "score", "scope": "programme",
             "places_minor": [100_000, 50_000], "min_n": 3, "min_value": "1", "min_contenders": 3, "ties": "split_pool",
             "tie_breakers": ["session_count"]},
            {"kind": "highest", "code": "most", "priority": 3, "metric": "reuse_rate", "scope": "programme", "min_value": "1",
             "min_contenders": 3, "certificate": "c"},
            {"kind": "session_fee", "code": "fee", "priority": 4, "base": "per_unit", "unit_minutes": 45, "unit_decimals": 2,
             "rates_minor": {"senior": 1}, "default_rate_minor": 2, "roles": {"co": "0.5"}, "kinds": ["assigned"],
             "factors": [
                 {"by": "difficulty", "values": {"hard": "2"}},
                 {"by": "run", "bands": [{"at_least": "1", "factor": "2"}]},
                 {"by": "time_slot", "slots": [{"weekdays": [6, 7], "from": "08:00", "to": "24:00", "factor": "2"}]}],
             "gates": {"min_session_rating": "7", "attendance_hours": true, "certificate": "TTT", "submitted_on_time": true}},
            {"kind": "streak", "code": "run", "priority": 5, "grade_at_least": "good", "length": 3, "title": "t"},
            {"kind": "notice", "code": "poor", "priority": 6, "grade_at_most": "fail", "length": 2},
        ],
        "budget_minor": 500_000, "over_budget": "hold", "person_cap_minor": 7, "take_back": "none",
    })
}

fn told(document: &Value) -> Vec<Part> {
    if document.get("components").is_some() {
        rule::parts(&serde_json::from_value::<ScoringRule>(document.clone()).unwrap(), &naming())
    } else {
        policies::parts(&serde_json::from_value::<RewardPolicySet>(document.clone()).unwrap(), &naming())
    }
}

/// Pointer and text of each difference.
fn found(before: &Value, after: &Value, language: Language) -> Vec<(String, String)> {
    let differences = compare(&told(before), &told(after));
    differences.iter().map(|own| (own.pointer.clone(), own.text(language))).collect()
}

fn set(document: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = document.clone();
    *changed.pointer_mut(pointer).unwrap() = value;
    changed
}

/// Another value for a leaf that keeps the document readable.
fn other(value: &Value) -> Option<Value> {
    let words = [
        ("programme", "department"),
        ("competition", "dense"),
        ("hold", "scale"),
        ("none", "adjust"),
        ("split_pool", "share_all"),
        ("score", "reuse_count"),
        ("session_count", "voluntary_share"),
        ("feedback_rating", "response_rate"),
        ("reuse_rate", "response_rate"),
        ("download", "forward"),
        ("taught", "forward"),
        ("per_unit", "per_session"),
        ("assigned", "voluntary"),
        ("difficulty", "day_kind"),
        ("run", "attendees"),
        ("time_slot", "session_rating"),
        ("0.5", "0.6"),
        ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
    ];
    match value {
        Value::Bool(is) => Some(json!(!is)),
        Value::Number(number) => Some(json!(number.as_i64().unwrap() + 1)),
        Value::String(text) if text == "linear" || text == "steps" => None,
        Value::String(text) => {
            let word = words.iter().find(|(own, _)| own == text).map(|(_, other)| json!(other));
            word.or_else(|| text.parse::<i64>().ok().map(|number| json!((number + 1).to_string())))
                .or_else(|| Some(json!(format!("{text}-x"))))
        }
        _ => None,
    }
}

fn leaves(value: &Value, place: &str, all: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, own)| leaves(own, &format!("{place}/{name}"), all)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, own)| leaves(own, &format!("{place}/{i}"), all)),
        leaf => all.push((place.to_owned(), leaf.clone())),
    }
}

#[test]
fn no_change_of_a_document_goes_unsaid() {
    for document in [a_rule(), a_set()] {
        assert!(found(&document, &document, Language::En).is_empty());
        let mut all = Vec::new();
        leaves(&document, "", &mut all);
        assert!(all.len() > 30);
        for (pointer, value) in all {
            let is_kind = pointer.ends_with("/kind");
            let Some(changed) = other(&value).filter(|_| !is_kind) else { continue };
            let after = set(&document, &pointer, changed);
            for language in [Language::En, Language::ZhCn] {
                let said = found(&document, &after, language);
                assert!(!said.is_empty(), "{pointer}");
                assert!(said.iter().all(|(_, text)| !text.contains(['{', '}'])), "{said:?}");
            }
        }
    }
}

#[test]
fn a_difference_is_said_in_both_languages() {
    let after = set(&a_rule(), "/components/0/weight_bp", json!(4050));
    let pointer = "/rule/components/0/weight_bp".to_owned();
    let said = |text: &str| vec![(pointer.clone(), text.to_owned())];
    assert_eq!(found(&a_rule(), &after, Language::En), said("Number of sessions, weight: 40.5 % instead of 50 %"));
    assert_eq!(found(&a_rule(), &after, Language::ZhCn), said("授课次数的权重：由“50%”改为“40.5%”"));
    let after = set(&a_set(), "/budget_minor", json!(null));
    let said = |text: &str| vec![("/budget_minor".to_owned(), text.to_owned())];
    assert_eq!(found(&a_set(), &after, Language::En), said("Budget of a period: none instead of 5000.00 CNY"));
    assert_eq!(found(&a_set(), &after, Language::ZhCn), said("每周期预算：由“5000.00 CNY”改为“无”"));
    let after = set(&a_set(), "/policies/1/tie_breakers/0", json!("reuse_rate"));
    let said = found(&a_set(), &after, Language::ZhCn);
    assert!(said[0].1.contains("授课次数") && said[0].1.contains("复用率"), "metrics by their names: {said:?}");
}

#[test]
fn a_part_that_came_or_went_is_one_line_and_one_that_moved_none() {
    let mut after = a_rule();
    after["components"].as_array_mut().unwrap().reverse();
    after["grades"].as_array_mut().unwrap().reverse();
    after["gates"].as_array_mut().unwrap().reverse();
    assert!(found(&a_rule(), &after, Language::En).is_empty());
    after["components"][1]["metric"] = json!("reuse_rate");
    let said = found(&a_rule(), &after, Language::En);
    assert_eq!(
        said,
        [
            (
                "/rule/components/1".to_owned(),
                "Rate of reuse: weight 50 %; points 0 at 0 to 100 at 2; without a value left out (new)".to_owned()
            ),
            (
                "/rule/components/0".to_owned(),
                "Number of sessions: no longer (weight 50 %; points 0 at 0 to 100 at 2; without a value left out before)"
                    .to_owned()
            ),
        ]
    );
    // Against nothing, everything is new.
    let new = compare(&[], &told(&a_set()));
    assert!(new.iter().all(|difference| difference.kind() == DifferenceKind::Added));
    assert_eq!(new.len(), 6 + 4);
}

/// The document, and the same with a few other leaves.
fn two_versions(document: Value) -> impl Strategy<Value = (Value, Value)> {
    let mut all = Vec::new();
    leaves(&document, "", &mut all);
    all.retain(|(pointer, value)| !pointer.ends_with("/kind") && other(value).is_some());
    subsequence(all, 0..8).prop_map(move |chosen| {
        let changed = |after: Value, (pointer, value): &(String, Value)| set(&after, pointer, other(value).unwrap());
        (document.clone(), chosen.iter().fold(document.clone(), changed))
    })
}

proptest! {
    /// A version differs in nothing from itself, in something from every other, and the way back says as much: what is new one way is gone
    /// the other way.
    #[test]
    fn equal_versions_differ_in_nothing_and_others_alike_both_ways(
        (before, after) in prop_oneof![two_versions(a_rule()), two_versions(a_set())],
    ) {
        let kinds = |from: &Value, to: &Value| -> Vec<DifferenceKind> {
            compare(&told(from), &told(to)).iter().map(Difference::kind).collect()
        };
        prop_assert!(kinds(&before, &before).is_empty() && kinds(&after, &after).is_empty());
        let turned = |kind: DifferenceKind| match kind {
            DifferenceKind::Added => DifferenceKind::Removed,
            DifferenceKind::Changed => DifferenceKind::Changed,
            DifferenceKind::Removed => DifferenceKind::Added,
        };
        let mut there = kinds(&before, &after);
        let mut back: Vec<DifferenceKind> = kinds(&after, &before).into_iter().map(turned).collect();
        there.sort_unstable();
        back.sort_unstable();
        prop_assert_eq!(&there, &back);
        prop_assert_eq!(there.is_empty(), before == after);
    }
}
