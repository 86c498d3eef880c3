//! What the operator does where no two persons can: nobody can sign in any more, or there is no second person yet.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use uuid::Uuid;

use super::{changes, grants};
use crate::auth::Role;
use crate::error::{Error, Result};
use crate::journal::{Record, Tx};
use crate::schema::employees;
use crate::sign_in;

/// What a recovery did.
#[derive(Debug)]
pub struct Recovered {
    /// Changes about the person that waited and are confirmed.
    pub confirmed: usize,
    /// Accounts that no longer sign the person in.
    pub unbound: usize,
    /// Whether the person was no administrator before.
    pub granted: bool,
}

/// Lets a person in again as an administrator: confirms what waits about them, forgets their accounts, and gives them the role.
pub async fn recover(tx: &mut Tx<'_>, employee_number: &str) -> Result<Recovered> {
    let found: Option<Uuid> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::employee_number.eq(employee_number))
        .select(employees::id)
        .first(tx.conn)
        .await
        .optional()?;
    let person = found.ok_or_else(|| Error::internal(format!("there is no employee {employee_number:?}")))?;
    let mut waiting = sign_in::waiting_for(tx, person).await?;
    waiting.retain(|change| !change.field.is_of_lecturer());
    let mut confirmed = 0;
    for change in &waiting {
        confirmed += usize::from(changes::confirm_as_operator(tx, change).await?);
    }
    let unbound = sign_in::unbind_all(tx, person).await?;
    let granted = grants::ensure(tx, person, Role::Admin).await?;
    let done = Recovered { confirmed, unbound, granted };
    let details = json!({"confirmed": done.confirmed, "unbound": done.unbound, "granted": done.granted});
    tx.record(Record::logged("recover_access", "employee", person).details(details));
    Ok(done)
}

/// Confirms everything that waits, as the operator who has just put the company in place.
pub async fn confirm_all(tx: &mut Tx<'_>) -> Result<()> {
    for change in sign_in::first_waiting(tx, i64::MAX).await? {
        changes::confirm_as_operator(tx, &change).await?;
    }
    Ok(())
}
