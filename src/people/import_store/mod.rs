//! People as an import brings them: whole lists, stored set by set. What exists already is updated by its code or employee
//! number; nothing is deleted. `given` are the columns of the file: a column that the file lacks stays unchanged.

mod guarded;
mod holders;
mod lecturers;

pub use guarded::{hold_employees, hold_managers};
pub use holders::Holders;
pub use lecturers::{
    AbsenceRow, LecturerGroupRow, LecturerRow, Lecturing, LevelSince, store_absences, store_groups, store_lecturers,
};

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::Role;
use crate::db::{Statement, collect_column, concat, row_set, statement};
use crate::error::{Error, Result};
use crate::journal::{Days, Tx};
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{EmployeeNumber, IdKind, IdValue, MailAddress, Name, OutsideCode};
use crate::people::employees::{self, Employee};
use crate::people::employments::{self, DatesChange};
use crate::people::{Employment, departments};

use guarded::as_of_employee;

row_set! {
    /// A row of `departments`. Its parent may be on a later line.
    pub struct DepartmentRow into departments {
        pub code: OutsideCode,
        pub name: Name,
        pub is_ranking_unit: bool,
        pub cost_centre: Option<OutsideCode>,
    } by {
        pub parent_code: Option<OutsideCode>,
        /// Employee number of the head of the department.
        pub manager_number: Option<EmployeeNumber>,
    }

    /// A row of `employees`, with its department membership, external ids and roles.
    pub struct EmployeeRow into employees {
        pub employee_number: EmployeeNumber,
        pub name: Name,
        pub email: Option<MailAddress>,
        pub hired_on: Option<NaiveDate>,
        /// Last day of the latest employment and in the department.
        pub left_on: Option<LastDay>,
    } beside {
        /// Whether the row is about the person to whom the number belonged. No: about another person, who gets a new record.
        pub same_person: Option<bool>,
        pub department_code: Option<OutsideCode>,
        /// If the file does not give it: the start of the stored membership in that department, or else the day of hiring.
        pub department_since: Option<NaiveDate>,
        /// Roles for the whole company. The manager role covers the departments that the person heads.
        pub roles: Vec<Role>,
        pub external_ids: Vec<ExternalId>,
    }

    /// A dated fact of a person, `[from, to)`: a department, a group or an appointment.
    pub struct Dated into department_memberships {
        pub valid_from: NaiveDate,
        pub valid_to: Option<NaiveDate>,
    } by {
        pub employee_number: EmployeeNumber,
        /// Of the department or group. None: an appointment.
        pub code: Option<OutsideCode>,
    }
}

impl EmployeeRow {
    /// The latest employment.
    #[must_use]
    pub fn employment(&self) -> Employment {
        Employment { hired_on: self.hired_on, left_on: self.left_on }
    }
}

/// A person's id in another system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId {
    pub system: IdKind,
    pub kind: IdKind,
    pub value: IdValue,
}

/// Dated facts to add, and stored ones that get another end or are withdrawn. Stored ones are found by their first day.
#[derive(Debug, Clone, Default)]
pub struct Dates {
    pub withdrawn: Vec<Dated>,
    pub ended: Vec<Dated>,
    pub added: Vec<Dated>,
}

/// Checks that all rows were stored. If not, data that the import was checked against has changed: the import starts again, with
/// a new check.
fn all_stored(stored: usize, rows: usize) -> Result<usize> {
    if stored == rows { Ok(stored) } else { Err(Error::internal("people were changed while they were imported")) }
}

/// Departments with their parents. [`store_managers`] sets the managers later, when the people are stored.
pub async fn store_departments(tx: &mut Tx<'_>, rows: &[DepartmentRow], given: &[&'static str]) -> Result<usize> {
    let gives_parents = given.contains(&"parent_code");
    // Before any row of the tree is locked, as in all moves.
    let before = if gives_parents { departments::lock_tree(tx).await? } else { BTreeMap::new() };
    let upsert = "
INSERT INTO departments (tenant_id, :columns, created_at, updated_at) SELECT :tenant, :fields, :now, :now FROM :rows
ON CONFLICT (tenant_id, code) DO UPDATE
   SET name = excluded.name,
       is_ranking_unit = CASE WHEN 'is_ranking_unit' = ANY (:given) THEN excluded.is_ranking_unit ELSE departments.is_ranking_unit END,
       cost_centre = CASE WHEN 'cost_centre' = ANY (:given) THEN excluded.cost_centre ELSE departments.cost_centre END,
       updated_at = excluded.updated_at, version = departments.version + 1";
    let mut moved = ranked_otherwise(tx, rows, given).await?;
    let stored = tx.insert(statement(upsert).rows(rows).bind("given", given)).await?;
    if gives_parents {
        moved.extend(store_parents(tx, rows, &before).await?);
    }
    tx.touch_departments(&moved).await?;
    Ok(stored)
}

/// The stored departments of which it changes whether they are ranking units.
async fn ranked_otherwise(tx: &mut Tx<'_>, rows: &[DepartmentRow], given: &[&'static str]) -> QueryResult<Vec<Uuid>> {
    let ranked = statement(
        "SELECT d.id FROM :rows
           JOIN departments d ON d.tenant_id = :tenant AND d.code = r.code
          WHERE 'is_ranking_unit' = ANY (:given) AND d.is_ranking_unit <> r.is_ranking_unit",
    );
    tx.complete(ranked.rows(rows).bind("given", given)).load_ids(tx.conn).await
}

/// A row of a statement that finds days of people which a file changes.
#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Nullable<Date>)]
    first_day: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    end_day: Option<NaiveDate>,
}

/// The days that the statement finds are facts of the periods that they lie in.
async fn touch(tx: &mut Tx<'_>, changed: Statement<'_>) -> QueryResult<()> {
    if changed.row_count() == 0 {
        return Ok(());
    }
    let changed: Vec<Changed> = tx.complete(changed).load(tx.conn).await?;
    let days =
        changed.into_iter().map(|row| Days { employee: row.employee_id, first: row.first_day, end: row.end_day });
    tx.touch_days(&days.collect::<Vec<_>>()).await
}

/// The days of new rows with a first day and an end.
async fn touch_added(tx: &mut Tx<'_>, rows: &[Dated]) -> QueryResult<()> {
    let added = "SELECT e.id AS employee_id, r.valid_from AS first_day, r.valid_to AS end_day FROM :rows
                   JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number";
    touch(tx, statement(added).rows(rows)).await
}

/// The start of a statement that finds the days between the end that stored rows have and the one that they get. The stored rows
/// follow, as `m`, by the employee `e` and the row `r`.
macro_rules! ended_days {
    ($end:literal) => {
        concat!(
            "SELECT e.id AS employee_id, least(",
            $end,
            ", r.valid_to) AS first_day,
               CASE WHEN ",
            $end,
            " IS NOT NULL AND r.valid_to IS NOT NULL THEN greatest(",
            $end,
            ", r.valid_to) END AS end_day
              FROM :rows
              JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number "
        )
    };
}
pub(super) use ended_days;

/// Moves departments, except those whose moves wait for a second person. Returns those that were there before and have moved.
async fn store_parents(
    tx: &mut Tx<'_>,
    rows: &[DepartmentRow],
    before: &BTreeMap<Uuid, Option<Uuid>>,
) -> Result<Vec<Uuid>> {
    const PARENTS: &str = "
UPDATE departments d SET parent_id = p.id, updated_at = :now
  FROM :rows
  LEFT JOIN departments p ON p.tenant_id = :tenant AND p.code = r.parent_code
 WHERE d.tenant_id = :tenant AND d.code = r.code AND d.parent_id IS DISTINCT FROM p.id AND d.id <> ALL (:kept)";
    // New ones come first: whoever manages a department above a new one gains what moves below the new one.
    let known: Vec<Uuid> = before.keys().copied().collect();
    tx.store(statement(PARENTS).rows(rows).bind("kept", known)).await?;
    let (moved, kept) = guarded::hold_moves(tx, rows, before).await?;
    tx.store(statement(PARENTS).rows(rows).bind("kept", kept)).await?;
    let tree = departments::lock_tree(tx).await?;
    let below = tree.iter().filter_map(|(id, parent)| parent.map(|parent| (*id, parent)));
    for (id, parent) in below {
        if departments::would_cycle(&tree, id, parent) {
            return Err(Error::internal("departments were moved while they were imported"));
        }
    }
    Ok(moved)
}

/// The heads of the departments; none clears the head. Departments in `kept` (codes) stay unchanged.
pub async fn store_managers(tx: &mut Tx<'_>, rows: &[DepartmentRow], kept: &[OutsideCode]) -> QueryResult<usize> {
    let managers = "
UPDATE departments d SET manager_id = e.id, updated_at = :now
  FROM :rows
  LEFT JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.manager_number
 WHERE d.tenant_id = :tenant AND d.code = r.code AND d.manager_id IS DISTINCT FROM e.id AND d.code <> ALL (:kept)";
    tx.store(statement(managers).rows(rows).bind("kept", kept)).await
}

/// Takes these numbers from their holders, because they pass to other people.
pub async fn release_numbers(tx: &mut Tx<'_>, numbers: &[EmployeeNumber]) -> QueryResult<()> {
    let holders = employees::find_many_for_update(tx, numbers, &[]).await?;
    employees::release(tx, &holders).await
}

/// Employees, by employee number. What depends on their employments follows them. Returns how many were stored, and the appointments
/// that end with employments.
pub async fn store_employees(
    tx: &mut Tx<'_>,
    rows: &[EmployeeRow],
    given: &[&'static str],
) -> Result<(usize, Vec<Uuid>)> {
    let numbers: Vec<EmployeeNumber> = rows.iter().map(|row| row.employee_number.clone()).collect();
    let before = employees::find_many_for_update(tx, &numbers, &[]).await?;
    let upsert = "
INSERT INTO employees (tenant_id, :columns, created_at, updated_at) SELECT :tenant, :fields, :now, :now FROM :rows
ON CONFLICT (tenant_id, employee_number) DO UPDATE
   SET name = excluded.name,
       email = CASE WHEN 'email' = ANY (:given) THEN excluded.email ELSE employees.email END,
       hired_on = CASE WHEN 'hired_on' = ANY (:given) THEN excluded.hired_on ELSE employees.hired_on END,
       left_on = CASE WHEN 'left_on' = ANY (:given) OR employees.left_on <= excluded.hired_on
                      THEN excluded.left_on ELSE employees.left_on END,
       updated_at = excluded.updated_at, version = employees.version + 1";
    let stored = tx.insert(statement(upsert).rows(rows).bind("given", given)).await?;
    let after = employees::find_many_for_update(tx, &numbers, &[]).await?;
    keep_former_mails(tx, &before, &after).await?;
    let before: HashMap<Uuid, Employment> = before.into_iter().map(|one| (one.id, one.employment())).collect();
    let change = |one: Employee| {
        let before = *before.get(&one.id)?;
        Some(DatesChange { employee: one.id, before, after: one.employment() })
    };
    let changes: Vec<DatesChange> = after.into_iter().filter_map(change).collect();
    let ended = employments::settle(tx, &changes).await?;
    Ok((stored, ended.into_iter().map(|one| one.id).collect()))
}

/// Keeps the addresses that people give up, and tells of those that were somebody else's.
async fn keep_former_mails(tx: &mut Tx<'_>, before: &[Employee], after: &[Employee]) -> Result<()> {
    let stored: HashMap<Uuid, &Employee> = before.iter().map(|one| (one.id, one)).collect();
    let changes: Vec<(&Employee, &Employee)> =
        after.iter().filter_map(|one| Some((*stored.get(&one.id)?, one))).collect();
    employees::keep_former(tx, &changes).await?;
    let new = after.iter().filter(|one| !stored.contains_key(&one.id));
    let mails: Vec<_> = new.filter_map(|one| Some((one.id, one.email.as_ref()?))).collect();
    employees::tell_former_mails(tx, &mails).await?;
    Ok(())
}

/// An appointment as lecturer that ends with an employment which a file ends.
#[derive(Debug, Clone, Serialize, Deserialize, QueryableByName)]
pub struct EndedByFile {
    /// None: the person has no number now.
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<EmployeeNumber>,
    #[diesel(sql_type = SqlUuid)]
    pub lecturer_id: Uuid,
    /// Its last day.
    #[diesel(sql_type = Date)]
    pub ended_on: NaiveDate,
}

/// These appointments, which have ended, with their people.
pub async fn ended_by_file(tx: &mut Tx<'_>, appointments: &[Uuid]) -> QueryResult<Vec<EndedByFile>> {
    if appointments.is_empty() {
        return Ok(Vec::new());
    }
    statement(
        "SELECT e.employee_number, l.id AS lecturer_id, l.ended_on - 1 AS ended_on
           FROM lecturers l
           JOIN employees e ON e.tenant_id = :tenant AND e.id = l.employee_id
          WHERE l.tenant_id = :tenant AND l.id = ANY (:ids) AND l.ended_on IS NOT NULL
          ORDER BY e.employee_number, l.id",
    )
    .bind("tenant", tx.tenant)
    .bind("ids", appointments)
    .load(tx.conn)
    .await
}

/// Department memberships: first those that are withdrawn, then those that end, then those that begin.
pub async fn store_memberships(tx: &mut Tx<'_>, dates: &Dates) -> Result<()> {
    let ended = concat!(
        ended_days!("m.valid_to"),
        "JOIN department_memberships m ON m.tenant_id = :tenant AND m.employee_id = e.id AND m.valid_from = r.valid_from"
    );
    touch(tx, statement(ended).rows(&dates.ended)).await?;
    touch_added(tx, &dates.added).await?;
    touch_added(tx, &dates.withdrawn).await?;
    let withdraw = "
DELETE FROM department_memberships m
 USING :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
 WHERE m.tenant_id = :tenant AND m.employee_id = e.id AND m.valid_from = r.valid_from";
    // One that the end of an employment has taken away is gone already.
    tx.store(statement(withdraw).rows(&dates.withdrawn)).await?;
    let end = "
UPDATE department_memberships m SET valid_to = r.valid_to, updated_at = :now, version = m.version + 1
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
 WHERE m.tenant_id = :tenant AND m.employee_id = e.id AND m.valid_from = r.valid_from";
    all_stored(tx.store(statement(end).rows(&dates.ended)).await?, dates.ended.len())?;
    let insert = "
INSERT INTO department_memberships (tenant_id, employee_id, department_id, :columns, created_at, updated_at)
SELECT :tenant, e.id, d.id, :fields, :now, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
  JOIN departments d ON d.tenant_id = :tenant AND d.code = r.code";
    all_stored(tx.insert(statement(insert).rows(&dates.added)).await?, dates.added.len())?;
    Ok(())
}

/// Takes these ids from these people, by employee number, and keeps them as former ones.
pub async fn release_external_ids(tx: &mut Tx<'_>, ids: &[(&str, &ExternalId)]) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Released {
        #[diesel(sql_type = SqlUuid)]
        employee_id: Uuid,
        #[diesel(sql_type = Text)]
        system: IdKind,
        #[diesel(sql_type = Text)]
        kind: IdKind,
        #[diesel(sql_type = Text)]
        value: IdValue,
    }
    if ids.is_empty() {
        return Ok(());
    }
    let delete = "
DELETE FROM employee_external_ids x
 USING unnest(:numbers, :systems, :kinds, :values) AS r (employee_number, system, kind, value)
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
 WHERE x.tenant_id = :tenant AND x.employee_id = e.id AND x.system = r.system AND x.kind = r.kind AND x.value = r.value
RETURNING x.employee_id, x.system, x.kind, x.value";
    let released: Vec<Released> = statement(delete)
        .bind("tenant", tx.tenant)
        .bind("numbers", collect_column(ids, |(number, _)| *number))
        .bind("systems", collect_column(ids, |(_, id)| &id.system))
        .bind("kinds", collect_column(ids, |(_, id)| &id.kind))
        .bind("values", collect_column(ids, |(_, id)| &id.value))
        .load(tx.conn)
        .await?;
    let former = |row: Released| {
        (row.employee_id, employees::ExternalId { system: row.system, kind: row.kind, value: row.value })
    };
    let former: Vec<(Uuid, employees::ExternalId)> = released.into_iter().map(former).collect();
    employees::keep_former_ids(tx, former.iter().map(|(person, id)| (*person, id))).await
}

/// Ids of people in other systems. An id that the person already has is skipped.
pub async fn store_external_ids(tx: &mut Tx<'_>, rows: &[EmployeeRow]) -> Result<usize> {
    let ids: Vec<(&EmployeeNumber, &ExternalId)> =
        rows.iter().flat_map(|row| row.external_ids.iter().map(|id| (&row.employee_number, id))).collect();
    let insert = "
INSERT INTO employee_external_ids (tenant_id, employee_id, :columns, created_at)
SELECT :tenant, e.id, :fields, :now
  FROM :rows
  JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.employee_number
ON CONFLICT (tenant_id, system, kind, value) DO UPDATE
   SET value = excluded.value WHERE employee_external_ids.employee_id = excluded.employee_id";
    let rows = statement(insert)
        .by("employee_number", collect_column(&ids, |(number, _)| *number))
        .with("system", collect_column(&ids, |(_, id)| &id.system))
        .with("kind", collect_column(&ids, |(_, id)| &id.kind))
        .with("value", collect_column(&ids, |(_, id)| &id.value));
    let stored = all_stored(tx.insert(rows).await?, ids.len())?;
    let told: Vec<employees::ExternalId> = ids.iter().map(|(_, id)| as_of_employee(id)).collect();
    employees::tell_former_ids(tx, &told.iter().collect::<Vec<_>>()).await?;
    Ok(stored)
}
