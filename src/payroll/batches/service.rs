//! Operations on batches.

use serde_json::json;
use uuid::Uuid;

use super::model::{Batch, BatchState, CreateBatch, Exclusion, ExclusionReason, NewBatch, NewExclusion};
use super::rules::{Candidate, Division, StaysOut, divide};
use super::{exclusions, queries};
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::data;
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::payroll::{groups, lines};
use crate::rewards::ledger::{EventsBy, NewEvent, RewardEventKind, record};

/// The system's explanation of why a negative total is left out.
const CARRIED_FORWARD: &str = "The total is negative: carried forward to the next batch. (总额为负，结转至下一批次。)";

/// Creates the draft of everything payable in a pay group and currency.
pub async fn create(tx: &mut Tx<'_>, command: CreateBatch) -> Result<Batch> {
    let cut_off_at = command.cut_off_at.unwrap_or(tx.now);
    if cut_off_at > tx.now {
        // An entry approved after the draft is created could not be in it, although its cut-off says so.
        return Err(Fault::not_eligible("/cut_off_at", Refusal::InFuture).into());
    }
    let group = groups::find_for_update(tx, command.pay_group_id).await?;
    let group = group.ok_or_else(|| Error::fault("/pay_group_id", FaultCode::NotFound))?;
    let currency = command.currency.as_str();
    if let Some(draft) = queries::find_draft(tx, group.id, currency).await? {
        return Err(Error::new(Code::DraftBatchExists).with("batch_id", data(draft)).member("batch_id", json!(draft)));
    }
    let found = queries::candidates(tx, currency, group.id, group.is_default, cut_off_at).await?;
    let division = divide(found, group.recoverable);
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
    take(tx, batch.id, &division).await?;
    let record = Record::told("create_payroll_batch", "payroll_batch.created", "payroll_batch", batch.id);
    tx.record(record.details(json!({
        "pay_group_id": group.id, "currency": currency, "pay_period": batch.pay_period,
        "entries": division.taken.len(), "people_out": division.out.len(),
    })));
    Ok(batch)
}

/// Claims what is taken, lists who is left out, and records both in the histories of the entries.
async fn take(tx: &mut Tx<'_>, batch: Uuid, division: &Division) -> Result<()> {
    let taken: Vec<Uuid> = division.taken.iter().map(|entry| entry.entry_id).collect();
    let claimed = queries::insert_claims(tx, batch, &taken).await?;
    if claimed != taken.len() {
        return Err(Error::new(Code::Busy));
    }
    let out: Vec<NewExclusion> = division.out.iter().map(|out| exclusion(tx, batch, out)).collect();
    exclusions::insert(tx, &out).await?;
    let event = |entry: &Candidate, name| NewEvent {
        batch_id: Some(batch),
        ..NewEvent::after(entry.seq, entry.entry_id, entry.maker_id, name)
    };
    let carried = division.out.iter().filter(|out| out.reason == ExclusionReason::NegativeTotal);
    let carried = carried.flat_map(|out| &out.entries).map(|entry| event(entry, RewardEventKind::CarriedForward));
    let events = division.taken.iter().map(|entry| event(entry, RewardEventKind::Batched)).chain(carried).collect();
    record(tx, EventsBy::Actor, events).await
}

fn exclusion(tx: &Tx<'_>, batch: Uuid, out: &StaysOut) -> NewExclusion {
    let by_system = out.reason == ExclusionReason::NegativeTotal;
    NewExclusion {
        tenant_id: tx.tenant,
        id: tx.id(),
        batch_id: batch,
        employee_id: out.employee_id,
        reason_code: out.reason.slug(),
        detail: out.detail.clone(),
        entry_count: i32::try_from(out.entries.len()).unwrap_or(i32::MAX),
        total_minor: out.total_minor,
        explanation: by_system.then_some(CARRIED_FORWARD),
        explained_at: by_system.then_some(tx.now),
        created_at: tx.now,
        updated_at: tx.now,
    }
}

/// Explains why it is right to leave a person out of a draft.
pub async fn explain(tx: &mut Tx<'_>, id: Uuid, employee: Uuid, explanation: &str) -> Result<Exclusion> {
    let person = tx.actor.require_person()?;
    let batch = Thing::PayrollBatch.require(queries::find_for_update(tx, id).await?)?;
    Thing::PayrollBatch.require_state(batch.state, [BatchState::Draft])?;
    let explained = exclusions::explain(tx, (id, employee), explanation, person).await?;
    let explained = explained.ok_or_else(|| Error::fault("/employee_id", FaultCode::NotFound))?;
    let record = Record::told("explain_payroll_exclusion", "payroll_batch.exclusion_explained", "payroll_batch", id);
    let record = record.fields(["explanation"]).details(json!({ "employee_id": employee }));
    tx.record(record.notes(json!({ "reason_code": explained.reason_code })));
    Ok(explained)
}

/// Creates the lines and control totals of a draft. They never change again.
pub async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Batch> {
    let batch = lock_row(tx, id, precondition, [BatchState::Draft]).await?;
    let unexplained = exclusions::count_unexplained(tx, id).await?;
    if unexplained > 0 {
        return Err(Error::new(Code::UnpayablePeople).with("count", unexplained).member("count", json!(unexplained)));
    }
    let totals = lines::make(tx, &batch).await?;
    let locked = queries::mark_locked(tx, id, &totals).await?;
    let details = json!({ "lines": totals.line_count, "people": totals.people_count, "total_minor": totals.total_minor,
        "lines_sha256": totals.lines_sha256 });
    tx.record(Record::told("lock_payroll_batch", "payroll_batch.locked", "payroll_batch", id).details(details));
    Ok(locked)
}

/// Voids a batch of which nothing has been acknowledged. Its entries become available again.
pub async fn void(tx: &mut Tx<'_>, id: Uuid, reason: &str, precondition: &Precondition) -> Result<Batch> {
    let batch = lock_row(tx, id, precondition, [BatchState::Draft, BatchState::Locked]).await?;
    let is_acknowledged = queries::is_acknowledged(tx, id).await?;
    let (in_part, by_nobody) = (Condition::AcknowledgedInPart, Condition::AcknowledgedByNobody);
    Thing::PayrollBatch.refuse_if(is_acknowledged, in_part, by_nobody)?;
    let claimed = queries::claimed(tx, id).await?;
    let entries: Vec<Uuid> = claimed.iter().map(|claim| claim.entry_id).collect();
    queries::release_claims(tx, id, &entries).await?;
    let events = claimed.iter().map(|claim| NewEvent {
        batch_id: Some(id),
        ..NewEvent::after(claim.seq, claim.entry_id, claim.maker_id, RewardEventKind::Unbatched)
    });
    record(tx, EventsBy::Actor, events.collect()).await?;
    let voided = queries::mark_void(tx, id, reason).await?;
    let record = Record::told("void_payroll_batch", "payroll_batch.voided", "payroll_batch", id);
    let details = json!({ "was": batch.state, "entries": entries.len() });
    tx.record(record.fields(["void_reason"]).details(details));
    Ok(voided)
}

/// A batch of the tenant.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Batch> {
    Thing::PayrollBatch.require(queries::find(tx, id).await?)
}

/// The batch, locked, in the version that the caller saw and one of these states.
async fn lock_row<const N: usize>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    states: [BatchState; N],
) -> Result<Batch> {
    let found = queries::find_for_update(tx, id).await?;
    let batch = precondition.admit(Thing::PayrollBatch, found, |batch| batch.version)?;
    Thing::PayrollBatch.require_state(batch.state, states)?;
    Ok(batch)
}
