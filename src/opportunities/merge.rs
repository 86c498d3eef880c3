//! The applications of two records that become one go over. Of two that are under way for one opportunity the one that is further stands
//! (accepted, offered, waiting, applied), of equal ones that of the kept record; the place of the other one is passed on.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::job::PASS_ON_JOB;
use crate::db::statement;
use crate::error::Result;
use crate::jobs;
use crate::journal::Tx;
use crate::sign_in::{Ended, Merge};

const APPLIED_TWICE: &str = "
UPDATE opportunity_applications a SET state = 'withdrawn', ended_at = :now, updated_at = :now, version = a.version + 1
 WHERE a.tenant_id = :tenant AND a.employee_id IN (:kept, :duplicate) AND a.state IN ('applied', 'waiting', 'offered', 'accepted')
   AND EXISTS (SELECT FROM opportunity_applications o
                WHERE o.tenant_id = :tenant AND o.employee_id IN (:kept, :duplicate) AND o.employee_id <> a.employee_id
                  AND o.opportunity_id = a.opportunity_id AND o.state IN ('applied', 'waiting', 'offered', 'accepted')
                  AND (array_position(ARRAY['applied', 'waiting', 'offered', 'accepted'], o.state), o.employee_id = :kept)
                      > (array_position(ARRAY['applied', 'waiting', 'offered', 'accepted'], a.state), a.employee_id = :kept))
RETURNING a.id, jsonb_build_object('id', a.id, 'opportunity_id', a.opportunity_id, 'employee_id', a.employee_id, 'state', a.state) AS told";
const APPLICATIONS: &str = "
UPDATE opportunity_applications a SET employee_id = :kept, updated_at = :now, version = a.version + 1
 WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";

/// Returns the applications that are withdrawn.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<Vec<Ended>> {
    let of = ("opportunity_application.withdrawn", "opportunity_application");
    let withdrawn = merge.end(tx, of, statement(APPLIED_TWICE)).await?;
    merge.write(tx, APPLICATIONS).await?;
    let opportunity =
        |one: &Ended| one.told.get("opportunity_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let freed: BTreeSet<Uuid> = withdrawn.iter().filter_map(opportunity).collect();
    for id in freed {
        jobs::enqueue(tx, PASS_ON_JOB, json!({ "opportunity": id })).await?;
    }
    Ok(withdrawn)
}
