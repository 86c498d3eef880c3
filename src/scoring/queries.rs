//! Statements that read the facts of a period. Each one reads the whole population, or some of its lecturers.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Statement, concat, statement};
use crate::feedback::{
    BATCHED_ANSWERS, BATCHED_FEEDBACK, COUNTED_ANSWERS, COUNTED_FEEDBACK, RELEASED_ANSWERS, RELEASED_FEEDBACK,
    RELEASED_TEXTS,
};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::text::Comment;
use crate::people::employed_days;
use crate::sessions::{ATTENDEES, HAS_RECORDS};

/// The period whose facts are read, and the programme's settings that decide which facts count.
#[derive(Debug, Clone)]
pub struct Cut<'a> {
    pub programme: Uuid,
    /// The groups whose members are scored.
    pub groups: &'a [Uuid],
    /// The period is `starts_at <= instant < ends_at`.
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub first_day: NaiveDate,
    /// The first day after the period.
    pub day_after: NaiveDate,
    /// The day whose department memberships decide the board.
    pub department_on: NaiveDate,
    /// Cases decided after this instant do not count.
    pub cases_until: DateTime<Utc>,
    /// IANA name.
    pub time_zone: String,
    pub reuse_kinds: Vec<&'static str>,
    pub case_max_age_days: Option<i32>,
    /// Whether to leave out deliveries that only their lecturer has reported.
    pub confirmed_only: bool,
    /// Whether to read only feedback that was released, as lecturers see it.
    pub released_only: bool,
    /// Whether to leave out feedback that waits for others to be released with.
    pub batched_only: bool,
    /// Whether the programme's feedback is anonymous: it is stored as counts.
    pub is_anonymous: bool,
    /// None: the whole population.
    pub only: Option<&'a [Uuid]>,
}

impl Cut<'_> {
    /// The statement, bound to the tenant, the programme, the period and the requested lecturers.
    fn statement(&self, tenant: Uuid, text: &'static str) -> Statement<'_> {
        statement(text)
            .bind("tenant", tenant)
            .bind("programme", self.programme)
            .bind("starts_at", self.starts_at)
            .bind("ends_at", self.ends_at)
            .bind("only", self.only)
    }

    /// Like [`Cut::statement`], for a text that begins with the sessions that count.
    fn counted(&self, tenant: Uuid, [of_all, of_some]: [&'static str; 2]) -> Statement<'_> {
        let text = if self.only.is_some() { of_some } else { of_all };
        self.statement(tenant, text).bind("confirmed_only", self.confirmed_only)
    }
}

/// A text after the sessions that count: for the whole population, and for the requested lecturers. The second has a condition of
/// its own. A condition joined with `OR` would be checked for every session of the period.
macro_rules! with_counted {
    ($($text:expr),+ $(,)?) => {
        [
            concat!("WITH RECURSIVE ", COUNTED_SESSIONS, " AND :only IS NULL), ", $($text),+),
            concat!("WITH RECURSIVE ", COUNTED_SESSIONS, OF_SOME, "), ", $($text),+),
        ]
    };
}

/// The sessions that count in the period: delivered ones by their actual start, missed ones by their scheduled start. Planned and
/// cancelled sessions never count. A delivery earns money once attendance or HR has confirmed it. A condition on the lecturers
/// and the closing parenthesis follow.
const COUNTED_SESSIONS: &str = concat!(
    "
counted AS (
  SELECT s.id, s.state, s.kind, s.delivered_start, s.delivered_minutes, s.head_count, s.due_at, s.submitted_at, ",
    HAS_RECORDS,
    " AS has_records
    FROM sessions s
   WHERE s.tenant_id = :tenant AND s.programme_id = :programme
     AND ((s.state = 'delivered' AND s.delivered_start >= :starts_at AND s.delivered_start < :ends_at)
          OR (s.state = 'missed' AND s.scheduled_start >= :starts_at AND s.scheduled_start < :ends_at))
     AND (NOT :confirmed_only OR s.state <> 'delivered' OR s.delivery_confirmed_at IS NOT NULL)"
);

const OF_SOME: &str = "
     AND s.id IN (SELECT l.session_id FROM session_lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:only))";

/// One lecturer of the population.
#[derive(Debug, QueryableByName)]
pub struct PersonRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub department_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub department_code: Option<String>,
    #[diesel(sql_type = Integer)]
    pub exempt_days: i32,
}

/// The population: everybody who was appointed and in one of the rule's groups on a day of the period, and everybody with a
/// session that counts in it; with the exempt days and the department: that of the day asked for, or the last one of the period of somebody who has left. An appointment
/// ends with the employment at the latest.
const POPULATION: &str = concat!(
    "
population AS (
  SELECT m.employee_id
    FROM lecturer_group_memberships m
    JOIN lecturers l ON l.tenant_id = :tenant AND l.employee_id = m.employee_id
    JOIN employees e ON e.tenant_id = :tenant AND e.id = m.employee_id
   WHERE m.tenant_id = :tenant AND m.group_id = ANY (:groups) AND (:only IS NULL OR m.employee_id = ANY (:only))
     AND NOT isempty(datemultirange(daterange(m.valid_from, m.valid_to) * daterange(l.appointed_on, l.ended_on)
                                    * daterange(:first_day, :day_after)) * ",
    employed_days!("e"),
    ")
  UNION
  SELECT l.employee_id
    FROM counted c
    JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = c.id
   WHERE :only IS NULL OR l.employee_id = ANY (:only)),
above AS (
  SELECT d.id AS leaf, d.id, d.parent_id, d.is_ranking_unit, 0 AS height
    FROM departments d WHERE d.tenant_id = :tenant
  UNION ALL
  SELECT a.leaf, d.id, d.parent_id, d.is_ranking_unit, a.height + 1
    FROM above a
    JOIN departments d ON d.tenant_id = :tenant AND d.id = a.parent_id
   WHERE NOT a.is_ranking_unit AND a.height < 100),
units AS (
  SELECT DISTINCT ON (leaf) leaf, CASE WHEN is_ranking_unit THEN id ELSE leaf END AS unit
    FROM above ORDER BY leaf, is_ranking_unit DESC, height)
SELECT e.id AS employee_id, e.employee_number, d.id AS department_id, d.code AS department_code,
       (:day_after::date - :first_day::date - coalesce((SELECT sum(upper(present) - lower(present))
          FROM unnest(appointed.days * datemultirange(daterange(:first_day, :day_after)) - coalesce(absent.days, '{}')) present), 0))::integer
         AS exempt_days
  FROM population p
  JOIN employees e ON e.tenant_id = :tenant AND e.id = p.employee_id
  LEFT JOIN LATERAL (SELECT range_agg(daterange(l.appointed_on, l.ended_on)) * ",
    employed_days!("e"),
    " AS days
                       FROM lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = e.id) appointed ON true
  LEFT JOIN LATERAL (SELECT range_agg(daterange(b.starts_on, b.ends_on, '[]')) AS days
                       FROM absences b WHERE b.tenant_id = :tenant AND b.employee_id = e.id
                        AND b.starts_on < :day_after AND b.ends_on >= :first_day) absent ON true
  LEFT JOIN LATERAL (SELECT m.department_id FROM department_memberships m
                      WHERE m.tenant_id = :tenant AND m.employee_id = e.id AND m.valid_from <= :department_on
                        AND (m.valid_to IS NULL OR m.valid_to > :department_on
                             OR m.valid_to > :first_day AND NOT ",
    employed_days!("e"),
    " @> :department_on::date)
                      ORDER BY m.valid_from DESC LIMIT 1) m ON true
  LEFT JOIN units u ON u.leaf = m.department_id
  LEFT JOIN departments d ON d.tenant_id = :tenant AND d.id = u.unit
 ORDER BY e.id"
);

pub async fn population(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<PersonRow>> {
    cut.counted(tx.tenant, with_counted!(POPULATION))
        .bind("groups", cut.groups)
        .bind("first_day", cut.first_day)
        .bind("day_after", cut.day_after)
        .bind("department_on", cut.department_on)
        .load(tx.conn)
        .await
}

/// One lecturer's part in one session.
#[derive(Debug, QueryableByName)]
pub struct SessionRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = Bool)]
    pub delivered: bool,
    #[diesel(sql_type = Bool)]
    pub voluntary: bool,
    #[diesel(sql_type = Integer)]
    pub minutes: i32,
    #[diesel(sql_type = BigInt)]
    pub attendees: i64,
    #[diesel(sql_type = Numeric)]
    pub credit: Decimal,
    #[diesel(sql_type = Nullable<Bool>)]
    pub on_time: Option<bool>,
    #[diesel(sql_type = BigInt)]
    pub confirmed_cases: i64,
}

/// Cases count if they are decided by `:cases_until` and, if there is a limit, at most `:max_age_days` days after their session,
/// in days of `:time_zone`. A case without a date counts as applied on the day when it was submitted, at the latest.
const SESSIONS: &str = concat!(
    "
present AS (
  SELECT a.session_id, count(*) AS attendees
    FROM counted c
    JOIN (",
    ATTENDEES,
    ") a ON a.session_id = c.id
   WHERE c.has_records
   GROUP BY a.session_id),
cases AS (
  SELECT a.session_id, count(*) AS confirmed
    FROM counted c
    JOIN application_cases a ON a.tenant_id = :tenant AND a.session_id = c.id AND a.state = 'confirmed' AND a.voided_at IS NULL AND a.decided_at <= :cases_until
   WHERE :max_age_days IS NULL
      OR coalesce(a.applied_on, (a.submitted_at AT TIME ZONE :time_zone)::date) - (c.delivered_start AT TIME ZONE :time_zone)::date <= :max_age_days
   GROUP BY a.session_id)
SELECT l.employee_id, c.id AS session_id, c.state = 'delivered' AS delivered, c.kind = 'voluntary' AS voluntary,
       coalesce(c.delivered_minutes, 0) AS minutes, l.credit,
       CASE WHEN c.state <> 'delivered' THEN 0
            WHEN c.has_records THEN coalesce(p.attendees, 0)
            ELSE coalesce(c.head_count, 0)::bigint END AS attendees,
       CASE WHEN c.due_at IS NOT NULL THEN coalesce(c.submitted_at <= c.due_at, false) END AS on_time,
       CASE WHEN c.state = 'delivered' THEN coalesce(k.confirmed, 0) ELSE 0 END AS confirmed_cases
  FROM counted c
  JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = c.id
  LEFT JOIN present p ON p.session_id = c.id
  LEFT JOIN cases k ON k.session_id = c.id
 WHERE :only IS NULL OR l.employee_id = ANY (:only)
 ORDER BY l.employee_id, c.id"
);

pub async fn sessions(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<SessionRow>> {
    cut.counted(tx.tenant, with_counted!(SESSIONS))
        .bind("cases_until", cut.cases_until)
        .bind("max_age_days", cut.case_max_age_days)
        .bind("time_zone", &cut.time_zone)
        .load(tx.conn)
        .await
}

/// The ratings of one session on one scale.
#[derive(Debug, QueryableByName)]
pub struct RatingRow {
    #[diesel(embed)]
    pub of: Of,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// The answers to one item of one session on one scale.
#[derive(Debug, QueryableByName)]
pub struct ItemRow {
    #[diesel(embed)]
    pub of: Of,
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// Whose feedback a sum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Of {
    /// None: of every lecturer of the session.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub employee_id: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    /// Whether it is of this session alone. Otherwise it is of several sessions of the lecturer, and the session is one of them.
    #[diesel(sql_type = Bool)]
    pub is_apart: bool,
}

const HELD: &str = "
held AS (SELECT id FROM counted WHERE state = 'delivered'), given AS (";

const RATINGS: &str = ") SELECT employee_id, session_id, is_apart, scale, count(*) AS n, sum(rating) AS sum FROM given
    GROUP BY employee_id, session_id, is_apart, scale ORDER BY session_id, scale";

const ITEMS: &str = ")
 SELECT g.employee_id, g.session_id, g.is_apart, i.key, i.scale, count(*) AS n, sum(i.value) AS sum
   FROM given g CROSS JOIN LATERAL jsonb_to_recordset(g.items) AS i (key text, value integer, scale integer)
  GROUP BY g.employee_id, g.session_id, g.is_apart, i.key, i.scale ORDER BY g.session_id, i.key, i.scale";

/// Like [`RATINGS`] and [`ITEMS`], for anonymous feedback.
const COUNTED_RATINGS: &str = ")
 SELECT employee_id, session_id, is_apart, scale, sum(times) AS n, sum(value * times) AS sum FROM given WHERE key IS NULL
  GROUP BY employee_id, session_id, is_apart, scale ORDER BY session_id, scale";

const COUNTED_ITEMS: &str = ")
 SELECT employee_id, session_id, is_apart, key, scale, sum(times) AS n, sum(value * times) AS sum FROM given WHERE key IS NOT NULL
  GROUP BY employee_id, session_id, is_apart, key, scale ORDER BY session_id, key, scale";

pub async fn ratings(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<RatingRow>> {
    let text = match (cut.is_anonymous, cut.released_only, cut.batched_only) {
        (false, true, _) => with_counted!(HELD, RELEASED_FEEDBACK, RATINGS),
        (false, false, true) => with_counted!(HELD, BATCHED_FEEDBACK, RATINGS),
        (false, false, false) => with_counted!(HELD, COUNTED_FEEDBACK, RATINGS),
        (true, true, _) => with_counted!(HELD, RELEASED_ANSWERS, COUNTED_RATINGS),
        (true, false, true) => with_counted!(HELD, BATCHED_ANSWERS, COUNTED_RATINGS),
        (true, false, false) => with_counted!(HELD, COUNTED_ANSWERS, COUNTED_RATINGS),
    };
    cut.counted(tx.tenant, text).bind_if_asked("first_day", cut.first_day).load(tx.conn).await
}

pub async fn items(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<ItemRow>> {
    let text = match (cut.is_anonymous, cut.released_only, cut.batched_only) {
        (false, true, _) => with_counted!(HELD, RELEASED_FEEDBACK, ITEMS),
        (false, false, true) => with_counted!(HELD, BATCHED_FEEDBACK, ITEMS),
        (false, false, false) => with_counted!(HELD, COUNTED_FEEDBACK, " AND f.items <> '[]'", ITEMS),
        (true, true, _) => with_counted!(HELD, RELEASED_ANSWERS, COUNTED_ITEMS),
        (true, false, true) => with_counted!(HELD, BATCHED_ANSWERS, COUNTED_ITEMS),
        (true, false, false) => with_counted!(HELD, COUNTED_ANSWERS, COUNTED_ITEMS),
    };
    cut.counted(tx.tenant, text).bind_if_asked("first_day", cut.first_day).load(tx.conn).await
}

/// A text of feedback.
#[derive(Debug, QueryableByName)]
pub struct TextRow {
    #[diesel(sql_type = Text)]
    pub comment: Comment,
}

/// At most `limit` texts of released feedback that does not stand apart in any session, in an order that nobody can foresee.
pub async fn texts_together(tx: &mut Tx<'_>, cut: &Cut<'_>, limit: i32) -> QueryResult<Vec<TextRow>> {
    const TEXTS: &str =
        ") SELECT comment FROM given WHERE comment IS NOT NULL AND NOT is_apart ORDER BY place LIMIT :limit";
    let text = if cut.is_anonymous {
        with_counted!(HELD, RELEASED_TEXTS, TEXTS)
    } else {
        with_counted!(HELD, RELEASED_FEEDBACK, TEXTS)
    };
    cut.counted(tx.tenant, text).bind("first_day", cut.first_day).bind("limit", limit).load(tx.conn).await
}

/// One content of an author, and the number of people who reused it.
#[derive(Debug, QueryableByName)]
pub struct ContentRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub content_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub months_old: i32,
    #[diesel(sql_type = BigInt)]
    pub reused_by: i64,
    #[diesel(sql_type = Bool)]
    pub reused_before: bool,
}

/// Whether the event `r` is a reuse that counts: of a kind that counts, not voided, and not by an author of the content.
const COUNTED_REUSE: &str = "r.kind = ANY (:kinds) AND r.voided_at IS NULL
     AND NOT EXISTS (SELECT FROM content_authors own
                      WHERE own.tenant_id = :tenant AND own.content_id = r.content_id AND own.employee_id = r.employee_id)";

/// Content that was there in the period, with the distinct people who reused it in the period, and whether anybody did before. The
/// content of a session that is cancelled is not there, that of a missed one is.
const CONTENTS: &str = concat!(
    "
WITH there AS (
  SELECT c.id,
         (12 * (extract(year FROM m.day_after) - extract(year FROM m.published))
             + extract(month FROM m.day_after) - extract(month FROM m.published))::integer - 1 AS months_old
    FROM contents c
   CROSS JOIN LATERAL (SELECT :day_after::date AS day_after, c.published_at AT TIME ZONE :time_zone AS published) m
   WHERE c.tenant_id = :tenant AND c.programme_id = :programme
     AND c.published_at < :ends_at AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= :starts_at)
     AND NOT EXISTS (SELECT FROM sessions s WHERE s.tenant_id = :tenant AND s.id = c.session_id AND s.state = 'cancelled')
     AND (:only IS NULL OR EXISTS (
           SELECT FROM content_authors a
            WHERE a.tenant_id = :tenant AND a.content_id = c.id AND a.employee_id = ANY (:only)))),
reused AS (
  SELECT r.content_id, count(DISTINCT r.employee_id) AS people
    FROM there t
    JOIN reuse_events r
      ON r.tenant_id = :tenant AND r.content_id = t.id AND r.occurred_at >= :starts_at AND r.occurred_at < :ends_at
   WHERE ",
    COUNTED_REUSE,
    "
   GROUP BY r.content_id)
SELECT a.employee_id, t.id AS content_id, t.months_old, coalesce(u.people, 0) AS reused_by,
       EXISTS (SELECT FROM reuse_events r
                WHERE r.tenant_id = :tenant AND r.content_id = t.id AND r.occurred_at < :starts_at AND ",
    COUNTED_REUSE,
    ") AS reused_before
  FROM there t
  JOIN content_authors a ON a.tenant_id = :tenant AND a.content_id = t.id
  LEFT JOIN reused u ON u.content_id = t.id
 WHERE :only IS NULL OR a.employee_id = ANY (:only)
 ORDER BY a.employee_id, t.id"
);

pub async fn contents(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<ContentRow>> {
    cut.statement(tx.tenant, CONTENTS)
        .bind("day_after", cut.day_after)
        .bind("time_zone", &cut.time_zone)
        .bind("kinds", &cut.reuse_kinds)
        .load(tx.conn)
        .await
}

/// The current value of one external metric.
#[derive(Debug, QueryableByName)]
pub struct ExternalRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Numeric)]
    pub value: Decimal,
}

pub async fn external_values(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &str,
    only: Option<&[Uuid]>,
) -> QueryResult<Vec<ExternalRow>> {
    statement(
        "SELECT DISTINCT ON (employee_id, key) employee_id, key, value
           FROM external_metric_values
          WHERE tenant_id = :tenant AND programme_id = :programme AND period = :period AND (:only IS NULL OR employee_id = ANY (:only))
          ORDER BY employee_id, key, received_at DESC, id DESC",
    )
    .bind("tenant", tx.tenant)
    .bind("programme", programme)
    .bind("period", period)
    .bind("only", only)
    .load(tx.conn)
    .await
}
