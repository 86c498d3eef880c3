//! How the person of two records is paid: in the pay group of the kept one, if it has one. Lines keep the record that they were made
//! of; drafts are judged anew.

use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::Merge;

const MEMBER_OF_TWO: &str = "
DELETE FROM pay_group_members d
 WHERE d.tenant_id = :tenant AND d.employee_id = :duplicate
   AND EXISTS (SELECT FROM pay_group_members k WHERE k.tenant_id = :tenant AND k.employee_id = :kept)";
const MEMBER: &str = "
UPDATE pay_group_members m SET employee_id = :kept, updated_at = :now
 WHERE m.tenant_id = :tenant AND m.employee_id = :duplicate";

/// What was explained of a draft.
const EXPLAINED: &str = "
UPDATE payroll_exclusions x SET employee_id = :kept, updated_at = :now
  FROM payroll_batches b
 WHERE x.tenant_id = :tenant AND x.employee_id = :duplicate
   AND b.tenant_id = :tenant AND b.id = x.batch_id AND b.state = 'draft'
   AND NOT EXISTS (SELECT FROM payroll_exclusions k
                    WHERE k.tenant_id = :tenant AND k.batch_id = x.batch_id AND k.employee_id = :kept)";

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    for text in [MEMBER_OF_TWO, MEMBER, EXPLAINED] {
        merge.write(tx, text).await?;
    }
    Ok(())
}
