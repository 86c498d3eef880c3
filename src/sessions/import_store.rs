//! Sessions as an import brings them, stored set by set.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{AttendanceState, SessionKind, SessionMode, SessionState};
use crate::db::collect_column;
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;

/// A session of the past. Its id is made by the import, which ties its other files to it.
#[derive(Debug, Clone)]
pub struct PastSession {
    pub id: Uuid,
    pub programme_code: String,
    pub group_code: Option<String>,
    pub title: String,
    pub topic: Option<String>,
    pub kind: SessionKind,
    pub mode: SessionMode,
    pub place: Option<String>,
    pub state: SessionState,
    pub scheduled_start: DateTime<Utc>,
    pub scheduled_minutes: i32,
    pub due_at: Option<DateTime<Utc>>,
    /// Moment of the first version of its content.
    pub submitted_at: Option<DateTime<Utc>>,
    pub delivered_start: Option<DateTime<Utc>>,
    pub delivered_minutes: Option<i32>,
    pub head_count: Option<i32>,
    pub difficulty: Option<String>,
    pub is_first_run: bool,
    pub state_reason: Option<String>,
}

/// A lecturer's share in a session.
#[derive(Debug, Clone)]
pub struct PastShare {
    pub session_id: Uuid,
    pub employee_number: String,
    pub credit: Decimal,
}

/// Whether a person was there.
#[derive(Debug, Clone)]
pub struct PastAttendance {
    pub session_id: Uuid,
    pub employee_number: String,
    pub state: AttendanceState,
    pub minutes: Option<i32>,
    pub recorded_at: DateTime<Utc>,
}

/// Sessions. What HR exports as delivered is confirmed by that; see [`store_shares`] for the exception.
pub async fn store_sessions(tx: &mut Tx<'_>, rows: &[PastSession]) -> QueryResult<usize> {
    let insert = "
INSERT INTO sessions (tenant_id, id, programme_id, group_id, title, topic, kind, mode, place, state, scheduled_start, scheduled_minutes,
                      due_at, submitted_at, delivered_start, delivered_minutes, head_count, difficulty, is_first_run, state_reason,
                      delivery_confirmed_at, created_at, updated_at)
SELECT $1, r.id, p.id, g.id, r.title, r.topic, r.kind, r.mode, r.place, r.state, r.scheduled_start, r.scheduled_minutes,
       r.due_at, r.submitted_at, r.delivered_start, r.delivered_minutes, r.head_count, r.difficulty, r.is_first_run, r.state_reason,
       CASE WHEN r.state = 'delivered' THEN $2 END, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    AS r (id, programme_code, group_code, title, topic, kind, mode, place, state, scheduled_start, scheduled_minutes,
          due_at, submitted_at, delivered_start, delivered_minutes, head_count, difficulty, is_first_run, state_reason)
  JOIN programmes p ON p.tenant_id = $1 AND p.code = r.programme_code
  LEFT JOIN lecturer_groups g ON g.tenant_id = $1 AND g.code = r.group_code";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.programme_code.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.group_code.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.title.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.topic.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.kind.slug()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.mode.slug()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.place.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.state.slug()))
        .bind::<Array<Timestamptz>, _>(collect_column(rows, |row| row.scheduled_start))
        .bind::<Array<Integer>, _>(collect_column(rows, |row| row.scheduled_minutes))
        .bind::<Array<Nullable<Timestamptz>>, _>(collect_column(rows, |row| row.due_at))
        .bind::<Array<Nullable<Timestamptz>>, _>(collect_column(rows, |row| row.submitted_at))
        .bind::<Array<Nullable<Timestamptz>>, _>(collect_column(rows, |row| row.delivered_start))
        .bind::<Array<Nullable<Integer>>, _>(collect_column(rows, |row| row.delivered_minutes))
        .bind::<Array<Nullable<Integer>>, _>(collect_column(rows, |row| row.head_count))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.difficulty.clone()))
        .bind::<Array<Bool>, _>(collect_column(rows, |row| row.is_first_run))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.state_reason.clone()))
        .execute(tx.conn)
        .await
}

/// Who gave the sessions; then each session is credited to the department of its day (that of the lecturer with the most of it).
/// What the importing person gave themselves waits for somebody else's word, as if they had reported it.
pub async fn store_shares(tx: &mut Tx<'_>, rows: &[PastShare]) -> QueryResult<usize> {
    let insert = "
INSERT INTO session_lecturers (tenant_id, id, session_id, employee_id, credit, created_at)
SELECT $1, r.id, r.session_id, e.id, r.credit, $2
  FROM UNNEST($3, $4, $5, $6) AS r (id, session_id, number, credit)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number";
    let stored = diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.session_id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Numeric>, _>(collect_column(rows, |row| row.credit))
        .execute(tx.conn)
        .await?;
    let credit = "
UPDATE sessions s SET department_id = first.department_id
  FROM (SELECT DISTINCT ON (l.session_id) l.session_id, m.department_id
          FROM session_lecturers l
          JOIN sessions s ON s.tenant_id = l.tenant_id AND s.id = l.session_id
          JOIN programmes p ON p.tenant_id = s.tenant_id AND p.id = s.programme_id
          JOIN department_memberships m ON m.tenant_id = l.tenant_id AND m.employee_id = l.employee_id
               AND daterange(m.valid_from, m.valid_to) @> (coalesce(s.delivered_start, s.scheduled_start) AT TIME ZONE p.time_zone)::date
         WHERE l.tenant_id = $1 AND l.session_id = ANY ($2)
         ORDER BY l.session_id, l.credit DESC, l.id) AS first
 WHERE s.tenant_id = $1 AND s.id = first.session_id";
    diesel::sql_query(credit)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.session_id))
        .execute(tx.conn)
        .await?;
    if let Some(importer) = tx.actor.answerable() {
        leave_to_others(tx, importer, rows).await?;
    }
    Ok(stored)
}

/// Takes back the confirmation of what this person gave.
async fn leave_to_others(tx: &mut Tx<'_>, person: Uuid, rows: &[PastShare]) -> QueryResult<usize> {
    let unconfirm = "
UPDATE sessions s SET delivery_confirmed_at = NULL
 WHERE s.tenant_id = $1 AND s.id = ANY ($2)
   AND EXISTS (SELECT FROM session_lecturers l WHERE l.tenant_id = $1 AND l.session_id = s.id AND l.employee_id = $3)";
    diesel::sql_query(unconfirm)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.session_id))
        .bind::<SqlUuid, _>(person)
        .execute(tx.conn)
        .await
}

/// Attendance.
pub async fn store_attendance(tx: &mut Tx<'_>, rows: &[PastAttendance]) -> QueryResult<usize> {
    let insert = "
INSERT INTO attendance_records (tenant_id, id, session_id, employee_id, state, minutes, source, recorded_at, created_at, updated_at)
SELECT $1, r.id, r.session_id, e.id, r.state, r.minutes, 'import', r.recorded_at, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8) AS r (id, session_id, number, state, minutes, recorded_at)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<SqlUuid>, _>(collect_column(rows, |row| row.session_id))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.state.slug()))
        .bind::<Array<Nullable<Integer>>, _>(collect_column(rows, |row| row.minutes))
        .bind::<Array<Timestamptz>, _>(collect_column(rows, |row| row.recorded_at))
        .execute(tx.conn)
        .await
}
