//! Statements on attendance.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::AttendanceRecordRequest;
use super::model::AttendanceRecord;
use crate::db::{SetRow, concat, kept, row_queries, set_row, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::{attendance_records, sessions};
use crate::sessions::Session;

/// When the latest of a session's records was recorded. An import leaves records without a list.
pub async fn latest_recorded(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Option<DateTime<Utc>>> {
    attendance_records::table
        .filter(attendance_records::tenant_id.eq(tx.tenant))
        .filter(attendance_records::session_id.eq(session))
        .select(diesel::dsl::max(attendance_records::recorded_at))
        .first(tx.conn)
        .await
}

/// The session after the caller has sent its list.
pub async fn set_recorded(tx: &mut Tx<'_>, session: Uuid, recorded_at: DateTime<Utc>) -> QueryResult<Session> {
    let own =
        diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(session)));
    let recorded = own.set((
        sessions::attendance_recorded_at.eq(recorded_at),
        sessions::attendance_recorded_by_id.eq(tx.actor.answerable()),
        sessions::updated_at.eq(tx.now),
        sessions::version.eq(sessions::version + 1),
    ));
    kept(recorded.returning(Session::as_returning())).get_result(tx.conn).await
}

set_row! {
    into attendance_records;
    struct NewRecord<'a> {
        tenant_id: Uuid,
        id: Uuid,
        session_id: Uuid,
        employee_id: Uuid,
        state: &'static str,
        minutes: Option<i32>,
        source: &'a str,
        recorded_at: DateTime<Utc>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

/// Stores the records of a list.
pub async fn upsert_all(
    tx: &mut Tx<'_>,
    session_id: Uuid,
    records: &[AttendanceRecordRequest],
    source: &str,
    recorded_at: DateTime<Utc>,
) -> QueryResult<usize> {
    const UPSERT: &str = concat!(
        NewRecord::INSERT,
        " ON CONFLICT (tenant_id, session_id, employee_id) DO UPDATE
             SET state = excluded.state, minutes = excluded.minutes, source = excluded.source,
                 recorded_at = excluded.recorded_at, updated_at = excluded.updated_at"
    );
    let row = |record: &AttendanceRecordRequest| NewRecord {
        tenant_id: tx.tenant,
        id: tx.id(),
        session_id,
        employee_id: record.employee_id,
        state: record.state.slug(),
        minutes: record.minutes,
        source,
        recorded_at,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let rows: Vec<NewRecord<'_>> = records.iter().map(row).collect();
    NewRecord::bind(statement(UPSERT), &rows).execute(tx.conn).await
}

/// Removes the records of people who are not on the list.
pub async fn delete_unlisted(tx: &mut Tx<'_>, session: Uuid, listed: &[Uuid]) -> QueryResult<usize> {
    let unlisted = attendance_records::table
        .filter(attendance_records::tenant_id.eq(tx.tenant))
        .filter(attendance_records::session_id.eq(session))
        .filter(attendance_records::employee_id.ne_all(listed));
    diesel::delete(unlisted).execute(tx.conn).await
}

/// The number of people recorded as present, and as absent.
pub async fn totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<(i64, i64)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        present: i64,
        #[diesel(sql_type = BigInt)]
        absent: i64,
    }
    let row: Row = statement("SELECT count(*) FILTER (WHERE state = 'present') AS present, count(*) FILTER (WHERE state = 'absent') AS absent
           FROM attendance_records WHERE tenant_id = :tenant AND session_id = :session")
.bind("tenant", tx.tenant)
.bind("session", session)
    .get_result(tx.conn)
    .await?;
    Ok((row.present, row.absent))
}

row_queries!(
    AttendanceRecord,
    attendance_records,
    /// If `only` is given, only that person.
    list_page = list(
        by employee_id; session: Uuid, only: Option<Uuid>; session_id = Some(session), employee_id = only
    ),
);
