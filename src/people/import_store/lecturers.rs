//! Lecturers, their groups and absences as an import brings them.

use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::sql_types::{Array, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::{Dated, Dates, all_stored};
use crate::db::collect_column;
use crate::error::Result;
use crate::journal::Tx;
use crate::people::AbsenceKind;

/// What is to be done with appointments, their levels from their first day on, and the groups.
#[derive(Debug, Clone, Default)]
pub struct Lecturing {
    pub appointments: Dates,
    pub levels: Vec<Dated>,
    pub groups: Dates,
}

/// Days of leave or suspension, the last one inclusive.
#[derive(Debug, Clone)]
pub struct PastAbsence {
    pub employee_number: String,
    pub kind: AbsenceKind,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub source_ref: Option<String>,
}

/// Groups of lecturers: code, name, description, which stays as it is unless it is given.
pub async fn store_groups(
    tx: &mut Tx<'_>,
    rows: &[(String, String, Option<String>)],
    with_description: bool,
) -> QueryResult<usize> {
    let upsert = "
INSERT INTO lecturer_groups (tenant_id, id, code, name, description, created_at, updated_at)
SELECT $1, r.id, r.code, r.name, r.description, $2, $2 FROM UNNEST($3, $4, $5, $6) AS r (id, code, name, description)
ON CONFLICT (tenant_id, code) DO UPDATE
   SET name = excluded.name,
       description = CASE WHEN $7 THEN excluded.description ELSE lecturer_groups.description END, updated_at = excluded.updated_at, version = lecturer_groups.version + 1";
    diesel::sql_query(upsert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.0.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.1.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.2.clone()))
        .bind::<Bool, _>(with_description)
        .execute(tx.conn)
        .await
}

/// Appointments with levels and groups: those that end first, then those that begin. Answers how many appointments were touched.
pub async fn store_lecturers(tx: &mut Tx<'_>, lecturing: &Lecturing) -> Result<usize> {
    let Dates { ended, added } = &lecturing.appointments;
    end_levels(tx, ended).await?;
    let mut stored = all_stored(end_appointments(tx, ended).await?, ended.len())?;
    stored += all_stored(insert_appointments(tx, added).await?, added.len())?;
    all_stored(insert_levels(tx, &lecturing.levels).await?, lecturing.levels.len())?;
    let Dates { ended, added } = &lecturing.groups;
    all_stored(end_group_memberships(tx, ended).await?, ended.len())?;
    all_stored(insert_group_memberships(tx, added).await?, added.len())?;
    Ok(stored)
}

/// A level ends with its appointment, and one that would begin after it is none; where the appointment goes on, so does the level.
async fn end_levels(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let end = "
WITH ending AS (
  SELECT l.id, l.ended_on AS before, r.ended_on
    FROM UNNEST($3, $4, $5) AS r (number, appointed_on, ended_on)
    JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
    JOIN lecturers l ON l.tenant_id = $1 AND l.employee_id = e.id AND l.appointed_on = r.appointed_on),
gone AS (
  DELETE FROM lecturer_levels v USING ending n
   WHERE v.tenant_id = $1 AND v.lecturer_id = n.id AND v.valid_from >= n.ended_on)
UPDATE lecturer_levels v SET valid_to = n.ended_on, updated_at = $2, version = v.version + 1
  FROM ending n
 WHERE v.tenant_id = $1 AND v.lecturer_id = n.id AND (n.ended_on IS NULL OR v.valid_from < n.ended_on)
   AND (v.valid_to IS NULL OR v.valid_to = n.before OR v.valid_to > n.ended_on)";
    diesel::sql_query(end)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.from))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.to))
        .execute(tx.conn)
        .await
}

async fn end_appointments(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let end = "
UPDATE lecturers l SET ended_on = r.ended_on, updated_at = $2, version = l.version + 1
  FROM UNNEST($3, $4, $5) AS r (number, appointed_on, ended_on)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
 WHERE l.tenant_id = $1 AND l.employee_id = e.id AND l.appointed_on = r.appointed_on";
    diesel::sql_query(end)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.from))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.to))
        .execute(tx.conn)
        .await
}

async fn insert_appointments(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturers (tenant_id, id, employee_id, appointed_on, ended_on, created_at, updated_at)
SELECT $1, r.id, e.id, r.appointed_on, r.ended_on, $2, $2
  FROM UNNEST($3, $4, $5, $6) AS r (id, number, appointed_on, ended_on)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.from))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.to))
        .execute(tx.conn)
        .await
}

async fn insert_levels(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturer_levels (tenant_id, id, lecturer_id, level, valid_from, valid_to, created_at, updated_at)
SELECT $1, r.id, l.id, r.level, r.appointed_on, l.ended_on, $2, $2
  FROM UNNEST($3, $4, $5, $6) AS r (id, number, appointed_on, level)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN lecturers l ON l.tenant_id = $1 AND l.employee_id = e.id AND l.appointed_on = r.appointed_on";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.from))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.code.clone()))
        .execute(tx.conn)
        .await
}

async fn end_group_memberships(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let end = "
UPDATE lecturer_group_memberships m SET valid_to = r.valid_to, updated_at = $2, version = m.version + 1
  FROM UNNEST($3, $4, $5, $6) AS r (number, code, valid_from, valid_to)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN lecturer_groups g ON g.tenant_id = $1 AND g.code = r.code
 WHERE m.tenant_id = $1 AND m.employee_id = e.id AND m.group_id = g.id AND m.valid_from = r.valid_from";
    diesel::sql_query(end)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.code.clone()))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.from))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.to))
        .execute(tx.conn)
        .await
}

async fn insert_group_memberships(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturer_group_memberships (tenant_id, id, employee_id, group_id, valid_from, valid_to, created_at, updated_at)
SELECT $1, r.id, e.id, g.id, r.valid_from, r.valid_to, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, number, code, valid_from, valid_to)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN lecturer_groups g ON g.tenant_id = $1 AND g.code = r.code";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.code.clone()))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.from))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.to))
        .execute(tx.conn)
        .await
}

/// Absences. One with a reference that is there already is the same one, as it is now; its kind stays unless it is given. One
/// without a reference that is there with the same days is nothing new.
pub async fn store_absences(tx: &mut Tx<'_>, rows: &[PastAbsence], with_kind: bool) -> QueryResult<usize> {
    let upsert = "
INSERT INTO absences (tenant_id, id, employee_id, kind, starts_on, ends_on, source, source_ref, created_at, updated_at)
SELECT $1, r.id, e.id, r.kind, r.starts_on, r.ends_on, 'import', r.source_ref, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8) AS r (id, number, kind, starts_on, ends_on, source_ref)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
 WHERE r.source_ref IS NOT NULL
    OR NOT EXISTS (SELECT FROM absences a
                    WHERE a.tenant_id = $1 AND a.employee_id = e.id AND a.kind = r.kind AND a.source = 'import'
                      AND a.source_ref IS NULL AND a.starts_on = r.starts_on AND a.ends_on = r.ends_on)
ON CONFLICT (tenant_id, source, source_ref) DO UPDATE
   SET employee_id = excluded.employee_id, kind = CASE WHEN $9 THEN excluded.kind ELSE absences.kind END,
       starts_on = excluded.starts_on, ends_on = excluded.ends_on, updated_at = excluded.updated_at,
       version = absences.version + 1";
    diesel::sql_query(upsert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.kind.slug()))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.starts_on))
        .bind::<Array<Date>, _>(collect_column(rows, |row| row.ends_on))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.source_ref.clone()))
        .bind::<Bool, _>(with_kind)
        .execute(tx.conn)
        .await
}
