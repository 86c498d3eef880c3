//! What nothing could ever fulfil is refused when a version is published: a minimum above the greatest value that a metric can have,
//! an item that is not on the form, money that payroll does not know.

use crate::kernel::code_list::CodeList;
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::language::Language;
use crate::kernel::message::{codes, data};
use crate::kernel::period::Period;
use crate::programmes::documents::form::FeedbackForm;
use crate::programmes::documents::grades::grade_reaches;
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::{Criterion, DEFAULT_PAY_ITEM, RewardPolicy, RewardPolicySet};
use crate::programmes::documents::rule::{Curve, ScoringRule};

/// Refuses gates and steps that no value reaches, and items that learners are not asked about.
pub fn rule(faults: &mut Faults, rule: &ScoringRule) {
    let form = Some(&rule.feedback.form);
    for (i, component) in rule.components.iter().enumerate() {
        let pointer = format!("/rule/components/{i}");
        asked(faults, &format!("{pointer}/metric"), &component.metric, form);
        if let Curve::Steps(curve) = &component.curve {
            for (j, step) in curve.steps.iter().enumerate() {
                reachable(
                    faults,
                    &format!("{pointer}/curve/steps/{j}/at_least"),
                    step.at_least,
                    component.metric.greatest(),
                );
            }
        }
    }
    for (i, gate) in rule.gates.iter().enumerate() {
        asked(faults, &format!("/rule/gates/{i}/metric"), &gate.metric, form);
        reachable(faults, &format!("/rule/gates/{i}/at_least"), gate.at_least, gate.metric.greatest());
    }
}

/// Refuses minimums that no value reaches, items that learners are not asked about, grades that the rule never gives, and pay items
/// and titles that are not defined.
pub fn policies(
    faults: &mut Faults,
    set: &RewardPolicySet,
    rule: Option<&ScoringRule>,
    grades: &[String],
    pay_items: &[String],
    titles: &[String],
) {
    let form = rule.map(|rule| &rule.feedback.form);
    for (i, policy) in set.policies.iter().enumerate() {
        let pointer = format!("/policies/{i}");
        if let Some(code) = pay_item(policy).filter(|code| pay_items.iter().all(|known| known != code)) {
            faults.push(
                Fault::new(format!("{pointer}/pay_item_code"), FaultCode::UnknownPayItem).with("code", data(code)),
            );
        }
        if let Some((rule, least)) = rule.zip(policy.terms().grade_at_least) {
            gives(faults, &format!("{pointer}/grade_at_least"), rule, least, grades);
        }
        match policy {
            RewardPolicy::TopN(policy) => {
                criterion(faults, &format!("{pointer}/metric"), &policy.metric, form);
                for (j, tie_breaker) in policy.tie_breakers.iter().enumerate() {
                    criterion(faults, &format!("{pointer}/tie_breakers/{j}"), tie_breaker, form);
                }
                let greatest = match &policy.metric {
                    Criterion::Score => Some(Decimal::from(100)),
                    Criterion::Metric(metric) => metric.greatest(),
                };
                reachable(faults, &format!("{pointer}/min_value"), policy.min_value.unwrap_or_default(), greatest);
                // What an outside system sends is one fact.
                let is_single = matches!(policy.metric, Criterion::Metric(Metric::External(_)));
                if is_single {
                    faults.check_range(&format!("{pointer}/min_n"), policy.min_n.unwrap_or(1), 1, 1);
                }
            }
            RewardPolicy::Highest(policy) => {
                asked(faults, &format!("{pointer}/metric"), &policy.metric, form);
                let least = policy.min_value.unwrap_or_default();
                reachable(faults, &format!("{pointer}/min_value"), least, policy.metric.greatest());
            }
            RewardPolicy::Streak(policy) => {
                if let Some(title) = policy.title.as_deref().filter(|title| titles.iter().all(|known| known != title)) {
                    let fault = Fault::new(format!("{pointer}/title"), FaultCode::UnknownTitle);
                    let fault = fault.with("title", data(title));
                    faults.push(fault.with("known", codes(CodeList::Titles, titles)));
                }
            }
            RewardPolicy::Notice(policy) => {
                if let Some(rule) = rule {
                    falls_to(faults, &format!("{pointer}/grade_at_most"), rule, &policy.grade_at_most, grades);
                }
            }
            RewardPolicy::GradeBonus(_) | RewardPolicy::SessionFee(_) => {}
        }
    }
}

/// Adds a fault for every grade and every item of the feedback form that the policies need and the rule lacks. The policies are in
/// force from the period on.
pub fn needs(faults: &mut Faults, rule: &ScoringRule, (set, period): (&RewardPolicySet, Period), grades: &[String]) {
    let mut found = Faults::from(set.validate(Some(rule), Some(grades)));
    policies(&mut found, set, Some(rule), grades, &[], &[]);
    let mut lacking: Vec<Fault> = Vec::new();
    for fault in found.into_vec() {
        let place = fault.pointer.split('/').nth(2).and_then(|index| index.parse::<usize>().ok());
        let Some(policy) = place.and_then(|index| set.policies.get(index)) else { continue };
        let param = |name: &str| fault.params.get(name).map(|param| param.text(Language::En)).unwrap_or_default();
        let lack = match fault.code {
            FaultCode::UnknownGrade => Fault::new("/rule/grades", FaultCode::PolicyNeedsGrade)
                .with("grade", codes(CodeList::Grades, [param("grade")])),
            FaultCode::UnknownItem => {
                Fault::new("/rule/feedback/form/items", FaultCode::PolicyNeedsItem).with("key", data(param("key")))
            }
            _ => continue,
        };
        let lack = lack.with("policy", codes(CodeList::Policies, [policy.terms().code])).with("period", data(period));
        if !lacking.contains(&lack) {
            lacking.push(lack);
        }
    }
    faults.extend(lacking);
}

/// The pay item of a policy that grants money.
fn pay_item(policy: &RewardPolicy) -> Option<&str> {
    match policy {
        RewardPolicy::GradeBonus(_) | RewardPolicy::TopN(_) | RewardPolicy::SessionFee(_) => {
            Some(policy.terms().pay_item_code.unwrap_or(DEFAULT_PAY_ITEM))
        }
        RewardPolicy::Highest(_) | RewardPolicy::Streak(_) | RewardPolicy::Notice(_) => None,
    }
}

/// Refuses a least grade if every grade of the rule is worse. `grades` are the company's, best first.
fn gives(faults: &mut Faults, pointer: &str, rule: &ScoringRule, least: &str, grades: &[String]) {
    let good_enough = grades.iter().take_while(|grade| *grade != least).map(String::as_str).chain([least]);
    let good_enough: Vec<&str> = good_enough.collect();
    if grades.iter().any(|grade| grade == least)
        && !rule.grades.iter().any(|band| good_enough.contains(&band.code.as_str()))
    {
        let known: Vec<&str> = rule.grades.iter().map(|band| band.code.as_str()).collect();
        let fault = Fault::new(pointer, FaultCode::UnknownGrade);
        faults.push(fault.with("grade", data(least)).with("known", codes(CodeList::Grades, known)));
    }
}

/// Refuses a best grade if every grade of the rule is better: no period could count.
fn falls_to(faults: &mut Faults, pointer: &str, rule: &ScoringRule, most: &str, grades: &[String]) {
    let is_known = grades.iter().any(|grade| grade == most);
    if is_known && !rule.grades.iter().any(|band| grade_reaches(grades, most, &band.code)) {
        let known: Vec<&str> = rule.grades.iter().map(|band| band.code.as_str()).collect();
        let fault = Fault::new(pointer, FaultCode::UnknownGrade);
        faults.push(fault.with("grade", data(most)).with("known", codes(CodeList::Grades, known)));
    }
}

fn criterion(faults: &mut Faults, pointer: &str, criterion: &Criterion, form: Option<&FeedbackForm>) {
    if let Criterion::Metric(metric) = criterion {
        asked(faults, pointer, metric, form);
    }
}

fn asked(faults: &mut Faults, pointer: &str, metric: &Metric, form: Option<&FeedbackForm>) {
    if let Metric::FeedbackItem(key) = metric
        && form.is_some_and(|form| form.item(key).is_none())
    {
        faults.push(Fault::new(pointer, FaultCode::UnknownItem).with("key", data(key)));
    }
}

fn reachable(faults: &mut Faults, pointer: &str, least: Decimal, greatest: Option<Decimal>) {
    if let Some(greatest) = greatest.filter(|greatest| least > *greatest) {
        faults.push(Fault::new(pointer, FaultCode::NeverReached).with("max", data(greatest)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn form() -> Value {
        let (name_zh, name_en) = ("实用性", "Practicality");
        let item =
            json!({"key": "practicality", "name_zh": name_zh, "name_en": name_en, "scale": 5, "required": false});
        json!({"scale": 10, "items": [item]})
    }

    fn found(faults: Faults) -> Vec<(String, FaultCode)> {
        faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    fn of_rule(gates: Value, components: Value) -> Vec<(String, FaultCode)> {
        let document = json!({"components": components, "gates": gates, "grades": [{"code": "pass", "at_least": 0}],
                              "feedback": {"form": form()}});
        let mut faults = Faults::default();
        rule(&mut faults, &serde_json::from_value(document).unwrap());
        found(faults)
    }

    #[test]
    fn no_rating_reaches_eighty_five() {
        let gate = |metric: &str, least: &str| json!({"metric": metric, "at_least": least, "else_grade": "pass"});
        let gates = json!([
            gate("feedback_rating", "85"),
            gate("feedback_rating", "10"),
            gate("response_rate", "100.5"),
            gate("session_count", "85"),
            gate("external:exam", "850"),
            gate("feedback_item:practicality", "10.1"),
            gate("feedback_item:clarity", "7"),
        ]);
        let steps = json!({"kind": "steps", "steps": [{"at_least": 90, "points": 100}, {"at_least": 8, "points": 80}]});
        let components = json!([{"metric": "feedback_rating", "weight_bp": 10000, "curve": steps}]);
        let at = |pointer: &str, code| (pointer.to_owned(), code);
        assert_eq!(
            of_rule(gates, components),
            [
                at("/rule/components/0/curve/steps/0/at_least", FaultCode::NeverReached),
                at("/rule/gates/0/at_least", FaultCode::NeverReached),
                at("/rule/gates/2/at_least", FaultCode::NeverReached),
                at("/rule/gates/5/at_least", FaultCode::NeverReached),
                at("/rule/gates/6/metric", FaultCode::UnknownItem),
            ]
        );
    }

    #[test]
    fn policies_that_nobody_can_win_are_named() {
        let set = json!({"policies": [
            {"kind": "grade_bonus", "code": "a", "priority": 1, "amounts_minor": {"pass": 1}, "grade_at_least": "excellent"},
            {"kind": "top_n", "code": "b", "priority": 2, "metric": "score", "places_minor": [1], "min_value": "100.01",
             "pay_item_code": "gift", "grade_at_least": "fail"},
            {"kind": "top_n", "code": "c", "priority": 3, "metric": "external:exam", "places_minor": [1], "min_n": 2},
            {"kind": "highest", "code": "d", "priority": 4, "metric": "reuse_rate", "certificate": "c", "min_value": 101},
            {"kind": "highest", "code": "e", "priority": 5, "metric": "feedback_item:clarity", "certificate": "c"},
            {"kind": "streak", "code": "f", "priority": 6, "grade_at_least": "pass", "length": 3, "title": "master"},
            {"kind": "streak", "code": "g", "priority": 7, "grade_at_least": "excellent", "length": 3, "title": "senior"},
            {"kind": "notice", "code": "h", "priority": 8, "grade_at_most": "fail", "length": 2},
            {"kind": "notice", "code": "i", "priority": 9, "grade_at_most": "poor", "length": 2},
        ]});
        let set: RewardPolicySet = serde_json::from_value(set).unwrap();
        let rule = json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 3}}],
            "grades": [{"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
            "feedback": {"form": form()},
        });
        let rule: ScoringRule = serde_json::from_value(rule).unwrap();
        let grades = ["excellent", "pass", "fail", "poor"].map(str::to_owned);
        let mut faults = Faults::default();
        policies(&mut faults, &set, Some(&rule), &grades, &[DEFAULT_PAY_ITEM.to_owned()], &["senior".to_owned()]);
        let at = |pointer: &str, code| (format!("/policies/{pointer}"), code);
        assert_eq!(
            found(faults),
            [
                at("0/grade_at_least", FaultCode::UnknownGrade),
                at("1/pay_item_code", FaultCode::UnknownPayItem),
                at("1/min_value", FaultCode::NeverReached),
                at("2/min_n", FaultCode::OutOfRange),
                at("3/min_value", FaultCode::NeverReached),
                at("4/metric", FaultCode::UnknownItem),
                at("5/title", FaultCode::UnknownTitle),
                at("6/grade_at_least", FaultCode::UnknownGrade),
                at("8/grade_at_most", FaultCode::UnknownGrade),
            ]
        );
    }
}
