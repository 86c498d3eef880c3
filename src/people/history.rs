//! People as an import brings them: whole lists, stored set by set. What is there already is brought up to date by its code or
//! employee number; nothing is taken away.

use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::sql_types::{Array, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::db::column;
use crate::error::Result;
use crate::journal::Tx;

/// A department; its parent and its manager are named, not referred to by id.
#[derive(Debug, Clone)]
pub struct PastDepartment {
    pub code: String,
    pub name: String,
    pub parent_code: Option<String>,
    pub is_ranking_unit: bool,
    pub manager_number: Option<String>,
    pub cost_centre: Option<String>,
}

/// A person.
#[derive(Debug, Clone)]
pub struct PastEmployee {
    pub employee_number: String,
    pub name: String,
    pub email: Option<String>,
    pub hired_on: Option<NaiveDate>,
    pub left_on: Option<NaiveDate>,
}

/// A department membership, `[valid_from, valid_to)`.
#[derive(Debug, Clone)]
pub struct PastMembership {
    pub employee_number: String,
    pub department_code: String,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// What another system calls a person.
#[derive(Debug, Clone)]
pub struct PastExternalId {
    pub employee_number: String,
    pub system: String,
    pub kind: String,
    pub value: String,
}

/// An appointment with its level and groups.
#[derive(Debug, Clone)]
pub struct PastLecturer {
    pub employee_number: String,
    pub appointed_on: NaiveDate,
    pub ended_on: Option<NaiveDate>,
    pub level: Option<String>,
    pub group_codes: Vec<String>,
}

/// Days of leave or suspension, the last one inclusive.
#[derive(Debug, Clone)]
pub struct PastAbsence {
    pub employee_number: String,
    pub kind: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub source_ref: Option<String>,
}

/// Departments with their parents. Managers follow with [`store_managers`], when the people are there.
pub async fn store_departments(tx: &mut Tx<'_>, rows: &[PastDepartment]) -> Result<usize> {
    let upsert = "
INSERT INTO departments (tenant_id, id, code, name, is_ranking_unit, cost_centre, created_at, updated_at)
SELECT $1, r.id, r.code, r.name, r.is_ranking_unit, r.cost_centre, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, code, name, is_ranking_unit, cost_centre)
ON CONFLICT (tenant_id, code) DO UPDATE
   SET name = excluded.name, is_ranking_unit = excluded.is_ranking_unit, cost_centre = excluded.cost_centre,
       updated_at = excluded.updated_at, version = departments.version + 1";
    let stored = diesel::sql_query(upsert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.code.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.name.clone()))
        .bind::<Array<Bool>, _>(column(rows, |row| row.is_ranking_unit))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.cost_centre.clone()))
        .execute(tx.conn)
        .await?;
    let parents = "
UPDATE departments d SET parent_id = p.id, updated_at = $2
  FROM UNNEST($3, $4) AS r (code, parent_code)
  LEFT JOIN departments p ON p.tenant_id = $1 AND p.code = r.parent_code
 WHERE d.tenant_id = $1 AND d.code = r.code AND d.parent_id IS DISTINCT FROM p.id";
    diesel::sql_query(parents)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(column(rows, |row| row.code.clone()))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.parent_code.clone()))
        .execute(tx.conn)
        .await?;
    Ok(stored)
}

/// Who heads the departments.
pub async fn store_managers(tx: &mut Tx<'_>, rows: &[PastDepartment]) -> QueryResult<usize> {
    let managers = "
UPDATE departments d SET manager_id = e.id, updated_at = $2
  FROM UNNEST($3, $4) AS r (code, manager_number)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.manager_number
 WHERE d.tenant_id = $1 AND d.code = r.code AND d.manager_id IS DISTINCT FROM e.id";
    diesel::sql_query(managers)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(column(rows, |row| row.code.clone()))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.manager_number.clone()))
        .execute(tx.conn)
        .await
}

/// People, by employee number.
pub async fn store_employees(tx: &mut Tx<'_>, rows: &[PastEmployee]) -> QueryResult<usize> {
    let upsert = "
INSERT INTO employees (tenant_id, id, employee_number, name, email, hired_on, left_on, created_at, updated_at)
SELECT $1, r.id, r.number, r.name, r.email, r.hired_on, r.left_on, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8) AS r (id, number, name, email, hired_on, left_on)
ON CONFLICT (tenant_id, employee_number) DO UPDATE
   SET name = excluded.name, email = excluded.email, hired_on = excluded.hired_on, left_on = excluded.left_on,
       updated_at = excluded.updated_at, version = employees.version + 1";
    diesel::sql_query(upsert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.name.clone()))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.email.clone()))
        .bind::<Array<Nullable<Date>>, _>(column(rows, |row| row.hired_on))
        .bind::<Array<Nullable<Date>>, _>(column(rows, |row| row.left_on))
        .execute(tx.conn)
        .await
}

/// Memberships. An open one that began earlier ends where the new one begins; one that overlaps otherwise stays and wins.
pub async fn store_memberships(tx: &mut Tx<'_>, rows: &[PastMembership]) -> Result<usize> {
    let close = "
UPDATE department_memberships m SET valid_to = r.valid_from, updated_at = $2, version = m.version + 1
  FROM UNNEST($3, $4, $5) AS r (number, code, valid_from)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN departments d ON d.tenant_id = $1 AND d.code = r.code
 WHERE m.tenant_id = $1 AND m.employee_id = e.id AND m.valid_to IS NULL AND m.valid_from < r.valid_from AND m.department_id <> d.id";
    diesel::sql_query(close)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.department_code.clone()))
        .bind::<Array<Date>, _>(column(rows, |row| row.valid_from))
        .execute(tx.conn)
        .await?;
    let insert = "
INSERT INTO department_memberships (tenant_id, id, employee_id, department_id, valid_from, valid_to, created_at, updated_at)
SELECT $1, r.id, e.id, d.id, r.valid_from, r.valid_to, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, number, code, valid_from, valid_to)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN departments d ON d.tenant_id = $1 AND d.code = r.code
ON CONFLICT DO NOTHING";
    Ok(diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.department_code.clone()))
        .bind::<Array<Date>, _>(column(rows, |row| row.valid_from))
        .bind::<Array<Nullable<Date>>, _>(column(rows, |row| row.valid_to))
        .execute(tx.conn)
        .await?)
}

/// External ids; one that somebody has already stays that person's.
pub async fn store_external_ids(tx: &mut Tx<'_>, rows: &[PastExternalId]) -> QueryResult<usize> {
    let insert = "
INSERT INTO employee_external_ids (tenant_id, id, employee_id, system, kind, value, created_at)
SELECT $1, r.id, e.id, r.system, r.kind, r.value, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, number, system, kind, value)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.system.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.kind.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.value.clone()))
        .execute(tx.conn)
        .await
}

/// Groups of lecturers: code, name, description.
pub async fn store_groups(tx: &mut Tx<'_>, rows: &[(String, String, Option<String>)]) -> QueryResult<usize> {
    let upsert = "
INSERT INTO lecturer_groups (tenant_id, id, code, name, description, created_at, updated_at)
SELECT $1, r.id, r.code, r.name, r.description, $2, $2 FROM UNNEST($3, $4, $5, $6) AS r (id, code, name, description)
ON CONFLICT (tenant_id, code) DO UPDATE
   SET name = excluded.name, description = excluded.description, updated_at = excluded.updated_at, version = lecturer_groups.version + 1";
    diesel::sql_query(upsert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.0.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.1.clone()))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.2.clone()))
        .execute(tx.conn)
        .await
}

/// Appointments with levels and groups; what overlaps an appointment that is there stays out.
pub async fn store_lecturers(tx: &mut Tx<'_>, rows: &[PastLecturer]) -> Result<usize> {
    let stored = insert_lecturers(tx, rows).await?;
    insert_levels(tx, rows).await?;
    insert_group_memberships(tx, rows).await?;
    Ok(stored)
}

async fn insert_lecturers(tx: &mut Tx<'_>, rows: &[PastLecturer]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturers (tenant_id, id, employee_id, appointed_on, ended_on, created_at, updated_at)
SELECT $1, r.id, e.id, r.appointed_on, r.ended_on, $2, $2
  FROM UNNEST($3, $4, $5, $6) AS r (id, number, appointed_on, ended_on)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Date>, _>(column(rows, |row| row.appointed_on))
        .bind::<Array<Nullable<Date>>, _>(column(rows, |row| row.ended_on))
        .execute(tx.conn)
        .await
}

async fn insert_levels(tx: &mut Tx<'_>, rows: &[PastLecturer]) -> QueryResult<usize> {
    let insert = "
INSERT INTO lecturer_levels (tenant_id, id, lecturer_id, level, valid_from, created_at, updated_at)
SELECT $1, r.id, l.id, r.level, r.appointed_on, $2, $2
  FROM UNNEST($3, $4, $5, $6) AS r (id, number, appointed_on, level)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN lecturers l ON l.tenant_id = $1 AND l.employee_id = e.id AND l.appointed_on = r.appointed_on
 WHERE r.level IS NOT NULL
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Date>, _>(column(rows, |row| row.appointed_on))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.level.clone()))
        .execute(tx.conn)
        .await
}

async fn insert_group_memberships(tx: &mut Tx<'_>, rows: &[PastLecturer]) -> QueryResult<usize> {
    let pairs: Vec<(&PastLecturer, &String)> =
        rows.iter().flat_map(|row| row.group_codes.iter().map(move |code| (row, code))).collect();
    let insert = "
INSERT INTO lecturer_group_memberships (tenant_id, id, employee_id, group_id, valid_from, valid_to, created_at, updated_at)
SELECT $1, r.id, e.id, g.id, r.valid_from, r.valid_to, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, number, code, valid_from, valid_to)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN lecturer_groups g ON g.tenant_id = $1 AND g.code = r.code
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(pairs.len()))
        .bind::<Array<Text>, _>(column(&pairs, |(row, _)| row.employee_number.clone()))
        .bind::<Array<Text>, _>(column(&pairs, |(_, code)| (*code).clone()))
        .bind::<Array<Date>, _>(column(&pairs, |(row, _)| row.appointed_on))
        .bind::<Array<Nullable<Date>>, _>(column(&pairs, |(row, _)| row.ended_on))
        .execute(tx.conn)
        .await
}

/// Absences; one with a reference that is there already is the same one.
pub async fn store_absences(tx: &mut Tx<'_>, rows: &[PastAbsence]) -> QueryResult<usize> {
    let insert = "
INSERT INTO absences (tenant_id, id, employee_id, kind, starts_on, ends_on, source, source_ref, created_at, updated_at)
SELECT $1, r.id, e.id, r.kind, r.starts_on, r.ends_on, 'import', r.source_ref, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8) AS r (id, number, kind, starts_on, ends_on, source_ref)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
ON CONFLICT DO NOTHING";
    diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(column(rows, |row| row.kind.clone()))
        .bind::<Array<Date>, _>(column(rows, |row| row.starts_on))
        .bind::<Array<Date>, _>(column(rows, |row| row.ends_on))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.source_ref.clone()))
        .execute(tx.conn)
        .await
}
