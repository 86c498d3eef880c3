//! Lecturers, their groups and their absences, as an import brings them.

use chrono::NaiveDate;
use diesel::QueryResult;

use super::guarded::{hold_ends, hold_levels};
use super::{Dated, Dates, all_stored, ended_days, touch, touch_added};
use crate::db::{concat, row_set, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{Code, Description, EmployeeNumber, Label, Name, OutsideCode, SourceRef};
use crate::people::AbsenceKind;

row_set! {
    /// A row of `lecturer_groups`.
    pub struct LecturerGroupRow into lecturer_groups {
        pub code: Code,
        pub name: Name,
        pub description: Option<Description>,
    }

    /// A row of `absences`.
    pub struct AbsenceRow into absences {
        pub kind: AbsenceKind,
        pub starts_on: NaiveDate,
        /// Last day of the absence (included).
        pub ends_on: NaiveDate,
        /// Id of the absence in the source system.
        pub source_ref: Option<SourceRef>,
    } by {
        pub employee_number: EmployeeNumber,
    }

    /// The level of an appointment from this day to its end.
    pub struct LevelSince into lecturer_levels {
        pub level: Label,
        pub valid_from: NaiveDate,
    } by {
        pub employee_number: EmployeeNumber,
    }
}

/// A row of `lecturers`: an appointment with its level and its groups, all valid from its first to its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LecturerRow {
    pub employee_number: EmployeeNumber,
    pub appointed_on: NaiveDate,
    /// Last day of the appointment.
    pub ended_on: Option<LastDay>,
    pub level: Option<Label>,
    pub group_codes: Vec<OutsideCode>,
}

/// The changes to appointments, to their levels from the first day on, and to the groups.
#[derive(Debug, Clone, Default)]
pub struct Lecturing {
    pub appointments: Dates,
    pub levels: Vec<LevelSince>,
    pub groups: Dates,
}

/// Lecturer groups, by code.
pub async fn store_groups(tx: &mut Tx<'_>, rows: &[LecturerGroupRow], given: &[&'static str]) -> QueryResult<usize> {
    let upsert = "
INSERT INTO lecturer_groups (tenant_id, :columns, created_at, updated_at) SELECT :tenant, :fields, :now, :now FROM :rows
ON CONFLICT (tenant_id, code) DO UPDATE
   SET name = excluded.name,
       description = CASE WHEN 'description' = ANY (:given) THEN excluded.description ELSE lecturer_groups.description END,
       updated_at = excluded.updated_at, version = lecturer_groups.version + 1";
    tx.insert(statement(upsert).rows(rows).bind("given", given)).await
}

/// Appointments with levels and groups: first those that end, then those that begin. Returns how many appointments were written.
pub async fn store_lecturers(tx: &mut Tx<'_>, lecturing: &Lecturing) -> Result<usize> {
    let Dates { ended, added, .. } = &lecturing.appointments;
    let ending = concat!(
        ended_days!("m.ended_on"),
        "JOIN lecturers m ON m.tenant_id = :tenant AND m.employee_id = e.id AND m.appointed_on = r.valid_from"
    );
    let ended = &hold_ends(tx, ended).await?;
    touch(tx, statement(ending).rows(ended)).await?;
    end_levels(tx, ended).await?;
    let mut stored = all_stored(end_appointments(tx, ended).await?, ended.len())?;
    stored += all_stored(insert_appointments(tx, added).await?, added.len())?;
    touch_added(tx, added).await?;
    let Dates { ended, added, .. } = &lecturing.groups;
    let ending = concat!(
        ended_days!("m.valid_to"),
        "JOIN lecturer_groups g ON g.tenant_id = :tenant AND g.code = r.code
         JOIN lecturer_group_memberships m
           ON m.tenant_id = :tenant AND m.employee_id = e.id AND m.group_id = g.id AND m.valid_from = r.valid_from"
    );
    touch(tx, statement(ending).rows(ended)).await?;
    all_stored(end_group_memberships(tx, ended).await?, ended.len())?;
    all_stored(insert_group_memberships(tx, added).await?, added.len())?;
    touch_added(tx, added).await?;
    // Who gives sessions for which programme is known by now.
    let levels = hold_levels(tx, &lecturing.levels).await?;
    all_stored(insert_levels(tx, &levels).await?, levels.len())?;
    Ok(stored)
}

/// A level ends with its appointment, and a level that would begin later is deleted. If the appointment is extended, so is the
/// level, unless levels were kept for the days from the old end on.
async fn end_levels(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let end = "
WITH ending AS (
  SELECT l.id, l.ended_on AS before, r.valid_to AS ended_on
    FROM :rows
    JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
    JOIN lecturers l ON l.tenant_id = :tenant AND l.employee_id = e.id AND l.appointed_on = r.valid_from),
gone AS (
  DELETE FROM lecturer_levels v USING ending n
   WHERE v.tenant_id = :tenant AND v.lecturer_id = n.id AND v.valid_from >= n.ended_on
     AND n.ended_on < coalesce(n.before, 'infinity'))
UPDATE lecturer_levels v SET valid_to = n.ended_on, updated_at = :now, version = v.version + 1
  FROM ending n
 WHERE v.tenant_id = :tenant AND v.lecturer_id = n.id AND (n.ended_on IS NULL OR v.valid_from < n.ended_on)
   AND CASE WHEN n.ended_on < coalesce(n.before, 'infinity') THEN coalesce(v.valid_to, 'infinity') > n.ended_on
            ELSE v.valid_to = n.before
                 AND NOT EXISTS (SELECT FROM lecturer_levels k
                                  WHERE k.tenant_id = :tenant AND k.lecturer_id = n.id AND k.valid_from >= n.before) END";
    tx.store(statement(end).rows(rows)).await
}

async fn end_appointments(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    // A term that is over before the end of the file is none any more, which is a renewal without a term.
    let end = "
WITH ending AS (
  SELECT r.id AS renewal_id, l.id, r.valid_to AS ended_on, l.term_to AS before,
         CASE WHEN r.valid_to <= l.term_to THEN l.term_to END AS term_to
    FROM :rows
    JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
    JOIN lecturers l ON l.tenant_id = :tenant AND l.employee_id = e.id AND l.appointed_on = r.valid_from),
renewed AS (
  INSERT INTO lecturer_renewals (tenant_id, id, lecturer_id, term_before, term_to, renewed_at)
  SELECT :tenant, n.renewal_id, n.id, n.before, n.term_to, :now FROM ending n WHERE n.term_to IS DISTINCT FROM n.before)
UPDATE lecturers l SET ended_on = n.ended_on, term_to = n.term_to, updated_at = :now, version = l.version + 1
  FROM ending n
 WHERE l.tenant_id = :tenant AND l.id = n.id";
    tx.insert(statement(end).rows(rows)).await
}

async fn insert_appointments(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturers (tenant_id, id, employee_id, appointed_on, ended_on, created_at, updated_at)
SELECT :tenant, r.id, e.id, r.valid_from, r.valid_to, :now, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number";
    tx.insert(statement(insert).rows(rows)).await
}

async fn insert_levels(tx: &mut Tx<'_>, rows: &[LevelSince]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturer_levels (tenant_id, lecturer_id, :columns, valid_to, created_at, updated_at)
SELECT :tenant, l.id, :fields, l.ended_on, :now, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  JOIN lecturers l ON l.tenant_id = :tenant AND l.employee_id = e.id AND l.appointed_on = r.valid_from";
    tx.insert(statement(insert).rows(rows)).await
}

async fn end_group_memberships(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let end = "
UPDATE lecturer_group_memberships m SET valid_to = r.valid_to, updated_at = :now, version = m.version + 1
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  JOIN lecturer_groups g ON g.tenant_id = :tenant AND g.code = r.code
 WHERE m.tenant_id = :tenant AND m.employee_id = e.id AND m.group_id = g.id AND m.valid_from = r.valid_from";
    tx.store(statement(end).rows(rows)).await
}

async fn insert_group_memberships(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturer_group_memberships (tenant_id, employee_id, group_id, :columns, created_at, updated_at)
SELECT :tenant, e.id, g.id, :fields, :now, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  JOIN lecturer_groups g ON g.tenant_id = :tenant AND g.code = r.code";
    tx.insert(statement(insert).rows(rows)).await
}

/// Absences. One with a known reference updates the stored absence; its kind changes only if the file has it. One without a
/// reference is skipped if an absence with the same days is stored.
pub async fn store_absences(tx: &mut Tx<'_>, rows: &[AbsenceRow], given: &[&'static str]) -> QueryResult<usize> {
    touch_absences(tx, rows).await?;
    let upsert = "
INSERT INTO absences (tenant_id, employee_id, :columns, source, created_at, updated_at)
SELECT :tenant, e.id, :fields, 'import', :now, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
 WHERE r.source_ref IS NOT NULL
    OR NOT EXISTS (SELECT FROM absences a
                    WHERE a.tenant_id = :tenant AND a.employee_id = e.id AND a.kind = r.kind AND a.source = 'import'
                      AND a.source_ref IS NULL AND a.starts_on = r.starts_on AND a.ends_on = r.ends_on)
ON CONFLICT (tenant_id, source, source_ref) DO UPDATE
   SET employee_id = excluded.employee_id,
       kind = CASE WHEN 'kind' = ANY (:given) THEN excluded.kind ELSE absences.kind END,
       starts_on = excluded.starts_on, ends_on = excluded.ends_on, updated_at = excluded.updated_at,
       version = absences.version + 1";
    tx.insert(statement(upsert).rows(rows).bind("given", given)).await
}

/// The days of absences that are new or get other days, and the days that these had.
async fn touch_absences(tx: &mut Tx<'_>, rows: &[AbsenceRow]) -> QueryResult<()> {
    let wanted = "
SELECT e.id AS employee_id, r.starts_on AS first_day, r.ends_on + 1 AS end_day
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
 WHERE NOT EXISTS (SELECT FROM absences a
                    WHERE a.tenant_id = :tenant AND a.employee_id = e.id AND a.source = 'import'
                      AND a.source_ref IS NOT DISTINCT FROM r.source_ref AND a.starts_on = r.starts_on AND a.ends_on = r.ends_on)";
    let stored = "
SELECT a.employee_id, a.starts_on AS first_day, a.ends_on + 1 AS end_day
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  JOIN absences a ON a.tenant_id = :tenant AND a.source = 'import' AND a.source_ref = r.source_ref
 WHERE (a.employee_id, a.starts_on, a.ends_on) IS DISTINCT FROM (e.id, r.starts_on, r.ends_on)";
    touch(tx, statement(wanted).rows(rows)).await?;
    touch(tx, statement(stored).rows(rows)).await
}
