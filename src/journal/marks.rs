//! Marks: whose results of open periods a fact moves.
//!
//! A mark is inserted in the transaction of its fact, already resolved to a lecturer and days, because what a fact was of before a
//! change cannot be found afterwards. Marks are plain inserts: an upsert would have those who rate one session wait for each other.
//! Whoever computes the results deletes them ([`crate::scoring`]).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::tx::Tx;
use crate::db::{Statement, concat, statement};

/// The head of a statement that inserts marks. The ids tell nothing, least of all an order.
macro_rules! mark {
    ($($text:expr),+ $(,)?) => {
        concat!(
            "INSERT INTO live_marks (tenant_id, id, marked_at, programme_id, employee_id, first_day, end_day)
SELECT :tenant, gen_random_uuid(), :now, ",
            $($text),+
        )
    };
}

/// The same as a part of a larger statement, whose closing parenthesis follows.
macro_rules! with_mark {
    ($($text:expr),+ $(,)?) => { concat!("WITH marked AS (", mark!($($text),+)) };
}

/// Whether somebody can have a result: lecturers, and whoever gave a session or has one already.
macro_rules! may_be_scored {
    ($employee:literal) => {
        concat!(
            "(EXISTS (SELECT FROM lecturers x WHERE x.tenant_id = :tenant AND x.employee_id = ",
            $employee,
            ") OR EXISTS (SELECT FROM session_lecturers x WHERE x.tenant_id = :tenant AND x.employee_id = ",
            $employee,
            ") OR EXISTS (SELECT FROM live_results x WHERE x.tenant_id = :tenant AND x.employee_id = ",
            $employee,
            "))"
        )
    };
}

/// The lecturers of the sessions `:ids`. Of one that was neither held nor missed nothing counts.
const LECTURERS: &str = "s.programme_id, l.employee_id, d.day, d.day + 1
  FROM sessions s
  JOIN programmes g ON g.tenant_id = :tenant AND g.id = s.programme_id
  JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = s.id
 CROSS JOIN LATERAL (SELECT (coalesce(s.delivered_start, s.scheduled_start) AT TIME ZONE g.time_zone)::date AS day) d
 WHERE s.tenant_id = :tenant AND s.id = ANY (:ids) AND s.state IN ('delivered', 'missed')";

pub(super) const MARK_LECTURERS: &str = with_mark!(LECTURERS);

/// The same for their feedback alone: what else is stored of them stays as it is.
pub(super) const MARK_FEEDBACK: &str = concat!(
    "WITH marked AS (INSERT INTO live_marks (tenant_id, id, marked_at, of_feedback, programme_id, employee_id, first_day, end_day)
SELECT :tenant, gen_random_uuid(), :now, true, ",
    LECTURERS
);

/// The authors of what the events `:ids` reused, in the period and in all later ones.
pub(super) const MARK_REUSED: &str = with_mark!(
    "d.programme_id, d.employee_id, d.day, NULL
  FROM (SELECT c.programme_id, a.employee_id, min((f.occurred_at AT TIME ZONE g.time_zone)::date) AS day
          FROM reuse_events f
          JOIN contents c ON c.tenant_id = :tenant AND c.id = f.content_id
          JOIN programmes g ON g.tenant_id = :tenant AND g.id = c.programme_id
          JOIN content_authors a ON a.tenant_id = :tenant AND a.content_id = c.id
         WHERE f.tenant_id = :tenant AND f.id = ANY (:ids)
         GROUP BY c.programme_id, a.employee_id) d"
);

/// The authors of the contents `:ids`, or of those of these sessions, from the publication on.
pub(super) const MARK_AUTHORS: &str = with_mark!(
    "d.programme_id, d.employee_id, d.day, NULL
  FROM (SELECT f.programme_id, a.employee_id, min((f.published_at AT TIME ZONE g.time_zone)::date) AS day
          FROM contents f
          JOIN programmes g ON g.tenant_id = :tenant AND g.id = f.programme_id
          JOIN content_authors a ON a.tenant_id = :tenant AND a.content_id = f.id
         WHERE f.tenant_id = :tenant AND (f.id = ANY (:ids) OR f.session_id = ANY (:ids)) AND f.published_at IS NOT NULL
         GROUP BY f.programme_id, a.employee_id) d"
);

/// Days of people, in every programme.
pub(super) const MARK_DAYS: &str = with_mark!(
    "NULL, d.employee_id, d.first_day, d.end_day
  FROM unnest(:people, :firsts, :ends) AS d (employee_id, first_day, end_day)
 WHERE (d.first_day IS NULL OR d.end_day IS NULL OR d.first_day < d.end_day) AND ",
    may_be_scored!("d.employee_id"),
);

/// The people of the departments `:ids` and of those below them, which are in the relation `below` afterwards.
pub(super) const MARK_BELOW: &str = concat!(
    "WITH RECURSIVE below AS (
  SELECT d.id FROM departments d WHERE d.tenant_id = :tenant AND d.id = ANY (:ids)
   UNION
  SELECT d.id FROM below b JOIN departments d ON d.tenant_id = :tenant AND d.parent_id = b.id),
marked AS (",
    mark!(
        "NULL, m.employee_id, m.valid_from, m.valid_to
  FROM below b
  JOIN department_memberships m ON m.tenant_id = :tenant AND m.department_id = b.id
 WHERE ",
        may_be_scored!("m.employee_id"),
    )
);

/// These people in one period.
pub(super) const MARK_IN_PERIOD: &str = with_mark!(
    ":programme, d.employee_id, :first_day, :last_day + 1
  FROM (SELECT DISTINCT p.employee_id FROM unnest(:people) AS p (employee_id)) d"
);

/// Whose results of open periods are to be computed anew.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Mark {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub marked_at: DateTime<Utc>,
    /// None: in all programmes.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub programme_id: Option<Uuid>,
    /// None: everybody's.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub employee_id: Option<Uuid>,
    /// None: without a bound.
    #[diesel(sql_type = Nullable<Date>)]
    pub first_day: Option<NaiveDate>,
    /// The first day after it. None: without a bound.
    #[diesel(sql_type = Nullable<Date>)]
    pub end_day: Option<NaiveDate>,
    /// Whether only feedback has changed. Then the rest of what is stored is right, or another mark says that it is not.
    #[diesel(sql_type = Bool)]
    pub of_feedback: bool,
}

impl Mark {
    /// Whether it names the same as another one, whenever that was.
    #[must_use]
    pub fn is_as(&self, other: &Self) -> bool {
        let named = |mark: &Self| (mark.programme_id, mark.employee_id, mark.first_day, mark.end_day, mark.of_feedback);
        named(self) == named(other)
    }

    /// Whether it is of a period of the programme from the first day to the day before `end_day`.
    #[must_use]
    pub fn concerns(&self, programme: Uuid, first_day: NaiveDate, end_day: NaiveDate) -> bool {
        self.programme_id.is_none_or(|own| own == programme)
            && self.first_day.is_none_or(|own| own < end_day)
            && self.end_day.is_none_or(|own| own > first_day)
    }
}

impl Tx<'_> {
    /// These people in all periods.
    pub async fn mark_people(&mut self, people: &[Uuid]) -> QueryResult<()> {
        const PEOPLE: &str = mark!("NULL, d.employee_id, NULL, NULL FROM unnest(:people) AS d (employee_id)");
        self.mark(statement(PEOPLE).bind("people", people)).await
    }

    /// Everybody of the programme (none: of all) on the days from the first to the day before the end (none: without a bound).
    pub async fn mark_everybody(
        &mut self,
        programme: Option<Uuid>,
        first: Option<NaiveDate>,
        end: Option<NaiveDate>,
    ) -> QueryResult<()> {
        const EVERYBODY: &str = mark!(":programme::uuid, NULL, :first::date, :end::date");
        self.mark(statement(EVERYBODY).bind("programme", programme).bind("first", first).bind("end", end)).await
    }

    /// Whoever changes department, or comes or goes, on a day from the first to the last: without a new fact, because the day has come.
    pub async fn mark_days_begun(&mut self, first: NaiveDate, last: NaiveDate) -> QueryResult<()> {
        const BEGUN: &str = mark!(
            "NULL, d.employee_id, :first, NULL
  FROM (SELECT m.employee_id FROM department_memberships m
         WHERE m.tenant_id = :tenant AND (m.valid_from BETWEEN :first AND :last OR m.valid_to BETWEEN :first AND :last)
         UNION
        SELECT e.id FROM employees e
         WHERE e.tenant_id = :tenant AND (e.hired_on BETWEEN :first AND :last OR e.left_on BETWEEN :first AND :last)
         UNION
        SELECT p.employee_id FROM earlier_employments p
         WHERE p.tenant_id = :tenant AND (p.valid_from BETWEEN :first AND :last OR p.valid_to BETWEEN :first AND :last)) d
 WHERE ",
            may_be_scored!("d.employee_id"),
        );
        self.mark(statement(BEGUN).bind("first", first).bind("last", last)).await
    }

    async fn mark(&mut self, marks: Statement<'_>) -> QueryResult<()> {
        self.marked = true;
        self.complete(marks).execute(self.conn).await?;
        Ok(())
    }

    /// Whether it may have left marks: then the projector is told after the commit.
    #[must_use]
    pub fn has_marked(&self) -> bool {
        self.marked
    }
}

/// The mark `m`.
const MARK: &str = "m.id, m.marked_at, m.programme_id, m.employee_id, m.first_day, m.end_day, m.of_feedback";

/// The oldest marks to follow. Those of people of whom something was set aside are [`doubtful`].
pub async fn oldest(tx: &mut Tx<'_>, limit: i64) -> QueryResult<Vec<Mark>> {
    const OLDEST: &str = concat!(
        "SELECT ",
        MARK,
        "
  FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NULL
   AND NOT EXISTS (SELECT FROM live_marks a
                    WHERE a.tenant_id = :tenant AND a.set_aside_at IS NOT NULL AND a.employee_id = m.employee_id)
 ORDER BY m.marked_at LIMIT :limit"
    );
    tx.complete(statement(OLDEST).bind("limit", limit)).load(tx.conn).await
}

/// All marks to follow of somebody of whom something was set aside.
pub async fn doubtful(tx: &mut Tx<'_>) -> QueryResult<Vec<Mark>> {
    const DOUBTFUL: &str = concat!(
        "SELECT ",
        MARK,
        "
  FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NULL
   AND m.employee_id = (SELECT w.employee_id
                          FROM live_marks a
                          JOIN live_marks w ON w.tenant_id = :tenant AND w.set_aside_at IS NULL AND w.employee_id = a.employee_id
                         WHERE a.tenant_id = :tenant AND a.set_aside_at IS NOT NULL
                         ORDER BY w.marked_at LIMIT 1)"
    );
    tx.complete(statement(DOUBTFUL)).load(tx.conn).await
}

/// All marks to follow, whosever they are.
pub async fn all_waiting(tx: &mut Tx<'_>) -> QueryResult<Vec<Mark>> {
    const WAITING: &str =
        concat!("SELECT ", MARK, " FROM live_marks m WHERE m.tenant_id = :tenant AND m.set_aside_at IS NULL");
    tx.complete(statement(WAITING)).load(tx.conn).await
}

/// The marks that are followed.
pub async fn delete(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    const DELETE: &str = "DELETE FROM live_marks m WHERE m.tenant_id = :tenant AND m.id = ANY (:ids)";
    tx.complete(statement(DELETE).bind("ids", ids)).execute(tx.conn).await
}

/// A mark that cannot be followed: it is kept with the error and holds nobody else up.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct SetAside {
    #[diesel(embed)]
    pub mark: Mark,
    #[diesel(sql_type = Text)]
    pub error: String,
}

/// Keeps a mark that cannot be followed, in the place of those of the same that were set aside before.
pub async fn set_aside(tx: &mut Tx<'_>, mark: &Mark, error: &str) -> QueryResult<usize> {
    const ASIDE: &str = "
WITH replaced AS (
  DELETE FROM live_marks m
   WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.programme_id IS NOT DISTINCT FROM :programme
     AND m.employee_id IS NOT DISTINCT FROM :employee AND m.first_day IS NOT DISTINCT FROM :first)
INSERT INTO live_marks (tenant_id, id, marked_at, programme_id, employee_id, first_day, end_day, of_feedback, set_aside_at, error)
VALUES (:tenant, :id, :marked_at, :programme, :employee, :first, :end, :of_feedback, :now, :error)";
    let aside = statement(ASIDE)
        .bind("id", mark.id)
        .bind("marked_at", mark.marked_at)
        .bind("programme", mark.programme_id)
        .bind("employee", mark.employee_id)
        .bind("first", mark.first_day)
        .bind("end", mark.end_day)
        .bind("of_feedback", mark.of_feedback)
        .bind("error", error);
    tx.complete(aside).execute(tx.conn).await
}

/// Everything that was set aside is to be followed again.
pub async fn try_again(tx: &mut Tx<'_>) -> QueryResult<usize> {
    const AGAIN: &str = "
UPDATE live_marks m SET set_aside_at = NULL, error = NULL WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL";
    tx.complete(statement(AGAIN)).execute(tx.conn).await
}

/// The marks that are set aside, oldest first.
pub async fn all_set_aside(tx: &mut Tx<'_>) -> QueryResult<Vec<SetAside>> {
    const ALL: &str = concat!(
        "SELECT ",
        MARK,
        ", m.error
  FROM live_marks m WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL
 ORDER BY m.marked_at, m.id"
    );
    tx.complete(statement(ALL)).load(tx.conn).await
}

/// Deletes the marks of these people that were set aside in the period of the programme that begins on this day: their results are
/// right again.
pub async fn delete_set_aside(
    tx: &mut Tx<'_>,
    programme: Uuid,
    first_day: NaiveDate,
    people: &[Uuid],
) -> QueryResult<usize> {
    const DELETE: &str = "
DELETE FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.programme_id = :programme AND m.first_day = :first
   AND m.employee_id = ANY (:people)";
    let of = statement(DELETE).bind("programme", programme).bind("first", first_day).bind("people", people);
    tx.complete(of).execute(tx.conn).await
}

/// Deletes what was set aside of everybody of a programme: their results are computed anew.
pub async fn delete_set_aside_of_everybody(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<usize> {
    const DELETE: &str = "
DELETE FROM live_marks m
 WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.programme_id = :programme AND m.employee_id IS NULL";
    tx.complete(statement(DELETE).bind("programme", programme)).execute(tx.conn).await
}
