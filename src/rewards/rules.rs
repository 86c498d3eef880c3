//! From a policy set and the results of a period to the granted lines.
//!
//! The limits apply in a fixed order: one policy of an exclusive group per person, the cap per person, the budget. What a limit
//! takes from one person moves nobody else up. What a gate of a fee holds is money like all other in all three. Certificates cost nothing, so neither cap nor budget applies to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::division::scale_to;
use super::entitlement::{Award, Entitlement, MoneyAward, Participant, entitlements};
use super::fees::HoldReason;
use super::policy::{PolicyTerms, RewardPolicy, RewardPolicySet};
use crate::kernel::limits::{OverBudget, SpendingLimits};
use crate::kernel::words::words;

/// What the results of a period earn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RewardOutcome {
    /// The granted lines, ordered by the priority of the policies, then in the order of each policy. No line has the amount 0.
    #[schema(max_items = 5_000_000)]
    pub lines: Vec<RewardLine>,
    /// Why something that a policy alone would have granted was reduced or lost, in the order in which it happened.
    #[schema(max_items = 5_000_000)]
    pub decisions: Vec<RewardDecision>,
    /// The sum of the lines before the budget applied, in minor units.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub requested_minor: i64,
    /// The sum of the lines, in minor units.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub granted_minor: i64,
}

/// One granted award.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RewardLine {
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    pub employee_id: Uuid,
    pub award: Award,
    /// Granted, but not payable: until the budget is raised to the total, or as long as a gate of the fee holds it.
    pub held: bool,
    /// The session, of a fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Uuid>,
    /// The gates of the fee that hold it, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 4)]
    pub held_reasons: Vec<HoldReason>,
    /// Whether it is held because all money of the period is. Like the place, it is not part of the frozen result.
    #[serde(skip)]
    pub over_budget: bool,
    /// In a contest with places; 1 is the first. It is not part of the frozen result, which the facts and the policy determine.
    #[serde(skip)]
    pub place: Option<usize>,
}

/// One reduction or loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RewardDecision {
    /// The code of the policy whose award it concerns.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    pub employee_id: Uuid,
    pub cause: DecisionCause,
    /// Minor units before and after; both 0 for a certificate.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub before_minor: i64,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub after_minor: i64,
    /// With `exclusive_group`: the code of the policy that the person keeps. Null otherwise.
    #[schema(min_length = 1, max_length = 64)]
    pub kept_policy: Option<String>,
    /// The session, of a fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Uuid>,
}

words! {
    /// Why an award was reduced or lost.
    pub enum DecisionCause {
        /// The policy itself grants 0: the place or grade is worth nothing, or its pool is too small for all who are tied.
        ZeroAmount = "zero_amount",
        /// The fee has no rate for the lecturer's level on the day of the session, and none for everybody.
        NoRate = "no_rate",
        /// Fees have been granted for the session in another period of the programme, in which it counted before.
        GrantedBefore = "granted_before",
        /// Another policy of the same group is worth more to the person, or is worth the same and comes earlier.
        ExclusiveGroup = "exclusive_group",
        /// The person's awards exceed the cap.
        PersonCap = "person_cap",
        /// The programme's budget is exceeded, and everything is scaled down to it.
        BudgetScaled = "budget_scaled",
    }
}

/// Evaluates a policy set on the results of one period.
///
/// `grades` are the company's, best first. The order of `participants` does not matter: where order decides (odd minor units),
/// employee numbers are compared by code point.
#[must_use]
pub fn evaluate(
    set: &RewardPolicySet,
    grades: &[String],
    participants: &[Participant],
    limits: &SpendingLimits,
) -> RewardOutcome {
    let policies = set.by_priority();
    let mut evaluation = Evaluation::entitle(&policies, grades, participants);
    evaluation.tell_what_was_granted_before();
    evaluation.drop_zero_lines();
    evaluation.keep_one_of_each_group();
    evaluation.cap_each_person(limits);
    let requested_minor = evaluation.total();
    let held = evaluation.fit_budget(limits);
    evaluation.into_outcome(requested_minor, held)
}

/// A line on its way through the limits.
#[derive(Debug)]
struct Claim<'a> {
    /// Position in the order of priority.
    policy: usize,
    terms: PolicyTerms<'a>,
    /// Position in the order of the employee numbers.
    person: usize,
    employee_id: Uuid,
    award: Award,
    place: Option<usize>,
    session_id: Option<Uuid>,
    held_for: Vec<HoldReason>,
    /// Whether it is a fee without a rate.
    lacks_rate: bool,
    /// What of a fee was granted for the session before.
    before_minor: i64,
}

/// What one person receives from each policy (position, code) of a group, in the order of priority.
type SumsByPolicy<'a> = BTreeMap<(usize, &'a str), i128>;

#[derive(Debug)]
struct Evaluation<'a> {
    claims: Vec<Claim<'a>>,
    decisions: Vec<RewardDecision>,
}

impl<'a> Evaluation<'a> {
    fn entitle(policies: &[&'a RewardPolicy], grades: &[String], participants: &[Participant]) -> Self {
        let mut by_number: Vec<&Participant> = participants.iter().collect();
        by_number.sort_by_key(|participant| (&participant.employee_number, participant.employee_id));
        let positions: BTreeMap<Uuid, usize> =
            by_number.iter().enumerate().map(|(i, participant)| (participant.employee_id, i)).collect();
        let mut claims = Vec::new();
        for (i, policy) in policies.iter().enumerate() {
            let person = |employee: &Uuid| positions.get(employee).copied().unwrap_or_default();
            claims.extend(entitlements(policy, grades, &by_number).into_iter().map(|own| {
                let person = person(&own.participant.employee_id);
                Claim::new((i, policy.terms()), person, own)
            }));
        }
        Self { claims, decisions: Vec::new() }
    }

    /// What fees were granted for a session in other periods is taken off already.
    fn tell_what_was_granted_before(&mut self) {
        let deducted = self.claims.iter().filter(|claim| claim.before_minor > 0);
        let decision = |claim: &Claim<'a>| {
            let after = claim.award.amount_minor();
            let before_minor = after.saturating_add(claim.before_minor);
            RewardDecision { before_minor, ..claim.decision(DecisionCause::GrantedBefore, after) }
        };
        self.decisions.extend(deducted.map(decision));
        self.claims.retain(|claim| claim.before_minor == 0 || claim.is_worth_something());
    }

    fn drop_zero_lines(&mut self) {
        let (kept, dropped): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.claims).into_iter().partition(Claim::is_worth_something);
        self.claims = kept;
        let cause =
            |claim: &Claim<'_>| if claim.lacks_rate { DecisionCause::NoRate } else { DecisionCause::ZeroAmount };
        self.decisions.extend(dropped.iter().map(|claim| claim.decision(cause(claim), 0)));
    }

    /// In each exclusive group, a person keeps the policy with the largest sum; of equal ones, the earlier.
    fn keep_one_of_each_group(&mut self) {
        let mut sums: BTreeMap<(usize, &str), SumsByPolicy> = BTreeMap::new();
        for claim in &self.claims {
            if let Some(group) = claim.terms.exclusive_group {
                let policies = sums.entry((claim.person, group)).or_default();
                *policies.entry((claim.policy, claim.terms.code)).or_default() += claim.amount();
            }
        }
        let kept_policy = |claim: &Claim<'a>| {
            let policies = sums.get(&(claim.person, claim.terms.exclusive_group?))?;
            // `max_by_key` returns the last of equal maxima, so the policies are reversed.
            policies.iter().rev().max_by_key(|(_, sum)| *sum).map(|(policy, _)| *policy)
        };
        for claim in std::mem::take(&mut self.claims) {
            match kept_policy(&claim) {
                Some((policy, code)) if policy != claim.policy => {
                    let decision = claim.decision(DecisionCause::ExclusiveGroup, 0);
                    self.decisions.push(RewardDecision { kept_policy: Some(code.to_owned()), ..decision });
                }
                _ => self.claims.push(claim),
            }
        }
    }

    /// Reduces what exceeds the cap, starting with the last policy and, of a fee, the latest session: the first have precedence.
    fn cap_each_person(&mut self, limits: &SpendingLimits) {
        let Some(cap) = limits.person_cap_minor else { return };
        let mut left: BTreeMap<usize, i128> = BTreeMap::new();
        let capped: Vec<i128> = self
            .claims
            .iter()
            .map(|claim| {
                let left = left.entry(claim.person).or_insert(i128::from(cap.max(0)));
                let amount = claim.amount().min(*left);
                *left -= amount;
                amount
            })
            .collect();
        self.reduce(&capped, DecisionCause::PersonCap);
    }

    /// Over budget, either scales the money exactly to the budget (odd units by largest remainder, equal remainders by priority,
    /// then employee number, then session start), or returns that all of it must be held.
    fn fit_budget(&mut self, limits: &SpendingLimits) -> bool {
        let total = self.total();
        let Some(budget) = limits.budget_minor.map(|budget| budget.max(0)).filter(|budget| total > *budget) else {
            return false;
        };
        if limits.over_budget == OverBudget::Hold {
            return true;
        }
        let mut order: Vec<usize> = (0..self.claims.len()).collect();
        order.sort_by_key(|i| self.claims.get(*i).map(|claim| (claim.policy, claim.person)));
        let in_order: Vec<i128> = order.iter().filter_map(|i| self.claims.get(*i)).map(Claim::amount).collect();
        let mut scaled: Vec<(usize, i128)> = order.into_iter().zip(scale_to(&in_order, i128::from(budget))).collect();
        scaled.sort_unstable();
        let amounts: Vec<i128> = scaled.into_iter().map(|(_, amount)| amount).collect();
        self.reduce(&amounts, DecisionCause::BudgetScaled);
        false
    }

    /// Sets the claims to new amounts, records each reduction, and drops claims that have become 0. Certificates stay.
    fn reduce(&mut self, amounts: &[i128], cause: DecisionCause) {
        for (mut claim, amount) in std::mem::take(&mut self.claims).into_iter().zip(amounts) {
            let amount_minor = minor(*amount);
            if let Award::Money(money) = claim.award
                && money.amount_minor != amount_minor
            {
                self.decisions.push(claim.decision(cause, amount_minor));
                claim.award = Award::Money(MoneyAward { amount_minor });
            }
            if claim.is_worth_something() {
                self.claims.push(claim);
            }
        }
    }

    fn total(&self) -> i64 {
        minor(self.claims.iter().map(Claim::amount).sum())
    }

    fn into_outcome(self, requested_minor: i64, held: bool) -> RewardOutcome {
        let granted_minor = self.total();
        let line = |claim: Claim<'_>| {
            let over_budget = held && matches!(claim.award, Award::Money(_));
            RewardLine {
                policy: claim.terms.code.to_owned(),
                employee_id: claim.employee_id,
                held: over_budget || !claim.held_for.is_empty(),
                award: claim.award,
                session_id: claim.session_id,
                held_reasons: claim.held_for,
                over_budget,
                place: claim.place,
            }
        };
        RewardOutcome {
            lines: self.claims.into_iter().map(line).collect(),
            decisions: self.decisions,
            requested_minor,
            granted_minor,
        }
    }
}

impl<'a> Claim<'a> {
    fn new((policy, terms): (usize, PolicyTerms<'a>), person: usize, own: Entitlement<'_>) -> Self {
        Self {
            policy,
            terms,
            person,
            employee_id: own.participant.employee_id,
            session_id: own.fee.map(|fee| fee.session_id),
            held_for: own.held_for().to_vec(),
            before_minor: own.fee.map_or(0, |fee| fee.before_minor),
            lacks_rate: own.fee.is_some_and(|fee| fee.amount_minor.is_none()),
            place: own.place,
            award: own.award,
        }
    }

    fn amount(&self) -> i128 {
        i128::from(self.award.amount_minor())
    }

    fn is_worth_something(&self) -> bool {
        matches!(self.award, Award::Certificate(_)) || self.amount() != 0
    }

    fn decision(&self, cause: DecisionCause, after_minor: i64) -> RewardDecision {
        RewardDecision {
            policy: self.terms.code.to_owned(),
            employee_id: self.employee_id,
            cause,
            before_minor: self.award.amount_minor(),
            after_minor,
            kept_policy: None,
            session_id: self.session_id,
        }
    }
}

/// The policies' validation keeps amounts far below 64 bits.
fn minor(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
