//! What a change of a department leaves to a second person: who heads it manages it, and so does who manages a department above.

use serde_json::{Value, from_value, json};
use uuid::Uuid;

use super::queries;
use crate::error::{Error, Result, only};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::sign_in::{AccessChange, AccessField, Asked, hold};

/// A change of a department's head, for the person who becomes it.
pub fn asked_manager(department: Uuid, present: Option<Uuid>, proposed: Option<Uuid>) -> Asked {
    let employee = proposed.or(present).unwrap_or_default();
    let of = Asked::of(employee, AccessField::DepartmentManager, json!(present), json!(proposed));
    Asked { target: department.to_string(), gives: proposed.is_some(), ..of }
}

/// Proposes the head of the department if a second person must confirm it. Returns whether it waits.
pub async fn hold_manager(
    tx: &mut Tx<'_>,
    department: Uuid,
    present: Option<Uuid>,
    proposed: Option<Uuid>,
) -> Result<bool> {
    Ok(only(hold(tx, &[asked_manager(department, present, proposed)]).await?)?.waits)
}

/// A department with the one above it now, and the one that is to be above it.
pub type ParentMove = (Uuid, Option<Uuid>, Option<Uuid>);

/// Proposes the moves by which somebody with the role of a manager gains a department. Returns whether each waits, in the same
/// order. The tree is locked.
pub async fn hold_parents(tx: &mut Tx<'_>, moves: &[ParentMove]) -> Result<Vec<bool>> {
    let moved = moves.iter().filter(|(_, present, proposed)| present != proposed);
    let moved: Vec<(Uuid, Uuid)> = moved.filter_map(|(id, _, proposed)| Some((*id, (*proposed)?))).collect();
    let gains = queries::gains(tx, &moved).await?;
    let asked = moves.iter().map(|(id, present, proposed)| {
        let first = gains.get(id).and_then(|people| people.iter().next().copied());
        let field = AccessField::DepartmentParent;
        let of = Asked::of(first.unwrap_or_default(), field, json!(present), json!(proposed));
        Asked { target: id.to_string(), gives: first.is_some(), ..of }
    });
    let asked: Vec<Asked> = asked.collect();
    Ok(hold(tx, &asked).await?.into_iter().map(|fate| fate.waits).collect())
}

/// Everybody who gains a department by this change: none of them may confirm it.
pub async fn gainers(tx: &mut Tx<'_>, change: &AccessChange) -> Result<Vec<Uuid>> {
    if change.field != AccessField::DepartmentParent {
        return Ok(Vec::new());
    }
    let department = change.target.parse().map_err(Error::internal)?;
    let parent: Option<Uuid> = from_value(change.proposed.clone()).map_err(Error::internal)?;
    let moved: Vec<(Uuid, Uuid)> = parent.into_iter().map(|parent| (department, parent)).collect();
    Ok(queries::gains(tx, &moved).await?.remove(&department).unwrap_or_default())
}

/// The head of the department, or the department above it, as a proposal shows it.
pub async fn standing(tx: &mut Tx<'_>, department: Uuid, field: AccessField) -> Result<Value> {
    let present = Thing::Department.require(queries::find_for_update(tx, department).await?)?;
    Ok(if field == AccessField::DepartmentManager { json!(present.manager_id) } else { json!(present.parent_id) })
}
