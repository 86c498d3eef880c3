//! The rewards of two records that become one. Certificates go over. The ledger only grows: its entries keep the record to which they
//! were granted, and are read through the kept one.

use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::Merge;

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    const CERTIFICATES: &str = "
UPDATE certificates c SET employee_id = :kept
 WHERE c.tenant_id = :tenant AND c.employee_id = :duplicate
   AND NOT EXISTS (SELECT FROM certificates k
                    WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.programme_id = c.programme_id
                      AND k.policy_code = c.policy_code AND k.earned_period = c.earned_period)";
    merge.write(tx, CERTIFICATES).await?;
    Ok(())
}
