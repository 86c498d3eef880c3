//! Confirming and withdrawing access changes.

use uuid::Uuid;

use super::dto::{AccessChangeResponse, department_of};
use crate::access::grants;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::Tx;
use crate::kernel::phrases::{Condition, Thing};
use crate::people::{
    apply_access_change, check_self_approval, department_refs, employee_refs, gainers, is_as_proposed, lock_changed,
    touch_changed,
};
use crate::sign_in::{self, AccessChange, AccessChangeState, AccessField};

/// `waiting → confirmed`, by a person who neither proposed it nor answers for it nor is concerned, and writes what it changes; two
/// records of one person are for the caller to merge.
pub async fn confirm(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<AccessChange> {
    tx.actor.require_person()?;
    let change = lock_waiting(tx, id, precondition).await?;
    let gains = gainers(tx, &change).await?.into_iter().any(|person| tx.actor.is(person));
    let is_own = change.is_own(&tx.actor) || gains;
    let self_approved = check_self_approval(tx, is_own).await?;
    if !is_as_proposed(tx, &change).await? {
        let thing = if change.field.is_of_department() { Thing::Department } else { Thing::Employee };
        return Err(Error::state(thing, Condition::ChangedSince, Condition::AsProposed));
    }
    carry_out(tx, &change, self_approved).await
}

/// `waiting → withdrawn`.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<AccessChangeResponse> {
    let change = lock_waiting(tx, id, precondition).await?;
    sign_in::withdraw(tx, &change).await?;
    touch_changed(tx, &change).await?;
    get(tx, id).await
}

/// Confirms as the operator, who is a second person to everybody. Whether two records are one person is not for the operator, and
/// what would replace something else than it shows waits on.
pub async fn confirm_as_operator(tx: &mut Tx<'_>, change: &AccessChange) -> Result<bool> {
    if change.field == AccessField::Merge || !is_as_proposed(tx, change).await? {
        return Ok(false);
    }
    carry_out(tx, change, false).await?;
    Ok(true)
}

async fn carry_out(tx: &mut Tx<'_>, change: &AccessChange, self_approved: bool) -> Result<AccessChange> {
    let confirmed = sign_in::confirm(tx, change.id, self_approved).await?;
    let confirmed = confirmed.ok_or_else(|| Error::internal("a locked change no longer waits"))?;
    match change.field {
        AccessField::Role => grants::grant_confirmed(tx, change, department_of(change)).await?,
        AccessField::SignIn => {
            sign_in::unbind(tx, change.target.parse().map_err(Error::internal)?).await?;
        }
        _ => apply_access_change(tx, change).await?,
    }
    Ok(confirmed)
}

async fn lock_waiting(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<AccessChange> {
    if let Some(change) = sign_in::find(tx, id).await? {
        lock_changed(tx, &change).await?;
    }
    let found = sign_in::find_for_update(tx, id).await?;
    let change = precondition.admit(Thing::AccessChange, found, |change| change.version)?;
    let ended = match change.state {
        AccessChangeState::Waiting => return Ok(change),
        AccessChangeState::Confirmed => Condition::Confirmed,
        AccessChangeState::Withdrawn => Condition::Withdrawn,
    };
    Err(Error::state(Thing::AccessChange, ended, Condition::Waiting))
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<AccessChangeResponse> {
    let found = Thing::AccessChange.require(sign_in::find(tx, id).await?)?;
    only(render(tx, vec![found]).await?)
}

/// The changes as responses show them, in the same order.
pub async fn render(tx: &mut Tx<'_>, changes: Vec<AccessChange>) -> Result<Vec<AccessChangeResponse>> {
    let people: Vec<Uuid> = changes.iter().map(|change| change.employee_id).collect();
    let departments: Vec<Uuid> = changes.iter().filter_map(department_of).collect();
    let people = employee_refs(tx, &people).await?;
    let departments = department_refs(tx, &departments).await?;
    changes.into_iter().map(|change| AccessChangeResponse::new(change, &people, &departments)).collect()
}
