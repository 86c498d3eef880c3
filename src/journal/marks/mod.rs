//! Marks: whose results of open periods a fact moves.
//!
//! A mark is inserted in the transaction of its fact. It names people, or a session, a content or a department. Whose that is, is found
//! when the mark is followed: at that moment everything is visible that was committed before, in whichever order. If it were found when
//! the mark is inserted, a lecturer whom another transaction brings to the session at the same time would be missed by both.
//!
//! What a fact was of *before* a change cannot be found afterwards. So a command that takes a session or a content from somebody names
//! the people as well, before it writes; and whoever comes into a department, goes or is employed is named personally.
//!
//! Marks are plain inserts: an upsert would have those who rate one session wait for each other. Whoever computes the results deletes
//! them ([`crate::scoring`]).

mod queue;
mod texts;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use queue::{
    SetAside, all_set_aside, all_waiting, delete, delete_set_aside, delete_set_aside_of_everybody, doubtful,
    doubtful_people, expand, insert, oldest, set_aside, try_again,
};
pub(super) use texts::{
    MARK_CALENDAR, MARK_CONTENTS, MARK_DAYS, MARK_DEPARTMENTS, MARK_FEEDBACK, MARK_IN_PERIOD, MARK_REUSED,
    MARK_SESSIONS,
};

use self::texts::{mark, may_be_scored};
use super::tx::Tx;
use crate::db::{Statement, concat, statement};

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
    /// None: everybody's, a department's, or nobody's.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub employee_id: Option<Uuid>,
    /// Whose lecturers it names, one of whom is `employee_id`.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub session_id: Option<Uuid>,
    /// The people of this department and of those below it. Not resolved yet.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub department_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    pub is_of_everybody: bool,
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
        let named = |mark: &Self| (mark.programme_id, mark.employee_id, mark.first_day, mark.end_day);
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

    /// The authors of a content that is called otherwise: nothing that counts has changed, so no closed period is told.
    pub async fn mark_content(&mut self, content: Uuid) -> QueryResult<()> {
        const CONTENT: &str = "INSERT INTO live_marks (tenant_id, id, marked_at, content_id) VALUES (:tenant, gen_random_uuid(), :now, :content)";
        self.mark(statement(CONTENT).bind("content", content)).await
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
