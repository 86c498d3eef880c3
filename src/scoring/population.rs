//! Who is scored in a period, and what is known of these people besides their facts.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::queries::{COUNTS, Cut};
use crate::db::{concat, statement};
use crate::journal::Tx;
use crate::people::employed_days;

/// Somebody in the population.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Member {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<String>,
}

/// The ids of the members in the order of their numbers, by code point; those without a number come first.
#[must_use]
pub fn in_order(mut members: Vec<Member>) -> Vec<Uuid> {
    let number = |own: &Member| own.employee_number.clone().unwrap_or_default();
    members.sort_by_cached_key(|own| (number(own), own.employee_id));
    members.into_iter().map(|own| own.employee_id).collect()
}

/// The population: everybody who was appointed and in one of the rule's groups on a day of the period, and everybody with a
/// session that counts in it. An appointment ends with the employment at the latest. The arguments are conditions: on the lecturers
/// `l`, and on the memberships `m`.
macro_rules! members {
    ($lecturers:literal, $memberships:literal) => {
        concat!(
            "
SELECT e.id AS employee_id, e.employee_number
  FROM (SELECT m.employee_id
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
         UNION
        SELECT l.employee_id
          FROM session_lecturers l
          JOIN sessions s ON s.id = l.session_id
         WHERE l.tenant_id = :tenant",
            $lecturers,
            " AND",
            COUNTS,
            ") p
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

/// With the exempt days and the department: that of the day asked for, or the last one of the period of somebody who has left. What is
/// known of each is put together as sets: the one index that a planner likes for a single appointment is the slow one.
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
people AS MATERIALIZED (
  SELECT e.id, e.employee_number, ",
    employed_days!("e"),
    " AS employed
    FROM employees e WHERE e.tenant_id = :tenant AND e.id = ANY (:only)),
appointed AS (
  SELECT l.employee_id, range_agg(daterange(l.appointed_on, l.ended_on)) AS days
    FROM lecturers l WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:only) GROUP BY l.employee_id),
absent AS (
  SELECT b.employee_id, range_agg(daterange(b.starts_on, b.ends_on, '[]')) AS days
    FROM absences b
   WHERE b.tenant_id = :tenant AND b.employee_id = ANY (:only) AND b.starts_on < :day_after AND b.ends_on >= :first_day
   GROUP BY b.employee_id),
placed AS (
  SELECT DISTINCT ON (m.employee_id) m.employee_id, m.department_id
    FROM department_memberships m
    JOIN people p ON p.id = m.employee_id
   WHERE m.tenant_id = :tenant AND m.employee_id = ANY (:only) AND m.valid_from <= :department_on
     AND (m.valid_to IS NULL OR m.valid_to > :department_on
          OR m.valid_to > :first_day AND NOT p.employed @> :department_on::date)
   ORDER BY m.employee_id, m.valid_from DESC)
SELECT p.id AS employee_id, p.employee_number, d.id AS department_id, d.code AS department_code,
       (:day_after::date - :first_day::date - coalesce((SELECT sum(upper(present) - lower(present))
          FROM unnest(appointed.days * p.employed * datemultirange(daterange(:first_day, :day_after))
                      - coalesce(absent.days, '{}')) present), 0))::integer
         AS exempt_days
  FROM people p
  LEFT JOIN appointed ON appointed.employee_id = p.id
  LEFT JOIN absent ON absent.employee_id = p.id
  LEFT JOIN placed ON placed.employee_id = p.id
  LEFT JOIN units u ON u.leaf = placed.department_id
  LEFT JOIN departments d ON d.tenant_id = :tenant AND d.id = u.unit
 ORDER BY p.id"
);

/// These members of the population, ordered by id.
pub async fn people(tx: &mut Tx<'_>, cut: &Cut<'_>, only: &[Uuid]) -> QueryResult<Vec<PersonRow>> {
    statement(PEOPLE)
        .bind("tenant", tx.tenant)
        .bind("only", only)
        .bind("first_day", cut.first_day)
        .bind("day_after", cut.day_after)
        .bind("department_on", cut.department_on)
        .load(tx.conn)
        .await
}
