//! What is done to a batch.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::model::{Batch, BatchState, Claim, ExclusionRow, PoolRow};
use super::queries::{self, LockTotals};
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Audit, Event, Tx};
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::payroll::groups;
use crate::payroll::lines;
use crate::payroll::rules::{Exclusion, ExclusionReason, PoolEntry, select};
use crate::rewards::ledger::{EventsBy, NewEvent, record};

/// What the system says about a negative total.
const CARRIED_FORWARD: &str = "结转至下一批次 / carried forward to the next batch";

/// A batch to be drafted.
#[derive(Debug, Clone)]
pub struct DraftBatch {
    pub pay_group_id: Uuid,
    pub currency: Currency,
    pub pay_period: Period,
    /// None: now.
    pub cut_off_at: Option<DateTime<Utc>>,
}

/// Drafts a batch of everything that is approved and unbatched. One draft per pay group and currency (409 with its id).
pub async fn draft(tx: &mut Tx<'_>, command: DraftBatch) -> Result<Batch> {
    let group = groups::find(tx.conn, tx.tenant, command.pay_group_id).await?;
    let group = group.ok_or_else(|| Error::fault("/pay_group_id", FaultCode::NotFound))?;
    let cut_off_at = command.cut_off_at.unwrap_or(tx.now);
    if cut_off_at > tx.now {
        let fault = Fault::new("/cut_off_at", FaultCode::NotEligible).with("reason", "it lies in the future");
        return Err(Error::invalid(vec![fault]));
    }
    let batch = new_draft(tx, &command, cut_off_at);
    if !queries::insert_draft(tx.conn, &batch).await? {
        let present = queries::find_draft(tx.conn, tx.tenant, batch.pay_group_id, &batch.currency).await?;
        let id = present.ok_or_else(|| Error::new(Code::Busy))?;
        return Err(Error::new(Code::DraftBatchExists).with("batch_id", id).member("batch_id", json!(id)));
    }
    let pool = queries::find_pool(tx.conn, &batch, group.is_default).await?;
    let selection = select(&pool.iter().map(pool_entry).collect::<Vec<_>>(), group.recoverable);
    let rows: BTreeMap<Uuid, &PoolRow> = pool.iter().map(|row| (row.entry_id, row)).collect();
    claim(tx, &batch, &rows, &selection.entries).await?;
    exclude(tx, &batch, &rows, &selection.exclusions).await?;
    let details =
        json!({ "currency": batch.currency, "lines": selection.entries.len(), "excluded": selection.exclusions.len() });
    tx.audit(Audit::new("create_payroll_batch", "payroll_batch", batch.id).details(details.clone()));
    tx.emit(Event::new("payroll_batch.created", "payroll_batch", batch.id, details));
    Ok(batch)
}

fn new_draft(tx: &Tx<'_>, command: &DraftBatch, cut_off_at: DateTime<Utc>) -> Batch {
    Batch {
        tenant_id: tx.tenant,
        id: tx.id(),
        pay_group_id: command.pay_group_id,
        currency: command.currency.to_string(),
        state: BatchState::Draft.slug().to_owned(),
        pay_period: command.pay_period.to_string(),
        cut_off_at,
        line_count: None,
        people_count: None,
        total_minor: None,
        lines_sha256: None,
        locked_at: None,
        locked_by_kind: None,
        locked_by_id: None,
        acknowledged_at: None,
        voided_at: None,
        void_reason: None,
        created_by_kind: tx.actor.identity.kind().to_owned(),
        created_by_id: tx.actor.identity.id(),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    }
}

fn pool_entry(row: &PoolRow) -> PoolEntry {
    PoolEntry {
        entry_id: row.entry_id,
        employee_id: row.employee_id,
        amount_minor: row.amount_minor,
        employee_number: row.employee_number.clone(),
        undefined_pay_item: (!row.pay_item_defined).then(|| row.pay_item_code.clone()),
    }
}

/// Takes entries into the batch. A batch of another pay group that took one in the same moment makes this one fail.
async fn claim(tx: &mut Tx<'_>, batch: &Batch, rows: &BTreeMap<Uuid, &PoolRow>, entries: &[Uuid]) -> Result<()> {
    let claims: Vec<Claim> = entries
        .iter()
        .map(|entry| Claim { tenant_id: tx.tenant, entry_id: *entry, batch_id: batch.id, claimed_at: tx.now })
        .collect();
    if queries::insert_claims(tx.conn, &claims).await? != claims.len() {
        return Err(Error::new(Code::Busy));
    }
    let events = entries.iter().filter_map(|entry| rows.get(entry)).map(|row| event(row, batch.id, "batched"));
    record(tx, EventsBy::Actor, events.collect()).await
}

fn event(row: &PoolRow, batch: Uuid, event: &'static str) -> NewEvent {
    NewEvent { batch_id: Some(batch), ..NewEvent::after(row.seq, row.entry_id, row.maker_id, event) }
}

/// Writes down who stays out; a negative total is carried forward and explained by that.
async fn exclude(
    tx: &mut Tx<'_>,
    batch: &Batch,
    rows: &BTreeMap<Uuid, &PoolRow>,
    exclusions: &[Exclusion],
) -> Result<()> {
    let mut events = Vec::new();
    let mut out = Vec::with_capacity(exclusions.len());
    for exclusion in exclusions {
        let (reason_code, detail) = match &exclusion.reason {
            ExclusionReason::NoEmployeeNumber => ("no_employee_number", None),
            ExclusionReason::NegativeTotal => ("negative_total", None),
            ExclusionReason::NotPayable(words) => ("not_payable", Some(words.clone())),
        };
        let carried = exclusion.reason == ExclusionReason::NegativeTotal;
        if carried {
            let own = exclusion.entries.iter().filter_map(|entry| rows.get(entry));
            events.extend(own.map(|row| event(row, batch.id, "carried_forward")));
        }
        out.push(ExclusionRow {
            tenant_id: tx.tenant,
            id: tx.id(),
            batch_id: batch.id,
            employee_id: exclusion.employee_id,
            reason_code: reason_code.to_owned(),
            detail,
            entry_count: i32::try_from(exclusion.entries.len()).map_err(Error::internal)?,
            total_minor: i64::try_from(exclusion.total_minor).map_err(Error::internal)?,
            explanation: carried.then(|| CARRIED_FORWARD.to_owned()),
            explained_at: carried.then_some(tx.now),
            explained_by_id: None,
            created_at: tx.now,
            updated_at: tx.now,
        });
    }
    queries::insert_exclusions(tx.conn, &out).await?;
    record(tx, EventsBy::Actor, events).await
}

/// The batch, locked for change, of the version that the caller saw.
pub async fn hold(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Batch> {
    let found = queries::find_for_update(tx.conn, tx.tenant, id).await?;
    let batch = found.ok_or_else(|| Error::not_found("payroll batch"))?;
    precondition.check(batch.version)?;
    Ok(batch)
}

fn require_draft(batch: &Batch) -> Result<()> {
    if batch.state() == BatchState::Draft {
        return Ok(());
    }
    Err(Error::state("payroll batch", &batch.state, BatchState::Draft.slug()))
}

/// Locks a draft: makes its lines and control totals, for good.
pub async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Batch> {
    let batch = hold(tx, id, precondition).await?;
    require_draft(&batch)?;
    let claimed = queries::find_claimed(tx.conn, tx.tenant, id, None).await?;
    let mut unpayable: Vec<Uuid> = queries::list_exclusions(tx.conn, tx.tenant, id)
        .await?
        .into_iter()
        .filter(|out| out.explanation.is_none())
        .map(|out| out.employee_id)
        .collect();
    // Who could be paid when the batch was drafted need not be so any more.
    let lost = claimed.iter().filter(|row| row.employee_number.is_none() || !row.pay_item_defined);
    unpayable.extend(lost.map(|row| row.employee_id));
    unpayable.sort_unstable();
    unpayable.dedup();
    if !unpayable.is_empty() {
        let refused = Error::new(Code::UnpayablePeople).with("count", unpayable.len());
        return Err(refused.member("employee_ids", json!(unpayable)));
    }
    if claimed.is_empty() {
        return Err(Error::new(Code::EmptyBatch));
    }
    let made = lines::make(tx, &batch).await?;
    let totals = LockTotals {
        line_count: i32::try_from(made.line_count).map_err(Error::internal)?,
        people_count: i32::try_from(made.people_count).map_err(Error::internal)?,
        total_minor: made.total_minor,
        lines_sha256: made.sha256,
    };
    let locked = queries::mark_locked(tx.conn, tx.tenant, id, totals, tx.actor.identity, tx.now).await?;
    let details = json!({ "lines": locked.line_count, "total_minor": locked.total_minor, "currency": locked.currency });
    tx.audit(Audit::new("lock_payroll_batch", "payroll_batch", id).details(details.clone()));
    tx.emit(Event::new("payroll_batch.locked", "payroll_batch", id, details));
    Ok(locked)
}

/// Explains why a person stays out of a draft; takes out one who is in it.
pub async fn explain(
    tx: &mut Tx<'_>,
    id: Uuid,
    employee: Uuid,
    explanation: String,
    precondition: &Precondition,
) -> Result<Batch> {
    let person = tx.actor.require_person()?;
    let batch = hold(tx, id, precondition).await?;
    require_draft(&batch)?;
    let claimed = queries::find_claimed(tx.conn, tx.tenant, id, Some(employee)).await?;
    if !claimed.is_empty() {
        take_out(tx, &batch, employee, &claimed).await?;
    }
    let tenant = tx.tenant;
    let explained = queries::explain_exclusion(tx.conn, tenant, id, employee, &explanation, person, tx.now).await?;
    if !explained {
        return Err(Error::fault("/employee_id", FaultCode::NotFound));
    }
    let details = json!({ "employee_id": employee, "entries_taken_out": claimed.len() });
    tx.audit(Audit::new("explain_payroll_exclusion", "payroll_batch", id).details(details.clone()));
    tx.emit(Event::new("payroll_batch.exclusion_explained", "payroll_batch", id, details));
    Ok(queries::touch(tx.conn, tx.tenant, id, tx.now).await?)
}

/// Gives a person's entries back to the pool.
async fn take_out(tx: &mut Tx<'_>, batch: &Batch, employee: Uuid, claimed: &[PoolRow]) -> Result<()> {
    let entries: Vec<Uuid> = claimed.iter().map(|row| row.entry_id).collect();
    queries::delete_claims(tx.conn, tx.tenant, batch.id, &entries).await?;
    let events = claimed.iter().map(|row| event(row, batch.id, "unbatched")).collect();
    record(tx, EventsBy::Actor, events).await?;
    let total: i128 = claimed.iter().map(|row| i128::from(row.amount_minor)).sum();
    let lost = claimed.iter().any(|row| row.employee_number.is_none());
    let row = ExclusionRow {
        tenant_id: tx.tenant,
        id: tx.id(),
        batch_id: batch.id,
        employee_id: employee,
        reason_code: if lost { "no_employee_number" } else { "not_payable" }.to_owned(),
        detail: None,
        entry_count: i32::try_from(claimed.len()).map_err(Error::internal)?,
        total_minor: i64::try_from(total).map_err(Error::internal)?,
        explanation: None,
        explained_at: None,
        explained_by_id: None,
        created_at: tx.now,
        updated_at: tx.now,
    };
    Ok(queries::insert_exclusions(tx.conn, &[row]).await?)
}

/// Undoes a batch that payroll has said nothing about: its entries go back to the pool.
pub async fn void(tx: &mut Tx<'_>, id: Uuid, reason: String, precondition: &Precondition) -> Result<Batch> {
    let batch = hold(tx, id, precondition).await?;
    let answered = queries::is_answered(tx.conn, tx.tenant, id).await?;
    if answered || !matches!(batch.state(), BatchState::Draft | BatchState::Locked) {
        let state = if answered { BatchState::Acknowledged.slug() } else { batch.state.as_str() };
        return Err(Error::state("payroll batch", state, "draft, or locked and answered by nobody"));
    }
    let claimed = queries::find_claimed(tx.conn, tx.tenant, id, None).await?;
    let entries: Vec<Uuid> = claimed.iter().map(|row| row.entry_id).collect();
    queries::delete_claims(tx.conn, tx.tenant, id, &entries).await?;
    let events = claimed
        .iter()
        .map(|row| NewEvent { reason_code: Some("batch_voided"), ..event(row, id, "unbatched") })
        .collect();
    record(tx, EventsBy::Actor, events).await?;
    let voided = queries::mark_void(tx.conn, tx.tenant, id, &reason, tx.now).await?;
    let details = json!({ "was": batch.state, "entries": entries.len() });
    tx.audit(Audit::new("void_payroll_batch", "payroll_batch", id).details(details.clone()));
    tx.emit(Event::new("payroll_batch.voided", "payroll_batch", id, details));
    Ok(voided)
}
