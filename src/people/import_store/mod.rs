//! People as an import brings them: whole lists, stored set by set. What is there already is brought up to date by its code or
//! employee number; nothing is taken away.

mod lecturers;

pub use lecturers::{Lecturing, PastAbsence, store_absences, store_groups, store_lecturers};

use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::sql_types::{Array, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::db::collect_column;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::people::departments;

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

/// What another system calls a person.
#[derive(Debug, Clone)]
pub struct PastExternalId {
    pub employee_number: String,
    pub system: String,
    pub kind: String,
    pub value: String,
}

/// A dated fact of a person, `[from, to)`: of which department or group, or which level.
#[derive(Debug, Clone)]
pub struct Dated {
    pub employee_number: String,
    pub code: String,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// Dated facts to add, and stored ones that get another end: those that began on their day.
#[derive(Debug, Clone, Default)]
pub struct Dates {
    pub ended: Vec<Dated>,
    pub added: Vec<Dated>,
}

/// Which columns of departments are given; the others stay as they are.
#[derive(Debug, Clone, Copy)]
pub struct GivenDepartment {
    pub parent: bool,
    pub is_ranking_unit: bool,
    pub cost_centre: bool,
}

/// Which columns of employees are given; the others stay as they are.
#[derive(Debug, Clone, Copy)]
pub struct GivenEmployee {
    pub email: bool,
    pub hired_on: bool,
    pub left_on: bool,
}

/// Every row was to be stored. Where one was not, somebody changed what the import was judged by: it is begun again, and judged
/// anew.
fn all_stored(stored: usize, rows: usize) -> Result<usize> {
    if stored == rows { Ok(stored) } else { Err(Error::internal("people were changed while they were imported")) }
}

/// Departments with their parents. Managers follow with [`store_managers`], when the people are there.
pub async fn store_departments(tx: &mut Tx<'_>, rows: &[PastDepartment], given: GivenDepartment) -> Result<usize> {
    if given.parent {
        // Before any row of it, as every mover does.
        departments::lock_tree(tx).await?;
    }
    let upsert = "
INSERT INTO departments (tenant_id, id, code, name, is_ranking_unit, cost_centre, created_at, updated_at)
SELECT $1, r.id, r.code, r.name, r.is_ranking_unit, r.cost_centre, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, code, name, is_ranking_unit, cost_centre)
ON CONFLICT (tenant_id, code) DO UPDATE
   SET name = excluded.name,
       is_ranking_unit = CASE WHEN $8 THEN excluded.is_ranking_unit ELSE departments.is_ranking_unit END,
       cost_centre = CASE WHEN $9 THEN excluded.cost_centre ELSE departments.cost_centre END,
       updated_at = excluded.updated_at, version = departments.version + 1";
    let stored = diesel::sql_query(upsert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.code.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.name.clone()))
        .bind::<Array<Bool>, _>(collect_column(rows, |row| row.is_ranking_unit))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.cost_centre.clone()))
        .bind::<Bool, _>(given.is_ranking_unit)
        .bind::<Bool, _>(given.cost_centre)
        .execute(tx.conn)
        .await?;
    if given.parent {
        store_parents(tx, rows).await?;
    }
    Ok(stored)
}

async fn store_parents(tx: &mut Tx<'_>, rows: &[PastDepartment]) -> Result<()> {
    let parents = "
UPDATE departments d SET parent_id = p.id, updated_at = $2
  FROM UNNEST($3, $4) AS r (code, parent_code)
  LEFT JOIN departments p ON p.tenant_id = $1 AND p.code = r.parent_code
 WHERE d.tenant_id = $1 AND d.code = r.code AND d.parent_id IS DISTINCT FROM p.id";
    diesel::sql_query(parents)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.code.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.parent_code.clone()))
        .execute(tx.conn)
        .await?;
    let tree = departments::lock_tree(tx).await?;
    let moved = tree.iter().filter_map(|(id, parent)| parent.map(|parent| (*id, parent)));
    for (id, parent) in moved {
        if departments::would_cycle(&tree, id, parent) {
            return Err(Error::internal("departments were moved while they were imported"));
        }
    }
    Ok(())
}

/// Who heads the departments; none clears.
pub async fn store_managers(tx: &mut Tx<'_>, rows: &[&PastDepartment]) -> QueryResult<usize> {
    let managers = "
UPDATE departments d SET manager_id = e.id, updated_at = $2
  FROM UNNEST($3, $4) AS r (code, manager_number)
  LEFT JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.manager_number
 WHERE d.tenant_id = $1 AND d.code = r.code AND d.manager_id IS DISTINCT FROM e.id";
    diesel::sql_query(managers)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.code.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.manager_number.clone()))
        .execute(tx.conn)
        .await
}

/// People, by employee number.
pub async fn store_employees(tx: &mut Tx<'_>, rows: &[PastEmployee], given: GivenEmployee) -> QueryResult<usize> {
    let upsert = "
INSERT INTO employees (tenant_id, id, employee_number, name, email, hired_on, left_on, created_at, updated_at)
SELECT $1, r.id, r.number, r.name, r.email, r.hired_on, r.left_on, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7, $8) AS r (id, number, name, email, hired_on, left_on)
ON CONFLICT (tenant_id, employee_number) DO UPDATE
   SET name = excluded.name,
       email = CASE WHEN $9 THEN excluded.email ELSE employees.email END,
       hired_on = CASE WHEN $10 THEN excluded.hired_on ELSE employees.hired_on END,
       left_on = CASE WHEN $11 THEN excluded.left_on ELSE employees.left_on END,
       updated_at = excluded.updated_at, version = employees.version + 1";
    diesel::sql_query(upsert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.name.clone()))
        .bind::<Array<Nullable<Text>>, _>(collect_column(rows, |row| row.email.clone()))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.hired_on))
        .bind::<Array<Nullable<Date>>, _>(collect_column(rows, |row| row.left_on))
        .bind::<Bool, _>(given.email)
        .bind::<Bool, _>(given.hired_on)
        .bind::<Bool, _>(given.left_on)
        .execute(tx.conn)
        .await
}

/// Department memberships: those that end first, then those that begin.
pub async fn store_memberships(tx: &mut Tx<'_>, dates: &Dates) -> Result<()> {
    let end = "
UPDATE department_memberships m SET valid_to = r.valid_to, updated_at = $2, version = m.version + 1
  FROM UNNEST($3, $4, $5) AS r (number, valid_from, valid_to)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
 WHERE m.tenant_id = $1 AND m.employee_id = e.id AND m.valid_from = r.valid_from";
    let ended = diesel::sql_query(end)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<Text>, _>(collect_column(&dates.ended, |row| row.employee_number.clone()))
        .bind::<Array<Date>, _>(collect_column(&dates.ended, |row| row.from))
        .bind::<Array<Nullable<Date>>, _>(collect_column(&dates.ended, |row| row.to))
        .execute(tx.conn)
        .await?;
    all_stored(ended, dates.ended.len())?;
    let insert = "
INSERT INTO department_memberships (tenant_id, id, employee_id, department_id, valid_from, valid_to, created_at, updated_at)
SELECT $1, r.id, e.id, d.id, r.valid_from, r.valid_to, $2, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, number, code, valid_from, valid_to)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
  JOIN departments d ON d.tenant_id = $1 AND d.code = r.code";
    let added = diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(dates.added.len()))
        .bind::<Array<Text>, _>(collect_column(&dates.added, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(&dates.added, |row| row.code.clone()))
        .bind::<Array<Date>, _>(collect_column(&dates.added, |row| row.from))
        .bind::<Array<Nullable<Date>>, _>(collect_column(&dates.added, |row| row.to))
        .execute(tx.conn)
        .await?;
    all_stored(added, dates.added.len())?;
    Ok(())
}

/// External ids; one that the person has already is the same one.
pub async fn store_external_ids(tx: &mut Tx<'_>, rows: &[PastExternalId]) -> Result<usize> {
    let insert = "
INSERT INTO employee_external_ids (tenant_id, id, employee_id, system, kind, value, created_at)
SELECT $1, r.id, e.id, r.system, r.kind, r.value, $2
  FROM UNNEST($3, $4, $5, $6, $7) AS r (id, number, system, kind, value)
  JOIN employees e ON e.tenant_id = $1 AND e.employee_number = r.number
ON CONFLICT (tenant_id, system, kind, value) DO UPDATE
   SET value = excluded.value WHERE employee_external_ids.employee_id = excluded.employee_id";
    let stored = diesel::sql_query(insert)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Timestamptz, _>(tx.now)
        .bind::<Array<SqlUuid>, _>(tx.ids(rows.len()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.employee_number.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.system.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.kind.clone()))
        .bind::<Array<Text>, _>(collect_column(rows, |row| row.value.clone()))
        .execute(tx.conn)
        .await?;
    all_stored(stored, rows.len())
}
