//! Statements that read shares of the appraisal.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ShareStatus;
use crate::db::statement;
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;

/// From where shares are taken.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// The snapshot that counts.
    pub snapshot: Uuid,
    pub period: Uuid,
    /// When the period was first closed.
    pub closed_at: DateTime<Utc>,
}

/// Which of them.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Only those that changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
    /// Those who follow this one.
    pub after: Option<Uuid>,
    pub fetch: i64,
}

/// The share of one lecturer.
#[derive(Debug, QueryableByName)]
pub struct ShareRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub status: ShareStatus,
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub score: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    pub grade: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub share: Option<Decimal>,
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
}

/// A result is what it is since the close, or since the last accepted restatement that moved it. Who was in an earlier snapshot and is no
/// longer in the one that counts is told as removed. The share is read of the rows of the page alone: it is in the card.
const SHARES: &str = "
WITH moved AS MATERIALIZED (
  SELECT l.employee_id, max(t.decided_at) AS moved_at
    FROM restatements t
    JOIN restatement_lines l ON l.tenant_id = :tenant AND l.restatement_id = t.id
   WHERE t.tenant_id = :tenant AND t.period_id = :period AND t.state = 'accepted'
     AND (l.before ->> 'status' IS DISTINCT FROM l.after ->> 'status' OR l.before ->> 'score' IS DISTINCT FROM l.after ->> 'score'
          OR l.before ->> 'grade' IS DISTINCT FROM l.after ->> 'grade')
   GROUP BY l.employee_id),
present AS (
  SELECT r.employee_id, r.status, r.reason, r.score, r.grade, CASE WHEN m.moved_at IS NULL THEN :closed_at ELSE m.moved_at END AS updated_at
    FROM snapshot_lecturers r
    LEFT JOIN moved m ON m.employee_id = r.employee_id
   WHERE r.tenant_id = :tenant AND r.snapshot_id = :snapshot AND r.employee_id > :after
     AND (:people IS NULL OR r.employee_id = ANY (:people))
     AND (:since IS NULL OR CASE WHEN m.moved_at IS NULL THEN :closed_at ELSE m.moved_at END >= :since)
   ORDER BY r.employee_id
   LIMIT :fetch),
removed AS (
  SELECT m.employee_id, 'removed' AS status, NULL::text AS reason, NULL::numeric AS score, NULL::text AS grade, m.moved_at AS updated_at
    FROM moved m
   WHERE m.employee_id > :after AND (:people IS NULL OR m.employee_id = ANY (:people)) AND (:since IS NULL OR m.moved_at >= :since)
     AND NOT EXISTS (SELECT FROM snapshot_lecturers r
                      WHERE r.tenant_id = :tenant AND r.snapshot_id = :snapshot AND r.employee_id = m.employee_id)),
page AS (SELECT * FROM present UNION ALL SELECT * FROM removed ORDER BY employee_id LIMIT :fetch)
SELECT p.employee_id, p.status, p.reason, p.score, p.grade, p.updated_at,
       (SELECT (r.card ->> 'share_of_appraisal')::numeric FROM snapshot_lecturers r
         WHERE r.tenant_id = :tenant AND r.snapshot_id = :snapshot AND r.employee_id = p.employee_id) AS share
  FROM page p
 ORDER BY p.employee_id";

/// Of these people (none: of all), ordered by id.
pub async fn shares(
    tx: &mut Tx<'_>,
    taken: &Taken,
    people: Option<&[Uuid]>,
    asked: Asked,
) -> QueryResult<Vec<ShareRow>> {
    let shares = statement(SHARES)
        .bind("snapshot", taken.snapshot)
        .bind("period", taken.period)
        .bind("closed_at", taken.closed_at)
        .bind("people", people.map(<[Uuid]>::to_vec))
        .bind("since", asked.updated_since)
        .bind("after", asked.after.unwrap_or_default())
        .bind("fetch", asked.fetch);
    tx.complete(shares).load(tx.conn).await
}
