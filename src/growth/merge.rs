//! Titles, notices, precedences, waivers and applications of two records that become one. Titles, notices, precedences and waivers that both
//! have stay beside each other, and those that keep the other record's id are read through the kept one. Of two open applications for one
//! target that of the kept record stands: nobody decides twice about one person.

use crate::db::statement;
use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::{Ended, Merge};

const TITLES: &str = "
UPDATE titles t SET employee_id = :kept
 WHERE t.tenant_id = :tenant AND t.employee_id = :duplicate
   AND (t.withdrawn_at IS NOT NULL
        OR NOT EXISTS (SELECT FROM titles k
                        WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.code = t.code AND k.withdrawn_at IS NULL))";

const NOTICES: &str = "
UPDATE improvement_notices n SET employee_id = :kept
 WHERE n.tenant_id = :tenant AND n.employee_id = :duplicate
   AND (n.state = 'closed'
        OR NOT EXISTS (SELECT FROM improvement_notices k
                        WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.programme_id = n.programme_id
                          AND k.state <> 'closed'))";

const WAIVERS: &str = "
UPDATE promotion_waivers w SET employee_id = :kept
 WHERE w.tenant_id = :tenant AND w.employee_id = :duplicate
   AND (w.ended_at IS NOT NULL
        OR NOT EXISTS (SELECT FROM promotion_waivers k
                        WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.policy_id = w.policy_id
                          AND k.place = w.place AND k.ended_at IS NULL))";

const PRECEDENCES: &str = "
UPDATE opportunity_precedences c SET employee_id = :kept
 WHERE c.tenant_id = :tenant AND c.employee_id = :duplicate
   AND (c.withdrawn_at IS NOT NULL
        OR NOT EXISTS (SELECT FROM opportunity_precedences k
                        WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.programme_id = c.programme_id
                          AND k.policy_code = c.policy_code AND k.firing_number = c.firing_number AND k.withdrawn_at IS NULL))";

const APPLIED_TWICE: &str = "
UPDATE promotion_applications a SET state = 'withdrawn', decided_at = :now
 WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate AND a.state = 'submitted'
   AND EXISTS (SELECT FROM promotion_applications k
                WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.target_code = a.target_code AND k.state = 'submitted')
RETURNING a.id, jsonb_build_object('id', a.id, 'employee_id', a.employee_id, 'target_code', a.target_code, 'state', a.state) AS told";
const APPLICATIONS: &str = "
UPDATE promotion_applications a SET employee_id = :kept, updated_at = :now, version = a.version + 1
 WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";

/// Returns the applications that are withdrawn.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<Vec<Ended>> {
    for text in [TITLES, NOTICES, PRECEDENCES, WAIVERS] {
        merge.write(tx, text).await?;
    }
    let of = ("promotion_application.withdrawn", "promotion_application");
    let withdrawn = merge.end(tx, of, statement(APPLIED_TWICE)).await?;
    merge.write(tx, APPLICATIONS).await?;
    Ok(withdrawn)
}
