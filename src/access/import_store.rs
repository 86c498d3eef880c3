//! Roles as an import brings them, as one set.

use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::grants::asked_role;
use crate::auth::Role;
use crate::db::{collect_column, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::text::EmployeeNumber;
use crate::people::import_store::EmployeeRow;
use crate::sign_in::hold;

/// A role that somebody does not have yet.
#[derive(Debug, QueryableByName)]
struct Missing {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Text)]
    role: String,
}

/// Proposes the roles of the rows, for the whole company. Roles that people have already stay.
pub async fn propose_roles(tx: &mut Tx<'_>, rows: &[EmployeeRow]) -> Result<()> {
    let mut asked = Vec::new();
    for missing in missing(tx, rows).await? {
        let role = Role::of(&missing.role).ok_or_else(|| Error::internal("an unknown role"))?;
        asked.push(asked_role(missing.employee_id, role, None));
    }
    hold(tx, &asked).await?;
    Ok(())
}

async fn missing(tx: &mut Tx<'_>, rows: &[EmployeeRow]) -> QueryResult<Vec<Missing>> {
    let given: Vec<(&EmployeeNumber, Role)> =
        rows.iter().flat_map(|row| row.roles.iter().map(|role| (&row.employee_number, *role))).collect();
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let missing = "
SELECT DISTINCT e.id AS employee_id, r.role
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
 WHERE NOT EXISTS (SELECT FROM role_grants g
                    WHERE g.tenant_id = :tenant AND g.employee_id = e.id AND g.role = r.role AND g.department_id IS NULL)
 ORDER BY e.id, r.role";
    let rows = statement(missing)
        .by("employee_number", collect_column(&given, |(number, _)| *number))
        .by("role", collect_column(&given, |(_, role)| role.slug()));
    tx.complete(rows).load(tx.conn).await
}
