//! Reward policies in words.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::labels::{PartName, Value, What, all, list, or_none, over_budget, scope, take_back, text, ties};
use super::{Naming, Part, Term, term};
use crate::kernel::code_list::CodeList;
use crate::kernel::message::{Param, data};
use crate::kernel::money::Money;
use crate::programmes::documents::policy::{
    DEFAULT_PAY_ITEM, GradeBonus, Highest, Notice, RewardPolicy, RewardPolicySet, Streak, TopN,
};

/// The policies as parts.
pub(super) fn parts(set: &RewardPolicySet, naming: &Naming) -> Vec<Part> {
    let RewardPolicySet { policies, budget_minor, over_budget: over, person_cap_minor, take_back: back } = set;
    let mut parts: Vec<Part> = policies.iter().enumerate().map(|(i, own)| policy(i, own, naming)).collect();
    let limit = |amount: Option<i64>| or_none(amount, |amount| money(amount, naming));
    let terms = vec![
        term("budget_minor", What::Budget, limit(*budget_minor)),
        term("over_budget", What::OverBudget, over_budget(*over)),
        term("person_cap_minor", What::PersonCap, limit(*person_cap_minor)),
        term("take_back", What::TakeBack, take_back(*back)),
    ];
    parts.push(Part { key: "limits".to_owned(), pointer: String::new(), name: None, terms });
    parts
}

pub(super) fn money(amount_minor: i64, naming: &Naming) -> Param {
    data(Money::new(amount_minor, naming.currency))
}

fn policy(i: usize, policy: &RewardPolicy, naming: &Naming) -> Part {
    let common = policy.terms();
    let (kind, own) = match policy {
        RewardPolicy::GradeBonus(own) => (Value::GradeBonusKind, grade_bonus(own, naming)),
        RewardPolicy::TopN(own) => (Value::TopNKind, top_n(own, naming)),
        RewardPolicy::Highest(own) => (Value::HighestKind, highest(own, naming)),
        RewardPolicy::SessionFee(own) => (Value::FeeKind, super::fees::terms(own, naming)),
        RewardPolicy::Streak(own) => (Value::StreakKind, streak(own, naming)),
        RewardPolicy::Notice(own) => (Value::NoticeKind, notice(own, naming)),
    };
    let grade = or_none(common.grade_at_least, |grade| naming.of(CodeList::Grades, grade));
    let mut terms = vec![
        term("kind", What::Kind, kind),
        term("priority", What::Priority, common.priority),
        term("exclusive_group", What::ExclusiveGroup, text(common.exclusive_group)),
        term("grade_at_least", What::GradeAtLeast, grade),
    ];
    if !matches!(policy, RewardPolicy::Highest(_) | RewardPolicy::Streak(_) | RewardPolicy::Notice(_)) {
        terms.push(term("pay_item_code", What::PayItem, data(common.pay_item_code.unwrap_or(DEFAULT_PAY_ITEM))));
    }
    terms.extend(own);
    let name = PartName::Policy.with("policy", naming.of(CodeList::Policies, common.code));
    Part { key: format!("policy {}", common.code), pointer: format!("/policies/{i}"), name: Some(name), terms }
}

fn grade_bonus(policy: &GradeBonus, naming: &Naming) -> Vec<Term> {
    vec![term("amounts_minor", What::Amounts, by_code(CodeList::Grades, &policy.amounts_minor, naming))]
}

/// An amount for each code.
pub(super) fn by_code(codes: CodeList, amounts: &BTreeMap<String, i64>, naming: &Naming) -> Param {
    let told = |(code, amount): (&String, &i64)| {
        Value::OfGrade.with("grade", naming.of(codes, code)).with("amount", money(*amount, naming))
    };
    all(amounts.iter().map(told).collect())
}

fn criterion(criterion: &impl Display, naming: &Naming) -> Param {
    naming.of(CodeList::Metrics, &criterion.to_string())
}

fn top_n(policy: &TopN, naming: &Naming) -> Vec<Term> {
    let places: Vec<Money> = policy.places_minor.iter().map(|amount| Money::new(*amount, naming.currency)).collect();
    let between = policy.tie_breakers.iter().map(|own| PartName::Component.with("metric", criterion(own, naming)));
    vec![
        term("metric", What::Metric, criterion(&policy.metric, naming)),
        term("scope", What::RankScope, scope(policy.scope)),
        term("places_minor", What::Places, list(&places)),
        term("min_n", What::MinFacts, or_none(policy.min_n, data)),
        term("min_value", What::AtLeast, or_none(policy.min_value, data)),
        term("min_contenders", What::Contenders, policy.min_contenders.unwrap_or(1)),
        term("ties", What::Ties, ties(policy.ties)),
        term("tie_breakers", What::TieBreakers, all(between.collect())),
    ]
}

fn highest(policy: &Highest, naming: &Naming) -> Vec<Term> {
    vec![
        term("metric", What::Metric, criterion(&policy.metric, naming)),
        term("scope", What::RankScope, scope(policy.scope)),
        term("min_value", What::AtLeast, or_none(policy.min_value, data)),
        term("min_contenders", What::Contenders, policy.min_contenders.unwrap_or(1)),
        term("certificate", What::Certificate, data(&policy.certificate)),
    ]
}

fn streak(policy: &Streak, naming: &Naming) -> Vec<Term> {
    let title = or_none(policy.title.as_deref(), |title| naming.of(CodeList::Titles, title));
    vec![
        term("length", What::Length, policy.length),
        term("title", What::Title, title),
        term("opportunity", What::Opportunity, text(policy.opportunity.as_deref())),
    ]
}

fn notice(policy: &Notice, naming: &Naming) -> Vec<Term> {
    vec![
        term("grade_at_most", What::GradeAtMost, naming.of(CodeList::Grades, &policy.grade_at_most)),
        term("length", What::PeriodsInRow, policy.length),
    ]
}
