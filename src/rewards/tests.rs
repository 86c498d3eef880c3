//! The rules of rewards, one by one, and the properties that hold for any results and any policies.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::entitlement::{Award, Participant};
use super::policy::RewardPolicySet;
use super::rules::{DecisionCause, RewardOutcome, evaluate};
use crate::kernel::limits::{OverBudget, SpendingLimits};
use crate::scoring::metric::Metric;
use crate::scoring::metrics::{Measurement, Measurements};
use crate::scoring::rule::ScoringRule;
use crate::scoring::scorecard::{ScoreStatus, Scorecard};

/// A lecturer with a grade (none: not rated) and a value of `external:x` based on this number of facts.
#[derive(Debug, Clone)]
struct Lecturer {
    number: String,
    department: Option<u128>,
    card: Scorecard,
}

fn lecturer(number: &str, grade: Option<&str>, x: &str, n: u64) -> Lecturer {
    let score = match grade {
        Some("good") => "80".parse().ok(),
        Some(_) => "10".parse().ok(),
        None => None,
    };
    let metrics = [(Metric::External("x".into()), Measurement { value: x.parse().ok(), n })];
    let card = Scorecard {
        status: if grade.is_some() { ScoreStatus::Rated } else { ScoreStatus::NotRated },
        reason: None,
        days: 31,
        exempt_days: 0,
        metrics: metrics.into_iter().collect::<Measurements>(),
        components: Vec::new(),
        counted_weight_bp: 10_000,
        score,
        grade_by_score: grade.map(str::to_owned),
        grade: grade.map(str::to_owned),
        gates: Vec::new(),
        share_of_appraisal: None,
    };
    Lecturer { number: number.into(), department: Some(1), card }
}

fn participants(lecturers: &[Lecturer]) -> Vec<Participant> {
    let employee_id = |lecturer: &Lecturer| Uuid::from_bytes(padded(&lecturer.number));
    lecturers
        .iter()
        .map(|lecturer| Participant {
            employee_id: employee_id(lecturer),
            employee_number: lecturer.number.clone(),
            department_id: lecturer.department.map(Uuid::from_u128),
            is_rated: lecturer.card.is_rated(),
            score: lecturer.card.score,
            grade: lecturer.card.grade.clone(),
            metrics: lecturer.card.metrics.iter().map(|(metric, measured)| (metric.clone(), *measured)).collect(),
            fees: Vec::new(),
        })
        .collect()
}

/// Ids in the reverse order of the employee numbers, so that a tie broken by id is detected.
fn padded(number: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (byte, digit) in bytes.iter_mut().zip(number.bytes()) {
        *byte = u8::MAX - digit;
    }
    bytes
}

fn rule() -> ScoringRule {
    serde_json::from_value(json!({
        "components": [{"metric": "external:x", "weight_bp": 10000, "curve": {"kind": "linear", "to": 100}}],
        "grades": [{"code": "good", "at_least": 60}, {"code": "fail", "at_least": 0}],
    }))
    .unwrap()
}

/// The company's grades: more than the rule has thresholds for.
fn grades() -> Vec<String> {
    ["good", "pass", "fail"].map(str::to_owned).to_vec()
}

fn set(policies: Value) -> RewardPolicySet {
    let set: RewardPolicySet = serde_json::from_value(json!({ "policies": policies })).unwrap();
    assert_eq!(set.validate(Some(&rule()), Some(&grades())), []);
    set
}

fn limits(cap: Option<i64>, budget: Option<i64>, over_budget: OverBudget) -> SpendingLimits {
    SpendingLimits { person_cap_minor: cap, budget_minor: budget, over_budget }
}

fn granted(policies: Value, lecturers: &[Lecturer], limits: &SpendingLimits) -> (RewardOutcome, Vec<String>) {
    let participants = participants(lecturers);
    let outcome = evaluate(&set(policies), &grades(), &participants, limits);
    let number = |id| &participants.iter().find(|p| p.employee_id == id).unwrap().employee_number;
    let words = outcome.lines.iter().map(|line| {
        let award = match &line.award {
            Award::Money(money) => money.amount_minor.to_string(),
            Award::Certificate(award) => award.certificate.clone(),
        };
        format!("{} {} {award}{}", line.policy, number(line.employee_id), if line.held { " held" } else { "" })
    });
    let words = words.collect();
    (outcome, words)
}

fn causes(outcome: &RewardOutcome) -> Vec<(&str, DecisionCause, i64, i64)> {
    outcome.decisions.iter().map(|d| (d.policy.as_str(), d.cause, d.before_minor, d.after_minor)).collect()
}

fn top(code: &str, priority: u32, extra: Value) -> Value {
    let mut policy = json!({"kind": "top_n", "code": code, "priority": priority, "metric": "external:x", "places_minor": [100, 60, 30]});
    policy.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    policy
}

fn bonus(code: &str, priority: u32, amount: i64) -> Value {
    json!({"kind": "grade_bonus", "code": code, "priority": priority, "amounts_minor": {"good": amount}})
}

const NO_LIMITS: SpendingLimits =
    SpendingLimits { person_cap_minor: None, budget_minor: None, over_budget: OverBudget::Scale };

#[test]
fn who_is_unrated_valueless_or_below_a_minimum_takes_no_part() {
    let people = [
        lecturer("E1", None, "9", 9),
        lecturer("E2", Some("good"), "-", 0),
        lecturer("E3", Some("good"), "0", 9),
        lecturer("E4", Some("good"), "8", 1),
        lecturer("E5", Some("good"), "3", 9),
        lecturer("E6", Some("fail"), "7", 9),
        lecturer("E7", Some("good"), "5", 2),
    ];
    let policy = top("t", 1, json!({"min_n": 2, "min_value": "3.000001", "grade_at_least": "good"}));
    assert_eq!(granted(json!([policy]), &people, &NO_LIMITS).1, ["t E7 100"]);
}

#[test]
fn odd_units_go_to_the_lowest_numbers_by_code_point() {
    let people = [
        lecturer("E999", Some("good"), "5", 1),
        lecturer("E1000", Some("good"), "5", 1),
        lecturer("E1001", Some("good"), "5", 1),
    ];
    let policy = top("t", 1, json!({"places_minor": [101, 100]}));
    assert_eq!(granted(json!([policy]), &people, &NO_LIMITS).1, ["t E1000 67", "t E1001 67", "t E999 67"]);
    let policy = top("t", 1, json!({"places_minor": [100, 100]}));
    assert_eq!(granted(json!([policy]), &people, &NO_LIMITS).1, ["t E1000 67", "t E1001 67", "t E999 66"]);
}

#[test]
fn a_pool_too_small_for_all_leaves_a_trace() {
    let people = [lecturer("E1", Some("good"), "5", 1), lecturer("E2", Some("good"), "5", 1)];
    let (outcome, words) = granted(json!([top("t", 1, json!({"places_minor": [1]}))]), &people, &NO_LIMITS);
    assert_eq!(words, ["t E1 1"]);
    assert_eq!(causes(&outcome), [("t", DecisionCause::ZeroAmount, 0, 0)]);
}

#[test]
fn a_missing_tie_breaker_is_last_and_the_next_place_is_past_the_tied() {
    let mut people = vec![
        lecturer("E1", Some("good"), "5", 1),
        lecturer("E2", Some("good"), "5", 1),
        lecturer("E3", Some("good"), "4", 1),
    ];
    people[0].card.score = None;
    assert_eq!(
        granted(json!([top("t", 1, json!({"tie_breakers": ["score"]}))]), &people, &NO_LIMITS).1,
        ["t E2 100", "t E1 60", "t E3 30"]
    );
    assert_eq!(
        granted(json!([top("t", 1, json!({"ties": "share_all"}))]), &people, &NO_LIMITS).1,
        ["t E1 100", "t E2 100", "t E3 30"]
    );
}

#[test]
fn each_department_has_its_contest_and_those_without_one_none() {
    let mut people = vec![
        lecturer("E1", Some("good"), "5", 1),
        lecturer("E2", Some("good"), "4", 1),
        lecturer("E3", Some("good"), "9", 1),
    ];
    people[1].department = Some(2);
    people[2].department = None;
    let top = top("t", 1, json!({"scope": "department"}));
    let highest = json!({"kind": "highest", "code": "h", "priority": 2, "metric": "external:x", "scope": "department", "certificate": "c"});
    assert_eq!(granted(json!([top, highest]), &people, &NO_LIMITS).1, ["t E1 100", "t E2 100", "h E1 c", "h E2 c"]);
}

#[test]
fn the_largest_of_a_group_is_kept_and_the_earlier_of_equals() {
    let grouped = |mut policy: Value| {
        policy["exclusive_group"] = json!("cash");
        policy
    };
    let people = [lecturer("E1", Some("good"), "5", 1), lecturer("E2", Some("good"), "4", 1)];
    // The priority decides which policy is earlier, not the place in the document.
    let policies = json!([grouped(top("t", 2, json!({}))), grouped(bonus("b", 1, 60)), bonus("free", 3, 7)]);
    let (outcome, words) = granted(policies, &people, &NO_LIMITS);
    assert_eq!(words, ["b E2 60", "t E1 100", "free E1 7", "free E2 7"]);
    assert_eq!(
        causes(&outcome),
        [("b", DecisionCause::ExclusiveGroup, 60, 0), ("t", DecisionCause::ExclusiveGroup, 60, 0)]
    );
    assert_eq!(outcome.decisions.iter().map(|d| d.kept_policy.as_deref().unwrap()).collect::<Vec<_>>(), ["t", "b"]);
}

#[test]
fn the_cap_reduces_from_the_last_policy_back() {
    let people = [lecturer("E1", Some("good"), "5", 1)];
    let policies = json!([bonus("last", 9, 50), bonus("middle", 5, 50), bonus("first", 1, 50)]);
    let (outcome, words) = granted(policies, &people, &limits(Some(70), None, OverBudget::Scale));
    assert_eq!(words, ["first E1 50", "middle E1 20"]);
    assert_eq!(
        causes(&outcome),
        [("middle", DecisionCause::PersonCap, 50, 20), ("last", DecisionCause::PersonCap, 50, 0)]
    );
}

#[test]
fn too_few_contenders_win_nothing() {
    let people = [
        lecturer("E1", Some("good"), "5", 9),
        lecturer("E2", Some("good"), "4", 9),
        lecturer("E3", Some("good"), "3", 1),
        lecturer("E4", Some("good"), "0", 9),
    ];
    let contest = |more: Value| granted(json!([top("t", 1, more)]), &people, &NO_LIMITS).1.len();
    assert_eq!(contest(json!({})), 3, "one is enough if nothing is said");
    assert_eq!((contest(json!({"min_contenders": 3})), contest(json!({"min_contenders": 4}))), (3, 0));
    assert_eq!(contest(json!({"min_contenders": 3, "min_n": 2})), 0, "counted after every exclusion");
    let certificate = |least: u32| {
        let policy = json!({"kind": "highest", "code": "h", "priority": 1, "metric": "external:x", "certificate": "c",
                            "min_contenders": least});
        granted(json!([policy]), &people, &NO_LIMITS).1
    };
    assert_eq!((certificate(3), certificate(4)), (vec!["h E1 c".to_owned()], Vec::new()));
}

#[test]
fn over_budget_money_is_scaled_or_held_and_certificates_stay() {
    let people = [lecturer("E1", Some("good"), "5", 1), lecturer("E2", Some("good"), "4", 1)];
    let certificate =
        json!({"kind": "highest", "code": "h", "priority": 3, "metric": "external:x", "certificate": "c"});
    let policies = json!([top("t", 1, json!({})), bonus("b", 2, 40), certificate]);
    // Requested 100 + 60 + 40 + 40 = 240.
    let (exact, words) = granted(policies.clone(), &people, &limits(None, Some(240), OverBudget::Scale));
    assert_eq!((words.len(), exact.decisions.len(), exact.requested_minor, exact.granted_minor), (5, 0, 240, 240));
    let (scaled, words) = granted(policies.clone(), &people, &limits(None, Some(100), OverBudget::Scale));
    assert_eq!(words, ["t E1 42", "t E2 25", "b E1 17", "b E2 16", "h E1 c"]);
    assert_eq!((scaled.requested_minor, scaled.granted_minor, scaled.decisions.len()), (240, 100, 4));
    let (held, words) = granted(policies.clone(), &people, &limits(None, Some(100), OverBudget::Hold));
    assert_eq!(words, ["t E1 100 held", "t E2 60 held", "b E1 40 held", "b E2 40 held", "h E1 c"]);
    assert_eq!(held.granted_minor, 240);
    let (nothing, words) = granted(policies, &people, &limits(None, Some(0), OverBudget::Scale));
    assert_eq!((words, nothing.granted_minor), (vec!["h E1 c".to_owned()], 0));
}

#[test]
fn odd_units_of_a_scaled_budget_go_by_priority_before_number() {
    let people = [lecturer("E1", Some("good"), "5", 1), lecturer("E2", Some("good"), "4", 1)];
    let policies = json!([bonus("late", 2, 10), bonus("early", 1, 10)]);
    let (_, words) = granted(policies, &people, &limits(None, Some(22), OverBudget::Scale));
    assert_eq!(words, ["early E1 6", "early E2 6", "late E1 5", "late E2 5"]);
}

fn any_people() -> impl Strategy<Value = Vec<Lecturer>> {
    let grade = prop_oneof![4 => Just(Some("good")), 1 => Just(Some("fail")), 1 => Just(None)];
    let person = (grade, proptest::option::weighted(0.9, 0..6_u32), 0..4_u64, proptest::option::of(0..3_u128));
    proptest::collection::vec(person, 0..15).prop_map(|people| {
        let people = people.into_iter().enumerate();
        people
            .map(|(i, (grade, x, n, department))| {
                let x = x.map_or_else(|| "-".to_owned(), |x| x.to_string());
                Lecturer { department, ..lecturer(&format!("E{}", 995 + i), grade, &x, n) }
            })
            .collect()
    })
}

fn any_policies() -> impl Strategy<Value = Value> {
    let group = prop_oneof![2 => Just(None), 1 => Just(Some("a")), 1 => Just(Some("b"))];
    let places = proptest::collection::vec(0..2_000_i64, 1..5);
    let policy = (0..3_u8, group, places, any::<bool>(), any::<bool>(), any::<bool>());
    proptest::collection::vec(policy, 0..6).prop_map(|policies| {
        let policies = policies.into_iter().zip(1_u32..);
        let documents = policies.map(|((kind, group, places, share_all, by_department, only_good), priority)| {
            let code = format!("p{priority}");
            let scope = if by_department { "department" } else { "programme" };
            let mut policy = match kind {
                0 => bonus(&code, priority, places[0]),
                1 => top(&code, priority, json!({"places_minor": places, "ties": if share_all { "share_all" } else { "split_pool" }, "scope": scope})),
                _ => json!({"kind": "highest", "code": code, "priority": priority, "metric": "external:x", "scope": scope, "certificate": "c"}),
            };
            // A certificate stands in no group.
            if let Some(group) = group.filter(|_| kind < 2) {
                policy["exclusive_group"] = json!(group);
            }
            if only_good {
                policy["grade_at_least"] = json!("good");
            }
            policy
        });
        Value::Array(documents.collect())
    })
}

fn any_limits() -> impl Strategy<Value = SpendingLimits> {
    let over = prop_oneof![Just(OverBudget::Scale), Just(OverBudget::Hold)];
    (proptest::option::of(0..3_000_i64), proptest::option::of(0..8_000_i64), over)
        .prop_map(|(cap, budget, over)| limits(cap, budget, over))
}

/// Minor units by policy and person.
fn sums(outcome: &RewardOutcome) -> BTreeMap<(String, Uuid), i64> {
    let mut sums = BTreeMap::new();
    for line in &outcome.lines {
        *sums.entry((line.policy.clone(), line.employee_id)).or_default() += line.award.amount_minor();
    }
    sums
}

proptest! {
    /// If lecturers are tied, all places that are taken are paid out to the last unit.
    #[test]
    fn awards_sum_to_the_places(people in any_people(), places in proptest::collection::vec(0..2_000_i64, 1..6)) {
        let (outcome, _) = granted(json!([top("t", 1, json!({"places_minor": places}))]), &people, &NO_LIMITS);
        let takes_part = |l: &&Lecturer| l.card.is_rated() && l.card.metrics.get(&Metric::External("x".into())).value.is_some_and(|v| v.units() > 0);
        let entrants = people.iter().filter(takes_part).count();
        prop_assert_eq!(outcome.granted_minor, places.iter().take(entrants).sum::<i64>());
    }

    /// Every unit that a policy alone would grant is either granted or in the decision record.
    #[test]
    fn every_unit_is_granted_or_explained(people in any_people(), policies in any_policies(), limits in any_limits()) {
        let (free, _) = granted(without_groups(policies.clone()), &people, &NO_LIMITS);
        let (limited, _) = granted(policies, &people, &limits);
        let mut explained = sums(&limited);
        for decision in &limited.decisions {
            prop_assert!(decision.before_minor >= decision.after_minor);
            *explained.entry((decision.policy.clone(), decision.employee_id)).or_default() += decision.before_minor - decision.after_minor;
        }
        explained.retain(|_, amount| *amount != 0);
        let mut wanted = sums(&free);
        wanted.retain(|_, amount| *amount != 0);
        prop_assert_eq!(explained, wanted);
    }

    #[test]
    fn the_limits_hold(people in any_people(), policies in any_policies(), limits in any_limits()) {
        let (outcome, _) = granted(policies.clone(), &people, &limits);
        let sum: i64 = outcome.lines.iter().map(|line| line.award.amount_minor()).sum();
        prop_assert_eq!(sum, outcome.granted_minor);
        let over = limits.budget_minor.is_some_and(|budget| outcome.requested_minor > budget);
        match limits.over_budget {
            OverBudget::Scale if over => prop_assert_eq!(Some(outcome.granted_minor), limits.budget_minor),
            _ => prop_assert_eq!(outcome.granted_minor, outcome.requested_minor),
        }
        let hold = over && limits.over_budget == OverBudget::Hold;
        let mut by_person: BTreeMap<Uuid, i64> = BTreeMap::new();
        for line in &outcome.lines {
            let money = matches!(line.award, Award::Money(_));
            prop_assert!(!money || line.award.amount_minor() > 0);
            prop_assert_eq!(line.held, money && hold);
            *by_person.entry(line.employee_id).or_default() += line.award.amount_minor();
        }
        if let Some(cap) = limits.person_cap_minor {
            prop_assert!(by_person.values().all(|sum| *sum <= cap));
        }
    }

    /// A person has lines from at most one policy of a group, and no other policy of the group was worth more alone.
    #[test]
    fn of_a_group_the_best_stays(people in any_people(), policies in any_policies()) {
        let groups: BTreeMap<String, String> = policies.as_array().unwrap().iter()
            .filter_map(|p| Some((p["code"].as_str()?.to_owned(), p["exclusive_group"].as_str()?.to_owned())))
            .collect();
        let (free, _) = granted(without_groups(policies.clone()), &people, &NO_LIMITS);
        let (kept, _) = granted(policies, &people, &NO_LIMITS);
        let kept = sums(&kept);
        for ((policy, person), amount) in sums(&free) {
            let Some(group) = groups.get(&policy) else {
                prop_assert_eq!(kept.get(&(policy, person)), Some(&amount));
                continue;
            };
            let in_group: Vec<i64> = kept.iter().filter(|((p, who), _)| *who == person && groups.get(p) == Some(group)).map(|(_, a)| *a).collect();
            prop_assert_eq!(in_group.len(), 1);
            prop_assert!(in_group[0] >= amount);
        }
    }

    #[test]
    fn the_order_of_people_and_document_changes_nothing(people in any_people(), policies in any_policies(), limits in any_limits()) {
        let (outcome, _) = granted(policies.clone(), &people, &limits);
        let people: Vec<Lecturer> = people.into_iter().rev().collect();
        let policies = Value::Array(policies.as_array().unwrap().iter().rev().cloned().collect());
        let (again, _) = granted(policies, &people, &limits);
        prop_assert_eq!(again, outcome);
    }
}

fn without_groups(mut policies: Value) -> Value {
    for policy in policies.as_array_mut().into_iter().flatten() {
        policy.as_object_mut().unwrap().remove("exclusive_group");
    }
    policies
}
