//! The external values of two records that become one: of one metric and period the latest counts.

use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::Merge;

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    const VALUES: &str = "
UPDATE external_metric_values v SET employee_id = :kept WHERE v.tenant_id = :tenant AND v.employee_id = :duplicate";
    merge.write(tx, VALUES).await?;
    Ok(())
}
