//! When people are employed: hired, left, hired again.
//!
//! The latest employment is in the person's own row (`hired_on`, `left_on`), those before it are kept beside it. What depends on an
//! employment ends with it, whoever sends its last day: the department, planned moves, appointments as lecturer. If the last day is
//! moved, so is the end of the department, and the end of an appointment is moved to the new last day; but an appointment does not
//! come back by itself when the person stays or is hired again. The level that a lecturer had on a past day is none of these: it is
//! kept when the appointment ends, and changes by two persons only.
//!
//! A suspension until further notice ends with the employment as well, and lasts on if the person stays after all: nobody has lifted
//! it. One that was to begin later is gone once the person is hired again.

mod queries;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Result;
use crate::journal::{Days, Event, Tx};
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::last_day::LastDay;
use crate::kernel::message::{Words, data};
use crate::people::lecturers::{self, GoesOn};

pub use queries::{EndedAppointment, find_earlier, replace_earlier, shown};

/// A time in which a person is employed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Employment {
    /// First day of the employment. Null if it is unknown.
    pub hired_on: Option<NaiveDate>,
    /// Last day of the employment (included). Null if it has no end.
    pub left_on: Option<LastDay>,
}

impl Employment {
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.hired_on.is_none_or(|hired| hired <= day) && self.left_on.is_none_or(|left| day <= left.day())
    }

    /// Whether it is over before the other one begins.
    #[must_use]
    pub fn precedes(&self, other: &Self) -> bool {
        self.left_on.zip(other.hired_on).is_some_and(|(left, hired)| left.day() < hired)
    }

    /// The first day on which it is over.
    #[must_use]
    pub fn end(&self) -> Option<NaiveDate> {
        self.left_on.map(LastDay::day_after)
    }
}

/// The employments before the latest one when that changes from `before` to `after`. A first day after the last one means that the
/// person was hired again. What the latest one now covers is no employment of its own.
#[must_use]
pub fn earlier_than(after: &Employment, before: Employment, earlier: &[Employment]) -> Vec<Employment> {
    let all = std::iter::once(before).chain(earlier.iter().copied());
    all.filter(|one| one.precedes(after)).collect()
}

/// The employments of somebody with two records, latest first: those of either. Those that overlap are one. A record without any day
/// says nothing about the other one.
#[must_use]
pub fn united(kept: &[Employment], other: &[Employment]) -> Vec<Employment> {
    let says_nothing = *other == [Employment::default()];
    let other = if says_nothing { &[][..] } else { other };
    let mut all: Vec<Employment> = kept.iter().chain(other).copied().collect();
    all.sort_unstable_by_key(|one| one.hired_on);
    let mut united: Vec<Employment> = Vec::new();
    for next in all {
        match united.last_mut().filter(|last| !last.precedes(&next)) {
            Some(last) => last.left_on = last.left_on.zip(next.left_on).map(|(one, other)| one.max(other)),
            None => united.push(next),
        }
    }
    united.reverse();
    united
}

/// A change of a person's latest employment.
#[derive(Debug, Clone, Copy)]
pub struct DatesChange {
    pub employee: Uuid,
    pub before: Employment,
    pub after: Employment,
}

impl DatesChange {
    /// The days on which the person is employed now and was not, or the other way round.
    fn days(&self) -> Vec<Days> {
        let (employee, before, after) = (self.employee, self.before, self.after);
        if before.precedes(&after) {
            return vec![Days { employee, first: after.hired_on, end: after.end() }];
        }
        let mut days = vec![Days::between(employee, before.end(), after.end())];
        if before.hired_on != after.hired_on {
            // No first day: since ever.
            let first = before.hired_on.zip(after.hired_on).map(|(one, other)| one.min(other));
            days.push(Days { employee, first, end: before.hired_on.max(after.hired_on) });
        }
        days
    }
}

/// An appointment as lecturer whose last day is another one now, because the employment's is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndedWithEmployment {
    /// Id of the appointment.
    pub lecturer_id: Uuid,
    /// Its last day (included).
    pub ended_on: LastDay,
}

impl From<&EndedAppointment> for EndedWithEmployment {
    fn from(ended: &EndedAppointment) -> Self {
        Self { lecturer_id: ended.id, ended_on: LastDay::before(ended.ended_on) }
    }
}

/// Lets everything that depends on these employments follow them. The caller holds the locks on the people and writes their rows.
/// Returns the appointments that end with them.
pub async fn settle(tx: &mut Tx<'_>, changes: &[DatesChange]) -> Result<Vec<EndedAppointment>> {
    let changes: Vec<DatesChange> = changes.iter().copied().filter(|change| change.before != change.after).collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = changes.iter().map(|change| change.employee).collect();
    let mut stored = find_earlier(tx, &ids).await?;
    let mut rewritten: BTreeMap<Uuid, Vec<Employment>> = BTreeMap::new();
    for change in &changes {
        let present = stored.remove(&change.employee).unwrap_or_default();
        let wanted = earlier_than(&change.after, change.before, &present);
        if wanted != present {
            rewritten.insert(change.employee, wanted);
        }
    }
    queries::replace_earlier(tx, &rewritten).await?;
    let days: Vec<Days> = changes.iter().flat_map(DatesChange::days).collect();
    tx.touch_days(&days).await?;
    queries::settle_memberships(tx, &changes).await?;
    let ended = queries::settle_appointments(tx, &changes).await?;
    let goes_on = |one: &EndedAppointment| {
        let from = one.before.filter(|before| *before < one.ended_on)?;
        Some(GoesOn { appointment: one.id, employee: one.employee_id, from, end: one.ended_on })
    };
    settle_suspensions(tx, &changes).await?;
    lecturers::go_on(tx, &ended.iter().filter_map(goes_on).collect::<Vec<_>>()).await?;
    for ended in &ended {
        let payload = json!({"employee_id": ended.employee_id, "ended_on": LastDay::before(ended.ended_on)});
        tx.emit(Event::new("lecturer.ended", "lecturer", ended.id, payload));
    }
    Ok(ended)
}

/// Lets suspensions until further notice follow, after the appointments: whoever suspends somebody holds the appointment.
async fn settle_suspensions(tx: &mut Tx<'_>, changes: &[DatesChange]) -> Result<()> {
    for gone in queries::delete_suspensions(tx, changes).await? {
        let payload = json!({"employee_id": gone.employee_id});
        tx.emit(Event::new("absence.deleted", "absence", gone.id, payload));
    }
    for ended in queries::settle_suspensions(tx, changes).await? {
        let payload = json!({"employee_id": ended.employee_id, "kind": "suspension", "ends_on": ended.ends_on});
        tx.emit(Event::new("absence.updated", "absence", ended.id, payload));
    }
    Ok(())
}

/// The employment of a person on that day.
pub async fn employment_on(
    tx: &mut Tx<'_>,
    employee: Uuid,
    latest: Employment,
    day: NaiveDate,
) -> Result<Option<Employment>> {
    let earlier = find_earlier(tx, &[employee]).await?.remove(&employee).unwrap_or_default();
    Ok(std::iter::once(latest).chain(earlier).find(|one| one.covers(day)))
}

/// A fault for each of these people (with the place in the request) who is not employed on the day, in the same order. People who
/// do not exist have none.
pub async fn unemployed(tx: &mut Tx<'_>, asked: &[(String, Uuid, NaiveDate)]) -> Result<Vec<Fault>> {
    let found = queries::unemployed(tx, asked).await?;
    let fault = |(at, person): (usize, Words)| {
        asked.get(at).map(|(pointer, _, day)| not_employed(pointer.clone(), person, *day))
    };
    Ok(found.into_iter().filter_map(fault).collect())
}

/// The fault that the person, by name and number, is not employed on that day.
#[must_use]
pub fn not_employed(pointer: impl Into<String>, person: Words, day: NaiveDate) -> Fault {
    Fault::new(pointer, FaultCode::NotEmployed).with("person", person).with("day", data(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn employment(hired: &str, left: &str) -> Employment {
        let day = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Employment { hired_on: day(hired), left_on: day(left).map(LastDay::new) }
    }

    #[test]
    fn two_records_have_the_employments_of_either() {
        let first = employment("2020-01-01", "2022-06-30");
        let again = employment("2023-01-01", "");
        let always = employment("", "");
        assert_eq!(united(&[again], &[first]), [again, first]);
        assert_eq!(united(&[first], &[again]), [again, first], "hired again under another number");
        assert_eq!(united(&[again, first], &[again]), [again, first]);
        assert_eq!(united(&[first], &[employment("2022-06-30", "")]), [employment("2020-01-01", "")], "they overlap");
        assert_eq!(united(&[first], &[employment("2022-07-01", "")]), [employment("2022-07-01", ""), first]);
        assert_eq!(united(&[first], &[employment("2021-01-01", "2021-12-31")]), [first]);
        assert_eq!(united(&[first], &[always]), [first], "a record without days says nothing");
        assert_eq!(united(&[always], &[first]), [always]);
    }

    #[test]
    fn a_later_first_day_is_another_employment_and_any_other_change_a_correction() {
        let first = employment("2020-01-01", "2022-06-30");
        let second = employment("2023-01-01", "");
        assert_eq!(earlier_than(&second, first, &[]), [first], "hired again");
        assert_eq!(earlier_than(&employment("2023-01-01", "2024-01-31"), second, &[first]), [first], "left again");
        assert_eq!(earlier_than(&employment("2020-01-01", ""), second, &[first]), [], "was never away");
        assert_eq!(earlier_than(&employment("2019-01-01", "2022-06-30"), first, &[]), [], "a correction");
        assert_eq!(earlier_than(&employment("", ""), second, &[first]), []);
        assert_eq!(earlier_than(&employment("2022-07-01", ""), first, &[]), [first], "on the next day");
    }
}
