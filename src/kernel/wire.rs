//! Checks of days and instants in requests, for `#[validate(custom(function = "..."))]`.

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use validator::ValidationError;

use super::fault::{Fault, FaultCode};
use super::last_day::LastDay;
use super::message::{Param, data};
use super::patch::Patch;
use super::phrases::Form;

/// The finding that a value does not have this form.
impl From<Form> for ValidationError {
    fn from(form: Form) -> Self {
        Self::new(form.name())
    }
}

/// A value with a day to check, or without one.
pub trait HoldsDay {
    fn held(&self) -> Option<&NaiveDate>;
}

impl<H: HoldsDay> HoldsDay for &H {
    fn held(&self) -> Option<&NaiveDate> {
        (*self).held()
    }
}

impl HoldsDay for NaiveDate {
    fn held(&self) -> Option<&NaiveDate> {
        Some(self)
    }
}

impl HoldsDay for Patch<NaiveDate> {
    fn held(&self) -> Option<&NaiveDate> {
        match self {
            Self::Value(day) => Some(day),
            Self::Absent | Self::Null => None,
        }
    }
}

impl HoldsDay for LastDay {
    fn held(&self) -> Option<&NaiveDate> {
        Some(self.as_day())
    }
}

impl HoldsDay for Patch<LastDay> {
    fn held(&self) -> Option<&NaiveDate> {
        match self {
            Self::Value(day) => Some(day.as_day()),
            Self::Absent | Self::Null => None,
        }
    }
}

/// A day that a company may have facts about: from 1900 to 9999, which every system can represent.
pub fn day(day: &impl HoldsDay) -> Result<(), ValidationError> {
    match day.held() {
        Some(day) if !(1900..=9999).contains(&day.year()) => Err(out_of_range("1900-01-01", "9999-12-31")),
        _ => Ok(()),
    }
}

/// An instant from 1900 to 9999.
pub fn instant(instant: &DateTime<Utc>) -> Result<(), ValidationError> {
    if (1900..=9999).contains(&instant.year()) { Ok(()) } else { Err(out_of_range(FIRST_INSTANT, LAST_INSTANT)) }
}

const FIRST_INSTANT: &str = "1900-01-01T00:00:00Z";
const LAST_INSTANT: &str = "9999-12-31T23:59:59Z";

/// The fault of an instant that is not from 1900 to 9999.
#[must_use]
pub fn instant_fault(pointer: &str, given: DateTime<Utc>) -> Option<Fault> {
    instant(&given).is_err().then(|| between(pointer, data(FIRST_INSTANT), data(LAST_INSTANT)))
}

/// The fault of an instant that is later than now. The bound is told as the clocks of the zone show it, in the form in which it can
/// be sent.
#[must_use]
pub fn future_fault(pointer: &str, given: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Option<Fault> {
    (given > now).then(|| between(pointer, data(FIRST_INSTANT), data(to_the_second(now, zone))))
}

/// The fault of an instant that is not later than now. The bound is told as that of [`future_fault`].
#[must_use]
pub fn past_fault(pointer: &str, given: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Option<Fault> {
    let next = now + TimeDelta::seconds(1);
    (given <= now).then(|| between(pointer, data(to_the_second(next, zone)), data(LAST_INSTANT)))
}

fn to_the_second(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn between(pointer: &str, min: Param, max: Param) -> Fault {
    Fault::new(pointer, FaultCode::OutOfRange).with("min", min).with("max", max)
}

/// A day to compare with: any day that RFC 3339 can represent.
pub fn any_day(day: &impl HoldsDay) -> Result<(), ValidationError> {
    match day.held() {
        Some(day) if !(0..=9999).contains(&day.year()) => Err(out_of_range("0000-01-01", "9999-12-31")),
        _ => Ok(()),
    }
}

/// An instant to compare with: any instant that RFC 3339 can represent.
pub fn any_instant(instant: &DateTime<Utc>) -> Result<(), ValidationError> {
    // With an offset, an instant in the year 0 may be in the year before in UTC, and one in 9999 in the year after.
    if (-1..=10_000).contains(&instant.year()) {
        Ok(())
    } else {
        Err(out_of_range("0000-01-01T00:00:00Z", LAST_INSTANT))
    }
}

fn out_of_range(min: &'static str, max: &'static str) -> ValidationError {
    let mut error = ValidationError::new("range");
    error.add_param("min".into(), &min);
    error.add_param("max".into(), &max);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_of_this_age() {
        for (given, good) in
            [("1899-12-31", false), ("1900-01-01", true), ("9999-12-31", true), ("+10000-01-01", false)]
        {
            assert_eq!(day(&given.parse::<NaiveDate>().unwrap()).is_ok(), good, "{given}");
        }
    }

    #[test]
    fn what_is_compared_with_may_be_of_any_age() {
        for (given, good) in [("0000-01-01", true), ("9999-12-31", true), ("+10000-01-01", false)] {
            assert_eq!(any_day(&given.parse::<NaiveDate>().unwrap()).is_ok(), good, "{given}");
        }
        for (given, good) in [("0000-01-01T00:00:00+14:00", true), ("9999-12-31T23:59:59-14:00", true)] {
            assert_eq!(any_instant(&given.parse::<DateTime<Utc>>().unwrap()).is_ok(), good, "{given}");
        }
        assert!(any_instant(&DateTime::<Utc>::MAX_UTC).is_err());
    }
}
