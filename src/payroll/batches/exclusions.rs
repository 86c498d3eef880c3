//! Statements on exclusions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Exclusion, NewExclusion};
use crate::db::Connection;
use crate::schema::payroll_exclusions::{self, dsl};

/// How many rows go in one statement: far below the 65,535 values that one may have.
const CHUNK: usize = 1000;

pub async fn insert(conn: &mut Connection, rows: &[NewExclusion]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(payroll_exclusions::table).values(chunk).execute(conn).await?;
    }
    Ok(())
}

/// In the order of the people's ids, after the employee `after`.
pub async fn list_page(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Exclusion>> {
    let mut page = payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tenant))
        .filter(dsl::batch_id.eq(batch))
        .select(Exclusion::as_select())
        .into_boxed();
    if let Some(after) = after {
        page = page.filter(dsl::employee_id.gt(after));
    }
    page.order(dsl::employee_id).limit(fetch).load(conn).await
}

/// How many people stay out without anybody having said why that is right.
pub async fn count_unexplained(conn: &mut Connection, tenant: Uuid, batch: Uuid) -> QueryResult<i64> {
    payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::explanation.is_null())
        .count()
        .get_result(conn)
        .await
}

/// Says why a person stays out. None if the person is not listed.
pub async fn explain(
    conn: &mut Connection,
    tenant: Uuid,
    (batch, employee): (Uuid, Uuid),
    explanation: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Option<Exclusion>> {
    let own = payroll_exclusions::table
        .filter(dsl::tenant_id.eq(tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::employee_id.eq(employee));
    diesel::update(own)
        .set((
            dsl::explanation.eq(explanation),
            dsl::explained_at.eq(now),
            dsl::explained_by_id.eq(by),
            dsl::updated_at.eq(now),
        ))
        .returning(Exclusion::as_returning())
        .get_result(conn)
        .await
        .optional()
}
