//! Orders and reads what-ifs.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::dto::{ListWhatIfLecturersQuery, MAX_PERIODS, OrderWhatIfRequest, WhatIfLecturerResponse, WhatIfResponse};
use super::job::{RunWhatIf, WHAT_IF_JOB};
use super::model::{WhatIf, WhatIfLecturer};
use super::queries;
use crate::db::Document;
use crate::error::{Error, Result};
use crate::http::{Next, Paging};
use crate::jobs;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Form, Refusal, Thing};
use crate::people::{employee_refs, records_of_one};
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::versions::Start;
use crate::programmes::{self, Programme};
use crate::versioned::{Version, Versioned, sees_drafts};

/// How many periods are tried if none are named.
const USUAL_PERIODS: i64 = 3;

/// Orders a what-if. Returns the row, and what its job works on.
pub async fn order(
    tx: &mut Tx<'_>,
    programme: Uuid,
    request: OrderWhatIfRequest,
    mut faults: Faults,
) -> Result<(WhatIf, RunWhatIf)> {
    let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
    let rule = version::<ScoringRule>(tx, &programme, ("/scoring_rule_id", request.scoring_rule_id), &mut faults);
    let rule = rule.await?;
    let wanted = ("/reward_policy_set_id", request.reward_policy_set_id);
    let policies = version::<RewardPolicySet>(tx, &programme, wanted, &mut faults).await?;
    if request.scoring_rule_id.is_none() && request.reward_policy_set_id.is_none() {
        faults.push(Fault::at_least_one("/scoring_rule_id", &["scoring_rule_id", "reward_policy_set_id"]));
    }
    let periods = match request.periods {
        Some(asked) => closed_periods(tx, &programme, asked, &mut faults).await?,
        // The earliest first: what an earlier period is found to be counts for the runs of the later ones.
        None => queries::latest_closed(tx, programme.id, USUAL_PERIODS).await?.into_iter().rev().collect(),
    };
    faults.check()?;
    Thing::Programme.refuse_if(periods.is_empty(), Condition::WithoutClosedPeriod, Condition::WithClosedPeriod)?;
    let command = RunWhatIf {
        id: tx.id(),
        programme: programme.id,
        rule: rule.as_ref().map(|version| version.document.0.clone()),
        policies: policies.as_ref().map(|version| version.document.0.clone()),
        periods,
    };
    let work = serde_json::to_value(&command).map_err(Error::internal)?;
    let job = jobs::enqueue(tx, WHAT_IF_JOB, work).await?;
    let row = WhatIf {
        tenant_id: tx.tenant,
        id: command.id,
        programme_id: programme.id,
        rule_id: rule.as_ref().map(|version| version.id),
        rule_digest: rule.as_ref().map(Version::digest).transpose()?,
        policy_set_id: policies.as_ref().map(|version| version.id),
        policies_digest: policies.as_ref().map(Version::digest).transpose()?,
        periods: Document(command.periods.clone()),
        job_id: job.id,
        requested_by_kind: tx.actor.identity.kind(),
        requested_by_id: tx.actor.identity.id(),
        created_at: tx.now,
        finished_at: None,
    };
    let row = queries::insert(tx, &row).await?;
    let details = json!({
        "what_if_id": row.id, "job_id": row.job_id, "rule_id": row.rule_id, "policy_set_id": row.policy_set_id,
        "periods": command.periods,
    });
    tx.record(Record::logged("order_what_if", "programme", programme.id).details(details));
    Ok((row, command))
}

/// A version of the programme, if one is asked for.
async fn version<D: Versioned<Heading = Start>>(
    tx: &mut Tx<'_>,
    programme: &Programme,
    (pointer, asked): (&str, Option<Uuid>),
    faults: &mut Faults,
) -> Result<Option<Version<D>>> {
    let Some(id) = asked else { return Ok(None) };
    let found = D::find(tx, id).await?.filter(|version| version.heading.programme_id == programme.id);
    if found.is_none() {
        faults.push(Fault::new(pointer, FaultCode::NotFound));
    }
    Ok(found)
}

/// The periods that are asked for, the earliest first; a fault for each that is not closed.
async fn closed_periods(
    tx: &mut Tx<'_>,
    programme: &Programme,
    mut asked: Vec<Period>,
    faults: &mut Faults,
) -> Result<Vec<Period>> {
    faults.check_length("/periods", asked.len(), 1, MAX_PERIODS);
    faults.check_distinct(&asked, |i| format!("/periods/{i}"));
    let closed = queries::closed_among(tx, programme.id, &asked).await?;
    for (i, period) in asked.iter().enumerate() {
        let pointer = format!("/periods/{i}");
        if period.cycle() != programme.cycle {
            faults.push(Fault::bad_format(pointer, Form::from(programme.cycle)));
        } else if !closed.contains(period) {
            faults.push(Fault::not_eligible(pointer, Refusal::InState.with("state", Condition::Open)));
        }
    }
    asked.sort();
    Ok(asked)
}

/// Whether the caller may see what was tried: what-ifs are for those who see drafts.
fn is_reader(tx: &Tx<'_>) -> bool {
    sees_drafts::<ScoringRule>(tx)
}

/// A page of a programme's what-ifs; none for those who see no drafts.
pub async fn list(tx: &mut Tx<'_>, programme: Uuid, paging: &Paging) -> Result<(Vec<WhatIfResponse>, Next)> {
    Thing::Programme.require(programmes::find(tx, programme).await?)?;
    if !is_reader(tx) {
        return Ok((Vec::new(), Next::default()));
    }
    let (rows, next) = queries::list_page(tx, programme, paging).await?;
    Ok((responses(tx, rows).await?, next))
}

pub async fn find(tx: &mut Tx<'_>, programme: Uuid, id: Uuid) -> Result<WhatIf> {
    let found = queries::find(tx, id).await?.filter(|row| row.programme_id == programme && is_reader(tx));
    Thing::WhatIf.require(found)
}

pub async fn response(tx: &mut Tx<'_>, row: WhatIf) -> Result<WhatIfResponse> {
    let made = responses(tx, vec![row]).await?;
    made.into_iter().next().ok_or_else(|| Error::internal("no answer for a what-if"))
}

async fn responses(tx: &mut Tx<'_>, rows: Vec<WhatIf>) -> Result<Vec<WhatIfResponse>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut reports: BTreeMap<Uuid, Vec<_>> = BTreeMap::new();
    for found in queries::periods_of(tx, &ids).await? {
        reports.entry(found.what_if_id).or_default().push(found.report.0);
    }
    rows.into_iter()
        .map(|row| {
            let own = reports.remove(&row.id).unwrap_or_default();
            WhatIfResponse::new(row, own)
        })
        .collect()
}

/// A page of the lecturers of a what-if.
pub async fn list_lecturers(
    tx: &mut Tx<'_>,
    what_if: &WhatIf,
    query: ListWhatIfLecturersQuery,
    paging: &Paging,
) -> Result<(Vec<WhatIfLecturerResponse>, Next)> {
    let found = queries::periods_of(tx, &[what_if.id]).await?;
    let periods: BTreeMap<Uuid, Period> = found.iter().map(|own| (own.period_id, own.report.period)).collect();
    // A period that was not tried has nobody.
    let of_period = |asked: Period| found.iter().find(|own| own.report.period == asked).map(|own| own.period_id);
    let period = query.period.map(|asked| of_period(asked).unwrap_or_default());
    let people = records_of_one(tx, query.employee_id).await?;
    let (rows, next) = queries::list_lecturers(tx, what_if.id, (period, people, query.moved), paging).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
    let people = employee_refs(tx, &ids).await?;
    let response = |row: WhatIfLecturer| {
        let period = periods.get(&row.period_id).copied();
        let period = period.ok_or_else(|| Error::internal("a result of a period that was not tried"))?;
        let employee = people.get(row.employee_id)?;
        Ok(WhatIfLecturerResponse::new(row, period, employee))
    };
    Ok((rows.into_iter().map(response).collect::<Result<Vec<_>>>()?, next))
}
