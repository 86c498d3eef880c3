//! Statements on attendance.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::AttendanceRecordRequest;
use super::model::AttendanceRecord;
use crate::journal::Tx;
use crate::schema::{attendance_records, sessions};
use crate::sessions::Session;

/// When the latest of a session's records was recorded; an import leaves records without a list.
pub async fn latest_recorded(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Option<DateTime<Utc>>> {
    attendance_records::table
        .filter(attendance_records::tenant_id.eq(tx.tenant))
        .filter(attendance_records::session_id.eq(session))
        .select(diesel::dsl::max(attendance_records::recorded_at))
        .first(tx.conn)
        .await
}

/// The session, whose list the caller has sent.
pub async fn set_recorded(tx: &mut Tx<'_>, session: Uuid, recorded_at: DateTime<Utc>) -> QueryResult<Session> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tx.tenant)).filter(sessions::id.eq(session)))
        .set((
            sessions::attendance_recorded_at.eq(recorded_at),
            sessions::attendance_recorded_by_id.eq(tx.actor.answerable()),
            sessions::updated_at.eq(tx.now),
            sessions::version.eq(sessions::version + 1),
        ))
        .returning(Session::as_returning())
        .get_result(tx.conn)
        .await
}

/// Stores the records of a list.
pub async fn upsert_all(
    tx: &mut Tx<'_>,
    session: Uuid,
    records: &[AttendanceRecordRequest],
    source: &str,
    recorded_at: DateTime<Utc>,
) -> QueryResult<usize> {
    let ids: Vec<Uuid> = records.iter().map(|_| tx.id()).collect();
    let employees: Vec<Uuid> = records.iter().map(|record| record.employee_id).collect();
    let states: Vec<&str> = records.iter().map(|record| record.state.slug()).collect();
    let minutes: Vec<Option<i32>> = records.iter().map(|record| record.minutes).collect();
    diesel::sql_query(
        "INSERT INTO attendance_records
                (tenant_id, id, session_id, employee_id, state, minutes, source, recorded_at, created_at, updated_at)
         SELECT $1, u.id, $2, u.employee_id, u.state, u.minutes, $7, $8, $9, $9
           FROM unnest($3, $4, $5, $6) AS u (id, employee_id, state, minutes)
             ON CONFLICT (tenant_id, session_id, employee_id) DO UPDATE
            SET state = excluded.state, minutes = excluded.minutes, source = excluded.source,
                recorded_at = excluded.recorded_at, updated_at = excluded.updated_at",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(employees)
    .bind::<Array<Text>, _>(states)
    .bind::<Array<Nullable<Integer>>, _>(minutes)
    .bind::<Text, _>(source)
    .bind::<Timestamptz, _>(recorded_at)
    .bind::<Timestamptz, _>(tx.now)
    .execute(tx.conn)
    .await
}

/// Takes away what is recorded of people who are not on the list.
pub async fn delete_unlisted(tx: &mut Tx<'_>, session: Uuid, listed: &[Uuid]) -> QueryResult<usize> {
    let unlisted = attendance_records::table
        .filter(attendance_records::tenant_id.eq(tx.tenant))
        .filter(attendance_records::session_id.eq(session))
        .filter(attendance_records::employee_id.ne_all(listed));
    diesel::delete(unlisted).execute(tx.conn).await
}

/// How many are recorded as present, and as absent.
pub async fn totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<(i64, i64)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        present: i64,
        #[diesel(sql_type = BigInt)]
        absent: i64,
    }
    let row: Row = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE state = 'present') AS present, count(*) FILTER (WHERE state = 'absent') AS absent
           FROM attendance_records WHERE tenant_id = $1 AND session_id = $2",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .get_result(tx.conn)
    .await?;
    Ok((row.present, row.absent))
}

/// In the order of the people's ids, after the person `after`; of one person only where `only` says so.
pub async fn list_page(
    tx: &mut Tx<'_>,
    session: Uuid,
    only: Option<Uuid>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<AttendanceRecord>> {
    let mut page = attendance_records::table
        .filter(attendance_records::tenant_id.eq(tx.tenant))
        .filter(attendance_records::session_id.eq(session))
        .select(AttendanceRecord::as_select())
        .into_boxed();
    if let Some(only) = only {
        page = page.filter(attendance_records::employee_id.eq(only));
    }
    if let Some(after) = after {
        page = page.filter(attendance_records::employee_id.gt(after));
    }
    page.order(attendance_records::employee_id).limit(fetch).load(tx.conn).await
}
