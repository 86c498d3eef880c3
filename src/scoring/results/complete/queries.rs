//! Statements that look for facts of a lecturer that did not count.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::FactReason;
use crate::db::{Statement, statement};
use crate::journal::Tx;
use crate::kernel::period::{Interval, Period};
use crate::kernel::text::Title;
use crate::scoring::results::ProgrammeFacts;
use crate::scoring::rule::ScoringRule;
use crate::sessions::SessionState;

/// Whose facts are looked for, in which period, and by which rule.
pub struct Sought<'a> {
    pub programme: &'a ProgrammeFacts,
    pub rule: &'a ScoringRule,
    pub period: Period,
    pub interval: Interval,
    /// All records of the lecturer.
    pub records: &'a [Uuid],
    /// The close, or else now: what came later did not count.
    pub until: DateTime<Utc>,
}

impl Sought<'_> {
    fn statement(&self, text: &'static str) -> Statement<'_> {
        statement(text)
            .bind_if_asked("programme", self.programme.id)
            .bind_if_asked("records", self.records)
            .bind_if_asked("starts_at", self.interval.start)
            .bind_if_asked("ends_at", self.interval.end)
            .bind_if_asked("until", self.until)
    }
}

/// A session that is in the period by its actual or scheduled start.
#[derive(Debug, QueryableByName)]
pub struct SessionRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Text)]
    pub state: SessionState,
    /// Whether attendance or HR has confirmed the delivery.
    #[diesel(sql_type = Bool)]
    pub is_confirmed: bool,
}

/// Sessions that are still to come are left out.
pub async fn sessions(tx: &mut Tx<'_>, sought: &Sought<'_>) -> QueryResult<Vec<SessionRow>> {
    const SESSIONS: &str = "
SELECT s.id, s.title, s.state, s.is_confirmed
  FROM session_lecturers l
 CROSS JOIN LATERAL (
    SELECT s.id, s.title, s.state, s.delivery_confirmed_at IS NOT NULL AS is_confirmed,
           CASE WHEN s.state = 'delivered' THEN s.delivered_start ELSE s.scheduled_start END AS starts_at
      FROM sessions s
     WHERE s.tenant_id = :tenant AND s.id = l.session_id AND s.programme_id = :programme OFFSET 0) s
 WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:records)
   AND s.starts_at >= :starts_at AND s.starts_at < :ends_at AND (s.state <> 'planned' OR s.starts_at < :now)
 ORDER BY s.starts_at, s.id
 LIMIT 10000";
    tx.complete(sought.statement(SESSIONS)).load(tx.conn).await
}

/// A content that is not among those of the period.
#[derive(Debug, QueryableByName)]
pub struct ContentRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Text)]
    pub reason: FactReason,
}

/// Content that the period has to do with: by its session, or because somebody used it in the period.
pub async fn contents(tx: &mut Tx<'_>, sought: &Sought<'_>) -> QueryResult<Vec<ContentRow>> {
    const CONTENTS: &str = "
SELECT o.id, o.title, o.reason
  FROM (SELECT c.id, c.title,
               CASE WHEN c.published_at IS NULL AND c.withdrawn_at IS NULL AND s.state <> 'cancelled' AND s.is_here THEN 'not_submitted'
                    WHEN s.state = 'cancelled' AND (s.is_here OR u.is_used) AND c.published_at < :ends_at
                         AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= :starts_at) THEN 'of_cancelled_session'
                    WHEN c.withdrawn_at < :starts_at AND u.is_used THEN 'withdrawn' END AS reason
          FROM content_authors a
          JOIN contents c ON c.tenant_id = :tenant AND c.id = a.content_id AND c.programme_id = :programme
          LEFT JOIN LATERAL (SELECT s.state, s.scheduled_start >= :starts_at AND s.scheduled_start < :ends_at AS is_here
                               FROM sessions s WHERE s.tenant_id = :tenant AND s.id = c.session_id) s ON true
         CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM reuse_events r
                                             WHERE r.tenant_id = :tenant AND r.content_id = c.id AND r.voided_at IS NULL
                                               AND r.occurred_at >= :starts_at AND r.occurred_at < :ends_at) AS is_used) u
         WHERE a.tenant_id = :tenant AND a.employee_id = ANY (:records)) o
 WHERE o.reason IS NOT NULL
 ORDER BY o.id
 LIMIT 10000";
    tx.complete(sought.statement(CONTENTS)).load(tx.conn).await
}

/// Some facts of a session or content that do not count for the same reason.
#[derive(Debug, QueryableByName)]
pub struct CountRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub reason: FactReason,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
}

/// Application cases from these sessions.
pub async fn cases(tx: &mut Tx<'_>, sought: &Sought<'_>, sessions: &[Uuid]) -> QueryResult<Vec<CountRow>> {
    const CASES: &str = "
SELECT c.session_id AS id, c.reason, count(*) AS n
  FROM (SELECT a.session_id,
               CASE WHEN a.voided_at <= :until THEN 'voided'
                    WHEN a.submitted_at > :until OR a.decided_at > :until THEN 'after_close'
                    WHEN a.state = 'submitted' THEN 'undecided'
                    WHEN a.state = 'rejected' THEN 'rejected'
                    WHEN coalesce(a.applied_on, (a.submitted_at AT TIME ZONE :time_zone)::date)
                         - (s.delivered_start AT TIME ZONE :time_zone)::date > :max_age_days THEN 'too_old' END AS reason
          FROM application_cases a
          JOIN sessions s ON s.tenant_id = :tenant AND s.id = a.session_id
         WHERE a.tenant_id = :tenant AND a.session_id = ANY (:sessions)) c
 WHERE c.reason IS NOT NULL
 GROUP BY c.session_id, c.reason
 ORDER BY c.session_id, c.reason";
    let max_age_days = sought.rule.case_max_age_days.and_then(|days| i32::try_from(days).ok());
    let cases = sought
        .statement(CASES)
        .bind("sessions", sessions)
        .bind("time_zone", sought.programme.time_zone.name())
        .bind("max_age_days", max_age_days);
    tx.complete(cases).load(tx.conn).await
}

/// Uses of these contents in the period. Of several by one person the first one counts.
pub async fn reuse(tx: &mut Tx<'_>, sought: &Sought<'_>, contents: &[Uuid]) -> QueryResult<Vec<CountRow>> {
    const REUSE: &str = "
SELECT u.content_id AS id, u.reason, count(*) AS n
  FROM (SELECT e.content_id,
               CASE WHEN e.reason IS NULL
                         AND row_number() OVER (PARTITION BY e.content_id, e.employee_id, e.reason ORDER BY e.occurred_at, e.id) > 1
                    THEN 'repeated' ELSE e.reason END AS reason
          FROM (SELECT r.content_id, r.employee_id, r.occurred_at, r.id,
                       CASE WHEN r.voided_at <= :until THEN 'voided'
                            WHEN r.received_at > :until THEN 'after_close'
                            WHEN EXISTS (SELECT FROM content_authors own
                                          WHERE own.tenant_id = :tenant AND own.content_id = r.content_id
                                            AND own.employee_id = r.employee_id) THEN 'by_author'
                            WHEN r.kind <> ALL (:kinds) THEN 'other_kind' END AS reason
                  FROM reuse_events r
                 WHERE r.tenant_id = :tenant AND r.content_id = ANY (:contents)
                   AND r.occurred_at >= :starts_at AND r.occurred_at < :ends_at) e) u
 WHERE u.reason IS NOT NULL
 GROUP BY u.content_id, u.reason
 ORDER BY u.content_id, u.reason";
    let kinds: Vec<&str> = sought.rule.reuse_kinds.iter().map(|kind| kind.slug()).collect();
    let reuse = sought.statement(REUSE).bind("contents", contents).bind("kinds", kinds);
    tx.complete(reuse).load(tx.conn).await
}

/// Ratings of these sessions that were not admissible when they were taken. Only for programmes in which ratings have names.
pub async fn ratings(tx: &mut Tx<'_>, sought: &Sought<'_>, sessions: &[Uuid]) -> QueryResult<Vec<CountRow>> {
    const RATINGS: &str = "
SELECT f.session_id AS id, 'not_admissible' AS reason, count(*) AS n
  FROM feedback f
 WHERE f.tenant_id = :tenant AND f.session_id = ANY (:sessions) AND NOT f.counts AND f.received_at <= :until
 GROUP BY f.session_id
 ORDER BY f.session_id";
    tx.complete(sought.statement(RATINGS).bind("sessions", sessions)).load(tx.conn).await
}

/// Values of an external metric besides the one that counts.
#[derive(Debug, QueryableByName)]
pub struct ValueRow {
    #[diesel(sql_type = Text)]
    pub key: String,
    /// How many a later one replaced.
    #[diesel(sql_type = BigInt)]
    pub superseded: i64,
    /// How many came after the close.
    #[diesel(sql_type = BigInt)]
    pub late: i64,
}

pub async fn external_values(tx: &mut Tx<'_>, sought: &Sought<'_>) -> QueryResult<Vec<ValueRow>> {
    const VALUES: &str = "
SELECT v.key, greatest(count(*) FILTER (WHERE v.received_at <= :until) - 1, 0) AS superseded,
       count(*) FILTER (WHERE v.received_at > :until) AS late
  FROM external_metric_values v
 WHERE v.tenant_id = :tenant AND v.programme_id = :programme AND v.period = :period AND v.employee_id = ANY (:records)
 GROUP BY v.key
 ORDER BY v.key";
    tx.complete(sought.statement(VALUES).bind("period", sought.period.to_string())).load(tx.conn).await
}

/// An absence, as far as it is in the period.
#[derive(Debug, QueryableByName)]
pub struct AbsenceRow {
    #[diesel(sql_type = Date)]
    pub starts_on: NaiveDate,
    #[diesel(sql_type = Date)]
    pub ends_on: NaiveDate,
}

pub async fn absences(tx: &mut Tx<'_>, sought: &Sought<'_>) -> QueryResult<Vec<AbsenceRow>> {
    const ABSENCES: &str = "
SELECT DISTINCT greatest(b.starts_on, :first_day) AS starts_on, least(b.ends_on, :last_day) AS ends_on
  FROM absences b
 WHERE b.tenant_id = :tenant AND b.employee_id = ANY (:records) AND b.starts_on <= :last_day
   AND (b.ends_on IS NULL OR b.ends_on >= :first_day)
 ORDER BY 1, 2
 LIMIT 1000";
    let absences = sought.statement(ABSENCES);
    let absences = absences.bind("first_day", sought.period.first_day()).bind("last_day", sought.period.last_day());
    tx.complete(absences).load(tx.conn).await
}
