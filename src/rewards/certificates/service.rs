//! Revokes certificates.

use serde_json::json;
use uuid::Uuid;

use super::model::Certificate;
use super::queries::{self, Revocation};
use crate::error::Result;
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Reason;

/// Revokes a certificate for good. It stays in the honour file, as revoked.
pub async fn revoke(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<Certificate> {
    tx.actor.require_person()?;
    let found = queries::find_for_update(tx, id).await?;
    let row = precondition.admit(Thing::Certificate, found, |row| row.version)?;
    Thing::Certificate.refuse_if(row.revoked_at.is_some(), Condition::Revoked, Condition::Valid)?;
    let notes = json!({"reason": reason});
    let row = queries::update(tx, id, &Revocation { revoked_at: tx.now, revoke_reason: reason }).await?;
    let details = json!({"employee_id": row.employee_id, "certificate_code": row.certificate_code});
    let record = Record::told("revoke_certificate", "certificate.revoked", "certificate", id);
    tx.record(record.details(details).notes(notes));
    Ok(row)
}
