//! Titles, notices and applications of two records that become one. What both have stays beside each other as history.

use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::Merge;

const TITLES: &str = "
UPDATE titles t SET employee_id = :kept
 WHERE t.tenant_id = :tenant AND t.employee_id = :duplicate
   AND (t.withdrawn_at IS NOT NULL
        OR NOT EXISTS (SELECT FROM titles k
                        WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.code = t.code AND k.withdrawn_at IS NULL))";

const NOTICES: &str = "
UPDATE improvement_notices n SET employee_id = :kept
 WHERE n.tenant_id = :tenant AND n.employee_id = :duplicate
   AND (n.state <> 'open'
        OR NOT EXISTS (SELECT FROM improvement_notices k
                        WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.programme_id = n.programme_id
                          AND k.state = 'open'))";

const APPLICATIONS: &str = "
UPDATE promotion_applications a SET employee_id = :kept, updated_at = :now, version = a.version + 1
 WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate
   AND (a.state <> 'submitted'
        OR NOT EXISTS (SELECT FROM promotion_applications k
                        WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.target_code = a.target_code
                          AND k.state = 'submitted'))";

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    for text in [TITLES, NOTICES, APPLICATIONS] {
        merge.write(tx, text).await?;
    }
    Ok(())
}
