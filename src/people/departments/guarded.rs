//! What a change of a department leaves to a second person: who heads it manages it.

use serde_json::json;
use uuid::Uuid;

use crate::error::{Result, only};
use crate::journal::Tx;
use crate::sign_in::{AccessField, Asked, hold};

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
