//! Roles as an import brings them, stored as one set.

use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::auth::Role;
use crate::db::{collect_column, statement};
use crate::error::Result;
use crate::journal::{Event, Record, Tx};
use crate::kernel::text::EmployeeNumber;
use crate::people::import_store::EmployeeRow;

/// A grant that did not exist before.
#[derive(Debug, QueryableByName)]
struct Granted {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Text)]
    employee_number: String,
    #[diesel(sql_type = Text)]
    role: String,
}

/// Grants people the roles of their rows, for the whole company. Grants that exist already stay. Each new grant is announced by
/// an event like any other, and one entry of the operation log lists them all.
pub async fn store_roles(tx: &mut Tx<'_>, rows: &[EmployeeRow]) -> Result<()> {
    let granted = insert(tx, rows).await?;
    if granted.is_empty() {
        return Ok(());
    }
    let listed: Vec<Value> =
        granted.iter().map(|one| json!({"employee_number": one.employee_number, "role": one.role})).collect();
    tx.record(Record::logged("create_import", "role_grant", None).details(json!({"grants": listed})));
    for one in granted {
        let payload = json!({"employee_id": one.employee_id, "role": one.role, "department_id": null});
        tx.emit(Event::new("role_grant.created", "role_grant", one.id, payload));
    }
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, rows: &[EmployeeRow]) -> QueryResult<Vec<Granted>> {
    let given: Vec<(&EmployeeNumber, Role)> =
        rows.iter().flat_map(|row| row.roles.iter().map(|role| (&row.employee_number, *role))).collect();
    let insert = "
WITH granted AS (
  INSERT INTO role_grants (tenant_id, id, employee_id, role, created_at)
  SELECT :tenant, r.id, e.id, r.role, :now
    FROM :rows
    JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  ON CONFLICT DO NOTHING
  RETURNING id, employee_id, role)
SELECT g.id, g.employee_id, e.employee_number, g.role
  FROM granted g
  JOIN employees e ON e.tenant_id = :tenant AND e.id = g.employee_id
 ORDER BY e.employee_number, g.role";
    let rows = statement(insert)
        .with("id", tx.ids(given.len()))
        .with("employee_number", collect_column(&given, |(number, _)| *number))
        .with("role", collect_column(&given, |(_, role)| role.slug()));
    tx.complete(rows).load(tx.conn).await
}
