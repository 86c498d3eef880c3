//! The items of a batch before anything is written: what each contains, what is stored, and what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use validator::Validate as _;

use super::dto::BatchEmployeeItem;
use crate::error::Result;
use crate::http::validation_faults;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::Param;
use crate::kernel::phrases::Thing;
use crate::kernel::text::{EmployeeNumber, OutsideCode};
use crate::people::departments;
use crate::people::employees::dto::{EmployeeChange, ExternalId, check_external_ids};
use crate::people::employees::guarded::{Guarded, hold_back, uncovered};
use crate::people::employees::model::Employee;
use crate::people::employees::{external_ids, queries};
use crate::people::memberships::Move;

/// One item while it is processed.
#[derive(Debug)]
pub struct Draft {
    pub item: BatchEmployeeItem,
    /// The stored employee. None if there is no such employee.
    pub present: Option<Employee>,
    /// What the item changes, its ids in other systems included.
    pub change: EmployeeChange,
    /// The employee after the write.
    pub employee: Employee,
    /// The new set of ids in other systems. None if the item does not change it.
    pub external_ids: Option<Vec<ExternalId>>,
    pub into: Option<Move>,
    /// The faults of the item, with pointers into the whole body.
    pub faults: Vec<Fault>,
}

impl Draft {
    /// Whether the employee's row itself changes.
    pub fn changes_row(&self) -> bool {
        self.present.as_ref() != Some(&self.employee)
    }
}

/// Reads and locks the stored rows, and finds all faults of all items.
pub async fn drafts(tx: &mut Tx<'_>, items: Vec<BatchEmployeeItem>) -> Result<Vec<Draft>> {
    let mut faults: Vec<Vec<Fault>> = items.iter().map(own_faults).collect();
    add_duplicates(&items, &mut faults);
    let numbers: Vec<EmployeeNumber> = items.iter().map(|item| item.employee_number.clone()).collect();
    let codes: Vec<OutsideCode> =
        items.iter().filter_map(|item| Some(item.department.as_ref()?.code.clone())).collect();
    let rows = queries::find_by_numbers_for_update(tx, &numbers).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut present: BTreeMap<EmployeeNumber, Employee> =
        rows.into_iter().filter_map(|row| Some((row.employee_number.clone()?, row))).collect();
    let sets = external_ids::find_all(tx, &ids).await?;
    let departments = departments::ids_by_code(tx, &codes).await?;
    let mut drafts = Vec::with_capacity(items.len());
    for (item, mut faults) in items.into_iter().zip(faults) {
        let present = present.remove(&item.employee_number);
        let change = change(&item);
        let employee = merge(tx, &item, &change, present.as_ref());
        if employee.left_too_early() {
            faults.push(Fault::new("/left_on", FaultCode::EndsBeforeStart));
        }
        let into = item.department.as_ref().and_then(|department| {
            let found = departments.get(&department.code);
            if found.is_none() && faults.iter().all(|fault| fault.pointer != "/department/code") {
                faults.push(Fault::new("/department/code", FaultCode::NotFound));
            }
            found.map(|id| Move { employee: employee.id, department: *id, starts_on: department.starts_on })
        });
        let external_ids = wanted_set(&change, sets.get(&employee.id));
        drafts.push(Draft { item, present, change, employee, external_ids, into, faults });
    }
    add_taken(tx, &mut drafts).await?;
    add_uncovered(tx, &mut drafts).await?;
    for (i, draft) in drafts.iter_mut().enumerate() {
        for fault in &mut draft.faults {
            fault.pointer = format!("/items/{i}{}", fault.pointer);
        }
    }
    Ok(drafts)
}

/// The faults of an item by itself.
fn own_faults(item: &BatchEmployeeItem) -> Vec<Fault> {
    let mut faults = Faults::default();
    if let Err(errors) = item.validate() {
        validation_faults(&errors).into_iter().for_each(|fault| faults.push(fault));
    }
    if let Some(Some(ids)) = item.external_ids.clone().into_change() {
        check_external_ids(&ids, &mut faults);
    }
    faults.into_vec()
}

/// A number, or an id in another system, may be in one item only. The first item keeps it.
fn add_duplicates(items: &[BatchEmployeeItem], faults: &mut [Vec<Fault>]) {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut elsewhere: BTreeMap<ExternalId, usize> = BTreeMap::new();
    for (i, (item, faults)) in items.iter().zip(faults).enumerate() {
        let first = *numbers.entry(&item.employee_number).or_insert(i);
        if first != i {
            let first = format!("/items/{first}/employee_number");
            faults.push(Fault::new("/employee_number", FaultCode::Duplicate).with("first", Param::Place(first)));
        }
        for (n, id) in item.external_ids.clone().into_change().flatten().unwrap_or_default().into_iter().enumerate() {
            let first = *elsewhere.entry(id).or_insert(i);
            if first != i {
                let first = format!("/items/{first}/external_ids");
                let pointer = format!("/external_ids/{n}");
                faults.push(Fault::new(pointer, FaultCode::Duplicate).with("first", Param::Place(first)));
            }
        }
    }
}

/// Adds faults for ids in other systems that belong to other people.
async fn add_taken(tx: &mut Tx<'_>, drafts: &mut [Draft]) -> Result<()> {
    let good = drafts.iter().filter(|draft| draft.faults.is_empty());
    let wanted: Vec<ExternalId> = good.filter_map(|draft| draft.external_ids.clone()).flatten().collect();
    let owners = external_ids::owners(tx, &wanted).await?;
    for draft in drafts {
        for (n, id) in draft.external_ids.iter().flatten().enumerate() {
            if let Some(owner) = owners.get(id).filter(|owner| **owner != draft.employee.id) {
                draft.faults.push(Fault::taken(format!("/external_ids/{n}"), Thing::Employee, *owner));
            }
        }
    }
    Ok(())
}

/// Adds faults for people whose employment may not end, because nobody could give access any more.
async fn add_uncovered(tx: &mut Tx<'_>, drafts: &mut [Draft]) -> Result<()> {
    let good = drafts.iter().filter(|draft| draft.faults.is_empty());
    let changes: Vec<(&Employee, &Employee)> =
        good.filter_map(|draft| Some((draft.present.as_ref()?, &draft.employee))).collect();
    let mut uncovered = uncovered(tx, &changes).await?;
    for draft in drafts {
        draft.faults.extend(uncovered.remove(&draft.employee.id));
    }
    Ok(())
}

/// Takes out of the good drafts what waits for a second person. Returns the people for whom what waits has changed.
pub async fn hold_drafts(tx: &mut Tx<'_>, drafts: &mut [Draft]) -> Result<BTreeSet<Uuid>> {
    let mut all = Vec::new();
    for draft in drafts.iter_mut().filter(|draft| draft.faults.is_empty()) {
        if let Some(present) = &draft.present {
            all.push(Guarded { present, change: &mut draft.change });
        }
    }
    let moved = hold_back(tx, &mut all).await?;
    let ids: Vec<Uuid> = drafts.iter().map(|draft| draft.employee.id).collect();
    let sets = external_ids::find_all(tx, &ids).await?;
    for draft in drafts {
        if let Some(present) = &draft.present {
            draft.employee = draft.change.apply(present);
            draft.external_ids = wanted_set(&draft.change, sets.get(&present.id));
        }
    }
    Ok(moved)
}

/// What the item changes.
fn change(item: &BatchEmployeeItem) -> EmployeeChange {
    EmployeeChange {
        name: Some(item.name.clone()),
        email: item.email.clone().into_change(),
        hired_on: item.hired_on.into_change(),
        left_on: item.left_on.into_change(),
        external_ids: item.external_ids.clone().into_change(),
        ..EmployeeChange::default()
    }
}

/// The employee with the changes of the item.
fn merge(tx: &Tx<'_>, item: &BatchEmployeeItem, change: &EmployeeChange, present: Option<&Employee>) -> Employee {
    match present {
        Some(present) => change.apply(present),
        None => change.apply(&Employee {
            tenant_id: tx.tenant,
            id: tx.id(),
            employee_number: Some(item.employee_number.clone()),
            name: item.name.clone(),
            email: None,
            hired_on: None,
            left_on: None,
            created_at: tx.now,
            updated_at: tx.now,
            version: 1,
        }),
    }
}

/// The set that the item asks for. None if the person already has it.
fn wanted_set(change: &EmployeeChange, present: Option<&Vec<ExternalId>>) -> Option<Vec<ExternalId>> {
    let wanted = change.external_ids.clone()?.unwrap_or_default();
    let mut sorted = wanted.clone();
    sorted.sort();
    (sorted != *present.unwrap_or(&Vec::new())).then_some(wanted)
}
