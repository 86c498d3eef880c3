//! Roles as an import brings them, stored as one set.

use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::auth::Role;
use crate::db::collect_column;
use crate::error::Result;
use crate::journal::{Audit, Event, Tx};

/// A grant that was not there before.
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

/// Grants roles for the whole company (employee number and role); those that are there already stay. Each grant is told as any
/// other is, and one entry of the operation log lists them.
pub async fn store_roles(tx: &mut Tx<'_>, rows: &[(String, Role)]) -> Result<()> {
    let granted = insert(tx, rows).await?;
    if granted.is_empty() {
        return Ok(());
    }
    let listed: Vec<Value> =
        granted.iter().map(|one| json!({"employee_number": one.employee_number, "role": one.role})).collect();
    tx.audit(Audit::new("create_import", "role_grant", None).details(json!({"grants": listed})));
    for one in granted {
        let payload = json!({"employee_id": one.employee_id, "role": one.role, "department_id": null});
        tx.emit(Event::new("role_grant.created", "role_grant", one.id, payload));
    }
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, rows: &[(String, Role)]) -> QueryResult<Vec<Granted>> {
    let insert = "
WITH granted AS (
  INSERT INTO role_grants (tenant_id, id, employee_id, role, created_at)
  SELECT $1, r.id, e.id, r.role, $2
    FROM UNNEST($3, $4, $5) AS r (id, number, role)
    JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  ON CONFLICT DO NOTHING
  RETURNING id, employee_id, role)
SELECT g.id, g.employee_id, e.employee_number, g.role
  FROM granted g
  JOIN employees e ON e.tenant_id = $1 AND e.id = g.employee_id
 ORDER BY e.employee_number, g.role";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.0.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.1.slug()))
        .load(tx.conn)
        .await
}
