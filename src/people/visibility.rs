//! Whom a caller may see.

use uuid::Uuid;

use super::directory::{EmployeeRef, employee_refs, holds_on, is_employee, merged_into};
use crate::auth::{Reach, Right};
use crate::db::{concat, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::phrases::Thing;

/// The employees that a right covers, with the records that were merged into theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    Everyone,
    /// Only these, ordered by id.
    These(Vec<Uuid>),
}

impl Visible {
    /// Whether the right covers this employee.
    #[must_use]
    pub fn includes(&self, employee: Uuid) -> bool {
        match self {
            Self::Everyone => true,
            Self::These(ids) => ids.binary_search(&employee).is_ok(),
        }
    }

    /// The ids to filter by. None if no filter is needed.
    #[must_use]
    pub fn ids(&self) -> Option<&[Uuid]> {
        match self {
            Self::Everyone => None,
            Self::These(ids) => Some(ids),
        }
    }
}

/// The employees that the caller's right `R` reaches.
pub async fn visible<R: Right>(tx: &mut Tx<'_>) -> Result<Visible> {
    let reach = tx.actor.reach::<R>()?;
    within_reach(tx, &reach).await
}

/// The person with this record, if the caller's right `R` reaches it (404 otherwise): of a record that was merged, whose it is now.
pub async fn person_seen<R: Right>(tx: &mut Tx<'_>, id: Uuid) -> Result<EmployeeRef> {
    let seen = visible::<R>(tx).await?.includes(id) && is_employee(tx, id).await?;
    Thing::Employee.require(seen.then_some(()))?;
    let id = merged_into(tx, &[id]).await?.remove(&id).unwrap_or(id);
    employee_refs(tx, &[id]).await?.get(id)
}

/// The employees that `reach` covers: everyone; or the caller and those who are today in a managed department or one below it; or
/// only the caller.
pub async fn within_reach(tx: &mut Tx<'_>, reach: &Reach) -> Result<Visible> {
    match reach {
        Reach::All => Ok(Visible::Everyone),
        Reach::Own(id) => {
            let mut ids = vec![*id];
            if tx.actor.person() == Some(*id) {
                ids.extend(&tx.actor.merged);
            }
            ids.sort_unstable();
            Ok(Visible::These(ids))
        }
        Reach::Departments(managed) => {
            let own = tx.actor.records();
            let seen = statement(IN_DEPARTMENTS).bind("roots", &managed.0).bind("own", own);
            let mut ids = tx.complete(seen).load_ids(tx.conn).await?;
            ids.sort_unstable();
            Ok(Visible::These(ids))
        }
    }
}

/// Who is today in one of these departments or one below them, and who asks, each once; with the records that were merged into
/// theirs. `UNION`, not `UNION ALL`: a cycle of departments must not make it endless.
const IN_DEPARTMENTS: &str = concat!(
    "
WITH RECURSIVE below (id) AS (
    SELECT d.id FROM departments d WHERE d.tenant_id = :tenant AND d.id = ANY (:roots)
    UNION
    SELECT d.id FROM departments d JOIN below b ON d.tenant_id = :tenant AND d.parent_id = b.id),
seen (id) AS MATERIALIZED (
    SELECT m.employee_id
      FROM tenants t
     CROSS JOIN below b
     CROSS JOIN LATERAL (SELECT m.employee_id FROM department_memberships m
                          WHERE m.tenant_id = :tenant AND m.department_id = b.id AND ",
    holds_on!("m", "(:now AT TIME ZONE t.time_zone)::date"),
    " OFFSET 0) m
     WHERE t.id = :tenant
    UNION
    SELECT unnest(:own))
SELECT s.id FROM seen s
UNION
SELECT r.id
  FROM seen s
 CROSS JOIN LATERAL (SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.merged_into_id = s.id OFFSET 0) r"
);
