//! Feedback taken over from an older system.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::model::ItemAnswer;
use crate::db::Connection;
use crate::error::{Error, Result};

/// One rating as the older system had it, already checked against its scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastFeedback {
    pub id: Uuid,
    pub session_id: Uuid,
    pub learner_id: Uuid,
    /// 0 to the scale.
    pub rating: i32,
    pub scale: i32,
    pub items: Vec<ItemAnswer>,
    pub comment: Option<String>,
    pub received_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Stores past feedback in one statement; answers the ids of what was stored. Left out are a second rating of a session by the
/// same person (the first of them stands), and one by the session's own lecturer; attendance and window cannot be checked.
pub async fn take_over(conn: &mut Connection, tenant: Uuid, past: &[PastFeedback]) -> Result<Vec<Uuid>> {
    let items: Vec<Value> = past
        .iter()
        .map(|row| serde_json::to_value(&row.items))
        .collect::<serde_json::Result<_>>()
        .map_err(Error::internal)?;
    let column = |read: fn(&PastFeedback) -> Uuid| -> Vec<Uuid> { past.iter().map(read).collect() };
    let number = |read: fn(&PastFeedback) -> i32| -> Vec<i32> { past.iter().map(read).collect() };
    let comments: Vec<Option<&str>> = past.iter().map(|row| row.comment.as_deref()).collect();
    let received: Vec<DateTime<Utc>> = past.iter().map(|row| row.received_at).collect();
    let taken: Vec<Taken> = sql_query(
        "INSERT INTO feedback
           (tenant_id, id, session_id, learner_id, rating, scale, items, comment, received_at, source)
         SELECT $1, p.id, p.session_id, p.learner_id, p.rating, p.scale, p.items, p.comment, p.received_at, 'import'
           FROM unnest($2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY
             AS p (id, session_id, learner_id, rating, scale, items, comment, received_at, position)
          WHERE NOT EXISTS (SELECT FROM session_lecturers l
                             WHERE l.tenant_id = $1 AND l.session_id = p.session_id AND l.employee_id = p.learner_id)
          ORDER BY p.position
         ON CONFLICT (tenant_id, session_id, learner_id) DO NOTHING
         RETURNING id",
    )
    .bind::<SqlUuid, _>(tenant)
    .bind::<Array<SqlUuid>, _>(column(|row| row.id))
    .bind::<Array<SqlUuid>, _>(column(|row| row.session_id))
    .bind::<Array<SqlUuid>, _>(column(|row| row.learner_id))
    .bind::<Array<Integer>, _>(number(|row| row.rating))
    .bind::<Array<Integer>, _>(number(|row| row.scale))
    .bind::<Array<Jsonb>, _>(items)
    .bind::<Array<Nullable<Text>>, _>(comments)
    .bind::<Array<Timestamptz>, _>(received)
    .load(conn)
    .await?;
    Ok(taken.into_iter().map(|row| row.id).collect())
}
