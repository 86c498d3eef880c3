//! Operations on batches.

use serde_json::json;
use uuid::Uuid;

use super::candidates::{self, Draft};
use super::dto::UnpayablePerson;
use super::judgement::{Judgement, judge};
use super::model::{Batch, BatchState, CreateBatch, DraftTotals, Exclusion, ExclusionReason, NewBatch, NewExclusion};
use super::{exclusions, queries};
use crate::db::allow_large_sets;
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{Param, data};
use crate::kernel::phrases::{Condition, Counted, Refusal, Thing, counted};
use crate::kernel::text::Reason;
use crate::payroll::groups::{self, PayGroup};
use crate::payroll::lines;
use crate::people::{employee_refs, existing_employees, future_fault};

/// Creates the draft of everything payable in a pay group and currency. Returns it with what it would pay.
pub async fn create(tx: &mut Tx<'_>, command: CreateBatch, mut faults: Faults) -> Result<(Batch, DraftTotals)> {
    let cut_off_at = command.cut_off_at.unwrap_or(tx.now);
    // An entry approved after the draft is created could not be in it, although its cut-off says so.
    faults.extend(future_fault(tx, "/cut_off_at", cut_off_at).await?);
    let group = groups::find_for_update(tx, command.pay_group_id).await?;
    let group = faults.and(group.ok_or_else(|| Error::fault("/pay_group_id", FaultCode::NotFound)))?;
    let currency = command.currency.as_str();
    if let Some((draft, pay_period)) = queries::find_draft(tx, group.id, currency).await? {
        let refused = Error::new(Code::DraftBatchExists).with("pay_group", data(&group.name));
        return Err(refused.with("pay_period", data(pay_period)).member("batch_id", json!(draft)));
    }
    let batch = NewBatch {
        tenant_id: tx.tenant,
        id: tx.id(),
        pay_group_id: group.id,
        currency: currency.to_owned(),
        state: BatchState::Draft.slug(),
        pay_period: command.pay_period.to_string(),
        cut_off_at,
        created_by_kind: tx.actor.identity.kind(),
        created_by_id: tx.actor.identity.id(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    let batch = queries::insert(tx, &batch).await?;
    allow_large_sets(tx.conn).await?;
    let judged = judge(tx, &batch, &group).await?;
    settle(tx, Draft { batch: &batch, group: &group }, &judged).await?;
    let record = Record::told("create_payroll_batch", "payroll_batch.created", "payroll_batch", batch.id);
    tx.record(record.details(json!({
        "pay_group_id": group.id, "currency": currency, "pay_period": batch.pay_period,
        "entries": judged.totals.line_count, "people_out": judged.out.len(),
    })));
    let totals = DraftTotals { version: batch.version, ..judged.totals };
    Ok((batch, totals))
}

fn rows_of(tx: &Tx<'_>, batch_id: Uuid, out: &[Exclusion]) -> Vec<NewExclusion> {
    let row = |out: &Exclusion| NewExclusion {
        tenant_id: tx.tenant,
        id: tx.id(),
        batch_id,
        employee_id: out.employee_id,
        reason_code: out.reason_code.slug(),
        detail: out.detail.clone(),
        entry_count: out.entry_count,
        total_minor: out.total_minor,
        explanation: out.explanation.clone(),
        explained_at: out.explained_at,
        explained_by_id: out.explained_by_id,
        created_at: tx.now,
        updated_at: tx.now,
    };
    out.iter().map(row).collect()
}

/// Explains why it is right to leave a person out of a draft.
pub async fn explain(
    tx: &mut Tx<'_>,
    id: Uuid,
    employee: Uuid,
    explanation: Reason,
    mut faults: Faults,
) -> Result<Exclusion> {
    let person = tx.actor.require_person()?;
    let batch = Thing::PayrollBatch.require(queries::find_for_update(tx, id).await?)?;
    Thing::PayrollBatch.require_state(batch.state, [BatchState::Draft])?;
    let judged = judged(tx, &batch).await?;
    let found = judged.out.into_iter().find(|out| out.employee_id == employee);
    if found.is_none() {
        let unknown = existing_employees(tx, &[employee]).await?.require("/employee_id", employee).err();
        faults.push(unknown.unwrap_or_else(|| Fault::not_eligible("/employee_id", Refusal::IsPayable)));
    }
    faults.check()?;
    let found = found.ok_or_else(|| Error::internal("nobody to explain"))?;
    let (explanation, explained_at) = (Some(explanation), Some(tx.now));
    let explained = Exclusion { explanation, explained_at, explained_by_id: Some(person), ..found };
    let rows = rows_of(tx, id, std::slice::from_ref(&explained));
    exclusions::put(tx, &rows).await?;
    let record = Record::told("explain_payroll_exclusion", "payroll_batch.exclusion_explained", "payroll_batch", id);
    let record = record.fields(["explanation"]).details(json!({ "employee_id": employee }));
    tx.record(record.notes(json!({ "reason_code": explained.reason_code })));
    Ok(explained)
}

/// A draft as it is now.
pub async fn judged(tx: &mut Tx<'_>, batch: &Batch) -> Result<Judgement> {
    let group = group_of(tx, batch).await?;
    judge(tx, batch, &group).await
}

async fn group_of(tx: &mut Tx<'_>, batch: &Batch) -> Result<PayGroup> {
    let group = groups::find(tx, batch.pay_group_id).await?;
    group.ok_or_else(|| Error::internal("a batch without its pay group"))
}

/// A page of who is left out of a draft now, ordered by employee id.
pub async fn judged_page(tx: &mut Tx<'_>, batch: &Batch, after: Option<Uuid>, fetch: i64) -> Result<Vec<Exclusion>> {
    let out = judged(tx, batch).await?.out.into_iter();
    let page = out.filter(|out| after.is_none_or(|after| out.employee_id > after));
    Ok(page.take(usize::try_from(fetch).unwrap_or(usize::MAX)).collect())
}

/// Creates the lines and control totals of a draft, with its people judged anew. They never change again.
pub async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Batch> {
    // Locked before the batch, so that nobody moves people between groups meanwhile.
    if let Some(seen) = queries::find(tx, id).await? {
        groups::find_for_update(tx, seen.pay_group_id).await?;
    }
    allow_large_sets(tx.conn).await?;
    let (batch, judged) = lock_row(tx, id, precondition, [BatchState::Draft]).await?;
    let judged = judged.ok_or_else(|| Error::internal("a draft that was not judged"))?;
    refuse_unexplained(tx, &judged).await?;
    if judged.totals.version != batch.version {
        let group = group_of(tx, &batch).await?;
        settle(tx, Draft { batch: &batch, group: &group }, &judged).await?;
    }
    let totals = lines::make(tx, &batch).await?;
    let locked = queries::mark_locked(tx, id, &totals).await?;
    let details = json!({ "lines": totals.line_count, "people": totals.people_count, "total_minor": totals.total_minor,
        "lines_sha256": totals.lines_sha256 });
    tx.record(Record::told("lock_payroll_batch", "payroll_batch.locked", "payroll_batch", id).details(details));
    Ok(locked)
}

/// Names everybody who cannot be paid and of whom nobody has said why, each with the cause.
async fn refuse_unexplained(tx: &mut Tx<'_>, judged: &Judgement) -> Result<()> {
    let out: Vec<&Exclusion> = judged.unexplained().collect();
    if out.is_empty() {
        return Ok(());
    }
    let mut causes: Vec<ExclusionReason> = out.iter().map(|out| out.reason_code).collect();
    causes.sort_unstable();
    causes.dedup();
    let people: Vec<Uuid> = out.iter().map(|out| out.employee_id).collect();
    let refs = employee_refs(tx, &people).await?;
    let named = |out: &&Exclusion| -> Result<UnpayablePerson> {
        Ok(UnpayablePerson {
            employee_id: out.employee_id,
            employee: refs.get(out.employee_id)?,
            reason_code: out.reason_code,
            detail: out.detail.clone(),
        })
    };
    let named = out.iter().map(named).collect::<Result<Vec<_>>>()?;
    let headcount = counted(i64::try_from(out.len()).map_err(Error::internal)?, [Counted::OnePerson, Counted::People]);
    let refused = Error::new(Code::UnpayablePeople).with("people", headcount);
    let refused = refused.with("causes", Param::AllOf(causes.into_iter().map(Into::into).collect()));
    Err(refused
        .member("count", json!(out.len()))
        .member("employee_ids", json!(people))
        .member("unpayable", json!(named)))
}

/// Stores who is in a draft and who is left out: claims, exclusions, and the histories of entries.
async fn settle(tx: &mut Tx<'_>, draft: Draft<'_>, judged: &Judgement) -> Result<()> {
    let is_negative = |out: &Exclusion| out.reason_code == ExclusionReason::NegativeTotal;
    let was_negative = |out: &Exclusion| judged.known.get(&out.employee_id).is_some_and(is_negative);
    let turned = judged.out.iter().filter(|out| is_negative(out) && !was_negative(out));
    let turned: Vec<Uuid> = turned.map(|out| out.employee_id).collect();
    candidates::settle(tx, draft, &judged.division, turned).await?;
    let people: Vec<Uuid> = judged.out.iter().map(|out| out.employee_id).collect();
    exclusions::resolve_others(tx, draft.batch.id, &people).await?;
    let rows = rows_of(tx, draft.batch.id, &judged.out);
    exclusions::put(tx, &rows).await?;
    Ok(())
}

/// Voids a batch of which nothing has been acknowledged. Its entries become available again.
pub async fn void(tx: &mut Tx<'_>, id: Uuid, reason: &str, precondition: &Precondition) -> Result<Batch> {
    allow_large_sets(tx.conn).await?;
    let (batch, _) = lock_row(tx, id, precondition, [BatchState::Draft, BatchState::Locked]).await?;
    let is_acknowledged = queries::is_acknowledged(tx, id).await?;
    let (in_part, by_nobody) = (Condition::AcknowledgedInPart, Condition::AcknowledgedByNobody);
    Thing::PayrollBatch.refuse_if(is_acknowledged, in_part, by_nobody)?;
    let released = candidates::release_all(tx, id).await?;
    let voided = queries::mark_void(tx, id, reason).await?;
    let record = Record::told("void_payroll_batch", "payroll_batch.voided", "payroll_batch", id);
    let details = json!({ "was": batch.state, "entries": released });
    tx.record(record.fields(["void_reason"]).details(details));
    Ok(voided)
}

/// A batch of the tenant.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Batch> {
    Thing::PayrollBatch.require(queries::find(tx, id).await?)
}

/// The batch, locked, in one of these states and in the version that the caller saw. A draft comes as it is judged now; the version
/// that the caller saw may name the draft as it was stored, or as it is judged now.
async fn lock_row<const N: usize>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    states: [BatchState; N],
) -> Result<(Batch, Option<Judgement>)> {
    let batch = Thing::PayrollBatch.require(queries::find_for_update(tx, id).await?)?;
    let judged = if batch.state == BatchState::Draft { Some(judged(tx, &batch).await?) } else { None };
    let now = judged.as_ref().map_or(batch.version, |judged| judged.totals.version);
    precondition.check(batch.version).or_else(|_| precondition.check(now))?;
    Thing::PayrollBatch.require_state(batch.state, states)?;
    Ok((batch, judged))
}
