//! Ratings as an import brings them, stored set by set. Attendance is not asked for: history has none for many sessions. Who the
//! records call absent is uncounted, as ever.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Array, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::db::collect_column;
use crate::journal::Tx;

/// A rating of the past.
#[derive(Debug, Clone)]
pub struct PastRating {
    pub session_id: Uuid,
    pub employee_number: String,
    pub rating: i32,
    pub scale: i32,
    /// `[{key, value, scale}]`.
    pub items: Value,
    pub comment: Option<String>,
    pub received_at: DateTime<Utc>,
}

/// Ratings.
pub async fn store_ratings(tx: &mut Tx<'_>, rows: &[PastRating]) -> QueryResult<usize> {
    let insert = "
INSERT INTO feedback (tenant_id, id, session_id, learner_id, rating, scale, items, comment, received_at, source)
SELECT $1, r.id, r.session_id, e.id, r.rating, r.scale, r.items, r.comment, r.received_at, 'import'
  FROM UNNEST($2, $3, $4, $5, $6, $7, $8, $9) AS r (id, session_id, number, rating, scale, items, comment, received_at)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.session_id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Integer>, _>(collect_column(rows, |row| row.rating))
        .bind::<Array<Integer>, _>(collect_column(rows, |row| row.scale))
        .bind::<Array<Jsonb>, _>(collect_column(rows, |row| row.items.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.comment.clone()))
        .bind::<Array<Timestamptz>, _>(collect_column(rows, |row| row.received_at))
        .execute(tx.conn)
        .await
}
