//! Reads, dismisses and drafts findings.

use serde_json::json;
use uuid::Uuid;

use super::dto::{AdviceFindingResponse, AdviceSettings, FindingState};
use super::job::ADVICE_JOB;
use super::model::Finding;
use super::queries;
use crate::closing::what_if::{self, OrderWhatIfRequest, WhatIf};
use crate::error::{Error, Result};
use crate::http::{Next, Paging, Precondition};
use crate::jobs::{self, JobStatus};
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::language::Language;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Reason;
use crate::names::names;
use crate::people::employee_refs;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::versions::Start;
use crate::programmes::{self, Programme};
use crate::versioned::{self, Proposal, sees_drafts};

async fn programme(tx: &mut Tx<'_>, id: Uuid) -> Result<Programme> {
    Thing::Programme.require(programmes::find(tx, id).await?)
}

/// A page of a programme's findings; none for those who see no drafts.
pub async fn list(
    tx: &mut Tx<'_>,
    id: Uuid,
    state: Option<FindingState>,
    paging: &Paging,
    language: Language,
) -> Result<(Vec<AdviceFindingResponse>, Next)> {
    let programme = programme(tx, id).await?;
    if !sees_drafts::<ScoringRule>(tx) {
        return Ok((Vec::new(), Next::default()));
    }
    let (rows, next) = queries::list_page(tx, programme.id, state, paging).await?;
    Ok((responses(tx, &programme, rows, language).await?, next))
}

pub async fn get(tx: &mut Tx<'_>, (id, finding): (Uuid, Uuid), language: Language) -> Result<AdviceFindingResponse> {
    let programme = programme(tx, id).await?;
    let found = queries::find(tx, finding).await?;
    let found = found.filter(|row| row.programme_id == programme.id && sees_drafts::<ScoringRule>(tx));
    let found = Thing::Finding.require(found)?;
    response(tx, &programme, found, language).await
}

async fn response(
    tx: &mut Tx<'_>,
    programme: &Programme,
    row: Finding,
    language: Language,
) -> Result<AdviceFindingResponse> {
    let made = responses(tx, programme, vec![row], language).await?;
    made.into_iter().next().ok_or_else(|| Error::internal("no answer for a finding"))
}

async fn responses(
    tx: &mut Tx<'_>,
    programme: &Programme,
    rows: Vec<Finding>,
    language: Language,
) -> Result<Vec<AdviceFindingResponse>> {
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.dismissed_by_id).collect();
    let (people, names) = (employee_refs(tx, &ids).await?, names(tx).await?);
    let response = |row: Finding| {
        let by = people.maybe(row.dismissed_by_id)?;
        Ok(AdviceFindingResponse::new(row, by, &names, programme.currency, language))
    };
    rows.into_iter().map(response).collect()
}

/// Orders a review of the last closed periods.
pub async fn order_review(tx: &mut Tx<'_>, id: Uuid) -> Result<JobStatus> {
    let programme = programme(tx, id).await?;
    let job = jobs::enqueue(tx, ADVICE_JOB, json!({ "programme": programme.id })).await?;
    let details = json!({ "job_id": job.id });
    tx.record(Record::logged("order_advice_review", "programme", programme.id).details(details));
    Ok(job)
}

/// The open finding of the programme, locked, if it is as the caller saw it.
async fn open(tx: &mut Tx<'_>, programme: &Programme, finding: Uuid, precondition: &Precondition) -> Result<Finding> {
    let found = queries::find_for_update(tx, finding).await?.filter(|row| row.programme_id == programme.id);
    let found = precondition.admit(Thing::Finding, found, |row| row.version)?;
    Thing::Finding.refuse_if(found.state == FindingState::Dismissed, Condition::Dismissed, Condition::Open)?;
    Ok(found)
}

pub async fn dismiss(
    tx: &mut Tx<'_>,
    (id, finding): (Uuid, Uuid),
    reason: &Reason,
    precondition: &Precondition,
    language: Language,
) -> Result<AdviceFindingResponse> {
    let programme = programme(tx, id).await?;
    let row = open(tx, &programme, finding, precondition).await?;
    let row = queries::dismiss(tx, row.id, tx.actor.answerable(), reason).await?;
    let details = json!({ "programme_id": id, "code": row.code, "subject": row.subject, "reason": reason });
    tx.record(Record::logged("dismiss_advice_finding", "advice_finding", row.id).details(details));
    response(tx, &programme, row, language).await
}

/// Drafts what a finding proposes, and orders a what-if of the draft.
pub async fn draft(tx: &mut Tx<'_>, (id, finding): (Uuid, Uuid), precondition: &Precondition) -> Result<WhatIf> {
    let programme = programme(tx, id).await?;
    let row = open(tx, &programme, finding, precondition).await?;
    let current = programme.period_at(tx.now).and_then(Period::next);
    let starts_period = Thing::Period.require(current)?;
    let heading = Start { programme_id: programme.id, starts_period };
    let mut request = OrderWhatIfRequest { scoring_rule_id: None, reward_policy_set_id: None, periods: None };
    match (row.rule, row.policies) {
        (Some(rule), _) => {
            let draft = versioned::create(tx, Proposal { heading, document: rule.0 }).await?;
            request.scoring_rule_id = Some(draft.id);
        }
        (None, Some(policies)) => {
            let draft = versioned::create(tx, Proposal { heading, document: policies.0 }).await?;
            request.reward_policy_set_id = Some(draft.id);
        }
        (None, None) => {
            return Err(Error::state(Thing::Finding, Condition::WithoutProposal, Condition::WithProposal));
        }
    }
    Ok(what_if::order(tx, programme.id, request, Faults::default()).await?.0)
}

pub async fn settings(tx: &mut Tx<'_>, id: Uuid) -> Result<AdviceSettings> {
    let programme = programme(tx, id).await?;
    Ok(queries::settings(tx, programme.id).await?.unwrap_or_default())
}

pub async fn set_settings(tx: &mut Tx<'_>, id: Uuid, settings: AdviceSettings) -> Result<AdviceSettings> {
    let programme = programme(tx, id).await?;
    queries::set_settings(tx, programme.id, settings.clone()).await?;
    let details = json!({ "settings": settings });
    tx.record(Record::logged("set_advice_settings", "programme", programme.id).details(details));
    Ok(settings)
}
