//! Assessment periods (考核周期): a month, a quarter or a year of the programme's calendar.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::message::Words;
use super::phrases::Form;
use super::words::words;

words! {
    /// The length of a programme's periods.
    pub enum Cycle {
        /// A calendar month: `2026-03`.
        Month = "month",
        /// Three calendar months: `2026-Q1`.
        Quarter = "quarter",
        /// A calendar year: `2026`.
        Year = "year",
    }
}

/// One period: `2026-03`, `2026-Q1` or `2026`. Years run from 0001 to 9999.
///
/// Periods are ordered by their first day; of two with the same first day, the shorter one comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    cycle: Cycle,
    year: u16,
    /// Counted from 0 within the year; always less than the cycle's number of periods in a year.
    index: u8,
}

/// The half-open interval `[start, end)` between two instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// A text that is not a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPeriod;

const MAX_YEAR: u16 = 9999;

impl From<Cycle> for Form {
    fn from(cycle: Cycle) -> Self {
        match cycle {
            Cycle::Month => Self::Month,
            Cycle::Quarter => Self::Quarter,
            Cycle::Year => Self::Year,
        }
    }
}

impl Cycle {
    /// The number of months in one period: 1, 3 or 12. Streaks count a period by its months.
    #[must_use]
    pub fn months(self) -> u8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    fn periods_a_year(self) -> u8 {
        12 / self.months()
    }
}

impl Interval {
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.start <= instant && instant < self.end
    }
}

impl Period {
    /// The period of the cycle that contains the calendar day; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn containing(day: NaiveDate, cycle: Cycle) -> Option<Self> {
        let month0 = u8::try_from(day.month0()).ok()?;
        Self::new(cycle, u16::try_from(day.year()).ok()?, month0 / cycle.months())
    }

    /// The period of the cycle whose interval in the time zone contains the instant.
    #[must_use]
    pub fn containing_instant(instant: DateTime<Utc>, zone: Tz, cycle: Cycle) -> Option<Self> {
        let period = Self::containing(instant.with_timezone(&zone).date_naive(), cycle)?;
        // If clocks go back over midnight, the last hour of the day happens twice. The second one belongs to the next period.
        if instant < period.interval(zone)?.end { Some(period) } else { period.next() }
    }

    #[must_use]
    pub fn cycle(self) -> Cycle {
        self.cycle
    }

    #[must_use]
    pub fn next(self) -> Option<Self> {
        if self.index + 1 < self.cycle.periods_a_year() {
            Self::new(self.cycle, self.year, self.index + 1)
        } else {
            Self::new(self.cycle, self.year.checked_add(1)?, 0)
        }
    }

    #[must_use]
    pub fn previous(self) -> Option<Self> {
        match self.index.checked_sub(1) {
            Some(index) => Self::new(self.cycle, self.year, index),
            None => Self::new(self.cycle, self.year.checked_sub(1)?, self.cycle.periods_a_year() - 1),
        }
    }

    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        let month = u32::from(self.index * self.cycle.months()) + 1;
        NaiveDate::from_ymd_opt(i32::from(self.year), month, 1).unwrap_or_default()
    }

    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let day_after = self.first_day().checked_add_months(chrono::Months::new(u32::from(self.cycle.months())));
        day_after.and_then(|day| day.pred_opt()).unwrap_or_default()
    }

    /// The number of calendar days, from the first to the last, inclusive.
    #[must_use]
    pub fn days(self) -> u32 {
        let nights = (self.last_day() - self.first_day()).num_days();
        u32::try_from(nights).unwrap_or_default() + 1
    }

    /// The interval from local midnight of the first day to local midnight after the last day. If a local midnight does not
    /// exist, the first instant after it is used; if it happens twice, the first of the two.
    ///
    /// `None` only at the ends of the calendar and of the time zone's data.
    #[must_use]
    pub fn interval(self, zone: Tz) -> Option<Interval> {
        let day_after = self.last_day().checked_add_days(Days::new(1))?;
        Some(Interval { start: local_midnight(self.first_day(), zone)?, end: local_midnight(day_after, zone)? })
    }

    fn new(cycle: Cycle, year: u16, index: u8) -> Option<Self> {
        let valid = (1..=MAX_YEAR).contains(&year) && index < cycle.periods_a_year();
        valid.then_some(Self { cycle, year, index })
    }

    /// What people call it.
    #[must_use]
    pub fn named(self) -> Words {
        let first = self.first_day();
        let zh = match self.cycle() {
            Cycle::Month => format!("{}年{}月", first.year(), first.month()),
            Cycle::Quarter => format!("{}年第{}季度", first.year(), first.month0() / 3 + 1),
            Cycle::Year => format!("{}年度", first.year()),
        };
        Words { zh, en: self.to_string() }
    }
}

/// The first instant of a calendar day in a time zone.
#[must_use]
pub fn local_midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(NaiveTime::MIN);
    let local = match zone.from_local_datetime(&midnight) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant,
        LocalResult::None => GapInfo::new(&midnight, &zone)?.end?,
    };
    Some(local.with_timezone(&Utc))
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        self.first_day().cmp(&other.first_day()).then(self.cycle.cmp(&other.cycle))
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.index + 1;
        match self.cycle {
            Cycle::Month => write!(f, "{:04}-{number:02}", self.year),
            Cycle::Quarter => write!(f, "{:04}-Q{number}", self.year),
            Cycle::Year => write!(f, "{:04}", self.year),
        }
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let (year, rest) = text.split_at_checked(4).ok_or(NotAPeriod)?;
        let year = parse_digits(year)?;
        let (cycle, number) = match (rest, rest.strip_prefix("-Q"), rest.strip_prefix('-')) {
            ("", _, _) => (Cycle::Year, 1),
            (_, Some(quarter), _) if quarter.len() == 1 => (Cycle::Quarter, parse_digits(quarter)?),
            (_, None, Some(month)) if month.len() == 2 => (Cycle::Month, parse_digits(month)?),
            _ => return Err(NotAPeriod),
        };
        let index = number.checked_sub(1).and_then(|index| u8::try_from(index).ok()).ok_or(NotAPeriod)?;
        Self::new(cycle, year, index).ok_or(NotAPeriod)
    }
}

/// Only digits: the number parser alone would accept a sign.
fn parse_digits(text: &str) -> Result<u16, NotAPeriod> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().map_err(|_| NotAPeriod) } else { Err(NotAPeriod) }
}

impl fmt::Display for NotAPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a period such as 2026-03, 2026-Q1 or 2026")
    }
}

impl std::error::Error for NotAPeriod {}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Period {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("An assessment period: a month, a quarter or a year."))
            // There is no year 0000.
            .pattern(Some("^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})(-(0[1-9]|1[0-2]|Q[1-4]))?$"))
            .min_length(Some(4))
            .max_length(Some(7))
            .examples([serde_json::Value::from("2026-03")])
            .into()
    }
}

impl ToSchema for Period {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_three_forms_are_read() {
        for text in ["2026-03", "2026-Q1", "2026", "0001", "9999-12"] {
            assert_eq!(period(text).to_string(), text);
        }
        for text in [
            "",
            "26-03",
            "2026-3",
            "2026-13",
            "2026-00",
            "2026-Q0",
            "2026-Q5",
            "2026-Q",
            "2026-q1",
            "2026-",
            "0000",
            "+026",
            "2026-+1",
            "2026-03-01",
            "二零二六",
        ] {
            assert_eq!(text.parse::<Period>(), Err(NotAPeriod), "{text}");
        }
    }

    #[test]
    fn days_follow_the_calendar() {
        for (text, first, last, days) in [
            ("2026-02", "2026-02-01", "2026-02-28", 28),
            ("2028-02", "2028-02-01", "2028-02-29", 29),
            ("2026-Q4", "2026-10-01", "2026-12-31", 92),
            ("2026", "2026-01-01", "2026-12-31", 365),
        ] {
            let period = period(text);
            assert_eq!(
                (period.first_day().to_string(), period.last_day().to_string(), period.days()),
                (first.into(), last.into(), days)
            );
        }
    }

    #[test]
    fn the_time_zone_decides_the_border() {
        let interval = period("2026-03").interval(chrono_tz::Asia::Shanghai).unwrap();
        assert_eq!(interval.start, instant("2026-02-28T16:00:00Z"));
        assert_eq!(interval.end, instant("2026-03-31T16:00:00Z"));
        assert!(interval.contains(interval.start) && !interval.contains(interval.end));
    }

    #[test]
    fn a_missing_midnight_is_the_first_instant_after_it() {
        // Paraguay's clocks went from 23:59:59 on 30 September 2023 to 01:00 on 1 October.
        let october = period("2023-10").interval(chrono_tz::America::Asuncion).unwrap();
        assert_eq!(october.start, instant("2023-10-01T04:00:00Z"));
        // Samoa left out 30 December 2011 as a whole.
        let skipped = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap();
        assert_eq!(local_midnight(skipped, chrono_tz::Pacific::Apia), Some(instant("2011-12-30T10:00:00Z")));
    }

    #[test]
    fn a_midnight_that_comes_twice_is_the_first() {
        // Cuba's clocks go from 01:00 back to 00:00 on 1 November 2026: the day starts at the first midnight.
        let november = period("2026-11").interval(chrono_tz::America::Havana).unwrap();
        assert_eq!(november.start, instant("2026-11-01T04:00:00Z"));
    }

    #[test]
    fn the_hour_before_midnight_that_comes_twice_belongs_to_both_periods() {
        // Newfoundland's clocks went from 00:01 on 1 November 2009 back to 23:01 on 31 October.
        let zone = chrono_tz::America::St_Johns;
        for (text, expected) in [
            ("2009-11-01T02:29:59Z", "2009-10"),
            ("2009-11-01T02:30:00Z", "2009-11"),
            ("2009-11-01T02:45:00Z", "2009-11"),
            ("2009-11-01T03:30:00Z", "2009-11"),
        ] {
            assert_eq!(Period::containing_instant(instant(text), zone, Cycle::Month), Some(period(expected)), "{text}");
        }
    }

    fn any_period() -> impl Strategy<Value = Period> {
        let cycle = prop_oneof![Just(Cycle::Month), Just(Cycle::Quarter), Just(Cycle::Year)];
        (cycle, 1..366_u32, 1950..2090_i32).prop_map(|(cycle, ordinal, year)| {
            Period::containing(NaiveDate::from_yo_opt(year, ordinal).unwrap(), cycle).unwrap()
        })
    }

    proptest! {
        #[test]
        fn periods_tile_the_calendar(period in any_period(), zone in proptest::sample::select(&chrono_tz::TZ_VARIANTS[..])) {
            let next = period.next().unwrap();
            prop_assert_eq!(next.previous(), Some(period));
            prop_assert!(period < next);
            prop_assert_eq!(period.last_day().succ_opt(), Some(next.first_day()));
            prop_assert_eq!(period.to_string().parse::<Period>(), Ok(period));
            let interval = period.interval(zone).unwrap();
            prop_assert!(interval.start < interval.end);
            prop_assert_eq!(interval.end, next.interval(zone).unwrap().start);
        }

        #[test]
        fn an_instant_lies_in_its_period(seconds in -600_000_000_i64..3_700_000_000, zone in proptest::sample::select(&chrono_tz::TZ_VARIANTS[..]), period in any_period()) {
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            let found = Period::containing_instant(instant, zone, period.cycle()).unwrap();
            prop_assert!(found.interval(zone).unwrap().contains(instant));
            let border = period.interval(zone).unwrap().start;
            prop_assert_eq!(Period::containing_instant(border, zone, period.cycle()), Some(period));
        }
    }
}
