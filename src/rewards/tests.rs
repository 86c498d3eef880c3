//! The rules of rewards, one by one.

mod properties;

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
