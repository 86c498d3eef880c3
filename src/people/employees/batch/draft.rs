//! The items of a batch before anything is written: what each contains, what is stored, and what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use uuid::Uuid;
use validator::Validate as _;

use super::dto::BatchEmployeeItem;
use crate::error::Result;
use crate::http::validation_faults;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::Param;
use crate::kernel::text::{EmployeeNumber, OutsideCode};
use crate::people::employees::dto::{EmployeeChange, ExternalId, check_external_ids};
use crate::people::employees::guarded::{Guarded, Held, hold_back, uncovered};
use crate::people::employees::marks::{self, Marked};
use crate::people::employees::model::Employee;
use crate::people::employees::numbers::{self, NumberHolder};
use crate::people::employees::{external_ids, queries};
use crate::people::employments::{DatesChange, not_employed, shown};
use crate::people::memberships::Move;
use crate::people::{departments, today};

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
    pub found_by_former_number: bool,
    /// The person whose number passes to this one, who is another.
    pub gives_up: Option<Employee>,
    /// The new set of ids in other systems. None if the item does not change it.
    pub external_ids: Option<Vec<ExternalId>>,
    pub into: Option<Move>,
    /// The faults of the item, with pointers into the whole body.
    pub faults: Vec<Fault>,
}

impl Draft {
    /// The change of the employment of somebody who is stored.
    pub fn dates(&self) -> Option<DatesChange> {
        let before = self.present.as_ref()?.employment();
        Some(DatesChange { employee: self.employee.id, before, after: self.employee.employment() })
    }

    /// Whether the employee's row itself changes.
    pub fn changes_row(&self) -> bool {
        self.present.as_ref() != Some(&self.employee)
    }
}

/// Reads and locks the stored rows, and finds all faults of all items.
pub async fn drafts(tx: &mut Tx<'_>, items: Vec<BatchEmployeeItem>) -> Result<Vec<Draft>> {
    let mut faults: Vec<Vec<Fault>> = items.iter().map(own_faults).collect();
    add_duplicates(&items, &mut faults);
    let today = today(tx).await?;
    let codes: Vec<OutsideCode> =
        items.iter().filter_map(|item| Some(item.department.as_ref()?.code.clone())).collect();
    let mut stored = Stored::load(tx, &items, today).await?;
    let ids: Vec<Uuid> = stored.people.keys().copied().collect();
    let sets = external_ids::find_all(tx, &ids).await?;
    let departments = departments::ids_by_code(tx, &codes).await?;
    let mut drafts = Vec::with_capacity(items.len());
    for (i, (item, mut faults)) in items.into_iter().zip(faults).enumerate() {
        let Meaning { person: present, found_by_former_number, gives_up } = stored.read(i, &item, &mut faults);
        let change = change(&item, present.as_ref(), found_by_former_number);
        let employee = merge(tx, &item, &change, present.as_ref());
        faults.extend(employee.left_too_early());
        let into = read_move(&item, &employee, &departments, today, &mut faults);
        let external_ids = wanted_set(&change, sets.get(&employee.id));
        drafts.push(Draft {
            item,
            present,
            change,
            employee,
            found_by_former_number,
            gives_up,
            external_ids,
            into,
            faults,
        });
    }
    add_taken(tx, &mut drafts).await?;
    add_uncovered(tx, &mut drafts).await?;
    for (i, draft) in drafts.iter_mut().enumerate() {
        place_faults(i, draft);
    }
    Ok(drafts)
}

/// The move into the department that an item names, for the days on which the person is employed.
fn read_move(
    item: &BatchEmployeeItem,
    employee: &Employee,
    departments: &BTreeMap<OutsideCode, Uuid>,
    today: NaiveDate,
    faults: &mut Vec<Fault>,
) -> Option<Move> {
    let department = item.department.as_ref()?;
    let found = departments.get(&department.code);
    if found.is_none() && faults.iter().all(|fault| fault.pointer != "/department/code") {
        faults.push(Fault::new("/department/code", FaultCode::NotFound));
    }
    if employee.left_on.is_some_and(|left| left.day() < department.starts_on) {
        let person = shown(&employee.name, employee.employee_number.as_deref());
        faults.push(not_employed("/department/starts_on", person, department.starts_on));
    }
    let starts_on = employee.hired_on.map_or(department.starts_on, |hired| hired.max(department.starts_on));
    let end = employee.employment().end();
    found.map(|id| Move { employee: employee.id, department: *id, starts_on, end, withdraws_after: Some(today) })
}

/// Gives the faults of an item their places in the whole body.
fn place_faults(i: usize, draft: &mut Draft) {
    for fault in &mut draft.faults {
        fault.pointer = format!("/items/{i}{}", fault.pointer);
    }
}

/// The stored people whom the items name.
struct Stored {
    people: BTreeMap<Uuid, Employee>,
    by_number: BTreeMap<EmployeeNumber, Uuid>,
    by_former: BTreeMap<EmployeeNumber, Uuid>,
    /// Who is to get a number once a second person has confirmed it, unless another item names them by what they have.
    by_awaited: BTreeMap<EmployeeNumber, Uuid>,
    /// The item that names a person.
    named: BTreeMap<Uuid, usize>,
    today: NaiveDate,
}

/// What an item means.
#[derive(Default)]
struct Meaning {
    /// The person whom it names.
    person: Option<Employee>,
    found_by_former_number: bool,
    /// The person whose number it gives to somebody else.
    gives_up: Option<Employee>,
}

impl Stored {
    /// Reads and locks the people.
    async fn load(tx: &mut Tx<'_>, items: &[BatchEmployeeItem], today: NaiveDate) -> Result<Self> {
        let numbers: Vec<EmployeeNumber> = items.iter().map(|item| item.employee_number.clone()).collect();
        let by_former = numbers::find_former(tx, &numbers).await?;
        let mut by_awaited = marks::awaited_numbers(tx, Some(&numbers)).await?;
        let mut ids: Vec<Uuid> = items.iter().filter_map(|item| item.employee_id).collect();
        let by_id: BTreeSet<Uuid> = ids.iter().copied().collect();
        ids.extend(by_former.values().chain(by_awaited.values()));
        let rows = queries::find_many_for_update(tx, &numbers, &ids).await?;
        let by_number: BTreeMap<EmployeeNumber, Uuid> =
            rows.iter().filter_map(|row| Some((row.employee_number.clone()?, row.id))).collect();
        let is_named = |id: &Uuid| by_id.contains(id) || numbers.iter().any(|number| by_number.get(number) == Some(id));
        by_awaited.retain(|_, id| !is_named(id));
        let people = rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(Self { people, by_number, by_former, by_awaited, named: BTreeMap::new(), today })
    }

    /// Whom item `i` is about. A second item about the same person is a fault, and so are an unknown id and an open question.
    fn read(&mut self, i: usize, item: &BatchEmployeeItem, faults: &mut Vec<Fault>) -> Meaning {
        if let Some(id) = item.employee_id {
            let person = self.people.get(&id).cloned();
            if person.is_none() {
                faults.push(Fault::new("/employee_id", FaultCode::NotFound));
            }
            self.name(i, id, "/employee_id", faults);
            return Meaning { person, ..Meaning::default() };
        }
        let present = self.by_number.get(&item.employee_number);
        if present.is_none()
            && let Some(person) = self.awaited(item)
        {
            self.name(i, person.id, "/employee_number", faults);
            return Meaning { person: Some(person), ..Meaning::default() };
        }
        let Some(id) = present.or_else(|| self.by_former.get(&item.employee_number)).copied() else {
            return Meaning::default();
        };
        let Some(person) = self.people.get(&id).cloned() else { return Meaning::default() };
        let is_former = person.employee_number.as_ref() != Some(&item.employee_number);
        let holder = NumberHolder { name: person.name.clone(), employment: person.employment(), is_former };
        let hired_on = item.hired_on.into_change().flatten();
        let may_be_another = holder.may_be_another(hired_on, self.today);
        match item.same_person {
            Some(false) if may_be_another => {
                return Meaning { gives_up: Some(person).filter(|_| !is_former), ..Meaning::default() };
            }
            Some(false) => {
                let number = person.employee_number.as_deref();
                faults.push(Fault::taken_by_person("/employee_number", &person.name, number, id));
            }
            None if holder.is_in_question(&item.name, hired_on, self.today) => {
                let shown = shown(&person.name, person.employee_number.as_deref());
                let fault = Fault::new("/employee_number", FaultCode::NumberOfALeaver);
                faults.push(fault.with("person", shown));
            }
            _ => {}
        }
        self.name(i, id, "/employee_number", faults);
        Meaning { person: Some(person), found_by_former_number: is_former, gives_up: None }
    }

    /// The person for whom the item's number waits, if the item is about them: they get it once it is confirmed. To anybody else
    /// the number is taken.
    fn awaited(&self, item: &BatchEmployeeItem) -> Option<Employee> {
        let person = self.people.get(self.by_awaited.get(&item.employee_number)?)?;
        let is_same = item.same_person.unwrap_or(person.name == item.name);
        is_same.then(|| person.clone())
    }

    fn name(&mut self, i: usize, id: Uuid, pointer: &str, faults: &mut Vec<Fault>) {
        let first = *self.named.entry(id).or_insert(i);
        if first != i && faults.iter().all(|fault| fault.code != FaultCode::Duplicate) {
            let first = format!("/items/{first}/employee_number");
            faults.push(Fault::new(pointer, FaultCode::Duplicate).with("first", Param::Place(first)));
        }
    }
}

/// The faults of an item by itself.
fn own_faults(item: &BatchEmployeeItem) -> Vec<Fault> {
    let mut faults = Faults::default();
    if let Err(errors) = item.validate() {
        faults.extend(validation_faults(&errors));
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

/// Adds faults for marks that others have after the batch. Items that are refused leave their people as they are.
async fn add_taken(tx: &mut Tx<'_>, drafts: &mut [Draft]) -> Result<()> {
    let people = drafts.iter().map(|draft| {
        let is_good = draft.faults.is_empty();
        let leaves_mail = draft.change.email.is_none();
        is_good.then(|| Marked::new(&draft.employee, draft.external_ids.as_deref()).leaving_mail(leaves_mail))
    });
    let giving_up = drafts.iter().filter(|draft| draft.faults.is_empty()).filter_map(|draft| draft.gives_up.as_ref());
    let without_number = |person: &Employee| Employee { employee_number: None, ..person.clone() };
    let giving_up = giving_up.map(|person| Some(Marked::new(&without_number(person), None)));
    let found = marks::taken(tx, people.chain(giving_up).collect()).await?;
    for (draft, faults) in drafts.iter_mut().zip(found) {
        draft.faults.extend(faults);
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

/// Takes out of the good drafts what waits for a second person, and finds who asks for a mark that somebody keeps meanwhile.
pub async fn hold_drafts(tx: &mut Tx<'_>, drafts: &mut [Draft]) -> Result<Held> {
    let mut all = Vec::new();
    let was_good: Vec<bool> = drafts.iter().map(|draft| draft.faults.is_empty()).collect();
    for draft in drafts.iter_mut().filter(|draft| draft.faults.is_empty()) {
        if let Some(present) = &draft.present {
            all.push(Guarded { present, change: &mut draft.change });
        }
    }
    let held = hold_back(tx, &mut all).await?;
    let ids: Vec<Uuid> = drafts.iter().map(|draft| draft.employee.id).collect();
    let sets = external_ids::find_all(tx, &ids).await?;
    for draft in drafts.iter_mut() {
        if let Some(present) = &draft.present {
            draft.employee = draft.change.apply(present);
            draft.external_ids = wanted_set(&draft.change, sets.get(&present.id));
            let end = draft.employee.employment().end();
            draft.into = draft.into.filter(|into| end.is_none_or(|end| into.starts_on < end));
            draft.into = draft.into.map(|into| Move { end, ..into });
        }
    }
    add_taken(tx, drafts).await?;
    for (i, draft) in drafts.iter_mut().enumerate().filter(|(i, _)| was_good.get(*i) == Some(&true)) {
        place_faults(i, draft);
    }
    Ok(held)
}

/// What the item changes. A person who is found by a former number keeps the present one.
fn change(item: &BatchEmployeeItem, present: Option<&Employee>, found_by_former_number: bool) -> EmployeeChange {
    let number = (!found_by_former_number).then(|| Some(item.employee_number.clone()));
    let change = EmployeeChange {
        employee_number: number,
        name: Some(item.name.clone()),
        email: item.email.clone().into_change(),
        hired_on: item.hired_on.into_change(),
        left_on: item.left_on.into_change(),
        external_ids: item.external_ids.clone().into_change(),
    };
    match present {
        Some(present) => change.completed(present),
        None => change,
    }
}

/// The employee with the changes of the item.
fn merge(tx: &Tx<'_>, item: &BatchEmployeeItem, change: &EmployeeChange, present: Option<&Employee>) -> Employee {
    match present {
        Some(present) => change.apply(present),
        None => change.apply(&Employee {
            tenant_id: tx.tenant,
            id: tx.id(),
            employee_number: None,
            name: item.name.clone(),
            email: None,
            hired_on: None,
            left_on: None,
            created_at: tx.now,
            updated_at: tx.now,
            version: 1,
            merged_into_id: None,
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
