//! Who takes part in a session: the rules in SQL, in one place for everything that needs them.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{concat, statement};
use crate::journal::Tx;

/// A person among the lecturers of a session, as the end of a `SELECT`. Both arguments are names in the statement.
macro_rules! among_lecturers {
    ($session:literal, $person:literal) => {
        $crate::db::concat!(
            " FROM session_lecturers own WHERE own.tenant_id = :tenant AND own.session_id = ",
            $session,
            " AND own.employee_id = ",
            $person
        )
    };
}

/// Whether the attendance of the session `s` is recorded: a list was sent, or an import left records. `OFFSET 0` has one session looked
/// up: for many, a planner that knows nothing of the company would read all of its attendance.
pub const HAS_RECORDS: &str = "(s.attendance_recorded_at IS NOT NULL
    OR EXISTS (SELECT FROM attendance_records r WHERE r.tenant_id = :tenant AND r.session_id = s.id OFFSET 0))";

/// Who was present in which session according to the records. Lecturers of a session never count as its attendees.
pub const ATTENDEES: &str = concat!(
    "SELECT r.session_id, r.employee_id FROM attendance_records r
      WHERE r.tenant_id = :tenant AND r.state = 'present' AND NOT EXISTS (SELECT",
    among_lecturers!("r.session_id", "r.employee_id"),
    ")"
);

/// How many attendees the session `s` had according to the records: [`ATTENDEES`] of one session.
pub const ATTENDEE_COUNT: &str = "(SELECT count(*) FROM attendance_records r
    WHERE r.tenant_id = :tenant AND r.session_id = s.id AND r.state = 'present'
      AND r.employee_id <> ALL (ARRAY(SELECT own.employee_id FROM session_lecturers own
                                       WHERE own.tenant_id = :tenant AND own.session_id = s.id)))";

/// The columns of [`Participation`], for the session `s`. The argument is a name of the person in the statement. Each is looked up by
/// its key (`OFFSET 0`), whatever the planner knows of the company.
macro_rules! participation_of {
    ($person:literal) => {
        $crate::db::concat!(
            "EXISTS (SELECT",
            $crate::sessions::among_lecturers!("s.id", $person),
            " OFFSET 0) AS is_lecturer,
    EXISTS (SELECT FROM session_audience a
             WHERE a.tenant_id = :tenant AND a.session_id = s.id AND a.employee_id = ",
            $person,
            " OFFSET 0) AS is_registered,
    (SELECT r.state = 'present' FROM attendance_records r
      WHERE r.tenant_id = :tenant AND r.session_id = s.id AND r.employee_id = ",
            $person,
            ") AS is_present,
    ",
            $crate::sessions::HAS_RECORDS,
            " AS has_records"
        )
    };
}

pub(crate) use {among_lecturers, participation_of};

/// The facts that decide whether a person took part in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Participation {
    #[diesel(sql_type = Bool)]
    pub is_lecturer: bool,
    #[diesel(sql_type = Bool)]
    pub is_registered: bool,
    /// None: there is no record of the person.
    #[diesel(sql_type = Nullable<Bool>)]
    pub is_present: Option<bool>,
    #[diesel(sql_type = Bool)]
    pub has_records: bool,
}

impl Participation {
    /// Attendees take part. As long as a session has no attendance records, its registered audience does. Its lecturers never do.
    #[must_use]
    pub fn counts(self) -> bool {
        !self.is_lecturer && if self.has_records { self.is_present == Some(true) } else { self.is_registered }
    }
}

/// Whether the employee counts as a learner of the session: present according to the attendance records or, as long as there are
/// none, registered; and not one of its lecturers.
pub async fn may_take_part(tx: &mut Tx<'_>, session: Uuid, employee: Uuid) -> QueryResult<bool> {
    let part = statement(concat!(
        "SELECT ",
        participation_of!(":person"),
        " FROM sessions s WHERE s.tenant_id = :tenant AND s.id = :session"
    ));
    let part = part.bind("tenant", tx.tenant).bind("session", session).bind("person", employee);
    let found: Option<Participation> = part.get_result(tx.conn).await.optional()?;
    Ok(found.is_some_and(Participation::counts))
}

/// Those of these people who were present at the session according to the records, or are registered for it.
pub async fn among_participants(tx: &mut Tx<'_>, session: Uuid, people: &[Uuid]) -> QueryResult<BTreeSet<Uuid>> {
    let found = statement(
        "SELECT employee_id AS id FROM attendance_records
          WHERE tenant_id = :tenant AND session_id = :session AND state = 'present' AND employee_id = ANY (:people)
          UNION
         SELECT employee_id FROM session_audience
          WHERE tenant_id = :tenant AND session_id = :session AND employee_id = ANY (:people)",
    )
    .bind("tenant", tx.tenant)
    .bind("session", session)
    .bind("people", people)
    .load_ids(tx.conn)
    .await?;
    Ok(found.into_iter().collect())
}

/// The number of people, without the lecturers, who were present according to the records.
pub async fn count_attendees(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        attendees: i32,
    }
    let count = statement(concat!(
        "SELECT count(*)::integer AS attendees FROM (",
        ATTENDEES,
        ") a WHERE a.session_id = :session"
    ));
    let row: Row = count.bind("tenant", tx.tenant).bind("session", session).get_result(tx.conn).await?;
    Ok(row.attendees)
}
