//! What each policy alone would grant, before any limit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::division::split_evenly;
use super::fees::{DueFee, HoldReason, due_fees, granted_before};
use super::policy::{Criterion, GradeBonus, Highest, RewardPolicy, RewardPolicySet, SessionFee, Ties, TopN};
use crate::kernel::decimal::Decimal;
use crate::kernel::scope::Scope;
use crate::programmes::documents::grades::grade_reaches;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::metric::Metric;
use crate::scoring::metrics::Measurement;
use crate::scoring::rule::ScoringRule;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::{MetricValue, Score};

/// One lecturer of the period, as the policies see them. It is all that they need of a card, so that there is room for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    pub employee_id: Uuid,
    /// The number as frozen; compared by code point.
    pub employee_number: String,
    pub department_id: Option<Uuid>,
    pub is_rated: bool,
    pub score: Option<Score>,
    pub grade: Option<String>,
    /// Those that the policies ask for.
    pub metrics: Vec<(Metric, Measurement)>,
    /// What the sessions earn by each fee, which is named by its priority.
    pub fees: Vec<(u32, Vec<DueFee>)>,
}

/// What the policies ask for of each lecturer.
#[derive(Debug, Clone)]
pub struct Asked {
    metrics: BTreeSet<Metric>,
    fees: Vec<SessionFee>,
    /// It says which sessions qualify.
    rule: ScoringRule,
    min_ratings: u32,
}

impl Asked {
    /// `min_ratings`: with fewer ratings, a session has no mean of its own.
    #[must_use]
    pub fn by(policies: &RewardPolicySet, rule: &ScoringRule, min_ratings: u32) -> Self {
        let mut fees: Vec<SessionFee> = policies.fees().cloned().collect();
        fees.sort_by_key(|fee| fee.priority);
        Self { metrics: policies.metrics(), fees, rule: rule.clone(), min_ratings }
    }
}

impl Participant {
    #[must_use]
    pub fn new(inputs: &LecturerInputs, card: &Scorecard, asked: &Asked) -> Self {
        let measured = card.metrics.iter().filter(|(metric, _)| asked.metrics.contains(*metric));
        let mut before = granted_before(inputs);
        let due = |fee: &SessionFee| {
            let mut due = due_fees(fee, &asked.rule, asked.min_ratings, inputs);
            for own in &mut due {
                own.deduct(&mut before);
            }
            (fee.priority, due)
        };
        Self {
            employee_id: inputs.employee_id,
            employee_number: inputs.employee_number.clone(),
            department_id: inputs.department_id(),
            is_rated: card.is_rated(),
            score: card.score,
            grade: card.grade.clone(),
            metrics: measured.map(|(metric, measured)| (metric.clone(), *measured)).collect(),
            fees: asked.fees.iter().map(due).collect(),
        }
    }

    /// The measurement of a metric that the policies ask for.
    #[must_use]
    pub fn measured(&self, asked: &Metric) -> Measurement {
        self.metrics.iter().find(|(metric, _)| metric == asked).map(|(_, measured)| *measured).unwrap_or_default()
    }

    /// The local day of a session that earns a fee.
    #[must_use]
    pub fn day_of(&self, session: Uuid) -> Option<NaiveDate> {
        let found = self.fees.iter().flat_map(|(_, due)| due).find(|due| due.session_id == session);
        found.map(|due| due.start.date_naive())
    }

    /// The score, or a metric's value, as a number with 6 decimals.
    #[must_use]
    pub fn value(&self, criterion: &Criterion) -> Option<MetricValue> {
        match criterion {
            Criterion::Score => self.score.map(|score| MetricValue::round(&score.to_ratio())),
            Criterion::Metric(metric) => self.measured(metric).value,
        }
    }
}

/// What is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Award {
    Money(MoneyAward),
    Certificate(CertificateAward),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyAward {
    /// Minor units of the programme's currency.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub amount_minor: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateAward {
    /// The certificate's code.
    #[schema(min_length = 1, max_length = 64)]
    pub certificate: String,
}

/// What one policy grants one participant, before any limit.
#[derive(Debug, Clone)]
pub(super) struct Entitlement<'a> {
    pub participant: &'a Participant,
    pub award: Award,
    /// In a contest with places; 1 is the first.
    pub place: Option<usize>,
    /// Of a fee.
    pub fee: Option<&'a DueFee>,
}

impl<'a> Entitlement<'a> {
    fn new(participant: &'a Participant, award: Award) -> Self {
        Self { participant, award, place: None, fee: None }
    }

    /// The gates that hold it.
    pub fn held_for(&self) -> &'a [HoldReason] {
        self.fee.map_or(&[], |fee| fee.held_for.as_slice())
    }
}

impl Award {
    /// In minor units; a certificate costs nothing.
    #[must_use]
    pub fn amount_minor(&self) -> i64 {
        match self {
            Self::Money(money) => money.amount_minor,
            Self::Certificate(_) => 0,
        }
    }

    fn money(amount_minor: i128) -> Self {
        Self::Money(MoneyAward { amount_minor: i64::try_from(amount_minor).unwrap_or(i64::MAX) })
    }
}

/// The entitlements of one policy, in the policy's order: by place, then employee number.
///
/// `participants` must be ordered by employee number. Only rated ones take part, and only with the policy's grade or a better one
/// in the order of the company's `grades`, best first: but a fee is earned by everybody, rated or not. Streaks and notices look at
/// several periods and are evaluated apart (`crate::growth`): they grant no money.
pub(super) fn entitlements<'a>(
    policy: &RewardPolicy,
    grades: &[String],
    participants: &[&'a Participant],
) -> Vec<Entitlement<'a>> {
    let least = policy.terms().grade_at_least;
    let takes_part = |participant: &&&Participant| {
        let reaches = |least| participant.grade.as_deref().is_some_and(|grade| grade_reaches(grades, grade, least));
        participant.is_rated && least.is_none_or(reaches)
    };
    let entrants: Vec<&Participant> = participants.iter().filter(takes_part).copied().collect();
    match policy {
        RewardPolicy::GradeBonus(policy) => grade_bonus(policy, &entrants),
        RewardPolicy::TopN(policy) => on_each_board(policy.scope, &entrants, |board| top_n(policy, board)),
        RewardPolicy::Highest(policy) => on_each_board(policy.scope, &entrants, |board| highest(policy, board)),
        RewardPolicy::SessionFee(policy) => session_fee(policy, participants),
        RewardPolicy::Streak(_) | RewardPolicy::Notice(_) => Vec::new(),
    }
}

/// One for each session, in the order of the sessions of each lecturer.
fn session_fee<'a>(policy: &SessionFee, participants: &[&'a Participant]) -> Vec<Entitlement<'a>> {
    let of_fee = |&participant: &&'a Participant| {
        let own = participant.fees.iter().find(|(priority, _)| *priority == policy.priority);
        let due = own.map(|(_, due)| due.as_slice()).unwrap_or_default();
        due.iter().map(move |fee| Entitlement {
            fee: Some(fee),
            ..Entitlement::new(participant, Award::money(fee.amount_minor.unwrap_or(0).into()))
        })
    };
    participants.iter().flat_map(of_fee).collect()
}

fn grade_bonus<'a>(policy: &GradeBonus, entrants: &[&'a Participant]) -> Vec<Entitlement<'a>> {
    let bonus = |&participant: &&'a Participant| {
        let amount = policy.amounts_minor.get(participant.grade.as_deref()?)?;
        Some(Entitlement::new(participant, Award::money(i128::from(*amount))))
    };
    entrants.iter().filter_map(bonus).collect()
}

/// Runs a contest for the whole programme, or for each department; people without a department then take no part.
fn on_each_board<'a>(
    scope: Scope,
    entrants: &[&'a Participant],
    contest: impl Fn(&[&'a Participant]) -> Vec<Entitlement<'a>>,
) -> Vec<Entitlement<'a>> {
    match scope {
        Scope::Programme => contest(entrants),
        Scope::Department => {
            let mut boards: BTreeMap<Uuid, Vec<&'a Participant>> = BTreeMap::new();
            for participant in entrants {
                if let Some(department) = participant.department_id {
                    boards.entry(department).or_default().push(*participant);
                }
            }
            boards.values().flat_map(|board| contest(board)).collect()
        }
    }
}

/// By value, highest first, then by each tie-breaker. The k people tied at place i share the places i..i+k−1 (a place beyond the
/// last is worth 0), or each gets the amount of place i. The next person's place is i + k.
fn top_n<'a>(policy: &TopN, board: &[&'a Participant]) -> Vec<Entitlement<'a>> {
    let mut contest: Vec<(Vec<Option<MetricValue>>, &'a Participant)> = board
        .iter()
        .filter(|participant| competes(policy, participant))
        .map(|participant| (standing(policy, participant), *participant))
        .collect();
    if too_few(contest.len(), policy.min_contenders) {
        return Vec::new();
    }
    contest.sort_by(|(a, _), (b, _)| b.cmp(a));
    let mut granted = Vec::new();
    let mut place = 0;
    for tied in contest.chunk_by(|(a, _), (b, _)| a == b) {
        let Some(first) = policy.places_minor.get(place) else { break };
        let pool = policy.places_minor.iter().skip(place).take(tied.len()).map(|amount| i128::from(*amount)).sum();
        let amounts: Vec<i128> = match policy.ties {
            Ties::SplitPool => split_evenly(pool, tied.len()).collect(),
            Ties::ShareAll => vec![i128::from(*first); tied.len()],
        };
        let shares = tied.iter().zip(amounts);
        granted.extend(shares.map(|((_, participant), amount)| Entitlement {
            place: Some(place + 1),
            ..Entitlement::new(participant, Award::money(amount))
        }));
        place += tied.len();
    }
    granted
}

/// Excludes people with no value, the value 0, fewer facts than `min_n` or less than `min_value`.
fn competes(policy: &TopN, participant: &Participant) -> bool {
    let enough_facts = match (&policy.metric, policy.min_n) {
        (Criterion::Metric(metric), Some(min_n)) => participant.measured(metric).n >= u64::from(min_n),
        _ => true,
    };
    let counts = |value: MetricValue| value != MetricValue::ZERO && reaches(value, policy.min_value);
    enough_facts && participant.value(&policy.metric).is_some_and(counts)
}

/// The values by which participants are compared. A missing tie-breaker is less than any value.
fn standing(policy: &TopN, participant: &Participant) -> Vec<Option<MetricValue>> {
    let tie_breakers = policy.tie_breakers.iter().map(|criterion| participant.value(criterion));
    std::iter::once(participant.value(&policy.metric)).chain(tie_breakers).collect()
}

/// A sole contender is no winner where the policy asks for more.
fn too_few(contenders: usize, least: Option<u32>) -> bool {
    least.is_some_and(|least| u32::try_from(contenders).is_ok_and(|contenders| contenders < least))
}

/// A certificate for everybody with the greatest value, if it is above 0 and reaches `min_value`.
fn highest<'a>(policy: &Highest, board: &[&'a Participant]) -> Vec<Entitlement<'a>> {
    let eligible = |value: &MetricValue| *value > MetricValue::ZERO && reaches(*value, policy.min_value);
    let value = |participant: &&'a Participant| participant.measured(&policy.metric).value.filter(eligible);
    let values: Vec<MetricValue> = board.iter().filter_map(value).collect();
    let Some(greatest) = values.iter().max().copied().filter(|_| !too_few(values.len(), policy.min_contenders)) else {
        return Vec::new();
    };
    let winners = board.iter().filter(|participant| value(participant) == Some(greatest));
    let award = Award::Certificate(CertificateAward { certificate: policy.certificate.to_string() });
    winners.map(|&participant| Entitlement::new(participant, award.clone())).collect()
}

fn reaches(value: MetricValue, least: Option<Decimal>) -> bool {
    least.is_none_or(|least| value.to_ratio() >= least.to_ratio())
}
