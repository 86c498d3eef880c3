//! Statements on exclusions.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Exclusion, NewExclusion};
use crate::db::{SetRow, concat, narrow, statement};
use crate::journal::Tx;
use crate::schema::payroll_exclusions::{self, dsl};

/// Stores people who are left out as they were judged last.
pub async fn put(tx: &mut Tx<'_>, rows: &[NewExclusion]) -> QueryResult<usize> {
    const PUT: &str = concat!(
        NewExclusion::INSERT,
        " ON CONFLICT (tenant_id, batch_id, employee_id)
             DO UPDATE SET reason_code = excluded.reason_code, detail = excluded.detail, entry_count = excluded.entry_count,
                 total_minor = excluded.total_minor, explanation = excluded.explanation, explained_at = excluded.explained_at,
                 explained_by_id = excluded.explained_by_id, updated_at = excluded.updated_at, resolved_at = NULL"
    );
    if rows.is_empty() {
        return Ok(0);
    }
    NewExclusion::bind(statement(PUT), rows).execute(tx.conn).await
}

/// Everybody else of the batch can be paid.
pub async fn resolve_others(tx: &mut Tx<'_>, batch: Uuid, out: &[Uuid]) -> QueryResult<usize> {
    let others = payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::employee_id.ne_all(out))
        .filter(dsl::resolved_at.is_null());
    diesel::update(others).set((dsl::resolved_at.eq(tx.now), dsl::updated_at.eq(tx.now))).execute(tx.conn).await
}

/// Everybody who is left out, ordered by employee id.
pub async fn of_batch(tx: &mut Tx<'_>, batch: Uuid) -> QueryResult<Vec<Exclusion>> {
    list_page(tx, batch, None, i64::MAX).await
}

/// Ordered by employee id, after the employee `after`.
pub async fn list_page(tx: &mut Tx<'_>, batch: Uuid, after: Option<Uuid>, fetch: i64) -> QueryResult<Vec<Exclusion>> {
    let mut page = payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::resolved_at.is_null())
        .select(Exclusion::as_select())
        .into_boxed();
    narrow!(page; dsl { employee_id > after });
    page.order(dsl::employee_id).limit(fetch).load(tx.conn).await
}
