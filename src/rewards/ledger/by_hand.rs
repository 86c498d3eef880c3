//! What people enter in the ledger: an award, or a correction of what was granted. Another person approves it.
//!
//! It stands outside the budget and the cap per person of the policies, which are about what is computed; but what is taken back of money
//! that is held over budget is held with it.

use serde_json::json;
use uuid::Uuid;

use super::corrections::{Remainder, touch_fee};
use super::dto::{AdjustRewardRequest, AwardRewardRequest};
use super::holds::Holds;
use super::model::{Entry, EntryNow, EntryState, RewardEventKind, RewardKind};
use super::queries;
use super::service::{EventsBy, NewEvent, find, record};
use crate::error::{Error, Result};
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::data;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Form, Refusal, Thing};
use crate::people::{check_self_approval, existing_employees};
use crate::programmes::documents::policy::MAX_AMOUNT_MINOR;
use crate::programmes::{self, Programme, ProgrammeState};

/// The most that an entry may add, in minor units: as much as a policy may grant.
const MOST: i64 = MAX_AMOUNT_MINOR;

/// Awards an amount to a person. Returns the id of the entry.
pub async fn award(tx: &mut Tx<'_>, request: AwardRewardRequest, mut faults: Faults) -> Result<Uuid> {
    let programme = programmes::find_for_share(tx, request.programme_id).await?;
    let people = existing_employees(tx, &[request.employee_id]).await?;
    faults.extend(people.require("/employee_id", request.employee_id).err());
    check_pay_item(tx, &request.pay_item_code, &mut faults).await?;
    faults.check_range("/amount/amount_minor", request.amount.amount_minor, 1, MOST);
    match &programme {
        None => faults.push(Fault::new("/programme_id", FaultCode::NotFound)),
        Some(programme) => {
            check_currency(request.amount, programme.currency, &mut faults);
            faults.extend(period_fault(tx, programme, request.period));
        }
    }
    faults.check()?;
    let programme = programme.ok_or_else(|| Error::internal("an award of no programme"))?;
    programmes::ensure_period(tx, &programme, &request.period).await?;
    let entry = Entry {
        employee_id: request.employee_id,
        programme_id: programme.id,
        earned_period: request.period.to_string(),
        pay_item_code: request.pay_item_code.to_string(),
        reason_text: Some(request.reason.to_string()),
        ..blank(tx, RewardKind::Award, request.amount)
    };
    enter(tx, entry, &Holds::default(), "award_reward", "reward.awarded").await
}

/// Corrects an entry by a difference. Returns the id of the new entry.
pub async fn adjust(tx: &mut Tx<'_>, id: Uuid, request: AdjustRewardRequest, mut faults: Faults) -> Result<Uuid> {
    let now = find(tx, id).await?;
    let is_correction = now.entry.corrects_id.is_some();
    Thing::Reward.refuse_if(is_correction, Condition::ACorrection, Condition::NoCorrection)?;
    let remainder = Remainder::lock(tx, &now).await?;
    let corrected = remainder.corrected()?.clone();
    check_stands(&corrected)?;
    let pay_item_code = request.pay_item_code.as_deref().unwrap_or(&corrected.entry.pay_item_code).to_owned();
    if request.pay_item_code.is_some() {
        check_pay_item(tx, &pay_item_code, &mut faults).await?;
    }
    let currency: Currency = corrected.entry.currency.parse().map_err(Error::internal)?;
    check_currency(request.amount, currency, &mut faults);
    check_difference(request.amount, Money::new(to_minor(remainder.minor())?, currency), &mut faults);
    faults.check()?;
    touch_fee(tx, &corrected).await?;
    // What corrects a held fee waits with it for the gates. What it adds stands outside the budget; what it takes back of money that waits
    // for the budget waits, too: it would be taken out of other money.
    let held = Holds::after(&queries::history(tx, id).await?);
    let holds = Holds { over_budget: held.over_budget && request.amount.amount_minor < 0, ..held };
    let is_whole = request.amount.amount_minor.checked_neg() == Some(corrected.entry.amount_minor);
    let kind = if is_whole { RewardKind::Reversal } else { RewardKind::Adjustment };
    let entry = Entry {
        employee_id: corrected.entry.employee_id,
        programme_id: corrected.entry.programme_id,
        earned_period: corrected.entry.earned_period,
        pay_item_code,
        corrects_id: Some(id),
        reason_text: Some(request.reason.to_string()),
        ..blank(tx, kind, request.amount)
    };
    enter(tx, entry, &holds, "adjust_reward", "reward.adjusted").await
}

fn to_minor(sum: i128) -> Result<i64> {
    i64::try_from(sum).map_err(Error::internal)
}

/// What was rejected is taken up again, not corrected.
fn check_stands(corrected: &EntryNow) -> Result<()> {
    use EntryState::{Accepted, Approved, Batched, CarriedForward, Granted, Held, Paid};
    Thing::Reward.require_state(corrected.state, [Granted, Held, Approved, CarriedForward, Batched, Accepted, Paid])
}

/// Takes back at most what is left, and moves something.
fn check_difference(amount: Money, left: Money, faults: &mut Faults) {
    const POINTER: &str = "/amount/amount_minor";
    if amount.amount_minor == 0 {
        faults.push(Fault::new(POINTER, FaultCode::Zero));
    } else if amount.amount_minor.checked_add(left.amount_minor).is_none_or(|rest| rest < 0) {
        faults.push(Fault::new(POINTER, FaultCode::BeyondGranted).with("left", data(left)));
    } else {
        faults.check_range(POINTER, amount.amount_minor, -left.amount_minor, MOST);
    }
}

async fn check_pay_item(tx: &mut Tx<'_>, code: &str, faults: &mut Faults) -> Result<()> {
    if !faults.has("/pay_item_code") && !queries::is_pay_item(tx, code).await? {
        faults.push(Fault::new("/pay_item_code", FaultCode::UnknownPayItem).with("code", data(code)));
    }
    Ok(())
}

fn check_currency(amount: Money, needed: Currency, faults: &mut Faults) {
    if amount.currency != needed {
        faults.push(Fault::new("/amount/currency", FaultCode::NotAllowed).with("allowed", data(needed)));
    }
}

/// Nothing is earned in a period of another cycle, in one that has not begun, or in one that never pays.
fn period_fault(tx: &Tx<'_>, programme: &Programme, period: Period) -> Option<Fault> {
    if period.cycle() != programme.cycle {
        return Some(Fault::bad_format("/period", Form::from(programme.cycle)));
    }
    let has_begun = period.interval(programme.time_zone).is_some_and(|interval| interval.start <= tx.now);
    let refusal = match programme.state_in(period) {
        _ if !has_begun => Refusal::PeriodNotBegun,
        ProgrammeState::Pilot => Refusal::PeriodNeverPays,
        ProgrammeState::Active | ProgrammeState::Ended => return None,
    };
    Some(Fault::not_eligible("/period", refusal))
}

/// An entry that the actor makes now.
fn blank(tx: &Tx<'_>, kind: RewardKind, amount: Money) -> Entry {
    Entry {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: Uuid::nil(),
        programme_id: Uuid::nil(),
        snapshot_id: None,
        policy_set_id: None,
        policy_code: None,
        session_id: None,
        earned_period: String::new(),
        pay_item_code: String::new(),
        kind,
        amount_minor: amount.amount_minor,
        currency: amount.currency.to_string(),
        corrects_id: None,
        reason_code: "manual".to_owned(),
        reason_params: json!({}),
        reason_text: None,
        maker_kind: tx.actor.identity.kind(),
        maker_id: tx.actor.identity.id(),
        caused_by_id: tx.actor.responsible,
        created_at: tx.now,
    }
}

/// Writes an entry of the actor. Nobody enters money for themselves, unless the company is too small for two people.
async fn enter(
    tx: &mut Tx<'_>,
    entry: Entry,
    holds: &Holds,
    command: &'static str,
    topic: &'static str,
) -> Result<Uuid> {
    let is_own = tx.actor.is(entry.employee_id) || tx.actor.responsible == Some(entry.employee_id);
    check_self_approval(tx, is_own).await?;
    let (id, maker) = (entry.id, entry.maker_id);
    let details = json!({
        "employee_id": entry.employee_id, "programme_id": entry.programme_id, "period": entry.earned_period,
        "amount_minor": entry.amount_minor, "currency": entry.currency, "pay_item_code": entry.pay_item_code,
        "corrects_id": entry.corrects_id,
    });
    let notes = json!({ "reason": entry.reason_text });
    queries::insert_entries(tx, &[entry]).await?;
    let granted = NewEvent::after(0, id, maker, RewardEventKind::Granted);
    let events = std::iter::once(granted).chain(holds.events(1, id, maker));
    record(tx, EventsBy::Actor, events.collect()).await?;
    tx.record(Record::told(command, topic, "reward", id).details(details).notes(notes));
    Ok(id)
}
