//! What holds entries, and how a gate of a fee lets one go.
//!
//! An entry may be held over budget and by gates of its fee at once. Its last event says so of the gates as long as they hold it. When
//! they let it go and the period is still over budget, the hold over budget is told again.
//!
//! A gate lets an entry go when a restatement finds its reasons gone, or by two people: one asks with a reason, another one decides. That
//! is neither whom it pays nor who has supplied what was missing: a fact that comes late goes the way of all late facts.

use serde_json::{Value, json};
use uuid::Uuid;

use super::corrections::Remainder;
use super::model::{EntryEvent, EntryNow, EntryState, HoldCause, RewardEventKind};
use super::queries;
use super::release::Budgets;
use super::service::{EventsBy, NewEvent, find, record, record_on_one};
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Reason;
use crate::people::check_self_approval;
use crate::rewards::fees::HoldReason;

/// The code of an event that holds an entry over budget.
pub const OVER_BUDGET: &str = "over_budget";
/// The code of an event that holds an entry by gates.
pub const GATE: &str = "gate";
/// The code of an event that releases what was over budget.
pub const BUDGET_RAISED: &str = "budget_raised";
/// The code of an event by which two people release an entry from its gates.
const BY_PEOPLE: &str = "gate_released";
/// The code of an event by which a restatement does.
const BY_RESTATEMENT: &str = "gate_passed";

/// What holds a grant: it is not payable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    /// The rewards of its period exceed the budget.
    pub over_budget: bool,
    /// The gates of the fee, in their order.
    pub gates: Vec<HoldReason>,
}

impl Holds {
    /// What holds an entry after these events, the oldest first.
    #[must_use]
    pub fn after(history: &[EntryEvent]) -> Self {
        let mut holds = Self::default();
        for event in history {
            match (event.event, event.reason_code.as_deref()) {
                (RewardEventKind::Held, Some(GATE)) => holds.gates = reasons(event.hold_reasons.as_ref()),
                (RewardEventKind::Held, _) => holds.over_budget = true,
                (RewardEventKind::Released, Some(BUDGET_RAISED) | None) => holds.over_budget = false,
                (RewardEventKind::Released, _) => holds.gates.clear(),
                (RewardEventKind::Reconsidered, _) => holds = Self::default(),
                _ => {}
            }
        }
        holds
    }

    /// The events that hold an entry after number `last` of its history: those of gates come last.
    #[must_use]
    pub fn events(&self, last: i32, entry: Uuid, maker: Uuid) -> Vec<NewEvent> {
        let held = |last| NewEvent::after(last, entry, maker, RewardEventKind::Held);
        let budget = self.over_budget.then(|| NewEvent { reason_code: Some(OVER_BUDGET), ..held(last) });
        let gates = (!self.gates.is_empty()).then(|| NewEvent {
            reason_code: Some(GATE),
            hold_reasons: Some(json!(self.gates)),
            ..held(last + i32::from(self.over_budget))
        });
        budget.into_iter().chain(gates).collect()
    }
}

/// Gates as they are stored.
#[must_use]
pub fn reasons(stored: Option<&Value>) -> Vec<HoldReason> {
    let listed = stored.and_then(Value::as_array).into_iter().flatten();
    listed.filter_map(|reason| HoldReason::of(reason.as_str()?)).collect()
}

/// An entry that a gate holds, if it is as the caller saw it. What corrects it waits with it, and is not released by itself. Until the
/// commit, nobody adds to its corrections.
async fn gated(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<EntryNow> {
    let seen = find(tx, id).await?;
    let remainder = Remainder::lock(tx, &seen).await?;
    let waits = seen.entry.corrects_id.is_some() && remainder.corrected()?.hold == Some(HoldCause::Gate);
    Thing::Reward.refuse_if(waits, Condition::ACorrection, Condition::NoCorrection)?;
    let now = find(tx, id).await?;
    precondition.check(now.version())?;
    Thing::Reward.require_state(now.state, [EntryState::Held])?;
    Thing::Reward.refuse_if(now.hold != Some(HoldCause::Gate), Condition::HeldOverBudget, Condition::HeldByGate)?;
    Ok(now)
}

/// An event of an entry that a gate holds and that goes on to hold it.
fn still_held(now: &EntryNow, event: RewardEventKind, reason: Reason) -> NewEvent {
    NewEvent {
        reason: Some(reason),
        hold_reasons: now.hold_reasons.clone(),
        ..NewEvent::after(now.seq, now.entry.id, now.entry.maker_id, event)
    }
}

/// Asks to release an entry from its gates.
pub async fn ask(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<()> {
    tx.actor.require_person()?;
    let now = gated(tx, id, precondition).await?;
    Thing::Reward.refuse_if(now.release_asked_by_id.is_some(), Condition::ReleaseAsked, Condition::ReleaseNotAsked)?;
    let is_paid = tx.actor.is(now.entry.employee_id);
    check_self_approval(tx, is_paid).await?;
    record_on_one(tx, vec![still_held(&now, RewardEventKind::ReleaseAsked, reason)]).await?;
    note(tx, "ask_reward_release", "reward.release_asked", &now);
    Ok(())
}

/// What was asked for, by somebody who may decide on it. Returns whether the company allows that because it is small.
async fn decided(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<(EntryNow, bool)> {
    tx.actor.require_person()?;
    let now = gated(tx, id, precondition).await?;
    Thing::Reward.refuse_if(now.release_asked_by_id.is_none(), Condition::ReleaseNotAsked, Condition::ReleaseAsked)?;
    let is_own = tx.actor.is(now.release_asked_by_id) || tx.actor.is(now.entry.employee_id);
    let has_supplied = queries::has_supplied(tx, &now.entry).await?;
    let self_approved = check_self_approval(tx, is_own || has_supplied).await?;
    Ok((now, self_approved))
}

/// Releases an entry from its gates, with what corrects it. It is granted, or held over budget as before.
pub async fn release(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<()> {
    let (now, self_approved) = decided(tx, id, precondition).await?;
    let released = NewEvent {
        self_approved,
        reason: Some(reason),
        reason_code: Some(BY_PEOPLE),
        ..NewEvent::after(now.seq, id, now.entry.maker_id, RewardEventKind::Released)
    };
    let mut events = vec![released];
    events.extend(again_over_budget(tx, &now).await?);
    record_on_one(tx, events).await?;
    let tree = queries::tree(tx, id).await?;
    let corrections: Vec<EntryNow> = tree.into_iter().filter(|own| own.hold == Some(HoldCause::Gate)).collect();
    let events = let_go(tx, &corrections, BY_PEOPLE).await?;
    record(tx, EventsBy::Actor, events).await?;
    note(tx, "release_reward", "reward.released", &now);
    Ok(())
}

/// Declines to release an entry: its gates hold it.
pub async fn decline(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<()> {
    let (now, _) = decided(tx, id, precondition).await?;
    record_on_one(tx, vec![still_held(&now, RewardEventKind::ReleaseDeclined, reason)]).await?;
    note(tx, "decline_reward_release", "reward.release_declined", &now);
    Ok(())
}

fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, now: &EntryNow) {
    let details = json!({ "employee_id": now.entry.employee_id, "hold_reasons": now.hold_reasons });
    tx.record(Record::told(command, topic, "reward", now.entry.id).details(details));
}

/// The event after a release from gates, if the entry is held over budget as well and the budget is not enough yet.
async fn again_over_budget(tx: &mut Tx<'_>, now: &EntryNow) -> Result<Option<NewEvent>> {
    let history = queries::history(tx, now.entry.id).await?;
    let is_over = Holds::after(&history).over_budget && !Budgets::of(tx, std::slice::from_ref(now)).await?.allow(now);
    let held = NewEvent::after(now.seq + 1, now.entry.id, now.entry.maker_id, RewardEventKind::Held);
    Ok(is_over.then_some(NewEvent { reason_code: Some(OVER_BUDGET), ..held }))
}

/// The events that release these entries from their gates.
async fn let_go(tx: &mut Tx<'_>, entries: &[EntryNow], code: &'static str) -> Result<Vec<NewEvent>> {
    let mut events = Vec::new();
    for now in entries {
        let released = NewEvent::after(now.seq, now.entry.id, now.entry.maker_id, RewardEventKind::Released);
        events.push(NewEvent { reason_code: Some(code), ..released });
        events.extend(again_over_budget(tx, now).await?);
    }
    Ok(events)
}

/// What a restatement finds of the gates of a fee of a session: none let go what they hold; others hold what is not approved yet.
#[derive(Debug, Clone)]
pub struct Regated {
    pub employee_id: Uuid,
    pub policy_code: String,
    pub session_id: Uuid,
    pub gates: Vec<HoldReason>,
}

/// Holds and releases what a restatement finds, of a programme's period.
pub async fn regate(tx: &mut Tx<'_>, programme: Uuid, period: &str, found: Vec<Regated>) -> Result<()> {
    let mut events = Vec::new();
    for own in found {
        let entries = queries::of_session(tx, programme, period, &own).await?;
        let (gated, others): (Vec<EntryNow>, Vec<EntryNow>) =
            entries.into_iter().partition(|now| now.hold == Some(HoldCause::Gate));
        if own.gates.is_empty() {
            events.extend(let_go(tx, &gated, BY_RESTATEMENT).await?);
            continue;
        }
        let waits = |now: &EntryNow| matches!(now.state, EntryState::Granted | EntryState::Held);
        let holds = Holds { over_budget: false, gates: own.gates };
        for now in gated.into_iter().chain(others.into_iter().filter(waits)) {
            events.extend(holds.events(now.seq, now.entry.id, now.entry.maker_id));
        }
    }
    record(tx, EventsBy::System, events).await
}

/// The refusal to approve what a gate holds.
pub fn gate_holds() -> Error {
    Error::state(Thing::Reward, Condition::HeldByGate, Condition::ReleasedFromGate)
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::auth::ActorKind;

    fn event(kind: RewardEventKind, code: Option<&str>, gates: &[HoldReason]) -> EntryEvent {
        EntryEvent {
            tenant_id: Uuid::nil(),
            id: Uuid::nil(),
            entry_id: Uuid::nil(),
            seq: 1,
            event: kind,
            maker_id: Uuid::nil(),
            actor_kind: ActorKind::System,
            actor_id: Uuid::nil(),
            self_approved: false,
            batch_id: None,
            line_id: None,
            reason_code: code.map(str::to_owned),
            reason: None,
            hold_reasons: (!gates.is_empty()).then(|| json!(gates)),
            occurred_at: chrono::DateTime::<Utc>::MIN_UTC,
        }
    }

    #[test]
    fn each_hold_is_let_go_by_its_own_cause() {
        use RewardEventKind::{Granted, Held, Reconsidered, Released};
        let gates = [HoldReason::Certificate, HoldReason::LateContent];
        let mut history =
            vec![event(Granted, None, &[]), event(Held, Some(OVER_BUDGET), &[]), event(Held, Some(GATE), &gates)];
        let both = Holds { over_budget: true, gates: gates.to_vec() };
        assert_eq!(Holds::after(&history), both);
        history.push(event(Released, Some(BY_PEOPLE), &[]));
        assert_eq!(Holds::after(&history), Holds { over_budget: true, gates: Vec::new() });
        history.push(event(Released, Some(BUDGET_RAISED), &[]));
        assert_eq!(Holds::after(&history), Holds::default());
        let told: Vec<_> =
            both.events(3, Uuid::nil(), Uuid::nil()).iter().map(|own| (own.seq, own.reason_code)).collect();
        assert_eq!(told, [(4, Some(OVER_BUDGET)), (5, Some(GATE))]);
        history.extend([event(Held, Some(GATE), &gates), event(Reconsidered, None, &[])]);
        assert_eq!(Holds::after(&history), Holds::default());
    }
}
