//! Statements on exclusions.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Exclusion, NewExclusion};
use crate::db::{insert_set, narrow};
use crate::journal::Tx;
use crate::schema::payroll_exclusions::{self, dsl};

pub async fn insert(tx: &mut Tx<'_>, rows: &[NewExclusion]) -> QueryResult<usize> {
    insert_set(tx.conn, rows).await
}

/// Ordered by employee id, after the employee `after`.
pub async fn list_page(tx: &mut Tx<'_>, batch: Uuid, after: Option<Uuid>, fetch: i64) -> QueryResult<Vec<Exclusion>> {
    let mut page = payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::batch_id.eq(batch))
        .select(Exclusion::as_select())
        .into_boxed();
    narrow!(page; dsl { employee_id > after });
    page.order(dsl::employee_id).limit(fetch).load(tx.conn).await
}

/// Number of people left out without an explanation.
pub async fn count_unexplained(tx: &mut Tx<'_>, batch: Uuid) -> QueryResult<i64> {
    payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::explanation.is_null())
        .count()
        .get_result(tx.conn)
        .await
}

/// Explains why a person is left out. None if the person is not listed.
pub async fn explain(
    tx: &mut Tx<'_>,
    (batch, employee): (Uuid, Uuid),
    explanation: &str,
    by: Uuid,
) -> QueryResult<Option<Exclusion>> {
    let own = payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::employee_id.eq(employee));
    diesel::update(own)
        .set((
            dsl::explanation.eq(explanation),
            dsl::explained_at.eq(tx.now),
            dsl::explained_by_id.eq(by),
            dsl::updated_at.eq(tx.now),
        ))
        .returning(Exclusion::as_returning())
        .get_result(tx.conn)
        .await
        .optional()
}
