//! Reads what teaching fees depend on, of the delivered sessions of some lecturers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::inputs::{DayKind, FeeInputs, LecturerInputs, SessionRole};
use super::population::Member;
use super::queries::Cut;
use crate::auth::records_of;
use crate::db::{concat, statement};
use crate::error::{Error, Result};
use crate::journal::{Asking, Tx};
use crate::kernel::period::Period;
use crate::programmes::Programme;

/// What fees depend on, by lecturer and session.
pub type Fees = BTreeMap<(Uuid, Uuid), FeeInputs>;

/// One lecturer's part in one delivered session.
#[derive(Debug, QueryableByName)]
pub struct FeeRow {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    session_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    start: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    role: SessionRole,
    #[diesel(sql_type = Nullable<Text>)]
    level: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    difficulty: Option<String>,
    #[diesel(sql_type = Bool)]
    is_first_run: bool,
    /// None: the calendar does not list the day.
    #[diesel(sql_type = Nullable<Text>)]
    day_kind: Option<DayKind>,
    #[diesel(sql_type = Nullable<Integer>)]
    longest_attendance: Option<i32>,
    #[diesel(sql_type = Array<Text>)]
    certificates: Vec<String>,
    #[diesel(sql_type = BigInt)]
    granted_before_minor: i64,
}

/// What other periods have granted for the part `p`, without what was rejected.
const GRANTED_BEFORE: &str = concat!(
    "
    SELECT coalesce(sum(e.amount_minor), 0)::bigint AS minor
      FROM reward_entries f
      JOIN reward_entries e ON e.tenant_id = :tenant AND (e.id = f.id OR e.corrects_id = f.id)
     CROSS JOIN LATERAL (SELECT x.event, x.line_id FROM reward_entry_events x
                          WHERE x.tenant_id = :tenant AND x.entry_id = e.id ORDER BY x.seq DESC LIMIT 1) last
     WHERE f.tenant_id = :tenant AND f.session_id = p.session_id AND f.corrects_id IS NULL AND f.programme_id = :programme
       AND f.earned_period <> :period AND f.employee_id IN ",
    records_of!("p.employee_id"),
    "
       AND NOT (last.event = 'voided' OR last.event = 'rejected' AND last.line_id IS NULL)"
);

/// Each part is looked up by its keys. The session's own lecturers are no attendees.
const FEES: &str = concat!(
    "
SELECT p.employee_id, p.session_id, s.start, l.role, v.level, s.difficulty, s.is_first_run, c.kind AS day_kind,
       a.longest AS longest_attendance,
       ARRAY(SELECT DISTINCT q.kind FROM competence_certificates q
              WHERE q.tenant_id = :tenant AND q.employee_id = p.employee_id
                AND q.valid_from <= s.day AND (q.valid_to IS NULL OR q.valid_to > s.day)) AS certificates,
       g.minor AS granted_before_minor
  FROM unnest(:lecturers, :parts) AS p (employee_id, session_id)
 CROSS JOIN LATERAL (SELECT s.delivered_start AS start, (s.delivered_start AT TIME ZONE :time_zone)::date AS day, s.difficulty,
                            s.is_first_run
                       FROM sessions s
                      WHERE s.tenant_id = :tenant AND s.id = p.session_id AND s.state = 'delivered' OFFSET 0) s
 CROSS JOIN LATERAL (SELECT l.role FROM session_lecturers l
                      WHERE l.tenant_id = :tenant AND l.session_id = p.session_id AND l.employee_id = p.employee_id OFFSET 0) l
  LEFT JOIN LATERAL (SELECT v.level
                       FROM lecturers o
                       JOIN lecturer_levels v ON v.tenant_id = :tenant AND v.lecturer_id = o.id
                      WHERE o.tenant_id = :tenant AND o.employee_id = p.employee_id
                        AND v.valid_from <= s.day AND (v.valid_to IS NULL OR v.valid_to > s.day)
                      ORDER BY v.valid_from DESC LIMIT 1) v ON true
  LEFT JOIN LATERAL (SELECT max(r.minutes) AS longest
                       FROM attendance_records r
                      WHERE r.tenant_id = :tenant AND r.session_id = p.session_id AND r.state = 'present'
                        AND r.employee_id <> ALL (ARRAY(SELECT own.employee_id FROM session_lecturers own
                                                         WHERE own.tenant_id = :tenant AND own.session_id = p.session_id))) a ON true
  LEFT JOIN LATERAL (SELECT c.kind FROM calendar_days c
                      WHERE c.tenant_id = :tenant AND c.day = s.day OFFSET 0) c ON true
 CROSS JOIN LATERAL (",
    GRANTED_BEFORE,
    ") g"
);

/// What fees depend on in the sessions of these members. Nothing where none are paid.
pub async fn rows(asking: Asking<'_>, cut: &Cut<'_>, period: &str, members: &[Member]) -> QueryResult<Vec<FeeRow>> {
    if !cut.with_fees {
        return Ok(Vec::new());
    }
    let parts = members.iter().flat_map(|own| own.sessions.iter().map(|session| (own.employee_id, *session)));
    let of = Of { programme: cut.programme, period, time_zone: &cut.time_zone };
    of_parts(asking, of, parts.unzip()).await
}

/// The period that is computed.
struct Of<'a> {
    programme: Uuid,
    period: &'a str,
    time_zone: &'a str,
}

async fn of_parts(
    mut asking: Asking<'_>,
    of: Of<'_>,
    (lecturers, parts): (Vec<Uuid>, Vec<Uuid>),
) -> QueryResult<Vec<FeeRow>> {
    statement(FEES)
        .bind("tenant", asking.tenant)
        .bind("programme", of.programme)
        .bind("period", of.period)
        .bind("time_zone", of.time_zone)
        .bind("lecturers", lecturers)
        .bind("parts", parts)
        .load(&mut asking.conn)
        .await
}

/// The same by lecturer and session, with the clocks of the time zone.
pub fn by_part(rows: Vec<FeeRow>, time_zone: &str) -> Result<Fees> {
    let zone: Tz = time_zone.parse().map_err(Error::internal)?;
    let part = |mut row: FeeRow| {
        row.certificates.sort_unstable();
        let start = row.start.with_timezone(&zone).fixed_offset();
        let inputs = FeeInputs {
            start,
            day_kind: row.day_kind.unwrap_or_else(|| DayKind::usual(start.date_naive())),
            role: row.role,
            level: row.level,
            difficulty: row.difficulty,
            is_first_run: row.is_first_run,
            longest_attendance: row.longest_attendance.map(u32::try_from).transpose().map_err(Error::internal)?,
            certificates: row.certificates,
            granted_before_minor: row.granted_before_minor,
            own_ratings: None,
        };
        Ok(((row.employee_id, row.session_id), inputs))
    };
    rows.into_iter().map(part).collect()
}

/// Those of these lecturers to whom other periods have granted something else for their session than a snapshot has frozen.
pub async fn granted_since(
    tx: &mut Tx<'_>,
    (programme, period): (Uuid, &Period),
    snapshot: Uuid,
    (lecturers, parts): (Vec<Uuid>, Vec<Uuid>),
) -> QueryResult<Vec<Uuid>> {
    const SINCE: &str = concat!(
        "
SELECT DISTINCT p.employee_id AS id
  FROM unnest(:lecturers, :parts) AS p (employee_id, session_id)
 CROSS JOIN LATERAL (",
        GRANTED_BEFORE,
        ") g
 CROSS JOIN LATERAL (
    SELECT coalesce(max((x.session -> 'fee' ->> 'granted_before_minor')::bigint), 0) AS minor
      FROM snapshot_lecturers l
     CROSS JOIN LATERAL jsonb_array_elements(l.inputs -> 'sessions') AS x (session)
     WHERE l.tenant_id = :tenant AND l.snapshot_id = :snapshot AND x.session ->> 'session_id' = p.session_id::text
       AND l.employee_id IN ",
        records_of!("p.employee_id"),
        ") frozen
 WHERE g.minor <> frozen.minor
 ORDER BY id"
    );
    let asked = statement(SINCE)
        .bind("programme", programme)
        .bind("period", period.to_string())
        .bind("snapshot", snapshot)
        .bind("lecturers", lecturers)
        .bind("parts", parts);
    tx.complete(asked).load_ids(tx.conn).await
}

/// Adds what fees depend on today to inputs that were frozen without it.
pub async fn add_fees(
    tx: &mut Tx<'_>,
    programme: &Programme,
    period: &Period,
    inputs: &mut [LecturerInputs],
) -> Result<()> {
    let of = |own: &LecturerInputs| {
        let employee = own.employee_id;
        own.delivered().map(move |session| (employee, session.session_id)).collect::<Vec<_>>()
    };
    let parts = inputs.iter().flat_map(of).unzip();
    let (zone, period) = (programme.time_zone.name(), period.to_string());
    let of = Of { programme: programme.id, period: &period, time_zone: zone };
    let mut fees = by_part(of_parts(tx.asking(), of, parts).await?, zone)?;
    for own in inputs {
        for session in &mut own.sessions {
            session.fee = fees.remove(&(own.employee_id, session.session_id));
        }
    }
    Ok(())
}
