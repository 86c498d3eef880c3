//! Who is scored in a period, and what is known of these people besides their facts.

use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::queries::{COUNTS, Cut};
use crate::db::{concat, statement};
use crate::journal::{Asking, Tx};
use crate::people::employed_days;

/// Somebody in the population.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Member {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<String>,
    /// The sessions of theirs that count in the period.
    #[diesel(sql_type = Array<SqlUuid>)]
    pub sessions: Vec<Uuid>,
}

/// The members in the order of their numbers, by code point; those without a number come first.
#[must_use]
pub fn in_order(mut members: Vec<Member>) -> Vec<Member> {
    let number = |own: &Member| own.employee_number.clone().unwrap_or_default();
    members.sort_by_cached_key(|own| (number(own), own.employee_id));
    members
}

/// The population: everybody who was appointed and in one of the rule's groups on a day of the period, and everybody with a
/// session that counts in it, each with these sessions: so that their facts are found by key, however long the history is. An appointment ends with the employment at the latest. The arguments are conditions: on the lecturers
/// `l`, and on the memberships `m`.
macro_rules! members {
    ($lecturers:literal, $memberships:literal) => {
        concat!(
            "
SELECT e.id AS employee_id, e.employee_number, coalesce(p.sessions, '{}') AS sessions
  FROM (SELECT u.employee_id, array_agg(u.session_id) FILTER (WHERE u.session_id IS NOT NULL) AS sessions FROM (
        SELECT m.employee_id, NULL::uuid AS session_id
          FROM lecturer_group_memberships m
          JOIN (SELECT l.employee_id, range_agg(daterange(l.appointed_on, l.ended_on)) AS days
                  FROM lecturers l WHERE l.tenant_id = :tenant",
            $lecturers,
            "
                 GROUP BY l.employee_id) appointed ON appointed.employee_id = m.employee_id
          JOIN employees e ON e.tenant_id = :tenant AND e.id = m.employee_id
         WHERE m.tenant_id = :tenant AND m.group_id = ANY (:groups)",
            $memberships,
            "
           AND NOT isempty(appointed.days * datemultirange(daterange(m.valid_from, m.valid_to) * daterange(:first_day, :day_after)) * ",
            employed_days!("e"),
            ")
         UNION ALL
        SELECT l.employee_id, l.session_id
          FROM session_lecturers l
          JOIN sessions s ON s.id = l.session_id
         WHERE l.tenant_id = :tenant",
            $lecturers,
            " AND",
            COUNTS,
            ") u GROUP BY u.employee_id) p
  JOIN employees e ON e.tenant_id = :tenant AND e.id = p.employee_id
 ORDER BY e.id"
        )
    };
}

const ALL: &str = members!("", "");
const SOME: &str = members!(" AND l.employee_id = ANY (:only)", " AND m.employee_id = ANY (:only)");

/// The population, or those in `only` who belong to it, ordered by id.
pub async fn members(tx: &mut Tx<'_>, cut: &Cut<'_>, only: Option<&[Uuid]>) -> QueryResult<Vec<Member>> {
    let found = cut
        .statement(tx.tenant, if only.is_some() { SOME } else { ALL })
        .bind("confirmed_only", cut.confirmed_only)
        .bind("groups", cut.groups)
        .bind("first_day", cut.first_day)
        .bind("day_after", cut.day_after);
    let found = if let Some(only) = only { found.bind("only", only) } else { found };
    found.load(tx.conn).await
}

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

/// With the exempt days and the department: that of the day asked for, or the last one of the period of somebody who has left.
///
/// What is known of each is looked up by person, whatever the planner expects of a set whose size it does not know: a join of two such
/// sets row by row would take a thousand times as long for a thousand.
const PEOPLE: &str = concat!(
    "
WITH RECURSIVE above AS (
  SELECT d.id AS leaf, d.id, d.parent_id, d.is_ranking_unit, 0 AS height
    FROM departments d WHERE d.tenant_id = :tenant
  UNION ALL
  SELECT a.leaf, d.id, d.parent_id, d.is_ranking_unit, a.height + 1
    FROM above a
    JOIN departments d ON d.tenant_id = :tenant AND d.id = a.parent_id
   WHERE NOT a.is_ranking_unit AND a.height < 100),
units AS (
  SELECT DISTINCT ON (leaf) leaf, CASE WHEN is_ranking_unit THEN id ELSE leaf END AS unit
    FROM above ORDER BY leaf, is_ranking_unit DESC, height),
boards AS MATERIALIZED (
  SELECT u.leaf, d.id, d.code FROM units u JOIN departments d ON d.tenant_id = :tenant AND d.id = u.unit),
people AS MATERIALIZED (
  SELECT e.id, e.employee_number, employed.days AS employed, appointed.days AS appointed, absent.days AS absent, placed.department_id
    FROM employees e
   CROSS JOIN LATERAL (SELECT ",
    employed_days!("e"),
    " AS days OFFSET 0) employed
    LEFT JOIN LATERAL (
      SELECT range_agg(daterange(l.appointed_on, l.ended_on)) AS days
        FROM lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = e.id) appointed ON true
    LEFT JOIN LATERAL (
      SELECT range_agg(daterange(b.starts_on, b.ends_on, '[]')) AS days
        FROM absences b
       WHERE b.tenant_id = :tenant AND b.employee_id = e.id AND b.starts_on < :day_after
         AND (b.ends_on IS NULL OR b.ends_on >= :first_day)
    ) absent ON true
    LEFT JOIN LATERAL (
      SELECT m.department_id
        FROM department_memberships m
       WHERE m.tenant_id = :tenant AND m.employee_id = e.id AND m.valid_from <= :department_on
         AND (m.valid_to IS NULL OR m.valid_to > :department_on
              OR m.valid_to > :first_day AND NOT employed.days @> :department_on::date)
       ORDER BY m.valid_from DESC LIMIT 1) placed ON true
   WHERE e.tenant_id = :tenant AND e.id = ANY (:only))
SELECT p.id AS employee_id, p.employee_number, b.id AS department_id, b.code AS department_code,
       (:day_after::date - :first_day::date - coalesce((SELECT sum(upper(present) - lower(present))
          FROM unnest(p.appointed * p.employed * datemultirange(daterange(:first_day, :day_after))
                      - coalesce(p.absent, '{}')) present), 0))::integer
         AS exempt_days
  FROM people p
  LEFT JOIN boards b ON b.leaf = p.department_id
 ORDER BY p.id"
);

/// These members of the population, ordered by id.
pub async fn people(mut asking: Asking<'_>, cut: &Cut<'_>, only: &[Uuid]) -> QueryResult<Vec<PersonRow>> {
    statement(PEOPLE)
        .bind("tenant", asking.tenant)
        .bind("only", only)
        .bind("first_day", cut.first_day)
        .bind("day_after", cut.day_after)
        .bind("department_on", cut.department_on)
        .load(&mut asking.conn)
        .await
}
