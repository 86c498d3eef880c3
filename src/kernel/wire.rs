//! Checks of single values from outside, for `#[validate(custom(function = "..."))]`.
//!
//! The contract says the same: a line has the pattern `^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$`, a code has
//! `^[A-Za-z0-9][A-Za-z0-9._-]*$`.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use validator::ValidationError;

use super::fault::has_code_characters;
use super::patch::Patch;
use super::phrases::Form;

/// The finding that a value does not have this form.
impl From<Form> for ValidationError {
    fn from(form: Form) -> Self {
        Self::new(form.name())
    }
}

/// Something that holds a value to check, or none.
pub trait Holds<T: ?Sized> {
    fn held(&self) -> Option<&T>;
}

impl Holds<str> for String {
    fn held(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: ?Sized, H: Holds<T>> Holds<T> for &H {
    fn held(&self) -> Option<&T> {
        (*self).held()
    }
}

impl Holds<NaiveDate> for NaiveDate {
    fn held(&self) -> Option<&NaiveDate> {
        Some(self)
    }
}

impl Holds<str> for Patch<String> {
    fn held(&self) -> Option<&str> {
        match self {
            Self::Value(text) => Some(text),
            Self::Absent | Self::Null => None,
        }
    }
}

impl Holds<NaiveDate> for Patch<NaiveDate> {
    fn held(&self) -> Option<&NaiveDate> {
        match self {
            Self::Value(day) => Some(day),
            Self::Absent | Self::Null => None,
        }
    }
}

/// A line of text: no control characters, no space at either end.
pub fn line(text: &impl Holds<str>) -> Result<(), ValidationError> {
    let Some(text) = text.held() else { return Ok(()) };
    let controls = text.bytes().any(|byte| byte.is_ascii_control());
    if controls || text.starts_with(' ') || text.ends_with(' ') {
        return Err(Form::Line.into());
    }
    Ok(())
}

/// A text of several lines: no NUL, which the database cannot hold.
pub fn text(text: &impl Holds<str>) -> Result<(), ValidationError> {
    match text.held() {
        Some(text) if text.contains('\0') => Err(Form::Text.into()),
        _ => Ok(()),
    }
}

/// A code of Lectern's own: letters, digits, `.`, `_` and `-`, starting with a letter or digit.
pub fn code(code: &impl Holds<str>) -> Result<(), ValidationError> {
    match code.held() {
        Some(code) if !has_code_characters(code) => Err(ValidationError::new("code")),
        _ => Ok(()),
    }
}

/// A day that a company may have facts about: 1900 to 9999, which every system can write down.
pub fn day(day: &impl Holds<NaiveDate>) -> Result<(), ValidationError> {
    match day.held() {
        Some(day) if !(1900..=9999).contains(&day.year()) => Err(out_of_range("1900-01-01", "9999-12-31")),
        _ => Ok(()),
    }
}

/// An instant between 1900 and 9999.
pub fn instant(instant: &DateTime<Utc>) -> Result<(), ValidationError> {
    if (1900..=9999).contains(&instant.year()) {
        Ok(())
    } else {
        Err(out_of_range("1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z"))
    }
}

/// A day to compare with: any that RFC 3339 can write.
pub fn any_day(day: &impl Holds<NaiveDate>) -> Result<(), ValidationError> {
    match day.held() {
        Some(day) if !(0..=9999).contains(&day.year()) => Err(out_of_range("0000-01-01", "9999-12-31")),
        _ => Ok(()),
    }
}

/// An instant to compare with: any that RFC 3339 can write.
pub fn any_instant(instant: &DateTime<Utc>) -> Result<(), ValidationError> {
    // With an offset, an instant of the year 0 may lie in the year before, and one of 9999 in the year after.
    if (-1..=10_000).contains(&instant.year()) {
        Ok(())
    } else {
        Err(out_of_range("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"))
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
    fn a_line_has_no_control_characters_and_no_spaces_around_it() {
        for (given, good) in [
            ("王 芳", true),
            ("a", true),
            (" a", false),
            ("a ", false),
            ("a\nb", false),
            ("a\0", false),
            ("\u{7f}", false),
        ] {
            assert_eq!(line(&given.to_owned()).is_ok(), good, "{given:?}");
        }
        assert!(line(&Patch::<String>::Null).is_ok());
        assert!(line(&Patch::Value(" ".to_owned())).is_err());
    }

    #[test]
    fn a_code_is_plain() {
        for (given, good) in [("sales-1.a_b", true), ("7", true), ("-a", false), ("a b", false), ("销售", false)] {
            assert_eq!(code(&given.to_owned()).is_ok(), good, "{given:?}");
        }
    }

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
