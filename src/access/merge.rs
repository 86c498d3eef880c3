//! What two records that become one may do: the roles of the one that is given up end, and whoever answered for a machine client still
//! does.

use crate::db::statement;
use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::{Ended, Merge};

/// Returns the roles that have ended.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<Vec<Ended>> {
    const ROLES: &str = "
DELETE FROM role_grants g WHERE g.tenant_id = :tenant AND g.employee_id = :duplicate
RETURNING g.id, jsonb_build_object('employee_id', g.employee_id, 'role', g.role, 'department_id', g.department_id) AS told";
    const CLIENTS: &str = "
UPDATE api_clients c SET responsible_id = :kept, updated_at = :now, version = c.version + 1
 WHERE c.tenant_id = :tenant AND c.responsible_id = :duplicate";
    let roles = merge.end(tx, ("role_grant.deleted", "role_grant"), statement(ROLES)).await?;
    merge.write(tx, CLIENTS).await?;
    Ok(roles)
}
