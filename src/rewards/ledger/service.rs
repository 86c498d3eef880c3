//! Operations on the ledger.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::ApproveRewardsRequest;
use super::holds::{BUDGET_RAISED, Holds, gate_holds};
use super::model::{
    Approved, Entry, EntryEvent, EntryNow, EntryState, HoldCause, RewardEventKind, RewardKind, Selection,
};
use super::release::{self, Budgets, not_approvable};
use super::{corrections, queries, set, whole_period};
use crate::auth::{Actor, ActorKind, Identity};
use crate::error::{Code, Error, Result};
use crate::http::{ETag, Precondition};
use crate::journal::{Event, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::data;
use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Form, Refusal, Thing};
use crate::kernel::text::Reason;
use crate::{people, programmes};

/// An event to be added to an entry's history.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub entry_id: Uuid,
    /// The entry's maker; the database keeps this copy consistent.
    pub maker_id: Uuid,
    /// One more than the number of the last event that the writer knows.
    pub seq: i32,
    pub event: RewardEventKind,
    pub self_approved: bool,
    pub batch_id: Option<Uuid>,
    pub line_id: Option<Uuid>,
    pub reason_code: Option<&'static str>,
    pub reason: Option<Reason>,
    /// The gates that hold the entry.
    pub hold_reasons: Option<Value>,
}

impl NewEvent {
    /// The event after number `last` of the entry.
    #[must_use]
    pub fn after(last: i32, entry_id: Uuid, maker_id: Uuid, event: RewardEventKind) -> Self {
        Self {
            entry_id,
            maker_id,
            seq: last + 1,
            event,
            self_approved: false,
            batch_id: None,
            line_id: None,
            reason_code: None,
            reason: None,
            hold_reasons: None,
        }
    }
}

/// The actor that events name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsBy {
    Actor,
    System,
}

/// Adds events to histories. Fails with 409 `busy` if somebody else has added to one of them in the meantime: read again.
pub async fn record(tx: &mut Tx<'_>, by: EventsBy, events: Vec<NewEvent>) -> Result<()> {
    let actor = match by {
        EventsBy::Actor => tx.actor.identity,
        EventsBy::System => Identity::System,
    };
    let rows: Vec<EntryEvent> = events
        .into_iter()
        .map(|event| EntryEvent {
            tenant_id: tx.tenant,
            id: tx.id(),
            entry_id: event.entry_id,
            seq: event.seq,
            event: event.event,
            maker_id: event.maker_id,
            actor_kind: actor.kind(),
            actor_id: actor.id(),
            self_approved: event.self_approved,
            batch_id: event.batch_id,
            line_id: event.line_id,
            reason_code: event.reason_code.map(str::to_owned),
            reason: event.reason,
            hold_reasons: event.hold_reasons,
            occurred_at: tx.now,
        })
        .collect();
    set::undisturbed(queries::insert_events(tx, &rows).await)?;
    Ok(())
}

/// The snapshot that entries are computed from.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotRef {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub policy_set_id: Uuid,
    pub period: Period,
    pub currency: Currency,
    /// The person who closed the period, if a person did.
    pub caused_by: Option<Uuid>,
}

/// One amount that a policy grants, or takes back.
#[derive(Debug, Clone)]
pub struct Grant {
    pub employee_id: Uuid,
    pub policy_code: String,
    pub session_id: Option<Uuid>,
    pub pay_item_code: String,
    /// In minor units of the programme's currency; above 0 unless it corrects an entry.
    pub amount_minor: i64,
    /// The entry that it corrects: one that corrects none itself.
    pub corrects: Option<Uuid>,
    pub holds: Holds,
    pub reason_code: &'static str,
    /// A JSON object.
    pub reason_params: Value,
}

/// Writes what a closed snapshot grants, as entries of the system. The unique key of computed entries lets a snapshot grant only
/// once.
pub async fn grant(tx: &mut Tx<'_>, snapshot: &SnapshotRef, grants: Vec<Grant>) -> Result<()> {
    let mut entries = Vec::with_capacity(grants.len());
    let mut events = Vec::with_capacity(grants.len());
    for grant in grants {
        let id = tx.id();
        events.push(NewEvent::after(0, id, Uuid::nil(), RewardEventKind::Granted));
        events.extend(grant.holds.events(1, id, Uuid::nil()));
        entries.push(Entry {
            tenant_id: tx.tenant,
            id,
            employee_id: grant.employee_id,
            programme_id: snapshot.programme_id,
            snapshot_id: Some(snapshot.id),
            policy_set_id: Some(snapshot.policy_set_id),
            policy_code: Some(grant.policy_code),
            session_id: grant.session_id,
            earned_period: snapshot.period.to_string(),
            pay_item_code: grant.pay_item_code,
            kind: if grant.corrects.is_some() { RewardKind::Adjustment } else { RewardKind::Award },
            amount_minor: grant.amount_minor,
            currency: snapshot.currency.to_string(),
            corrects_id: grant.corrects,
            reason_code: grant.reason_code.to_owned(),
            reason_params: grant.reason_params,
            reason_text: None,
            maker_kind: ActorKind::System,
            maker_id: Uuid::nil(),
            caused_by_id: snapshot.caused_by,
            created_at: tx.now,
        });
    }
    queries::insert_entries(tx, &entries).await?;
    record(tx, EventsBy::System, events).await
}

/// Approves one entry that is granted, or that was held and can now be released.
pub async fn approve(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<()> {
    tx.actor.require_person()?;
    let now = find(tx, id).await?;
    precondition.check(now.version())?;
    let entries = std::slice::from_ref(&now);
    let budgets = Budgets::of(tx, entries).await?;
    let released = budgets.release(&now);
    if now.hold == Some(HoldCause::Gate) {
        return Err(gate_holds());
    }
    if now.state != EntryState::Granted && !released {
        return Err(not_approvable(&now, budgets.needed(&now)?));
    }
    let self_approved = check_self_approval(tx, entries).await?;
    record_on_one(tx, approval(&now, released, self_approved)).await?;
    let details = json!({ "employee_id": now.entry.employee_id, "self_approved": self_approved, "released": released });
    tx.record(Record::told("approve_reward", "reward.approved", "reward", id).details(details));
    Ok(())
}

/// Rejects an entry that is in no batch. Nobody frees themselves of what is taken back from them.
pub async fn reject(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<()> {
    tx.actor.require_person()?;
    let now = find(tx, id).await?;
    precondition.check(now.version())?;
    use EntryState::{Approved, CarriedForward, Granted, Held};
    Thing::Reward.require_state(now.state, [Granted, Held, Approved, CarriedForward])?;
    let is_own_debt = now.entry.amount_minor < 0 && tx.actor.is(now.entry.employee_id);
    people::check_self_approval(tx, is_own_debt).await?;
    corrections::check_leaves(tx, &now, -i128::from(now.entry.amount_minor)).await?;
    let event = NewEvent::after(now.seq, id, now.entry.maker_id, RewardEventKind::Rejected);
    record_on_one(tx, vec![NewEvent { reason: Some(reason), ..event }]).await?;
    corrections::touch_fee(tx, &now).await?;
    let details = json!({ "employee_id": now.entry.employee_id, "was": now.state });
    tx.record(Record::told("reject_reward", "reward.rejected", "reward", id).details(details));
    Ok(())
}

/// Takes up again an entry that was rejected: it is what it was before, granted or held, and somebody else may approve it.
pub async fn reconsider(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<()> {
    tx.actor.require_person()?;
    let now = find(tx, id).await?;
    precondition.check(now.version())?;
    Thing::Reward.require_state(now.state, [EntryState::Rejected])?;
    let is_own = tx.actor.is(now.entry.employee_id);
    people::check_self_approval(tx, is_own).await?;
    corrections::check_leaves(tx, &now, i128::from(now.entry.amount_minor)).await?;
    corrections::check_not_replaced(tx, &now).await?;
    let event = |last, event| NewEvent::after(last, id, now.entry.maker_id, event);
    let mut events = vec![NewEvent { reason: Some(reason), ..event(now.seq, RewardEventKind::Reconsidered) }];
    let history = queries::history(tx, id).await?;
    events.extend(Holds::after(&history).events(now.seq + 1, id, now.entry.maker_id));
    record_on_one(tx, events).await?;
    corrections::touch_fee(tx, &now).await?;
    let details = json!({ "employee_id": now.entry.employee_id });
    tx.record(Record::told("reconsider_reward", "reward.reconsidered", "reward", id).details(details));
    Ok(())
}

/// The events that an approval adds to an entry's history: first `released`, if the entry was held.
fn approval(now: &EntryNow, released: bool, self_approved: bool) -> Vec<NewEvent> {
    let event = |last, name| NewEvent::after(last, now.entry.id, now.entry.maker_id, name);
    let release =
        released.then(|| NewEvent { reason_code: Some(BUDGET_RAISED), ..event(now.seq, RewardEventKind::Released) });
    let approve = NewEvent { self_approved, ..event(now.seq + i32::from(released), RewardEventKind::Approved) };
    release.into_iter().chain([approve]).collect()
}

/// Adds to the history of one entry. The writer saw the entry in the version of its ETag, so a conflict means that it has
/// changed.
pub(super) async fn record_on_one(tx: &mut Tx<'_>, events: Vec<NewEvent>) -> Result<()> {
    let present = ETag(events.first().map_or(0, |event| i64::from(event.seq)));
    let recorded = record(tx, EventsBy::Actor, events).await;
    recorded.map_err(|error| match error.code {
        Code::Busy => Error::new(Code::PreconditionFailed).with("etag", data(present)),
        _ => error,
    })
}

/// Approves many entries at once.
pub async fn approve_batch(tx: &mut Tx<'_>, request: ApproveRewardsRequest, faults: Faults) -> Result<Approved> {
    tx.actor.require_person()?;
    let selection = select(tx, request, faults).await?;
    let approved = match &selection {
        Selection::Ids(ids) => approve_these(tx, ids).await?,
        Selection::Period { programme, period } => whole_period::approve(tx, *programme, period).await?,
    };
    leave_traces(tx, &selection, &approved);
    Ok(approved)
}

/// Approves the entries with these ids: all or none.
async fn approve_these(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Approved> {
    let entries = approvable(tx, ids).await?;
    let self_approved = check_self_approval(tx, &entries).await?;
    let events = entries
        .iter()
        .flat_map(|now| approval(now, now.state == EntryState::Held, self_approved && is_own(&tx.actor, now)));
    record(tx, EventsBy::Actor, events.collect()).await?;
    let first = entries.first().map(|now| now.entry.id);
    let mut approved = Approved { count: entries.len(), first, ..Approved::default() };
    for now in &entries {
        let sum = approved.totals.entry(now.entry.currency.clone()).or_default();
        *sum = sum.checked_add(now.entry.amount_minor).ok_or_else(|| Error::internal("a sum beyond 64 bits"))?;
    }
    Ok(approved)
}

/// What is to be approved, or all faults at once.
async fn select(tx: &mut Tx<'_>, request: ApproveRewardsRequest, mut faults: Faults) -> Result<Selection> {
    let ApproveRewardsRequest { ids, programme_id, period } = request;
    let selection = match (ids, programme_id, period) {
        (Some(ids), None, None) => Some(Selection::Ids(ids)),
        (Some(_), ..) | (None, None, None) => {
            faults.push(Fault::exactly_one("/ids", &["ids", "programme_id + period"]));
            None
        }
        (None, programme, period) => {
            let found = match programme {
                Some(id) => programmes::find_for_share(tx, id).await?,
                None => None,
            };
            let unknown = if programme.is_some() { FaultCode::NotFound } else { FaultCode::Required };
            faults.extend(found.is_none().then(|| Fault::new("/programme_id", unknown)));
            faults.extend(match (period, &found) {
                (None, _) => Some(Fault::new("/period", FaultCode::Required)),
                (Some(period), Some(found)) if period.cycle() != found.cycle => {
                    Some(Fault::bad_format("/period", Form::from(found.cycle)))
                }
                _ => None,
            });
            programme.zip(period).map(|(programme, period)| Selection::Period { programme, period })
        }
    };
    faults.check()?;
    selection.ok_or_else(|| Error::internal("a selection that is missing without a fault"))
}

/// The operation log names the approved entries: by their ids, or by the period that was approved.
fn leave_traces(tx: &mut Tx<'_>, selection: &Selection, approved: &Approved) {
    let (count, held, totals) = (approved.count, approved.held + approved.gated, &approved.totals);
    let sums = json!({ "count": count, "held": held, "totals": totals });
    let details = match selection {
        Selection::Ids(ids) => json!({ "ids": ids, "count": count, "held": held, "totals": totals }),
        Selection::Period { programme, period } => {
            json!({ "programme_id": programme, "period": period, "count": count, "held": held, "totals": totals })
        }
    };
    tx.record(Record::logged("approve_rewards", "reward", None).details(details));
    if let Some(first) = approved.first {
        tx.emit(Event::new("rewards.approved", "reward", first, sums));
    }
}

/// The entries with these ids. Every entry that may not be approved is a fault.
async fn approvable(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<EntryNow>> {
    let entries = queries::find_many(tx, ids).await?;
    let budgets = Budgets::of(tx, &entries).await?;
    let by_id: BTreeMap<Uuid, &EntryNow> = entries.iter().map(|now| (now.entry.id, now)).collect();
    let mut faults = Faults::default();
    for (i, id) in ids.iter().enumerate() {
        let pointer = format!("/ids/{i}");
        match by_id.get(id) {
            None => faults.push(Fault::new(pointer, FaultCode::NotFound)),
            Some(now) if now.state == EntryState::Granted || budgets.release(now) => {}
            Some(now) if now.hold == Some(HoldCause::Gate) => {
                faults.push(Fault::not_eligible(pointer, Refusal::HeldByGate));
            }
            Some(now) => {
                let reason = match budgets.needed(now)? {
                    Some(budget) => release::with_budget(Refusal::InStateUntilBudget, budget),
                    None => Refusal::InState.into(),
                };
                faults.push(Fault::not_eligible(pointer, reason.with("state", now.state)));
            }
        }
    }
    faults.check_distinct(ids, |i| format!("/ids/{i}"));
    faults.check()?;
    Ok(entries)
}

/// Refuses people who made an entry, closed its period, took it up again, or are paid by it, unless the company allows
/// self-approval. Returns whether there is such an entry.
async fn check_self_approval(tx: &mut Tx<'_>, entries: &[EntryNow]) -> Result<bool> {
    let is_own = entries.iter().any(|now| is_own(&tx.actor, now));
    people::check_self_approval(tx, is_own).await
}

fn is_own(actor: &Actor, now: &EntryNow) -> bool {
    let entry = &now.entry;
    let concerned = [Some(entry.employee_id), Some(entry.maker_id), entry.caused_by_id, now.reconsidered_by_id];
    concerned.into_iter().any(|person| actor.is(person))
}

/// An entry of the tenant.
pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> Result<EntryNow> {
    let found = queries::find_many(tx, &[id]).await?;
    Thing::Reward.require(found.into_iter().next())
}
