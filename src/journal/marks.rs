//! Marks: whose results of open periods a fact moves.
//!
//! A mark is inserted in the transaction of its fact, already resolved to a lecturer and days, because what a fact was of before a
//! change cannot be found afterwards. Marks are plain inserts: an upsert would have those who rate one session wait for each other.
//! Whoever computes the results deletes them ([`crate::scoring`]).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Timestamptz, Uuid as SqlUuid};
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
pub(super) const MARK_LECTURERS: &str = with_mark!(
    "s.programme_id, l.employee_id, d.day, d.day + 1
  FROM sessions s
  JOIN programmes g ON g.tenant_id = :tenant AND g.id = s.programme_id
  JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = s.id
 CROSS JOIN LATERAL (SELECT (coalesce(s.delivered_start, s.scheduled_start) AT TIME ZONE g.time_zone)::date AS day) d
 WHERE s.tenant_id = :tenant AND s.id = ANY (:ids) AND s.state IN ('delivered', 'missed')"
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
}

impl Mark {
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

    /// Everybody of the programme (none: of all) in the periods that end after this day (none: in all).
    pub async fn mark_everybody(&mut self, programme: Option<Uuid>, from: Option<NaiveDate>) -> QueryResult<()> {
        const EVERYBODY: &str = mark!(":programme::uuid, NULL, :from::date, NULL");
        self.mark(statement(EVERYBODY).bind("programme", programme).bind("from", from)).await
    }

    async fn mark(&mut self, marks: Statement<'_>) -> QueryResult<()> {
        self.marked = true;
        self.complete(marks).execute(self.conn).await?;
        Ok(())
    }

    /// Whether it may have left marks: who commits it tells the projector.
    #[must_use]
    pub fn has_marked(&self) -> bool {
        self.marked
    }
}
