//! What holds for any results and any policies.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Lecturer, NO_LIMITS, bonus, granted, lecturer, limits, top};
use crate::kernel::limits::{OverBudget, SpendingLimits};
use crate::rewards::entitlement::Award;
use crate::rewards::rules::RewardOutcome;
use crate::scoring::metric::Metric;

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
