//! Departments, people with their ids and roles, lecturers, absences; and the calendar.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{count, rows};
use crate::access::import_store as access;
use crate::calendar::import_store as calendar;
use crate::error::Result;
use crate::imports::company::Company;
use crate::imports::index::Known as _;
use crate::imports::layout::FileKind;
use crate::imports::order::Counts;
use crate::imports::rows::{EmployeeRow, LecturerRow};
use crate::imports::stored::{Career, CareerPlan, Placing, Plan, place, placement};
use crate::imports::tables::Tables;
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::OutsideCode;
use crate::people::import_store::{self as people, Dated, Dates, ExternalId, Lecturing, LevelSince};
use crate::people::lend_numbers;

/// Returns the appointments that end with employments.
pub async fn store(tx: &mut Tx<'_>, known: &Company, tables: &mut Tables, counts: &mut Counts) -> Result<Vec<Uuid>> {
    let ended = store_organisation(tx, known, tables, counts).await?;
    let (groups, given) = (rows(&mut tables.lecturer_groups), tables.given(FileKind::LecturerGroups));
    count(counts, FileKind::LecturerGroups, people::store_groups(tx, &groups, &given).await?);
    let lecturing = lecturing(known, &rows(&mut tables.lecturers));
    count(counts, FileKind::Lecturers, people::store_lecturers(tx, &lecturing).await?);
    let (absences, given) = (rows(&mut tables.absences), tables.given(FileKind::Absences));
    count(counts, FileKind::Absences, people::store_absences(tx, &absences, &given).await?);
    let (days, given) = (rows(&mut tables.calendar), tables.given(FileKind::Calendar));
    count(counts, FileKind::Calendar, calendar::store_days(tx, &days, &given).await?);
    Ok(ended)
}

/// Stores departments, employees, their managers and memberships, their ids in other systems, and their roles.
async fn store_organisation(
    tx: &mut Tx<'_>,
    known: &Company,
    tables: &mut Tables,
    counts: &mut Counts,
) -> Result<Vec<Uuid>> {
    let (departments, given) = (rows(&mut tables.departments), tables.given(FileKind::Departments));
    count(counts, FileKind::Departments, people::store_departments(tx, &departments, &given).await?);
    people::release_numbers(tx, &known.numbers.recycled()).await?;
    lend_numbers(tx, &known.numbers.lent(), false).await?;
    let (mut employees, given_of_employees) = (rows(&mut tables.employees), tables.given(FileKind::Employees));
    let otherwise = known.numbers.named_otherwise();
    people::hold_employees(tx, &mut employees, &given_of_employees, &otherwise).await?;
    keep_unreleased(known, &mut employees);
    let (stored, ended) = people::store_employees(tx, &employees, &given_of_employees).await?;
    count(counts, FileKind::Employees, stored);
    if given.contains(&"manager_number") {
        let held = people::hold_managers(tx, &departments, &tables.without_manager).await?;
        tables.without_manager.extend(held);
        people::store_managers(tx, &departments, &tables.without_manager).await?;
    }
    people::store_memberships(tx, &memberships(known, &employees)).await?;
    people::release_external_ids(tx, &released(known, &employees)).await?;
    people::store_external_ids(tx, &employees).await?;
    access::propose_roles(tx, &employees).await?;
    Ok(ended)
}

/// The ids that pass to somebody else, with the people who give them up: they get others of the same kinds.
fn released<'r>(known: &'r Company, employees: &'r [EmployeeRow]) -> Vec<(&'r str, &'r ExternalId)> {
    let passes = |row: &'r EmployeeRow| {
        row.external_ids.iter().filter(|id| known.is_anothers(id, &row.employee_number)).collect::<Vec<_>>()
    };
    let ids = employees.iter().flat_map(passes);
    ids.filter_map(|id| Some((known.owner(id)?, id))).collect()
}

/// Leaves out ids of others who do not give them up, because what they get in exchange waits for a second person.
fn keep_unreleased(known: &Company, employees: &mut [EmployeeRow]) {
    let given: HashSet<(String, String, String)> = employees
        .iter()
        .flat_map(|row| row.external_ids.iter().map(move |id| (row, id)))
        .map(|(row, id)| (row.employee_number.to_string(), id.system.to_string(), id.kind.to_string()))
        .collect();
    let is_free = |number: &str, id: &ExternalId| {
        let owner = known.owner(id).filter(|_| known.is_anothers(id, number));
        owner.is_none_or(|owner| given.contains(&(owner.to_owned(), id.system.to_string(), id.kind.to_string())))
    };
    for row in employees {
        let number = row.employee_number.clone();
        row.external_ids.retain(|id| is_free(&number, id));
    }
}

/// The changes that put everybody into the department given in the file. Contradictions were already reported as faults.
fn memberships(known: &Company, employees: &[EmployeeRow]) -> Dates {
    let mut dates = Dates::default();
    for row in employees {
        let Some(asked) = placement(row) else { continue };
        let placing = place(known.memberships(&row.employee_number), &asked, known.today());
        let Ok(Placing { plan, withdrawn, extended }) = placing else { continue };
        let dated = |code: Option<OutsideCode>, valid_from, valid_to| Dated {
            employee_number: row.employee_number.clone(),
            code,
            valid_from,
            valid_to,
        };
        dates.withdrawn.extend(withdrawn.into_iter().map(|span| dated(Some(span.code), span.from, span.to)));
        dates.ended.extend(extended.into_iter().map(|(from, to)| dated(None, from, to)));
        note(&mut dates, plan, dated(Some(asked.code), asked.from, asked.to));
    }
    dates
}

/// The changes that make the appointments match the file, row by row in the order of the file.
fn lecturing(known: &Company, lecturers: &[LecturerRow]) -> Lecturing {
    let mut lecturing = Lecturing::default();
    let mut careers: HashMap<&str, Career> = HashMap::new();
    for row in lecturers {
        let career = careers.entry(&row.employee_number).or_insert_with(|| known.career(&row.employee_number));
        if let Ok(plan) = career.take(row) {
            note_career(&mut lecturing, row, &plan);
        }
    }
    lecturing
}

fn note_career(lecturing: &mut Lecturing, row: &LecturerRow, plan: &CareerPlan) {
    let dated = |code: Option<&OutsideCode>| Dated {
        employee_number: row.employee_number.clone(),
        code: code.cloned(),
        valid_from: row.appointed_on,
        valid_to: row.ended_on.map(LastDay::day_after),
    };
    note(&mut lecturing.appointments, plan.appointment, dated(None));
    if let Some(level) = row.level.clone().filter(|_| plan.adds_level) {
        let employee_number = row.employee_number.clone();
        lecturing.levels.push(LevelSince { employee_number, level, valid_from: row.appointed_on });
    }
    for (code, plan) in row.group_codes.iter().zip(&plan.groups) {
        note(&mut lecturing.groups, *plan, dated(Some(code)));
    }
}

fn note(dates: &mut Dates, plan: Plan, row: Dated) {
    match plan {
        Plan::Keep => {}
        Plan::Add => dates.added.push(row),
        Plan::EndOtherwise(since) => dates.ended.push(Dated { valid_from: since, ..row }),
        Plan::Follow(since) => {
            dates.ended.push(Dated { valid_from: since, valid_to: Some(row.valid_from), ..row.clone() });
            dates.added.push(row);
        }
    }
}
