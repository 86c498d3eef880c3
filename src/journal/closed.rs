//! The closed periods that a fact belongs to.
//!
//! A fact is stored whenever it comes. What a close has frozen is changed only by a restatement, so the answer to whoever sends a
//! fact of a closed period says so, with the snapshot that does not have it. What a command writes decides which of the functions
//! here it calls; the answer gets what they find as its member [`PERIOD_CLOSED`].
//!
//! The same statement marks whose results of open periods the fact moves ([`super::marks`]). So a command that may change whom a fact
//! is of, or when it was, calls the function before it writes and again after.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::asking::Asking;
use super::marks::{
    MARK_CALENDAR, MARK_CONTENTS, MARK_DAYS, MARK_DEPARTMENTS, MARK_FEEDBACK, MARK_IN_PERIOD, MARK_REUSED,
    MARK_SESSIONS,
};
use super::tx::Tx;
use crate::auth::records_of;
use crate::db::{Statement, collect_column, concat, statement};
use crate::kernel::period::Period;

/// The member of an answer that names them.
pub const PERIOD_CLOSED: &str = "period_closed";

/// A closed period that a stored fact belongs to, with its latest snapshot, which is without the fact. `late-facts` of the period
/// lists what it would change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, QueryableByName)]
pub struct ClosedPeriod {
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[schema(value_type = Period)]
    #[diesel(sql_type = Text)]
    pub period: String,
    #[diesel(sql_type = SqlUuid)]
    pub snapshot_id: Uuid,
    /// 1 for the close; higher numbers are accepted restatements.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    #[diesel(sql_type = Integer)]
    pub snapshot_number: i32,
}

/// What the answer to a fact has besides the fact.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedPeriods {
    /// The closed periods that the fact belongs to. It is stored and changes nothing there until the period is restated
    /// (`restate_period`).
    #[schema(max_items = 1000)]
    pub period_closed: BTreeSet<ClosedPeriod>,
}

/// The closed periods `p` with the snapshots `s` that count; a condition on them follows.
const CLOSED_PERIODS: &str = "
SELECT p.programme_id, p.period, s.id AS snapshot_id, s.number AS snapshot_number
  FROM periods p
  JOIN snapshots s ON s.tenant_id = :tenant AND s.id = p.snapshot_id
 WHERE p.tenant_id = :tenant AND p.state = 'closed' AND ";

/// The same after a mark.
const CLOSED: &str = concat!(")", CLOSED_PERIODS);

const HAS_SESSIONS: &str = "EXISTS (SELECT FROM sessions f
              WHERE f.tenant_id = :tenant AND f.id = ANY (:ids) AND f.programme_id = p.programme_id
                AND coalesce(f.delivered_start, f.scheduled_start) >= p.starts_at
                AND coalesce(f.delivered_start, f.scheduled_start) < p.ends_at)";

/// The period in which the session counts as it stands. A command that may move it calls this before and after.
const OF_SESSIONS: &str = concat!(MARK_SESSIONS, CLOSED, HAS_SESSIONS);

const OF_FEEDBACK: &str = concat!(MARK_FEEDBACK, CLOSED, HAS_SESSIONS);

const OF_SESSIONS_UNMARKED: &str = concat!(CLOSED_PERIODS, HAS_SESSIONS);

/// A reuse counts in its period, and in later ones it makes a content one that somebody reused.
const OF_REUSE: &str = concat!(
    MARK_REUSED,
    CLOSED,
    "EXISTS (SELECT FROM reuse_events f JOIN contents c ON c.tenant_id = :tenant AND c.id = f.content_id
              WHERE f.tenant_id = :tenant AND f.id = ANY (:ids) AND c.programme_id = p.programme_id AND f.occurred_at < p.ends_at)"
);

/// A content is there from its publication on. That of a cancelled session is not: `:ids` are contents, or sessions with theirs.
const OF_CONTENTS: &str = concat!(
    MARK_CONTENTS,
    CLOSED,
    "EXISTS (SELECT FROM contents f
              WHERE f.tenant_id = :tenant AND (f.id = ANY (:ids) OR f.session_id = ANY (:ids))
                AND f.programme_id = p.programme_id AND f.published_at < p.ends_at)"
);

/// Days of somebody who is in the snapshot, or in one of the groups that its rule scores on a day of the period.
const OF_DAYS: &str = concat!(
    MARK_DAYS,
    CLOSED,
    "EXISTS (SELECT FROM unnest(:people, :firsts, :ends) AS d (employee_id, first_day, end_day)
              WHERE (d.first_day IS NULL OR d.first_day < p.ends_on) AND (d.end_day IS NULL OR d.end_day > p.starts_on)
                AND (EXISTS (SELECT FROM snapshot_lecturers f
                              WHERE f.tenant_id = :tenant AND f.snapshot_id = s.id AND f.employee_id IN ",
    records_of!("d.employee_id"),
    ")
                     OR EXISTS (SELECT FROM lecturer_group_memberships m
                                  JOIN scoring_rules v
                                    ON v.tenant_id = :tenant AND v.id = s.rule_id AND v.document -> 'groups' @> to_jsonb(m.group_id::text)
                                 WHERE m.tenant_id = :tenant AND m.employee_id = d.employee_id AND m.valid_from < p.ends_on
                                   AND (m.valid_to IS NULL OR m.valid_to > p.starts_on))))"
);

/// The place of a department in the tree decides on which board its people are, and that of all people below it.
const OF_DEPARTMENTS: &str = concat!(
    MARK_DEPARTMENTS,
    CLOSED,
    "EXISTS (SELECT FROM below b
               JOIN department_memberships m ON m.tenant_id = :tenant AND m.department_id = b.id AND m.valid_from < p.ends_on
                AND (m.valid_to IS NULL OR m.valid_to > p.starts_on)
               JOIN snapshot_lecturers f
                 ON f.tenant_id = :tenant AND f.snapshot_id = s.id AND f.employee_id IN ",
    records_of!("m.employee_id"),
    ")"
);

const OF_PERIOD: &str = concat!(MARK_IN_PERIOD, CLOSED, "p.programme_id = :programme AND p.period = :period");

/// What days are by the calendar moves fees, in periods that paid fees.
const OF_CALENDAR: &str = concat!(
    MARK_CALENDAR,
    CLOSED,
    "p.starts_on < :end AND p.ends_on > :first
     AND EXISTS (SELECT FROM reward_policy_sets v
                  WHERE v.tenant_id = :tenant AND v.id = s.policy_set_id
                    AND v.document @> '{\"policies\": [{\"kind\": \"session_fee\"}]}')"
);

/// Days of a person, from the first to the day before the end. None: without a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub employee: Uuid,
    pub first: Option<NaiveDate>,
    pub end: Option<NaiveDate>,
}

impl Days {
    /// All days: of what is not dated.
    #[must_use]
    pub fn all(employee: Uuid) -> Self {
        Self { employee, first: None, end: None }
    }

    /// The days between two ends of something that is dated: it got one instead of the other. None: it had no end.
    #[must_use]
    pub fn between(employee: Uuid, one: Option<NaiveDate>, other: Option<NaiveDate>) -> Self {
        let first = [one, other].into_iter().flatten().min();
        if one == other {
            let nothing = Some(first.unwrap_or(NaiveDate::MIN));
            return Self { employee, first: nothing, end: nothing };
        }
        Self { employee, first, end: one.zip(other).map(|(one, other)| one.max(other)) }
    }

    fn is_empty(&self) -> bool {
        self.first.is_some() && self.first == self.end
    }
}

/// What a fact touches, where that is asked together with other things. [`Tx::touched`] takes it in.
#[derive(Debug, Default)]
pub struct Touched {
    closed: Vec<ClosedPeriod>,
    has_marked: bool,
}

impl Touched {
    /// Feedback on these sessions that is shown from now on, or no more; nothing else of them.
    pub async fn by_feedback(asking: Asking<'_>, ids: &[Uuid]) -> QueryResult<Self> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        Self::by(asking, statement(OF_FEEDBACK).bind("ids", ids), true).await
    }

    /// The same for feedback that is held back: it moves no result yet, so it leaves no mark. By the mark, anybody
    /// who reads `as_of` again and again would see when somebody rates.
    pub async fn by_held_back(asking: Asking<'_>, ids: &[Uuid]) -> QueryResult<Self> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        Self::by(asking, statement(OF_SESSIONS_UNMARKED).bind("ids", ids), false).await
    }

    async fn by(asking: Asking<'_>, found: Statement<'_>, has_marked: bool) -> QueryResult<Self> {
        let mut conn = asking.conn;
        Ok(Self { closed: asking.complete(found).load(&mut conn).await?, has_marked })
    }
}

impl Tx<'_> {
    /// The facts of these sessions as they stand now.
    pub async fn touch_sessions(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        if ids.is_empty() { Ok(()) } else { self.touch(statement(OF_SESSIONS).bind("ids", ids)).await }
    }

    /// Feedback on these sessions: [`Touched::by_feedback`].
    pub async fn touch_feedback(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        let found = Touched::by_feedback(self.asking(), ids).await?;
        self.touched(found);
        Ok(())
    }

    /// Takes in what was asked together with other things.
    pub fn touched(&mut self, found: Touched) {
        self.marked |= found.has_marked;
        self.closed.extend(found.closed);
    }

    pub async fn touch_reuse(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        self.touch(statement(OF_REUSE).bind("ids", ids)).await
    }

    /// These contents, or those of these sessions.
    pub async fn touch_contents(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        self.touch(statement(OF_CONTENTS).bind("ids", ids)).await
    }

    /// Days of people: leave, employment, appointment, department, group, level.
    pub async fn touch_days(&mut self, days: &[Days]) -> QueryResult<()> {
        let days: Vec<Days> = days.iter().copied().filter(|one| !one.is_empty()).collect();
        if days.is_empty() {
            return Ok(());
        }
        let of = statement(OF_DAYS)
            .bind("people", collect_column(&days, |one| one.employee))
            .bind("firsts", collect_column(&days, |one| one.first))
            .bind("ends", collect_column(&days, |one| one.end));
        self.touch(of).await
    }

    /// What days are by the company's calendar, from the first to the last.
    pub async fn touch_calendar(&mut self, first: NaiveDate, last: NaiveDate) -> QueryResult<()> {
        let end = last.succ_opt().unwrap_or(last);
        self.touch(statement(OF_CALENDAR).bind("first", first).bind("end", end)).await
    }

    /// The places of these departments in the tree, their codes, and whether their people have a board of their own.
    pub async fn touch_departments(&mut self, ids: &[Uuid]) -> QueryResult<()> {
        if ids.is_empty() { Ok(()) } else { self.touch(statement(OF_DEPARTMENTS).bind("ids", ids)).await }
    }

    /// What is known of these people in a period as a whole.
    pub async fn touch_period(&mut self, programme: Uuid, period: &Period, people: &[Uuid]) -> QueryResult<()> {
        let of = statement(OF_PERIOD)
            .bind("programme", programme)
            .bind("period", period.to_string())
            .bind("first_day", period.first_day())
            .bind("last_day", period.last_day())
            .bind("people", people);
        self.touch(of).await
    }

    async fn touch(&mut self, found: Statement<'_>) -> QueryResult<()> {
        let found = Touched::by(self.asking(), found, true).await?;
        self.touched(found);
        Ok(())
    }

    /// The closed periods that what was stored belongs to.
    pub fn closed_periods(&self) -> &BTreeSet<ClosedPeriod> {
        &self.closed
    }
}
