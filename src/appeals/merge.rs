//! The appeals of two records that become one go over. Who decided or said something stays, and is read through the kept record.

use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::Merge;

const FILED: &str = "
UPDATE appeals a SET employee_id = :kept, updated_at = :now
 WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    merge.write(tx, FILED).await?;
    Ok(())
}
