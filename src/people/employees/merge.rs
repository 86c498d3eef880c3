//! The marks of two records that become one.

use super::model::Employee;
use super::{former, numbers, queries};
use crate::error::Result;
use crate::journal::Tx;
use crate::people::Employment;
use crate::sign_in::Merge;

/// Former numbers find the person as before.
const FORMER_NUMBERS: &str = "
UPDATE former_employee_numbers f SET employee_id = :kept WHERE f.tenant_id = :tenant AND f.employee_id = :duplicate";
const FORMER_MAILS: &str = "
UPDATE former_mail_addresses f SET employee_id = :kept WHERE f.tenant_id = :tenant AND f.employee_id = :duplicate";
const FORMER_IDS: &str = "
UPDATE former_external_ids f SET employee_id = :kept WHERE f.tenant_id = :tenant AND f.employee_id = :duplicate";
const EXTERNAL_IDS: &str = "
UPDATE employee_external_ids x SET employee_id = :kept WHERE x.tenant_id = :tenant AND x.employee_id = :duplicate";
const EARLIER_MERGES: &str = "
UPDATE employees e SET merged_into_id = :kept WHERE e.tenant_id = :tenant AND e.merged_into_id = :duplicate";
const GIVE_UP: &str = "
UPDATE employees e
   SET merged_into_id = :kept, employee_number = NULL, email = NULL, updated_at = :now, version = e.version + 1
 WHERE e.tenant_id = :tenant AND e.id = :duplicate";

/// Gives the record up: its marks are the kept record's, or former ones if that has its own. Nobody else gets them silently.
pub async fn give_up(
    tx: &mut Tx<'_>,
    merge: Merge,
    kept: &Employee,
    duplicate: &Employee,
    latest: Employment,
) -> Result<()> {
    if kept.employee_number.is_some() {
        numbers::release(tx, std::slice::from_ref(duplicate)).await?;
    }
    if kept.email.is_some() {
        former::keep_mails(tx, &[(duplicate, &Employee { email: None, ..duplicate.clone() })]).await?;
    }
    for text in [FORMER_NUMBERS, FORMER_MAILS, FORMER_IDS, EXTERNAL_IDS, EARLIER_MERGES, GIVE_UP] {
        merge.write(tx, text).await?;
    }
    let after = Employee {
        employee_number: kept.employee_number.clone().or(duplicate.employee_number.clone()),
        email: kept.email.clone().or(duplicate.email.clone()),
        hired_on: latest.hired_on,
        left_on: latest.left_on,
        ..kept.clone()
    };
    queries::update_all(tx, &[&after]).await?;
    Ok(())
}
