//! What a change of employees leaves to a second person, and whose employment may not end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::{EmployeeChange, ExternalId};
use super::external_ids;
use super::model::Employee;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::last_day::LastDay;
use crate::kernel::message::data;
use crate::keys::EmployeeKey;
use crate::people::today;
use crate::sign_in::{AccessField, Asked, Term, hold, last_holders};

/// An employee and what a door is asked to change. What must wait is taken out of the change.
#[derive(Debug)]
pub struct Guarded<'a> {
    pub present: &'a Employee,
    pub change: &'a mut EmployeeChange,
}

/// Leaves in the changes only what is written at once; the rest is proposed. Returns the people for whom what waits has changed.
pub async fn hold_back(tx: &mut Tx<'_>, all: &mut [Guarded<'_>]) -> Result<BTreeSet<Uuid>> {
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
    let mut moved = BTreeSet::new();
    for (asked, fate) in asked.iter().zip(fates) {
        if fate.is_new {
            moved.insert(asked.employee);
        }
        if fate.waits
            && let Some(one) = people.get_mut(&asked.employee)
        {
            let ids = sets.get(&asked.employee).map(Vec::as_slice).unwrap_or_default();
            take_out(one, asked, ids);
        }
    }
    Ok(moved)
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
    // Who is hired again gets access again. The end of the new employment is not asked by itself: it waits with its beginning.
    let hired_again = is_hired_again(present, change);
    if let Some(hired_on) = change.hired_on {
        let gives = hired_again || starts_sooner(present.hired_on, hired_on, today);
        let of = Asked::of(present.id, AccessField::HiredOn, value(&present.hired_on)?, value(&hired_on)?);
        asked.push(Asked { gives, ..of });
    }
    if let Some(left_on) = change.left_on.filter(|_| !hired_again) {
        let gives = ends_later(present.left_on, left_on, today);
        let of = Asked::of(present.id, AccessField::LeftOn, value(&present.left_on)?, value(&left_on)?);
        asked.push(Asked { gives, ..of });
    }
    Ok(asked)
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

/// Whether the first day moves so that somebody who is not employed yet is employed sooner.
fn starts_sooner(from: Option<NaiveDate>, to: Option<NaiveDate>, today: NaiveDate) -> bool {
    from.is_some_and(|from| from > today && to.is_none_or(|to| to < from))
}

/// Whether the end moves so that somebody is employed who would not be.
fn ends_later(from: Option<LastDay>, to: Option<LastDay>, today: NaiveDate) -> bool {
    from.is_some_and(|from| to.is_none_or(|to| to > from && to.day() >= today))
}

fn is_hired_again(present: &Employee, change: &EmployeeChange) -> bool {
    present.employment().precedes(&change.apply(present).employment())
}

/// Takes what waits out of the change.
fn take_out(one: &mut Guarded<'_>, asked: &Asked, ids: &[ExternalId]) {
    let hired_again = is_hired_again(one.present, one.change);
    let change = &mut *one.change;
    match (&asked.key, asked.field) {
        (Some(EmployeeKey::EmployeeNumber), _) => change.employee_number = None,
        (Some(EmployeeKey::Email), _) => change.email = None,
        (Some(EmployeeKey::ExternalId { system, kind }), _) => {
            let waits = |id: &&ExternalId| id.system.as_str() == system && id.kind.as_str() == kind;
            let wanted = change.external_ids.take().flatten().unwrap_or_default();
            let rest = wanted.iter().filter(|id| !waits(id)).chain(ids.iter().filter(waits));
            change.external_ids = Some(Some(rest.cloned().collect()));
        }
        (None, AccessField::HiredOn) if hired_again => (change.hired_on, change.left_on) = (None, None),
        (None, AccessField::HiredOn) => change.hired_on = None,
        (None, _) => change.left_on = None,
    }
}

/// The people whose employment may not end as asked, each with the fault: nobody could give access any more. What would give
/// access waits, so it does not count.
pub async fn uncovered(tx: &mut Tx<'_>, changes: &[(&Employee, &Employee)]) -> Result<BTreeMap<Uuid, Fault>> {
    let shortened = |(present, asked): &(&Employee, &Employee)| {
        let end = present.employment().end();
        let term = Term { from: present.hired_on.max(asked.hired_on), to: earlier(end, asked.employment().end()) };
        let is_shorter = (term.from, term.to) != (present.hired_on, end);
        is_shorter.then_some((present.id, term))
    };
    let terms: BTreeMap<Uuid, Term> = changes.iter().filter_map(shortened).collect();
    let last = last_holders(tx, &terms).await?;
    let fault = |holder: crate::sign_in::Holder| {
        let ends = terms.get(&holder.id).is_some_and(|term| term.to != holder.left_on);
        let pointer = if ends { "/left_on" } else { "/hired_on" };
        (holder.id, Fault::new(pointer, FaultCode::LastAccessHolder).with("name", data(holder.name)))
    };
    Ok(last.into_iter().map(fault).collect())
}

/// The earlier of two ends; none is never.
fn earlier(one: Option<NaiveDate>, other: Option<NaiveDate>) -> Option<NaiveDate> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        (!text.is_empty()).then(|| text.parse().unwrap())
    }

    #[test]
    fn only_what_gives_access_waits() {
        let today = day("2026-03-01").unwrap();
        for (from, to, gives) in [
            ("", "2026-06-01", false),
            ("2026-06-01", "", true),
            ("2026-02-01", "", true),
            ("2026-06-01", "2026-07-01", true),
            ("2026-06-01", "2026-05-01", false),
            ("2026-01-01", "2026-02-01", false),
        ] {
            assert_eq!(ends_later(day(from), day(to), today), gives, "the end moves from {from:?} to {to:?}");
        }
        for (from, to, gives) in [
            ("", "2020-01-01", false),
            ("2020-01-01", "2019-01-01", false),
            ("2026-06-01", "2026-04-01", true),
            ("2026-06-01", "", true),
            ("2026-06-01", "2026-07-01", false),
        ] {
            assert_eq!(starts_sooner(day(from), day(to), today), gives, "the first day moves from {from:?} to {to:?}");
        }
    }
}
