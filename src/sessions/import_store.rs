//! Sessions as an import brings them, stored set by set.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{AttendanceState, SessionKind, SessionMode, SessionRole, SessionState};
use crate::db::{Constraint as _, collect_column, row_set, statement};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::text::{EmployeeNumber, Label, OutsideCode, Place, Reason, Title};
use crate::people::import_store::Holders;
use crate::schema::sessions;

row_set! {
    /// A row of `sessions`. The other files of the import refer to it by its code.
    pub struct SessionRow into sessions {
        pub title: Title,
        pub topic: Option<Title>,
        pub kind: SessionKind,
        pub mode: SessionMode,
        pub place: Option<Place>,
        pub state: SessionState,
        pub scheduled_start: DateTime<Utc>,
        /// 1 to 1440.
        pub scheduled_minutes: i32,
        pub due_at: Option<DateTime<Utc>>,
        /// Present exactly if the session was delivered, and so are the minutes.
        pub delivered_start: Option<DateTime<Utc>>,
        pub delivered_minutes: Option<i32>,
        pub head_count: Option<i32>,
        pub difficulty: Option<Label>,
        pub is_first_run: bool,
        /// Why it was missed or cancelled.
        pub state_reason: Option<Reason>,
    } by {
        pub session_code: OutsideCode,
        /// Only looked up, like the group's code: any text that is no programme's code is an unknown reference.
        pub programme_code: OutsideCode,
        pub group_code: Option<OutsideCode>,
    } beside {
        pub lecturers: Vec<Share>,
    }

    /// A row of `attendance`.
    pub struct AttendanceRow into attendance_records {
        pub state: AttendanceState,
        pub minutes: Option<i32>,
    } by {
        /// By the source's own clock. None: the time of the import is used.
        pub recorded_at: Option<DateTime<Utc>>,
    } beside {
        pub session_code: OutsideCode,
        pub employee_number: EmployeeNumber,
    }
}

impl SessionRow {
    /// A planned session: assigned, on site, 45 minutes long, without lecturers and without optional values.
    pub fn planned(
        session_code: OutsideCode,
        programme_code: OutsideCode,
        title: Title,
        scheduled_start: DateTime<Utc>,
    ) -> Self {
        Self {
            session_code,
            programme_code,
            group_code: None,
            title,
            topic: None,
            kind: SessionKind::Assigned,
            mode: SessionMode::OnSite,
            place: None,
            state: SessionState::Planned,
            scheduled_start,
            scheduled_minutes: 45,
            due_at: None,
            delivered_start: None,
            delivered_minutes: None,
            head_count: None,
            lecturers: Vec::new(),
            difficulty: None,
            is_first_run: false,
            state_reason: None,
        }
    }
}

/// A lecturer's share of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub employee_number: EmployeeNumber,
    /// Above 0, with at most 8 decimals. The shares of a session add up to 1.
    pub credit: Decimal,
    pub role: SessionRole,
}

/// Where rows of an import came from. Together with the code in the files it identifies them.
pub const SOURCE: &str = "import";

/// The ids of the rows to which the files of an import refer by code.
#[derive(Debug, Default)]
pub struct Made {
    ids: HashMap<OutsideCode, Uuid>,
    /// The codes that an earlier import has brought.
    known: HashSet<OutsideCode>,
}

impl Made {
    /// The ids of those rows that an earlier import has brought, and a new id for each of the others.
    pub fn of<'c>(
        tx: &Tx<'_>,
        codes: impl Iterator<Item = &'c OutsideCode>,
        stored: HashMap<OutsideCode, Uuid>,
    ) -> Self {
        let known = stored.keys().cloned().collect();
        let mut ids = stored;
        for code in codes {
            ids.entry(code.clone()).or_insert_with(|| tx.id());
        }
        Self { ids, known }
    }

    /// Whether no earlier import has brought it.
    #[must_use]
    pub fn is_new(&self, code: &OutsideCode) -> bool {
        !self.known.contains(code)
    }

    /// The id for a code. The import has made sure that there is one.
    pub fn id(&self, code: &str) -> Result<Uuid> {
        self.ids.get(code).copied().ok_or_else(|| Error::internal(format!("the import lost track of {code:?}")))
    }

    /// The ids for rows, by the code to which each row refers.
    pub fn ids<T>(&self, rows: &[T], code: impl Fn(&T) -> &OutsideCode) -> Result<Vec<Uuid>> {
        rows.iter().map(|row| self.id(code(row))).collect()
    }
}

/// The sessions that an earlier import has brought, by their codes in the files.
pub async fn find_stored(tx: &mut Tx<'_>, rows: &[SessionRow]) -> QueryResult<HashMap<OutsideCode, Uuid>> {
    let codes: Vec<&str> = rows.iter().map(|row| row.session_code.as_str()).collect();
    let stored: Vec<(OutsideCode, Uuid)> = sessions::table
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::source.eq(SOURCE))
        .filter(sessions::source_ref.eq_any(codes))
        .select((sessions::source_ref.assume_not_null(), sessions::id))
        .load(tx.conn)
        .await?;
    Ok(stored.into_iter().collect())
}

/// Sessions with their lecturers. A session that HR exports as delivered is thereby confirmed. Only the sessions of the importing
/// person wait for someone else's confirmation, as if that person had reported them. `submitted` are the times of the first
/// versions, by code.
pub async fn store_sessions(
    tx: &mut Tx<'_>,
    rows: &[SessionRow],
    made: &Made,
    submitted: &HashMap<OutsideCode, DateTime<Utc>>,
) -> Result<usize> {
    let ids = made.ids(rows, |row| &row.session_code)?;
    let insert = "
INSERT INTO sessions (tenant_id, programme_id, group_id, source, source_ref, :columns, delivery_confirmed_at, created_at, updated_at)
SELECT :tenant, p.id, g.id, 'import', r.session_code, :fields, CASE WHEN r.state = 'delivered' THEN :now END, :now, :now
  FROM :rows
  JOIN programmes p ON p.tenant_id = :tenant AND p.code = r.programme_code
  LEFT JOIN lecturer_groups g ON g.tenant_id = :tenant AND g.code = r.group_code";
    let firsts = collect_column(rows, |row| submitted.get(&row.session_code).copied());
    let new = statement(insert).rows(rows).with("id", ids.clone()).with("submitted_at", firsts);
    let stored = tx.store(new).await;
    let stored = stored.on_constraint("sessions_source_key", || Error::new(Code::Busy))?;
    store_shares(tx, &ids, rows).await?;
    tx.touch_sessions(&ids).await?;
    credit_departments(tx, &ids).await?;
    if let Some(importer) = tx.actor.answerable() {
        leave_to_others(tx, importer, &ids).await?;
    }
    Ok(stored)
}

async fn store_shares(tx: &mut Tx<'_>, ids: &[Uuid], rows: &[SessionRow]) -> QueryResult<usize> {
    let starts_at = |row: &SessionRow| row.delivered_start.unwrap_or(row.scheduled_start);
    let shares: Vec<(Uuid, DateTime<Utc>, &Share)> = ids
        .iter()
        .zip(rows)
        .flat_map(|(id, row)| row.lecturers.iter().map(move |share| (*id, starts_at(row), share)))
        .collect();
    let insert = "
INSERT INTO session_lecturers (tenant_id, employee_id, :columns, created_at)
SELECT :tenant, e.id, :fields, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number";
    let rows = statement(insert)
        .with("session_id", collect_column(&shares, |(id, ..)| *id))
        .with("starts_at", collect_column(&shares, |(_, start, _)| *start))
        .by("employee_number", collect_column(&shares, |(.., share)| &share.employee_number))
        .with("credit", collect_column(&shares, |(.., share)| share.credit))
        .with("role", collect_column(&shares, |(.., share)| share.role.slug()));
    tx.insert(rows).await
}

/// Credits each session to a department: that of the lecturer with the largest share, on the day of the session.
async fn credit_departments(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    let credit = "
UPDATE sessions s SET department_id = first.department_id
  FROM (SELECT DISTINCT ON (l.session_id) l.session_id, m.department_id
          FROM :rows
          JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = r.id
          JOIN sessions s ON s.tenant_id = l.tenant_id AND s.id = l.session_id
          JOIN programmes p ON p.tenant_id = s.tenant_id AND p.id = s.programme_id
          JOIN department_memberships m ON m.tenant_id = l.tenant_id AND m.employee_id = l.employee_id
               AND daterange(m.valid_from, m.valid_to) @> (coalesce(s.delivered_start, s.scheduled_start) AT TIME ZONE p.time_zone)::date
         ORDER BY l.session_id, l.credit DESC, l.id) AS first
 WHERE s.tenant_id = :tenant AND s.id = first.session_id";
    tx.store(statement(credit).by("id", ids.to_vec())).await
}

/// Removes the confirmation from sessions that this person gave.
async fn leave_to_others(tx: &mut Tx<'_>, person: Uuid, ids: &[Uuid]) -> QueryResult<usize> {
    let unconfirm = "
UPDATE sessions s SET delivery_confirmed_at = NULL
  FROM :rows
  JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = r.id AND l.employee_id = :person
 WHERE s.tenant_id = :tenant AND s.id = r.id";
    tx.store(statement(unconfirm).by("id", ids.to_vec()).bind("person", person)).await
}

/// Attendance. No record is dated in the future, because it would block all later lists.
pub async fn store_attendance(
    tx: &mut Tx<'_>,
    rows: &[AttendanceRow],
    sessions: &Made,
    people: &Holders,
) -> Result<usize> {
    let insert = "
INSERT INTO attendance_records (tenant_id, :columns, source, recorded_at, created_at, updated_at)
SELECT :tenant, :fields, 'import', least(r.recorded_at, :now), :now, :now FROM :rows";
    let of_sessions = sessions.ids(rows, |row| &row.session_code)?;
    let of_people = people.ids(rows, |row| &row.employee_number)?;
    let new = statement(insert).rows(rows).with("session_id", of_sessions).with("employee_id", of_people);
    Ok(tx.insert(new).await?)
}
