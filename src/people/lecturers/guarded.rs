//! What a change of an appointment leaves to a second person: the level of past days, which sets the fee of sessions that were given
//! on them. What moves no level of a past day is written at once. A second person confirms what the proposal shows: nothing is
//! written if the appointment has changed since.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Lecturer, LecturerLevel};
use super::queries;
use crate::error::{Code, Error, Result, only};
use crate::journal::{Days, Tx};
use crate::kernel::last_day::LastDay;
use crate::kernel::message::data;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Label;
use crate::people::today;
use crate::sign_in::{AccessChange, AccessField, Asked, hold};

/// A level from a day on, as an access change has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelFrom {
    pub level: Label,
    pub starts_on: NaiveDate,
}

/// The days of an appointment, as an access change has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentDays {
    pub appointed_on: NaiveDate,
    pub ended_on: Option<LastDay>,
    /// The last day of the term, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_ends_on: Option<LastDay>,
}

impl AppointmentDays {
    #[must_use]
    pub fn of(lecturer: &Lecturer) -> Self {
        Self {
            appointed_on: lecturer.appointed_on,
            ended_on: lecturer.ended_on.map(LastDay::before),
            term_ends_on: lecturer.term_to.map(LastDay::before),
        }
    }

    /// With the end that a file says. A term that is over before that is none any more.
    #[must_use]
    pub fn ending(self, ended_on: Option<LastDay>) -> Self {
        let term_ends_on = self.term_ends_on.filter(|term| ended_on.is_some_and(|end| end <= *term));
        Self { ended_on, term_ends_on, ..self }
    }
}

/// An appointment, by its employee and its own id.
#[derive(Debug, Clone, Copy)]
pub struct Of {
    pub employee: Uuid,
    pub appointment: Uuid,
}

impl From<&Lecturer> for Of {
    fn from(lecturer: &Lecturer) -> Self {
        Self { employee: lecturer.employee_id, appointment: lecturer.id }
    }
}

/// The level of the appointment from this day on; `present` is the level that stands on it.
pub fn asked_level(of: Of, present: Option<Label>, proposed: LevelFrom, today: NaiveDate) -> Result<Asked> {
    let starts_on = proposed.starts_on;
    let present = present.map(|level| LevelFrom { level, starts_on });
    let asked = Asked::of(of.employee, AccessField::LecturerLevel, value(&present)?, value(&proposed)?);
    Ok(Asked { target: format!("{}/{starts_on}", of.appointment), gives: starts_on < today, ..asked })
}

/// Other days of the appointment; `part` is the end that changes. It waits if it `moves_levels` of past days.
pub fn asked_days(
    of: Of,
    part: &'static str,
    present: AppointmentDays,
    proposed: AppointmentDays,
    moves_levels: bool,
) -> Result<Asked> {
    let asked = Asked::of(of.employee, AccessField::Appointment, value(&present)?, value(&proposed)?);
    Ok(Asked { target: format!("{}/{part}", of.appointment), gives: moves_levels, ..asked })
}

/// The change of an appointment's days, with the levels that stood when it was proposed. They must be the same when it is confirmed.
#[must_use]
pub fn with_levels(mut asked: Asked, levels: &[LecturerLevel]) -> Asked {
    if let Value::Object(present) = &mut asked.present {
        present.insert(LEVELS.to_owned(), levels_value(levels));
    }
    asked
}

const LEVELS: &str = "levels";

fn levels_value(levels: &[LecturerLevel]) -> Value {
    let level = |one: &LecturerLevel| json!({"level": one.level, "starts_on": one.valid_from, "end": one.valid_to});
    levels.iter().map(level).collect()
}

/// Refuses a change that was proposed when the appointment or its levels, or the level on its day, were others.
pub fn check_as_proposed(change: &AccessChange, lecturer: &Lecturer, levels: &[LecturerLevel]) -> Result<()> {
    let is_same = if change.field == AccessField::LecturerLevel {
        let LevelFrom { starts_on, .. } = parsed(&change.proposed)?;
        let level = level_on(levels, starts_on);
        parsed::<Option<LevelFrom>>(&change.present)? == level.map(|level| LevelFrom { level, starts_on })
    } else {
        let has_same_levels = change.present.get(LEVELS).is_none_or(|stood| *stood == levels_value(levels));
        has_same_levels && parsed::<AppointmentDays>(&change.present)? == AppointmentDays::of(lecturer)
    };
    if is_same {
        return Ok(());
    }
    Err(Error::state(Thing::Appointment, Condition::ChangedSince, Condition::AsProposed))
}

/// The level that is valid on that day.
#[must_use]
pub fn level_on(levels: &[LecturerLevel], day: NaiveDate) -> Option<Label> {
    let is_on = |one: &&LecturerLevel| one.valid_from <= day && one.valid_to.is_none_or(|to| day < to);
    levels.iter().find(is_on).map(|one| one.level.clone())
}

/// Refuses what moves the appointment or its level on past days of which money has left.
pub async fn refuse_paid(tx: &mut Tx<'_>, days: Days) -> Result<()> {
    let today = today(tx).await?;
    let end = days.end.map_or(today, |end| end.min(today));
    let Some(first) = days.first.filter(|first| *first < end) else { return Ok(()) };
    match queries::first_paid(tx, days.employee, first, end).await? {
        Some(paid) => Err(Error::new(Code::MoneyHasLeft)
            .with("first", data(paid.earned_starts_on))
            .with("last", data(paid.earned_ends_on))
            .with("pay_period", data(paid.pay_period))
            .with("pay_group", data(paid.pay_group))
            .member("batch_id", json!(paid.batch_id))),
        None => Ok(()),
    }
}

/// Proposes the change if a second person must confirm it. Returns whether it waits. The appointment has a new version if what
/// waits has changed.
pub async fn waits(tx: &mut Tx<'_>, lecturer: &Lecturer, asked: Asked) -> Result<bool> {
    let fate = only(hold(tx, &[asked]).await?)?;
    if fate.is_new {
        queries::touch(tx, lecturer.id).await?;
    }
    Ok(fate.waits)
}

/// Whether past days lose or get a level if the appointment, with these levels, ends on `end` instead of `before` (the first days
/// without it). If it ends later, the level that it had last goes on.
#[must_use]
pub fn end_moves_levels(
    levels: &[LecturerLevel],
    (before, end): (Option<NaiveDate>, Option<NaiveDate>),
    today: NaiveDate,
) -> bool {
    let end_of = |day: Option<NaiveDate>| day.unwrap_or(NaiveDate::MAX);
    let (before, end) = (end_of(before), end_of(end));
    let moves = |level: &LecturerLevel| {
        let to = end_of(level.valid_to);
        level.valid_from < today && if end < before { to > end } else { to >= before }
    };
    before.min(end) < today && levels.iter().any(moves)
}

/// Whether past days lose or get a level if the first day of the appointment, with these levels, becomes `day` instead of `before`.
#[must_use]
pub fn start_moves_levels(levels: &[LecturerLevel], before: NaiveDate, day: NaiveDate, today: NaiveDate) -> bool {
    let moves = |level: &LecturerLevel| level.valid_from == before || level.valid_from < day;
    before.min(day) < today && levels.iter().any(moves)
}

/// The appointment that a change is about.
pub fn appointment_of(change: &AccessChange) -> Result<Uuid> {
    let id = change.target.split('/').next().unwrap_or_default();
    id.parse().map_err(Error::internal)
}

/// A value of an access change.
pub fn parsed<T: DeserializeOwned>(value: &Value) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(Error::internal)
}

fn value(of: &impl Serialize) -> Result<Value> {
    serde_json::to_value(of).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, n).unwrap()
    }

    fn level(from: u32, to: Option<u32>) -> LecturerLevel {
        LecturerLevel {
            tenant_id: Uuid::nil(),
            id: Uuid::nil(),
            lecturer_id: Uuid::nil(),
            level: "L1".parse().unwrap(),
            valid_from: day(from),
            valid_to: to.map(day),
            created_at: DateTime::<Utc>::UNIX_EPOCH,
            updated_at: DateTime::<Utc>::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_end_moves_levels_that_past_days_have() {
        for (levels, before, end, moves) in [
            (vec![], None, Some(5), false),
            (vec![level(1, None)], None, Some(5), true),
            (vec![level(1, None)], None, Some(20), false),
            (vec![level(1, Some(5))], None, Some(5), false),
            (vec![level(1, Some(5)), level(5, Some(9))], None, Some(5), true),
            (vec![level(25, None)], None, Some(5), false),
            // It goes on.
            (vec![level(1, Some(5))], Some(5), None, true),
            (vec![level(1, Some(5))], Some(5), Some(7), true),
            (vec![level(1, Some(3))], Some(5), Some(7), false),
            (vec![level(1, Some(22))], Some(22), None, false),
            (vec![level(1, Some(5))], Some(5), Some(5), true),
        ] {
            let days = (before.map(day), end.map(day));
            assert_eq!(end_moves_levels(&levels, days, day(20)), moves, "{levels:?} {days:?}");
        }
    }

    #[test]
    fn a_first_day_moves_the_level_that_began_with_it_and_those_before() {
        for (levels, before, to, moves) in [
            (vec![], 1, 5, false),
            (vec![level(1, None)], 1, 5, true),
            (vec![level(5, None)], 5, 1, true),
            (vec![level(7, None)], 1, 5, false),
            (vec![level(3, None)], 1, 5, true),
            (vec![level(22, None)], 22, 25, false),
        ] {
            assert_eq!(start_moves_levels(&levels, day(before), day(to), day(20)), moves, "{levels:?} {before} {to}");
        }
    }
}
