//! The verdicts on criteria that belong to no promotion policy: of those nothing is waived.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::answer::CriterionResult;
use super::criteria::{AllCriteria, PromotionCriterion};
use super::facts::{self, Sought, Way};
use super::rules;
use crate::error::Result;
use crate::journal::Tx;

/// The verdict on the criteria for each of these people, on a day.
pub async fn judge(
    tx: &mut Tx<'_>,
    criteria: &PromotionCriterion,
    people: &[Uuid],
    on: NaiveDate,
) -> Result<BTreeMap<Uuid, CriterionResult>> {
    let sought = Sought::of(tx, criteria, None, on, true).await?;
    let appointed = facts::appointed(tx, people, on).await?;
    let facts = facts::read(tx, &sought, &appointed, Way::Each).await?;
    Ok(facts.iter().map(|(person, facts)| (*person, rules::check(criteria, facts))).collect())
}

/// The same for several criteria that have nothing to do with each other: for each person a verdict on each of them, in their order. What
/// any of them asks for is read once.
pub async fn judge_each(
    tx: &mut Tx<'_>,
    criteria: Vec<PromotionCriterion>,
    people: &[Uuid],
    on: NaiveDate,
) -> Result<BTreeMap<Uuid, Vec<CriterionResult>>> {
    if criteria.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = judge(tx, &PromotionCriterion::All(AllCriteria { criteria }), people, on).await?;
    let each = |result: CriterionResult| match result {
        CriterionResult::All(all) => all.criteria,
        _ => Vec::new(),
    };
    Ok(found.into_iter().map(|(person, result)| (person, each(result))).collect())
}
