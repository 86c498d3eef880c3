//! Statements that read the facts of a period: each one set for the whole population, or for some of its lecturers.
//!
//! All of them take the tenant, the programme, the bounds of the period and the lecturers asked for as `$1` to `$5`.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::feedback::COUNTED_FEEDBACK;
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;

/// The period whose facts are read, and what of the programme decides which of them count.
#[derive(Debug, Clone)]
pub struct Cut<'a> {
    pub programme: Uuid,
    /// The period is `starts_at <= instant < ends_at`.
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub first_day: NaiveDate,
    /// The first day no longer in the period.
    pub day_after: NaiveDate,
    /// The day whose department memberships decide the board.
    pub department_on: NaiveDate,
    /// Cases decided later do not count.
    pub cases_until: DateTime<Utc>,
    /// IANA name.
    pub time_zone: String,
    pub window_minutes: i32,
    pub reuse_kinds: Vec<&'static str>,
    pub case_max_age_days: Option<i32>,
    /// Whether a delivery that only its lecturer reported stays out.
    pub confirmed_only: bool,
    /// None: the whole population.
    pub only: Option<&'a [Uuid]>,
}

impl Cut<'_> {
    fn counted_sessions(&self) -> String {
        let whose = if self.only.is_some() { SESSIONS_OF_SOME } else { " AND $5 IS NULL" };
        let confirmed = if self.confirmed_only { CONFIRMED_SESSIONS } else { "" };
        format!("{COUNTED_SESSIONS}{confirmed}{whose})")
    }

    /// A statement with `$1` to `$5` bound.
    fn bind(&self, tenant: Uuid, sql: String) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
        sql_query(sql)
            .into_boxed()
            .bind::<SqlUuid, _>(tenant)
            .bind::<SqlUuid, _>(self.programme)
            .bind::<Timestamptz, _>(self.starts_at)
            .bind::<Timestamptz, _>(self.ends_at)
            .bind::<Nullable<Array<SqlUuid>>, _>(self.only)
    }
}

/// The sessions that count in the period: in that of the actual start if delivered, of the scheduled one if missed. Planned and
/// cancelled ones count nowhere. The condition on the lecturers and the closing parenthesis follow.
const COUNTED_SESSIONS: &str = "
counted AS (
  SELECT s.id, s.state, s.kind, s.delivered_start, s.delivered_minutes, s.head_count, s.due_at, s.submitted_at,
         s.attendance_recorded_at IS NOT NULL
         OR EXISTS (SELECT FROM attendance_records r WHERE r.tenant_id = $1 AND r.session_id = s.id) AS has_records
    FROM sessions s
   WHERE s.tenant_id = $1 AND s.programme_id = $2
     AND ((s.state = 'delivered' AND s.delivered_start >= $3 AND s.delivered_start < $4)
          OR (s.state = 'missed' AND s.scheduled_start >= $3 AND s.scheduled_start < $4))
";

/// A delivery earns money once attendance or HR has confirmed it.
const CONFIRMED_SESSIONS: &str = " AND (s.state <> 'delivered' OR s.delivery_confirmed_at IS NOT NULL)";

/// Said by a condition of its own, not by one joined with `OR`: that would be looked at for every session of the period.
const SESSIONS_OF_SOME: &str = "
     AND s.id IN (SELECT l.session_id FROM session_lecturers l WHERE l.tenant_id = $1 AND l.employee_id = ANY ($5))";

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

/// The population: who was appointed and in a group of the programme on a day of the period, and who has a session that counts
/// in it; with the days excused and the department. An appointment ends with the employment at the latest. `$6`, `$7`: first day
/// and day after; `$8`: the day of the department.
const POPULATION: &str = "
population AS (
  SELECT m.employee_id
    FROM programme_groups g
    JOIN lecturer_group_memberships m ON m.tenant_id = $1 AND m.group_id = g.group_id
    JOIN lecturers l ON l.tenant_id = $1 AND l.employee_id = m.employee_id
    JOIN employees e ON e.tenant_id = $1 AND e.id = m.employee_id
   WHERE g.tenant_id = $1 AND g.programme_id = $2 AND ($5 IS NULL OR m.employee_id = ANY ($5))
     AND NOT isempty(daterange(m.valid_from, m.valid_to) * daterange(l.appointed_on, l.ended_on)
                     * daterange(NULL, e.left_on) * daterange($6, $7))
  UNION
  SELECT l.employee_id
    FROM counted c
    JOIN session_lecturers l ON l.tenant_id = $1 AND l.session_id = c.id
   WHERE $5 IS NULL OR l.employee_id = ANY ($5)),
above AS (
  SELECT d.id AS leaf, d.id, d.parent_id, d.is_ranking_unit, 0 AS height
    FROM departments d WHERE d.tenant_id = $1
  UNION ALL
  SELECT a.leaf, d.id, d.parent_id, d.is_ranking_unit, a.height + 1
    FROM above a
    JOIN departments d ON d.tenant_id = $1 AND d.id = a.parent_id
   WHERE NOT a.is_ranking_unit AND a.height < 100),
units AS (
  SELECT DISTINCT ON (leaf) leaf, CASE WHEN is_ranking_unit THEN id ELSE leaf END AS unit
    FROM above ORDER BY leaf, is_ranking_unit DESC, height)
SELECT e.id AS employee_id, e.employee_number, d.id AS department_id, d.code AS department_code,
       ($7::date - $6::date - coalesce((SELECT sum(upper(present) - lower(present))
          FROM unnest(appointed.days * datemultirange(daterange($6, $7)) - coalesce(absent.days, '{}')) present), 0))::integer
         AS exempt_days
  FROM population p
  JOIN employees e ON e.tenant_id = $1 AND e.id = p.employee_id
  LEFT JOIN LATERAL (SELECT range_agg(daterange(l.appointed_on, l.ended_on) * daterange(NULL, e.left_on)) AS days
                       FROM lecturers l WHERE l.tenant_id = $1 AND l.employee_id = e.id) appointed ON true
  LEFT JOIN LATERAL (SELECT range_agg(daterange(b.starts_on, b.ends_on, '[]')) AS days
                       FROM absences b WHERE b.tenant_id = $1 AND b.employee_id = e.id
                        AND b.starts_on < $7 AND b.ends_on >= $6) absent ON true
  LEFT JOIN department_memberships m
    ON m.tenant_id = $1 AND m.employee_id = e.id AND m.valid_from <= $8 AND (m.valid_to IS NULL OR m.valid_to > $8)
  LEFT JOIN units u ON u.leaf = m.department_id
  LEFT JOIN departments d ON d.tenant_id = $1 AND d.id = u.unit
 ORDER BY e.id";

pub async fn population(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<PersonRow>> {
    cut.bind(tx.tenant, format!("WITH RECURSIVE {}, {POPULATION}", cut.counted_sessions()))
        .bind::<Date, _>(cut.first_day)
        .bind::<Date, _>(cut.day_after)
        .bind::<Date, _>(cut.department_on)
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

/// `$6`: the moment until which cases may be decided; `$7`: the oldest case that counts, in days after its session; `$8`: the
/// time zone of those days. A case without a day of its own was applied by the day it was submitted at the latest.
const SESSIONS: &str = "
present AS (
  SELECT r.session_id, count(*) AS attendees
    FROM counted c
    JOIN attendance_records r ON r.tenant_id = $1 AND r.session_id = c.id AND r.state = 'present'
   WHERE c.has_records
     AND NOT EXISTS (SELECT FROM session_lecturers own
                      WHERE own.tenant_id = $1 AND own.session_id = r.session_id AND own.employee_id = r.employee_id)
   GROUP BY r.session_id),
cases AS (
  SELECT a.session_id, count(*) AS confirmed
    FROM counted c
    JOIN application_cases a ON a.tenant_id = $1 AND a.session_id = c.id AND a.state = 'confirmed' AND a.decided_at <= $6
   WHERE $7 IS NULL
      OR coalesce(a.applied_on, (a.submitted_at AT TIME ZONE $8)::date) - (c.delivered_start AT TIME ZONE $8)::date <= $7
   GROUP BY a.session_id)
SELECT l.employee_id, c.id AS session_id, c.state = 'delivered' AS delivered, c.kind = 'voluntary' AS voluntary,
       coalesce(c.delivered_minutes, 0) AS minutes, l.credit,
       CASE WHEN c.state <> 'delivered' THEN 0
            WHEN c.has_records THEN coalesce(p.attendees, 0)
            ELSE coalesce(c.head_count, 0)::bigint END AS attendees,
       CASE WHEN c.due_at IS NOT NULL THEN coalesce(c.submitted_at <= c.due_at, false) END AS on_time,
       CASE WHEN c.state = 'delivered' THEN coalesce(k.confirmed, 0) ELSE 0 END AS confirmed_cases
  FROM counted c
  JOIN session_lecturers l ON l.tenant_id = $1 AND l.session_id = c.id
  LEFT JOIN present p ON p.session_id = c.id
  LEFT JOIN cases k ON k.session_id = c.id
 WHERE $5 IS NULL OR l.employee_id = ANY ($5)
 ORDER BY l.employee_id, c.id";

pub async fn sessions(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<SessionRow>> {
    cut.bind(tx.tenant, format!("WITH {}, {SESSIONS}", cut.counted_sessions()))
        .bind::<Timestamptz, _>(cut.cases_until)
        .bind::<Nullable<Integer>, _>(cut.case_max_age_days)
        .bind::<Text, _>(&cut.time_zone)
        .load(tx.conn)
        .await
}

/// The ratings of one session on one scale.
#[derive(Debug, QueryableByName)]
pub struct RatingRow {
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
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
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// `$6`: minutes of the window.
const HELD: &str = "
held AS (
  SELECT id, delivered_start, delivered_minutes, $6 AS window_minutes, has_records FROM counted WHERE state = 'delivered')";

pub async fn ratings(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<RatingRow>> {
    cut.bind(
        tx.tenant,
        format!(
            "WITH {}, {HELD}, given AS ({COUNTED_FEEDBACK})
         SELECT session_id, scale, count(*) AS n, sum(rating) AS sum FROM given
          GROUP BY session_id, scale ORDER BY session_id, scale",
            cut.counted_sessions()
        ),
    )
    .bind::<Integer, _>(cut.window_minutes)
    .load(tx.conn)
    .await
}

pub async fn items(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<ItemRow>> {
    cut.bind(
        tx.tenant,
        format!(
            "WITH {}, {HELD}, given AS ({COUNTED_FEEDBACK} AND f.items <> '[]')
         SELECT g.session_id, i.key, i.scale, count(*) AS n, sum(i.value) AS sum
           FROM given g CROSS JOIN LATERAL jsonb_to_recordset(g.items) AS i (key text, value integer, scale integer)
          GROUP BY g.session_id, i.key, i.scale ORDER BY g.session_id, i.key, i.scale",
            cut.counted_sessions()
        ),
    )
    .bind::<Integer, _>(cut.window_minutes)
    .load(tx.conn)
    .await
}

/// One author's content, and by how many it was reused.
#[derive(Debug, QueryableByName)]
pub struct ContentRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub content_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub reused_by: i64,
}

/// Content that was there in the period, with the distinct people other than its authors who reused it in the period.
/// `$6`: the kinds of reuse that count.
const CONTENTS: &str = "
WITH there AS (
  SELECT c.id
    FROM contents c
   WHERE c.tenant_id = $1 AND c.programme_id = $2
     AND c.published_at < $4 AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= $3)
     AND ($5 IS NULL OR EXISTS (
           SELECT FROM content_authors a
            WHERE a.tenant_id = $1 AND a.content_id = c.id AND a.employee_id = ANY ($5)))),
reused AS (
  SELECT r.content_id, count(DISTINCT r.employee_id) AS people
    FROM there t
    JOIN reuse_events r
      ON r.tenant_id = $1 AND r.content_id = t.id AND r.occurred_at >= $3 AND r.occurred_at < $4 AND r.kind = ANY ($6)
   WHERE NOT EXISTS (SELECT FROM content_authors own
                      WHERE own.tenant_id = $1 AND own.content_id = r.content_id AND own.employee_id = r.employee_id)
   GROUP BY r.content_id)
SELECT a.employee_id, t.id AS content_id, coalesce(r.people, 0) AS reused_by
  FROM there t
  JOIN content_authors a ON a.tenant_id = $1 AND a.content_id = t.id
  LEFT JOIN reused r ON r.content_id = t.id
 WHERE $5 IS NULL OR a.employee_id = ANY ($5)
 ORDER BY a.employee_id, t.id";

pub async fn contents(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<ContentRow>> {
    cut.bind(tx.tenant, CONTENTS.to_owned()).bind::<Array<Text>, _>(&cut.reuse_kinds).load(tx.conn).await
}

/// The value in force of one external metric.
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
    sql_query(
        "SELECT DISTINCT ON (employee_id, key) employee_id, key, value
           FROM external_metric_values
          WHERE tenant_id = $1 AND programme_id = $2 AND period = $3 AND ($4 IS NULL OR employee_id = ANY ($4))
          ORDER BY employee_id, key, received_at DESC, id DESC",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(programme)
    .bind::<Text, _>(period)
    .bind::<Nullable<Array<SqlUuid>>, _>(only)
    .load(tx.conn)
    .await
}
