//! Departments, people with what hangs on them, lecturers, absences.

use std::collections::HashMap;

use super::Counts;
use crate::access::import_store as access;
use crate::auth::Role;
use crate::error::Result;
use crate::imports::company::Company;
use crate::imports::index::Known as _;
use crate::imports::rows::{AbsenceRow, DepartmentRow, EmployeeRow, LecturerRow};
use crate::imports::stored::{Career, CareerPlan, Plan, plan_membership};
use crate::imports::{FileKind, Numbered, Tables};
use crate::journal::Tx;
use crate::people::import_store::{
    self as people, Dated, Dates, GivenDepartment, GivenEmployee, Lecturing, PastAbsence, PastDepartment, PastEmployee,
    PastExternalId,
};

pub async fn store(tx: &mut Tx<'_>, known: &Company, tables: &Tables, counts: &mut Counts) -> Result<()> {
    store_organisation(tx, known, tables, counts).await?;
    let roles: Vec<(String, Role)> = tables.employees.iter().flat_map(|row| roles(&row.row)).collect();
    access::store_roles(tx, &roles).await?;
    let groups: Vec<_> = tables.lecturer_groups.iter().map(|Numbered { row, .. }| row).collect();
    let groups: Vec<_> =
        groups.iter().map(|row| (row.code.clone(), row.name.clone(), row.description.clone())).collect();
    let with_description = tables.columns.has(FileKind::LecturerGroups, "description");
    counts.insert("lecturer_groups".to_owned(), people::store_groups(tx, &groups, with_description).await?);
    let lecturing = lecturing(known, tables);
    counts.insert("lecturers".to_owned(), people::store_lecturers(tx, &lecturing).await?);
    let absences: Vec<PastAbsence> = tables.absences.iter().map(|row| absence(&row.row)).collect();
    let with_kind = tables.columns.has(FileKind::Absences, "kind");
    counts.insert("absences".to_owned(), people::store_absences(tx, &absences, with_kind).await?);
    Ok(())
}

/// Departments, employees, who heads and who belongs to which department, and what other systems call people.
async fn store_organisation(tx: &mut Tx<'_>, known: &Company, tables: &Tables, counts: &mut Counts) -> Result<()> {
    let has = |column| tables.columns.has(FileKind::Departments, column);
    let given = GivenDepartment {
        parent: has("parent_code"),
        is_ranking_unit: has("is_ranking_unit"),
        cost_centre: has("cost_centre"),
    };
    let departments: Vec<PastDepartment> = tables.departments.iter().map(|row| department(&row.row)).collect();
    counts.insert("departments".to_owned(), people::store_departments(tx, &departments, given).await?);
    let has = |column| tables.columns.has(FileKind::Employees, column);
    let given = GivenEmployee { email: has("email"), hired_on: has("hired_on"), left_on: has("left_on") };
    let employees: Vec<PastEmployee> = tables.employees.iter().map(|row| employee(&row.row)).collect();
    counts.insert("employees".to_owned(), people::store_employees(tx, &employees, given).await?);
    if tables.columns.has(FileKind::Departments, "manager_number") {
        let known_managers = departments.iter().filter(|row| !tables.without_manager.contains(&row.code));
        people::store_managers(tx, &known_managers.collect::<Vec<_>>()).await?;
    }
    people::store_memberships(tx, &memberships(known, tables)).await?;
    let external: Vec<PastExternalId> = tables.employees.iter().flat_map(|row| external_ids(&row.row)).collect();
    people::store_external_ids(tx, &external).await?;
    Ok(())
}

/// What is to be done so that everybody is in the department of the file. Contradictions were faults of the rows.
fn memberships(known: &Company, tables: &Tables) -> Dates {
    let mut dates = Dates::default();
    for Numbered { row, .. } in &tables.employees {
        let Some(placement) = &row.department else { continue };
        let Ok(plan) = plan_membership(known.memberships(&row.employee_number), placement) else { continue };
        let whole = Dated {
            employee_number: row.employee_number.clone(),
            code: placement.department_code.clone(),
            from: placement.valid_from,
            to: placement.valid_to,
        };
        dates.plan(plan, whole);
    }
    dates
}

/// What is to be done so that the appointments are those of the file, row by row as they were read.
fn lecturing(known: &Company, tables: &Tables) -> Lecturing {
    let mut lecturing = Lecturing::default();
    let mut careers: HashMap<&str, Career> = HashMap::new();
    for Numbered { row, .. } in &tables.lecturers {
        let career = careers.entry(&row.employee_number).or_insert_with(|| known.career(&row.employee_number));
        if let Ok(plan) = career.take(row) {
            note_plan(&mut lecturing, row, &plan);
        }
    }
    lecturing
}

fn note_plan(lecturing: &mut Lecturing, row: &LecturerRow, plan: &CareerPlan) {
    let dated = |code: &str| Dated {
        employee_number: row.employee_number.clone(),
        code: code.to_owned(),
        from: row.appointed_on,
        to: row.ended_on,
    };
    lecturing.appointments.plan(plan.appointment, dated(""));
    if let Some(level) = row.level.as_deref().filter(|_| plan.adds_level) {
        lecturing.levels.push(dated(level));
    }
    for (code, plan) in row.group_codes.iter().zip(&plan.groups) {
        lecturing.groups.plan(*plan, dated(code));
    }
}

trait Planned {
    fn plan(&mut self, plan: Plan, row: Dated);
}

impl Planned for Dates {
    fn plan(&mut self, plan: Plan, row: Dated) {
        match plan {
            Plan::Keep => {}
            Plan::Add => self.added.push(row),
            Plan::EndOtherwise(since) => self.ended.push(Dated { from: since, ..row }),
            Plan::Follow(since) => {
                self.ended.push(Dated { from: since, to: Some(row.from), code: String::new(), ..row.clone() });
                self.added.push(row);
            }
        }
    }
}

fn department(row: &DepartmentRow) -> PastDepartment {
    PastDepartment {
        code: row.code.clone(),
        name: row.name.clone(),
        parent_code: row.parent_code.clone(),
        is_ranking_unit: row.is_ranking_unit,
        manager_number: row.manager_number.clone(),
        cost_centre: row.cost_centre.clone(),
    }
}

fn employee(row: &EmployeeRow) -> PastEmployee {
    PastEmployee {
        employee_number: row.employee_number.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        hired_on: row.hired_on,
        left_on: row.left_on,
    }
}

fn external_ids(row: &EmployeeRow) -> impl Iterator<Item = PastExternalId> {
    row.external_ids.iter().map(|id| PastExternalId {
        employee_number: row.employee_number.clone(),
        system: id.system.clone(),
        kind: id.kind.clone(),
        value: id.value.clone(),
    })
}

fn roles(row: &EmployeeRow) -> impl Iterator<Item = (String, Role)> {
    row.roles.iter().map(|role| (row.employee_number.clone(), *role))
}

fn absence(row: &AbsenceRow) -> PastAbsence {
    PastAbsence {
        employee_number: row.employee_number.clone(),
        kind: row.kind,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        source_ref: row.source_ref.clone(),
    }
}
