//! Numbers that people no longer have, and numbers of people who have left: whom a row means by one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::cells::Cells;
use super::fault::ImportFaultCode as Code;
use super::values::{Problem, date};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{EmployeeNumber, Name};
use crate::people::{Employment, NumberHolder, awaited_numbers};
use crate::schema::{employees, former_employee_numbers};

/// Whether a row of `employees` is about the person to whom its number belongs or belonged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// It is, or nobody had the number.
    Settled,
    /// It is, unless the row says otherwise.
    MayBeAnother,
    /// The row must say. The text is the name of the person.
    Open(String),
}

/// The numbers that may be in question, and what the files have said about them.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// With the present number of the person.
    holders: HashMap<EmployeeNumber, (NumberHolder, Option<EmployeeNumber>)>,
    /// Numbers that people are to get once a second person has confirmed them, with their names and present numbers.
    awaited: HashMap<EmployeeNumber, (Name, EmployeeNumber)>,
    /// People without a number, by the former one that each bears while the files are stored.
    lent: HashMap<EmployeeNumber, Uuid>,
    today: Option<NaiveDate>,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    /// Numbers that the files give to another person.
    recycled: BTreeSet<EmployeeNumber>,
    /// Former numbers by which the files name people, with the present ones.
    former: BTreeMap<EmployeeNumber, EmployeeNumber>,
    /// The present numbers of people whom rows of `employees` name by another one: a former number, or one that waits for them.
    otherwise: BTreeSet<EmployeeNumber>,
    /// The lent numbers by which the files name people.
    lent: BTreeSet<EmployeeNumber>,
}

impl Numbers {
    /// With one person who has left.
    #[cfg(test)]
    pub fn of_leaver(number: &EmployeeNumber, name: Name, left_on: LastDay, today: NaiveDate) -> Self {
        let employment = Employment { hired_on: None, left_on: Some(left_on) };
        let holder = NumberHolder { name, employment, is_former: false };
        let holders = [(number.clone(), (holder, Some(number.clone())))].into();
        Self { holders, today: Some(today), ..Self::default() }
    }

    /// `lent`: people without a number, and the former ones that they bear while the files are stored.
    pub async fn load(tx: &mut Tx<'_>, today: NaiveDate, lent: &[(Uuid, EmployeeNumber)]) -> Result<Self> {
        type Row = (EmployeeNumber, Name, Option<NaiveDate>, Option<LastDay>, Option<EmployeeNumber>, Uuid);
        let former: Vec<Row> = former_employee_numbers::table
            .inner_join(
                employees::table.on(employees::tenant_id
                    .eq(former_employee_numbers::tenant_id)
                    .and(employees::id.eq(former_employee_numbers::employee_id))),
            )
            .filter(former_employee_numbers::tenant_id.eq(tx.tenant))
            .order((former_employee_numbers::given_up_at, former_employee_numbers::id))
            .select((
                former_employee_numbers::employee_number,
                employees::name,
                employees::hired_on,
                employees::left_on,
                employees::employee_number,
                employees::id,
            ))
            .load(tx.conn)
            .await?;
        let present: Vec<Row> = employees::table
            .filter(employees::tenant_id.eq(tx.tenant))
            .filter(employees::employee_number.is_not_null())
            .select((
                employees::employee_number.assume_not_null(),
                employees::name,
                employees::hired_on,
                employees::left_on,
                employees::employee_number,
                employees::id,
            ))
            .load(tx.conn)
            .await?;
        let mut numbers = Self { today: Some(today), ..Self::default() };
        numbers.lent = lent.iter().map(|(person, number)| (number.clone(), *person)).collect();
        let lent: HashMap<Uuid, &EmployeeNumber> = lent.iter().map(|(person, number)| (*person, number)).collect();
        numbers.awaited = awaited(tx).await?;
        // Who has a number now comes after those who had it.
        for (number, name, hired_on, left_on, current, person) in former.into_iter().chain(present) {
            let is_former = current.as_ref() != Some(&number);
            let current = current.or_else(|| lent.get(&person).map(|number| (*number).clone()));
            let holder = NumberHolder { name, employment: Employment { hired_on, left_on }, is_former };
            numbers.holders.insert(number, (holder, current));
        }
        Ok(numbers)
    }

    /// The name of the person for whom the number waits, if nobody has or had it.
    pub fn awaited_by(&self, number: &str) -> Option<&Name> {
        self.awaited.get(number).filter(|_| !self.holders.contains_key(number)).map(|(name, _)| name)
    }

    pub fn question(&self, number: &str, name: &Name, hired_on: Option<NaiveDate>) -> Question {
        let (Some((holder, current)), Some(today)) = (self.holders.get(number), self.today) else {
            return Question::Settled;
        };
        // Somebody of whom nothing is left by which a file could find them: it cannot be about them.
        if holder.is_in_question(name, hired_on, today) || current.is_none() {
            Question::Open(holder.name.to_string())
        } else if holder.may_be_another(hired_on, today) {
            Question::MayBeAnother
        } else {
            Question::Settled
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn recycle(&self, number: EmployeeNumber) {
        self.said().recycled.insert(number);
    }

    pub fn is_recycled(&self, number: &str) -> bool {
        self.said().recycled.contains(number)
    }

    pub fn recycled(&self) -> Vec<EmployeeNumber> {
        self.said().recycled.iter().cloned().collect()
    }

    /// The present number of somebody who formerly had this one, or for whom it waits, if nobody has it now.
    pub fn current(&self, number: &EmployeeNumber) -> Option<EmployeeNumber> {
        let Some((holder, current)) = self.holders.get(number) else {
            return self.awaited.get(number).map(|(_, current)| current.clone());
        };
        let current = current.clone().filter(|_| holder.is_former)?;
        if !self.is_recycled(number) {
            if self.lent.contains_key(&current) {
                self.said().lent.insert(current.clone());
            } else {
                self.said().former.insert(number.clone(), current.clone());
            }
            return Some(current);
        }
        None
    }

    /// Notes that a row of `employees` names the person with this number by another one.
    pub fn name_otherwise(&self, present: EmployeeNumber) {
        self.said().otherwise.insert(present);
    }

    /// The present numbers of people whom rows of `employees` name by another one.
    pub fn named_otherwise(&self) -> BTreeSet<EmployeeNumber> {
        self.said().otherwise.clone()
    }

    /// The people without a number whom the files name, with the former numbers that they bear while the files are stored.
    pub fn lent(&self) -> Vec<(Uuid, EmployeeNumber)> {
        let said = self.said();
        let used = said.lent.iter().filter(|number| !said.recycled.contains(*number));
        used.filter_map(|number| Some((*self.lent.get(number)?, number.clone()))).collect()
    }

    /// The former numbers by which the files name people, with the present ones.
    pub fn former(&self) -> Vec<(EmployeeNumber, EmployeeNumber)> {
        self.said().former.iter().map(|(former, current)| (former.clone(), current.clone())).collect()
    }
}

async fn awaited(tx: &mut Tx<'_>) -> Result<HashMap<EmployeeNumber, (Name, EmployeeNumber)>> {
    let waiting = awaited_numbers(tx, None).await?;
    let people: Vec<Uuid> = waiting.values().copied().collect();
    let named: Vec<(Uuid, Name, EmployeeNumber)> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(people))
        .filter(employees::employee_number.is_not_null())
        .select((employees::id, employees::name, employees::employee_number.assume_not_null()))
        .load(tx.conn)
        .await?;
    let named: HashMap<Uuid, (Name, EmployeeNumber)> =
        named.into_iter().map(|(id, name, number)| (id, (name, number))).collect();
    Ok(waiting.into_iter().filter_map(|(number, id)| Some((number, named.get(&id)?.clone()))).collect())
}

/// The number of the person whom a row of `employees` is about: the one in the row, or the present one of somebody who formerly had
/// it or for whom it waits. It is a fault if the row does not say what it must say.
pub(super) fn read_person(
    cells: &mut Cells<'_>,
    number: Option<EmployeeNumber>,
    name: Option<&Name>,
    same_person: Option<bool>,
) -> Option<EmployeeNumber> {
    let (number, name) = (number?, name?);
    let hired_on = cells.get("hired_on").and_then(|cell| date(cell).ok());
    let known = cells.known();
    if known.awaited_by(&number).is_some_and(|awaited| !same_person.unwrap_or(awaited == name)) {
        cells.note("employee_number", Problem::of(Code::Taken, &number));
    }
    match (known.question(&number, name, hired_on), same_person) {
        (Question::MayBeAnother | Question::Open(_), Some(false)) => {
            known.recycle(&number);
            return Some(number);
        }
        (Question::Open(person), None) => {
            cells.note("employee_number", Problem::of(Code::NumberOfALeaver, &number).with("person", person));
        }
        _ => {}
    }
    let Some(present) = known.current(&number) else { return Some(number) };
    known.name_otherwise(&present);
    Some(present)
}
