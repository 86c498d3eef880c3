//! Texts of cells as values, and values as texts: dates, instants, numbers, words and lists.

use std::fmt::Display;

use chrono::offset::LocalResult;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, SecondsFormat, SubsecRound, TimeZone, Utc};
use chrono_tz::Tz;

use super::fault::ImportFaultCode as Code;
use super::words::{Answer, Word};
use crate::kernel::decimal::Decimal;
use crate::kernel::language::Language;
use crate::kernel::last_day::LastDay;
use crate::kernel::message::{Param, Params, data};
use crate::kernel::text::{Clean, Form, TextFault};

/// Why a text is not the required value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub code: Code,
    pub params: Params,
}

pub(super) type Value<T> = Result<T, Problem>;

/// The maximum length of the part of a value that a message repeats.
const SHOWN_CHARS: usize = 80;

impl Problem {
    pub fn new(code: Code) -> Self {
        Self { code, params: Params::new() }
    }

    pub fn with(self, name: &'static str, value: impl Display) -> Self {
        self.saying(name, data(value))
    }

    /// With a parameter that each language says in its own way.
    pub fn saying(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    /// A problem that shows the value.
    pub fn of(code: Code, value: &str) -> Self {
        Self::new(code).with("value", value.chars().take(SHOWN_CHARS).collect::<String>())
    }

    /// The problem of a text that is not of its type.
    fn of_text(fault: TextFault, value: &str) -> Self {
        match fault {
            TextFault::Empty => Self::new(Code::TooShort).with("min", 1),
            TextFault::TooShort { min } => Self::new(Code::TooShort).with("min", min),
            TextFault::TooLong { max } => Self::new(Code::TooLong).with("max", max),
            TextFault::NotACode => Self::new(Code::BadCode),
            TextFault::NotAMailAddress => Self::of(Code::BadEmail, value),
            _ => Self::new(Code::BadCharacter),
        }
    }
}

/// A text, checked in the same way as the texts of requests. Its type gives its lengths and its characters.
pub(super) fn text<F: Form, const MIN: usize, const MAX: usize>(cell: &str) -> Value<Clean<F, MIN, MAX>> {
    Clean::parse(F::in_cell(cell)).map_err(|fault| Problem::of_text(fault, cell))
}

/// A whole number within `min..=max`, in the integer type of the tables.
pub(super) fn integer(min: u32, max: u32) -> impl Fn(&str) -> Value<i32> {
    move |cell| Ok(unsigned(cell, min, max)?.try_into().unwrap_or(i32::MAX))
}

/// A whole number within `min..=max`.
pub(super) fn unsigned(cell: &str, min: u32, max: u32) -> Value<u32> {
    let digits = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    let signed = cell.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let number = cell.parse::<u32>().ok().filter(|number| (min..=max).contains(number));
    match number {
        Some(number) if digits => Ok(number),
        _ if digits || signed => Err(Problem::new(Code::OutOfRange).with("min", min).with("max", max)),
        _ => Err(Problem::of(Code::BadInteger, cell)),
    }
}

/// A decimal number with at most `max_decimals` digits after the point.
pub(super) fn decimal(cell: &str, max_decimals: u32) -> Value<Decimal> {
    let number = cell.parse::<Decimal>().ok().filter(|number| number.decimals() <= max_decimals);
    number.ok_or_else(|| Problem::of(Code::BadDecimal, cell).with("max", max_decimals))
}

/// A word of a closed vocabulary.
pub(super) fn word<W: Word>(cell: &str) -> Value<W> {
    W::read(cell).ok_or_else(|| Problem::of(Code::UnknownWord, cell).saying("allowed", W::allowed()))
}

/// A yes or a no.
pub(super) fn answer(cell: &str) -> Value<bool> {
    Ok(word::<Answer>(cell)? == Answer::Yes)
}

/// A date: `2026-03-05`, `2026/3/5`, `2026.3.5`, `2026年3月5日`, in the years 1900 to 9999. Midnight may follow it, as in what
/// spreadsheets and databases export: `2026-03-05 00:00:00`.
pub(super) fn date(cell: &str) -> Value<NaiveDate> {
    let midnight = || read_local(cell).filter(|local| local.time() == NaiveTime::MIN).map(|local| local.date());
    read_date(cell).or_else(midnight).ok_or_else(|| Problem::of(Code::BadDate, cell))
}

/// A last day, which is included.
pub(super) fn last_day(cell: &str) -> Value<LastDay> {
    date(cell).map(LastDay::new)
}

/// An instant (RFC 3339), or a date and time of day (`14:00`, `14:00:30`) in the time zone. If clocks go back and the local
/// time happens twice, the first one.
pub(super) fn moment(zone: Tz) -> impl Fn(&str) -> Value<DateTime<Utc>> {
    move |cell| {
        if let Ok(instant) = DateTime::parse_from_rfc3339(cell) {
            return in_years(instant.to_utc()).ok_or_else(|| Problem::of(Code::BadDateTime, cell));
        }
        let local = read_local(cell).ok_or_else(|| Problem::of(Code::BadDateTime, cell))?;
        match zone.from_local_datetime(&local) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Ok(instant.to_utc().trunc_subsecs(6)),
            LocalResult::None => Err(Problem::of(Code::NoSuchLocalTime, cell).with("zone", zone.name())),
        }
    }
}

/// The entries of a list in one cell, separated by semicolons (half or full width) or enumeration commas.
pub(super) fn entries(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '；', '、']).map(str::trim).filter(|entry| !entry.is_empty())
}

/// A list of at most `max` texts, each at most once.
pub(super) fn texts<F: Form, const MIN: usize, const MAX: usize>(
    max: usize,
) -> impl Fn(&str) -> Value<Vec<Clean<F, MIN, MAX>>> {
    list(max, text)
}

/// A list of at most `max` texts that are read in this way, each at most once.
pub(super) fn list<F: Form, const MIN: usize, const MAX: usize>(
    max: usize,
    read: impl Fn(&str) -> Value<Clean<F, MIN, MAX>>,
) -> impl Fn(&str) -> Value<Vec<Clean<F, MIN, MAX>>> {
    move |cell| {
        let mut list: Vec<Clean<F, MIN, MAX>> = Vec::new();
        for entry in entries(cell) {
            let entry = read(entry)?;
            if list.iter().any(|known| known.as_str() == entry.as_str()) {
                return Err(Problem::of(Code::RepeatedEntry, &entry));
            }
            list.push(entry);
            if list.len() > max {
                return Err(Problem::new(Code::TooMany).with("max", max));
            }
        }
        if list.is_empty() { Err(Problem::new(Code::MissingValue)) } else { Ok(list) }
    }
}

/// The text of a value in a cell, which reads back as the same value; blank if there is no value.
pub(super) trait Written {
    fn written(&self, style: Style) -> String;
}

/// How files are written: with the offsets of a zone, and with the words of a language.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub zone: Tz,
    pub language: Language,
}

macro_rules! written_as_they_are {
    ($($type:ty),+) => {$(
        impl Written for $type {
            fn written(&self, _style: Style) -> String {
                self.to_string()
            }
        }
    )+};
}

written_as_they_are!(i32, NaiveDate, LastDay);

impl Written for bool {
    fn written(&self, style: Style) -> String {
        let answer = if *self { Answer::Yes } else { Answer::No };
        answer.written(style)
    }
}

impl<F, const MIN: usize, const MAX: usize> Written for Clean<F, MIN, MAX> {
    fn written(&self, _style: Style) -> String {
        self.to_string()
    }
}

impl<W: Word> Written for W {
    fn written(&self, style: Style) -> String {
        self.called(style.language).to_owned()
    }
}

impl<T: Written> Written for Option<T> {
    fn written(&self, style: Style) -> String {
        self.as_ref().map(|value| value.written(style)).unwrap_or_default()
    }
}

impl<T: Written> Written for Vec<T> {
    fn written(&self, style: Style) -> String {
        self.iter().map(|value| value.written(style)).collect::<Vec<_>>().join(";")
    }
}

/// With the zone's offset at that instant. RFC 3339 has only offsets of whole minutes. Some zones had seconds in their offset
/// before 1972; then the instant is written in UTC, because a rounded offset would change it.
impl Written for DateTime<Utc> {
    fn written(&self, style: Style) -> String {
        let local = self.with_timezone(&style.zone);
        if local.offset().fix().local_minus_utc() % 60 == 0 {
            local.to_rfc3339_opts(SecondsFormat::AutoSi, true)
        } else {
            self.to_rfc3339_opts(SecondsFormat::AutoSi, true)
        }
    }
}

fn in_years(instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    year_is_sound(instant.date_naive()).then(|| instant.trunc_subsecs(6))
}

fn year_is_sound(day: NaiveDate) -> bool {
    use chrono::Datelike;
    (1900..=9999).contains(&day.year())
}

fn read_date(text: &str) -> Option<NaiveDate> {
    let plain = text.replace(['年', '月', '/', '.'], "-");
    let mut parts = plain.strip_suffix('日').unwrap_or(&plain).split('-');
    let year = digits(parts.next()?, 4, 4)?;
    let (month, day) = (digits(parts.next()?, 1, 2)?, digits(parts.next()?, 1, 2)?);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    (parts.next().is_none() && year_is_sound(date)).then_some(date)
}

fn read_local(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_once('T').or_else(|| text.split_once(char::is_whitespace))?;
    let (time, fraction) = time.trim().split_once('.').unwrap_or((time.trim(), "0"));
    let mut parts = time.split(':');
    let (hour, minute) = (digits(parts.next()?, 1, 2)?, digits(parts.next()?, 2, 2)?);
    let second = parts.next().map_or(Some(0), |second| digits(second, 2, 2))?;
    let micros = digits(&format!("{fraction:0<6}"), 6, 6)?;
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?;
    parts.next().is_none().then_some(read_date(day)?.and_time(time))
}

/// A number with `min..=max` digits. The number parser alone would accept a sign.
fn digits(text: &str, min: usize, max: usize) -> Option<u32> {
    let sound = (min..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if sound { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_usual_form() {
        let expected = NaiveDate::from_ymd_opt(2026, 3, 5).unwrap();
        for text in ["2026-03-05", "2026-3-5", "2026/3/5", "2026.03.05", "2026年3月5日", "2026年03月05日"] {
            assert_eq!(date(text), Ok(expected), "{text}");
        }
        for text in ["2026-03-05 00:00", "2026/3/5 0:00:00", "2026-03-05T00:00:00.000", "2026年3月5日 00:00"] {
            assert_eq!(date(text), Ok(expected), "{text}");
        }
        for text in ["2026-03-05 08:00", "2026-03-05T00:00:00Z", "2026-03-05T00:00:00.001"] {
            assert_eq!(date(text).unwrap_err().code, Code::BadDate, "{text}");
        }
        for text in ["", "26-03-05", "2026-02-30", "2026-3", "2026-03-05-1", "0026-03-05", "+026-3-5", "五月五日"] {
            assert_eq!(date(text).unwrap_err().code, Code::BadDate, "{text}");
        }
    }

    #[test]
    fn local_times_are_read_in_the_zone_and_instants_as_they_are() {
        let read = moment(chrono_tz::Asia::Shanghai);
        let expected: DateTime<Utc> = "2026-03-05T06:00:00Z".parse().unwrap();
        for text in [
            "2026-03-05T06:00:00Z",
            "2026-03-05T14:00:00+08:00",
            "2026-03-05T01:00:00.0000001-05:00",
            "2026-03-05 14:00",
            "2026/3/5 14:00:00",
            "2026年3月5日 14:00",
            "2026-03-05T14:00:00.000",
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for text in
            ["2026-03-05", "14:00", "2026-03-05 24:00", "2026-03-05 14:0", "2026-03-05 2pm", "0001-01-01T00:00:00Z"]
        {
            assert_eq!(read(text).unwrap_err().code, Code::BadDateTime, "{text}");
        }
    }

    #[test]
    fn a_local_time_left_out_is_a_fault_and_one_that_comes_twice_is_the_first() {
        let read = moment(chrono_tz::Europe::Berlin);
        assert_eq!(read("2026-03-29 02:30").unwrap_err().code, Code::NoSuchLocalTime);
        assert_eq!(read("2026-10-25 02:30"), Ok("2026-10-25T00:30:00Z".parse().unwrap()));
    }

    #[test]
    fn a_moment_is_written_in_utc_where_the_offset_has_seconds() {
        let written = |zone, moment: &str| {
            moment.parse::<DateTime<Utc>>().unwrap().written(Style { zone, language: Language::En })
        };
        assert_eq!(written(Tz::Africa__Monrovia, "1971-06-01T12:00:00Z"), "1971-06-01T12:00:00Z");
        assert_eq!(written(Tz::Asia__Kathmandu, "2026-03-01T01:00:00.5Z"), "2026-03-01T06:45:00.500+05:45");
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        let read = integer(1, 1440);
        assert_eq!(read("090"), Ok(90));
        for (text, expected) in [
            ("0", Code::OutOfRange),
            ("1441", Code::OutOfRange),
            ("99999999999", Code::OutOfRange),
            ("-5", Code::OutOfRange),
            ("9.5", Code::BadInteger),
            ("+9", Code::BadInteger),
            ("ninety", Code::BadInteger),
        ] {
            assert_eq!(read(text).unwrap_err().code, expected, "{text}");
        }
    }
}
