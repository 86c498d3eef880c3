//! The verdicts on criteria that belong to no promotion policy: of those nothing is waived.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::answer::CriterionResult;
use super::criteria::PromotionCriterion;
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
