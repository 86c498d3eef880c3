//! Promotion checks: the facts about people, the verdicts on them, and the answers over HTTP.

mod dto;
pub mod routes;
mod signed;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

pub use dto::PromotionCheckResponse;

use super::facts::{self, Sought, Way};
use super::policies::{self, PromotionPolicy};
use super::rules::{self, Facts};
use super::waivers::applied;
use crate::auth::Right;
use crate::auth::rights::PromotionsWrite;
use crate::error::{Error, Result, only};
use crate::growth::answer::CriterionResult;
use crate::growth::criteria::PromotionCriterion;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::text::Code;
use crate::people::{employee_refs, merged_record, visible};
use crate::versioned::Versioned as _;

/// A policy and the result of the check by it.
pub struct CheckedAnswer {
    pub policy: PromotionPolicy,
    pub answer: PromotionCheckResponse,
}

/// What a person is checked for: a policy, or a position.
pub struct Target {
    pub policy_id: Option<Uuid>,
    pub target_code: Option<Code>,
}

/// Who is checked (each with the place in the request), for what, and for which day.
pub struct Asked {
    pub people: Vec<(String, Uuid)>,
    pub target: Target,
    pub on: NaiveDate,
}

/// Checks a person whom the caller's right `R` covers for a day. Refuses with the faults found before and all of its own.
pub async fn check<R: Right>(
    tx: &mut Tx<'_>,
    employee: Uuid,
    target: Target,
    on: NaiveDate,
    faults: Faults,
) -> Result<CheckedAnswer> {
    let people = vec![("/employee_id".to_owned(), employee)];
    let (policy, answers) = check_all::<R>(tx, Asked { people, target, on }, faults).await?;
    Ok(CheckedAnswer { policy, answer: only(answers)? })
}

/// The same for several people, in their order.
pub async fn check_all<R: Right>(
    tx: &mut Tx<'_>,
    asked: Asked,
    mut faults: Faults,
) -> Result<(PromotionPolicy, Vec<PromotionCheckResponse>)> {
    faults.extend(unknown::<R>(tx, &asked.people).await?);
    let policy = faults.and(policy_of(tx, asked.target).await)?;
    let sought = Sought::new(tx, &policy, asked.on, true).await?;
    let ids: Vec<Uuid> = asked.people.iter().map(|(_, id)| *id).collect();
    let appointed = facts::appointed(tx, &ids, asked.on).await?;
    let facts = facts::read(tx, &sought, &appointed, Way::Each).await?;
    let judged = judge(&policy.document, &ids, &facts)?;
    let (results, used): (Vec<_>, Vec<_>) = judged.into_iter().map(|judged| (judged.result, judged.waived)).unzip();
    let waivers = applied(tx, used).await?;
    let answers = ids.into_iter().zip(results).zip(waivers).map(|((employee_id, result), waivers)| {
        let eligible = result.verdict().passes();
        PromotionCheckResponse {
            employee_id,
            policy_id: policy.id,
            target_code: policy.heading.target_code.clone(),
            policy_version: policy.number,
            asked_on: asked.on,
            eligible,
            result,
            waivers,
        }
    });
    let answers = answers.collect();
    Ok((policy, answers))
}

/// What a policy says about a person.
#[derive(Debug, Clone)]
pub struct Judged {
    pub result: CriterionResult,
    /// The waivers that it rests on, each with the place of its criterion.
    pub waived: Vec<(String, Uuid)>,
}

impl Judged {
    #[must_use]
    pub fn new(policy: &PromotionCriterion, facts: &Facts) -> Self {
        let result = rules::check(policy, facts);
        let waived = rules::waived(policy, &result, facts, "/criteria");
        Self { result, waived }
    }
}

fn judge(policy: &PromotionCriterion, people: &[Uuid], facts: &BTreeMap<Uuid, Facts>) -> Result<Vec<Judged>> {
    let judged = people.iter().map(|person| {
        let facts = facts.get(person).ok_or_else(|| Error::internal("somebody without facts"))?;
        Ok(Judged::new(policy, facts))
    });
    judged.collect()
}

/// The faults of people whom the right does not cover, who do not exist, or whose record was merged into another one.
async fn unknown<R: Right>(tx: &mut Tx<'_>, people: &[(String, Uuid)]) -> Result<Vec<Fault>> {
    let seen = visible::<R>(tx).await?;
    let ids: Vec<Uuid> = people.iter().map(|(_, id)| *id).collect();
    let known = employee_refs(tx, &ids).await?;
    let fault = |(pointer, id): &(String, Uuid)| match known.find(*id).filter(|_| seen.includes(*id)) {
        None => Some(Fault::new(pointer, FaultCode::NotFound)),
        Some(person) if person.id != *id => Some(merged_record(pointer, person.id)),
        Some(_) => None,
    };
    Ok(people.iter().filter_map(fault).collect())
}

/// The named policy, or the policy in force for the named position. People who maintain drafts may check against them too.
async fn policy_of(tx: &mut Tx<'_>, target: Target) -> Result<PromotionPolicy> {
    match (target.policy_id, target.target_code) {
        (Some(id), None) => {
            let found = PromotionCriterion::find(tx, id).await?;
            let tries = tx.actor.reach::<PromotionsWrite>().is_ok();
            let usable = found.filter(|policy| policy.published_at.is_some() || tries);
            usable.ok_or_else(|| Error::fault("/policy_id", FaultCode::NotFound))
        }
        (None, Some(target_code)) => {
            let found = policies::in_force(tx, &target_code).await?;
            found.ok_or_else(|| Error::fault("/target_code", FaultCode::NotFound))
        }
        _ => Err(Fault::exactly_one("/policy_id", &["policy_id", "target_code"]).into()),
    }
}
