//! Roles as an import brings them, stored as one set.

use diesel::QueryResult;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::db::column;
use crate::journal::Tx;

/// Roles granted for the whole company: employee number and role.
pub async fn store_roles(tx: &mut Tx<'_>, rows: &[(String, String)]) -> QueryResult<usize> {
    let insert = "
INSERT INTO role_grants (tenant_id, id, employee_id, role, created_at)
SELECT $1, r.id, e.id, r.role, $2
  FROM UNNEST($3, $4, $5) AS r (id, number, role)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.0.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.1.clone()))
        .execute(tx.conn)
        .await
}
