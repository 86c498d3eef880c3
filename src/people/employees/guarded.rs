//! What a change of employees leaves to a second person, and whose employment may not end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::{EmployeeChange, ExternalId};
use super::model::Employee;
use super::{external_ids, queries};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::data;
use crate::kernel::phrases::Thing;
use crate::keys::EmployeeKey;
use crate::people::today;
use crate::sign_in::{AccessChange, AccessField, Asked, Holder, Term, hold, last_holders};

/// An employee and what a door is asked to change. What must wait is taken out of the change.
#[derive(Debug)]
pub struct Guarded<'a> {
    pub present: &'a Employee,
    pub change: &'a mut EmployeeChange,
}

/// What holding back has led to.
#[derive(Debug, Default)]
pub struct Held {
    /// The people for whom what waits has changed.
    pub moved: BTreeSet<Uuid>,
    /// The people of whom something that was asked waits.
    pub waits: BTreeSet<Uuid>,
}

/// Leaves in the changes only what is written at once; the rest is proposed.
pub async fn hold_back(tx: &mut Tx<'_>, all: &mut [Guarded<'_>]) -> Result<Held> {
    let today = today(tx).await?;
    let mentioned = all.iter().filter(|one| one.change.external_ids.is_some()).map(|one| one.present.id);
    let mentioned: Vec<Uuid> = mentioned.collect();
    let sets = external_ids::find_all(tx, &mentioned).await?;
    let mut asked = Vec::new();
    for one in all.iter() {
        let ids = sets.get(&one.present.id).map(Vec::as_slice).unwrap_or_default();
        asked.extend(asked_of(one, ids, today)?);
    }
    let fates = hold(tx, &asked).await?;
    let mut people: BTreeMap<Uuid, &mut Guarded<'_>> = all.iter_mut().map(|one| (one.present.id, one)).collect();
    let mut held = Held::default();
    for (asked, fate) in asked.iter().zip(fates) {
        if fate.is_new {
            held.moved.insert(asked.employee);
        }
        if fate.waits {
            held.waits.insert(asked.employee);
        }
        if fate.waits
            && let Some(one) = people.get_mut(&asked.employee)
        {
            let ids = sets.get(&asked.employee).map(Vec::as_slice).unwrap_or_default();
            take_out(one.change, asked, ids);
        }
    }
    Ok(held)
}

/// Everything the change mentions that may have to wait, values that stay the same included.
fn asked_of(one: &Guarded<'_>, ids: &[ExternalId], today: NaiveDate) -> Result<Vec<Asked>> {
    let (present, change) = (one.present, &*one.change);
    let mut asked = Vec::new();
    if let Some(number) = &change.employee_number {
        let (from, to) = (value(&present.employee_number)?, value(number)?);
        asked.push(Asked::of_mark(present.id, EmployeeKey::EmployeeNumber, from, to));
    }
    if let Some(email) = &change.email {
        asked.push(Asked::of_mark(present.id, EmployeeKey::Email, value(&present.email)?, value(email)?));
    }
    if let Some(wanted) = &change.external_ids {
        asked.extend(asked_of_ids(present.id, ids, wanted.as_deref().unwrap_or_default()));
    }
    if change.hired_on.is_some() || change.left_on.is_some() {
        asked.push(asked_of_employment(one, today)?);
    }
    Ok(asked)
}

/// What stands of the field that the change is about, as its proposal shows it. The person is locked.
pub async fn standing(tx: &mut Tx<'_>, change: &AccessChange) -> Result<Value> {
    let present = Thing::Employee.require(queries::find_for_update(tx, change.employee_id).await?)?;
    match change.field {
        AccessField::EmployeeNumber => value(&present.employee_number),
        AccessField::Email => value(&present.email),
        AccessField::Employment => days(&present),
        _ => {
            let ids = external_ids::find_all(tx, &[present.id]).await?.remove(&present.id).unwrap_or_default();
            let mut parts = change.target.splitn(3, '/').skip(1);
            let (system, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            Ok(values(&ids, system, kind))
        }
    }
}

/// The days of the latest employment.
fn days(employee: &Employee) -> Result<Value> {
    value(&json!({"hired_on": employee.hired_on, "left_on": employee.left_on}))
}

/// The first and the last day are one change: who is hired again gets both.
fn asked_of_employment(one: &Guarded<'_>, today: NaiveDate) -> Result<Asked> {
    let (present, after) = (one.present, one.change.apply(one.present));
    let mentions = [("hired_on", one.change.hired_on.is_some()), ("left_on", one.change.left_on.is_some())];
    let mentions = mentions.into_iter().filter(|(_, mentioned)| *mentioned).map(|(part, _)| part);
    Ok(Asked {
        gives: term(present).gains(term(&after), today),
        mentions: Some(mentions.collect()),
        ..Asked::of(present.id, AccessField::Employment, days(present)?, days(&after)?)
    })
}

/// The latest employment.
fn term(employee: &Employee) -> Term {
    Term { from: employee.hired_on, to: employee.employment().end() }
}

/// For each kind of id that the person has or gets.
fn asked_of_ids(employee: Uuid, present: &[ExternalId], wanted: &[ExternalId]) -> Vec<Asked> {
    let kinds: BTreeSet<(&str, &str)> =
        present.iter().chain(wanted).map(|id| (id.system.as_str(), id.kind.as_str())).collect();
    let asked = kinds.into_iter().map(|(system, kind)| {
        let key = EmployeeKey::ExternalId { system: system.to_owned(), kind: kind.to_owned() };
        Asked::of_mark(employee, key, values(present, system, kind), values(wanted, system, kind))
    });
    asked.collect()
}

/// The ids of one kind, as the list that an access change shows.
fn values(ids: &[ExternalId], system: &str, kind: &str) -> Value {
    let of_kind = ids.iter().filter(|id| id.system.as_str() == system && id.kind.as_str() == kind);
    let mut values: Vec<&ExternalId> = of_kind.collect();
    values.sort();
    json!(values)
}

fn value(of: &impl Serialize) -> Result<Value> {
    serde_json::to_value(of).map_err(Error::internal)
}

/// Takes what waits out of the change.
fn take_out(change: &mut EmployeeChange, asked: &Asked, ids: &[ExternalId]) {
    match &asked.key {
        Some(EmployeeKey::EmployeeNumber) => change.employee_number = None,
        Some(EmployeeKey::Email) => change.email = None,
        Some(EmployeeKey::ExternalId { system, kind }) => {
            let waits = |id: &&ExternalId| id.system.as_str() == system && id.kind.as_str() == kind;
            let wanted = change.external_ids.take().flatten().unwrap_or_default();
            let rest = wanted.iter().filter(|id| !waits(id)).chain(ids.iter().filter(waits));
            change.external_ids = Some(Some(rest.cloned().collect()));
        }
        None => {
            change.hired_on = None;
            change.left_on = None;
        }
    }
}

/// The people whose employment may not end as asked, each with the fault: nobody could give access any more. What would give
/// access waits, so it does not count.
pub async fn uncovered(tx: &mut Tx<'_>, changes: &[(&Employee, &Employee)]) -> Result<BTreeMap<Uuid, Fault>> {
    let terms = changes.iter().map(|(present, asked)| (present.id, term(present), term(asked)));
    let changed: Vec<(Uuid, Term, Term)> = terms.filter(|(_, before, after)| before != after).collect();
    if changed.is_empty() {
        return Ok(BTreeMap::new());
    }
    let today = today(tx).await?;
    let ends = changed.into_iter().filter(|(_, before, after)| !before.gains(*after, today));
    let terms: BTreeMap<Uuid, Term> = ends.map(|(id, _, after)| (id, after)).collect();
    let last = last_holders(tx, &terms).await?;
    let fault = |holder: Holder| {
        let ends = terms.get(&holder.id).is_some_and(|term| term.to != holder.left_on);
        let pointer = if ends { "/left_on" } else { "/hired_on" };
        (holder.id, Fault::new(pointer, FaultCode::LastAccessHolder).with("name", data(holder.name)))
    };
    Ok(last.into_iter().map(fault).collect())
}
