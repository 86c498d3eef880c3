//! What two records that become one may do: the roles of the one that is given up end, and whoever answered for a machine client still
//! does.

use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::Merge;

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    const ROLES: &str = "DELETE FROM role_grants g WHERE g.tenant_id = :tenant AND g.employee_id = :duplicate";
    const CLIENTS: &str = "
UPDATE api_clients c SET responsible_id = :kept, updated_at = :now, version = c.version + 1
 WHERE c.tenant_id = :tenant AND c.responsible_id = :duplicate";
    merge.write(tx, ROLES).await?;
    merge.write(tx, CLIENTS).await?;
    Ok(())
}
