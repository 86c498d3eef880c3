//! Who may apply for an opportunity, and why not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::applications::model::OpportunityApplication;
use super::applications::queries as applications;
use super::dto::{TrainingOpportunityResponse, responses};
use super::model::TrainingOpportunity;
use super::queries;
use crate::error::Result;
use crate::growth::answer::CriterionResult;
use crate::growth::criteria::PromotionCriterion;
use crate::growth::{OpportunityApplicationState, judge_each, precedences};
use crate::http::Page;
use crate::journal::Tx;
use crate::kernel::words::words;
use crate::people::{merged_into, records_of_all, today};

words! {
    /// Why a lecturer may not apply for a training opportunity.
    pub enum OpportunityObstacle {
        /// The person is not employed today.
        NotEmployed = "not_employed",
        /// The person is not appointed as a lecturer today.
        NotAppointed = "not_appointed",
        /// The person is suspended as a lecturer today.
        Suspended = "suspended",
        /// The criteria are not met.
        CriteriaNotMet = "criteria_not_met",
        /// There is an application already, or a place was offered.
        AlreadyApplied = "already_applied",
        /// HR has taken an earlier application or place back.
        Revoked = "revoked",
    }
}

/// How a lecturer stands towards an opportunity.
#[derive(Debug, Clone)]
pub struct Standing {
    pub obstacles: Vec<OpportunityObstacle>,
    /// The verdict on the criteria; none if there are none.
    pub checked: Option<CriterionResult>,
    /// The latest application.
    pub application: Option<OpportunityApplication>,
}

/// An opportunity for which lecturers can apply, and how one of them stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpportunityStandingResponse {
    pub opportunity: TrainingOpportunityResponse,
    pub may_apply: bool,
    /// Why not. Empty if the lecturer may apply.
    #[schema(max_items = 5)]
    pub obstacles: Vec<OpportunityObstacle>,
    /// The verdict on each of the criteria, with the evidence and what is missing. Null: the opportunity asks for nothing.
    pub checked: Option<CriterionResult>,
    /// Whether the lecturer would be ranked before those without precedence.
    pub has_precedence: bool,
    /// The latest application of the lecturer. Null: none.
    pub application_id: Option<Uuid>,
    /// Its state. Null: there is none.
    pub application_state: Option<OpportunityApplicationState>,
}

/// A page of them.
pub type OpportunityStandingPage = Page<OpportunityStandingResponse>;

/// How a person stands today towards each of these opportunities, in their order.
pub async fn standings(tx: &mut Tx<'_>, rows: &[TrainingOpportunity], person: Uuid) -> Result<Vec<Standing>> {
    let today = today(tx).await?;
    let people = queries::people(tx, &[person], today).await?;
    let there = people.get(&person);
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let records = records_of_all(tx, &[person]).await?;
    let mut own: BTreeMap<Uuid, Vec<OpportunityApplication>> = BTreeMap::new();
    for application in applications::own(tx, &ids, &records).await? {
        own.entry(application.opportunity_id).or_default().push(application);
    }
    let asking = rows.iter().filter_map(|row| Some((row.id, row.criteria.as_ref()?.0.clone())));
    let (ask, criteria): (Vec<Uuid>, Vec<PromotionCriterion>) = asking.unzip();
    let found = judge_each(tx, criteria, &[person], today).await?.remove(&person).unwrap_or_default();
    let mut verdicts: BTreeMap<Uuid, CriterionResult> = ask.into_iter().zip(found).collect();
    let standing = |row: &TrainingOpportunity| {
        let own = own.remove(&row.id).unwrap_or_default();
        let checked = verdicts.remove(&row.id);
        let mut obstacles = Vec::new();
        let mut stands = |is_so: bool, obstacle| obstacles.extend(is_so.then_some(obstacle));
        let is_employed = there.is_some_and(|one| one.is_employed);
        stands(!is_employed, OpportunityObstacle::NotEmployed);
        let is_appointed = there.is_some_and(|one| one.appointed_on.is_some());
        stands(is_employed && !is_appointed, OpportunityObstacle::NotAppointed);
        stands(is_employed && there.is_some_and(|one| one.is_suspended), OpportunityObstacle::Suspended);
        stands(checked.as_ref().is_some_and(|result| !result.verdict().passes()), OpportunityObstacle::CriteriaNotMet);
        stands(own.iter().any(|one| is_live(one.state)), OpportunityObstacle::AlreadyApplied);
        let is_revoked = own.iter().any(|one| one.state == OpportunityApplicationState::Revoked);
        stands(is_revoked, OpportunityObstacle::Revoked);
        Standing { obstacles, checked, application: own.into_iter().next_back() }
    };
    Ok(rows.iter().map(standing).collect())
}

/// Whether somebody with an application in this state cannot apply again.
#[must_use]
pub fn is_live(state: OpportunityApplicationState) -> bool {
    use OpportunityApplicationState::{Accepted, Applied, Attended, NoShow, Offered, Waiting};
    matches!(state, Applied | Waiting | Offered | Accepted | Attended | NoShow)
}

/// The opportunities with how the person stands, in their order.
pub async fn render_all(
    tx: &mut Tx<'_>,
    rows: Vec<TrainingOpportunity>,
    person: Uuid,
) -> Result<Vec<OpportunityStandingResponse>> {
    let person = merged_into(tx, &[person]).await?.remove(&person).unwrap_or(person);
    let standings = standings(tx, &rows, person).await?;
    let records = records_of_all(tx, &[person]).await?;
    let ahead: BTreeSet<String> = precedences::codes_of(tx, &records).await?.into_iter().collect();
    let has_precedence: Vec<bool> = rows.iter().map(|row| ahead.contains(row.code.as_str())).collect();
    let opportunities = responses(tx, rows).await?.into_iter();
    let whole = opportunities.zip(standings).zip(has_precedence).map(|((opportunity, own), has_precedence)| {
        OpportunityStandingResponse {
            opportunity,
            may_apply: own.obstacles.is_empty(),
            obstacles: own.obstacles,
            checked: own.checked,
            has_precedence,
            application_id: own.application.as_ref().map(|one| one.id),
            application_state: own.application.as_ref().map(|one| one.state),
        }
    });
    Ok(whole.collect())
}
