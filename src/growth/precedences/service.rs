//! What becomes of precedences.

use serde_json::json;
use uuid::Uuid;

use super::model::{OpportunityPrecedence, Withdrawal};
use super::queries;
use crate::error::Result;
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Reason;
use crate::people::check_self_approval;

/// Withdraws a precedence that was not used, by a person; not one's own, unless the company allows self-approval.
pub async fn withdraw(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    reason: Reason,
) -> Result<OpportunityPrecedence> {
    let withdrawn_by_id = tx.actor.require_person()?;
    let found = queries::find_for_update(tx, id).await?;
    let row = precondition.admit(Thing::OpportunityPrecedence, found, |row| row.version)?;
    let (thing, needed) = (Thing::OpportunityPrecedence, Condition::Unused);
    thing.refuse_if(row.withdrawn_at.is_some(), Condition::Withdrawn, needed)?;
    thing.refuse_if(row.used_at.is_some(), Condition::Used, needed)?;
    let is_own = tx.actor.is(row.employee_id);
    check_self_approval(tx, is_own).await?;
    let withdrawal = Withdrawal { withdrawn_at: tx.now, withdrawn_by_id, withdraw_reason: reason };
    let row = queries::update(tx, id, &withdrawal).await?;
    let details = json!({ "id": id, "employee_id": row.employee_id, "code": row.code });
    let (command, topic) = ("withdraw_opportunity_precedence", "opportunity_precedence.withdrawn");
    let record = Record::told(command, topic, "opportunity_precedence", id).details(details);
    tx.record(record.notes(json!({ "reason": row.withdraw_reason })));
    Ok(row)
}
