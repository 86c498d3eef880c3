//! The article's story, month by month, and the calendar for it.
//!
//! Before the scheme (months 0 to 2), half of the assigned sessions take place, ratings average 6.5, and hardly anyone shares
//! voluntarily. The scheme starts in month 3. Three months later the share rate is 90 %, the mean rating 8.2, and the reuse
//! rate of contents is 40 % higher (42 % instead of 30 %). After a year, 60 % of the lecturers instead of 10 % share
//! voluntarily. The article speaks of lecturers (讲师群“主动分享”比例), so a month's voluntary share is the number of
//! lecturers with a voluntary session delivered in the month, divided by all lecturers of the month.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use crate::kernel::period::{Cycle, Period};

/// The number of months in the company's history.
pub const MONTHS: usize = 12;
/// The month, counted from 0, from which the new rule and the rewards apply.
pub const SCHEME_START: usize = 3;
/// The company's time zone, which has had no daylight saving time since 1991.
pub const ZONE: Tz = chrono_tz::Asia::Shanghai;
/// Sessions are held on this many first working days of a month, so that everything that follows from them within a few days
/// is in the same month. Every month has 20 working days.
pub const SESSION_DAYS: u32 = 18;

/// The target results of a month.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Assigned sessions per lecturer.
    pub assigned: u32,
    /// Delivered sessions in percent of delivered and missed assigned sessions.
    pub share_percent: u32,
    /// Mean rating in hundredths, out of 1000.
    pub rating: u32,
    /// Contents reused in the month, in percent of those available.
    pub reuse_percent: u32,
    /// Lecturers with a voluntary session, in percent.
    pub voluntary_percent: u32,
    /// Contents submitted in time, in percent of delivered sessions.
    pub timely_percent: u32,
    /// Learners who rate, in percent of those present.
    pub response_percent: u32,
    /// Sessions held online, in percent.
    pub online_percent: u32,
    /// Learners who report an application case, in percent of those present at sessions in the first half of the month.
    pub case_percent: u32,
}

const TARGETS: [[u32; 9]; MONTHS] = [
    [2, 50, 650, 30, 10, 60, 45, 20, 0],
    [2, 50, 648, 30, 10, 58, 46, 20, 0],
    [2, 50, 652, 30, 10, 62, 46, 22, 1],
    [3, 65, 710, 34, 15, 74, 58, 26, 3],
    [3, 80, 770, 38, 20, 84, 66, 30, 5],
    [3, 90, 820, 42, 27, 91, 72, 34, 7],
    [3, 90, 818, 42, 33, 92, 74, 36, 8],
    [3, 91, 822, 42, 39, 93, 75, 36, 8],
    [3, 90, 819, 42, 45, 94, 75, 38, 9],
    [3, 91, 821, 42, 50, 94, 76, 40, 9],
    [3, 90, 820, 42, 55, 95, 77, 40, 10],
    [3, 90, 820, 42, 60, 95, 78, 42, 10],
];

/// The target of a month, counted from 0. After the last month, the target of the last month.
#[must_use]
pub fn target(month: usize) -> Target {
    let [
        assigned,
        share_percent,
        rating,
        reuse_percent,
        voluntary_percent,
        timely_percent,
        response_percent,
        online_percent,
        case_percent,
    ] = TARGETS.get(month).or(TARGETS.last()).copied().unwrap_or_default();
    Target {
        assigned,
        share_percent,
        rating,
        reuse_percent,
        voluntary_percent,
        timely_percent,
        response_percent,
        online_percent,
        case_percent,
    }
}

/// `percent` of `whole`, rounded half up.
#[must_use]
pub fn part_of(whole: usize, percent: u32) -> usize {
    (whole * usize::try_from(percent).unwrap_or_default() + 50) / 100
}

/// The months of the story as calendar months.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    first: NaiveDate,
}

impl Calendar {
    /// The calendar whose last month is this one. None if it is not a month, or if the history would start before 1910 or end
    /// after 9000 (hiring dates go back some years).
    #[must_use]
    pub fn ending_with(last: Period) -> Option<Self> {
        let months = u32::try_from(MONTHS - 1).ok()?;
        let first = last.first_day().checked_sub_months(chrono::Months::new(months))?;
        let is_sound = last.cycle() == Cycle::Month && (1910..9000).contains(&first.year());
        is_sound.then_some(Self { first })
    }

    /// A month as a period, counted from 0.
    #[must_use]
    pub fn period(self, month: usize) -> Option<Period> {
        Period::containing(self.day(i32::try_from(month).ok()?, 0), Cycle::Month)
    }

    /// A day of a month: `month` counts from the story's first month and may be negative; `day` counts from 0 and is below 28.
    #[must_use]
    pub fn day(self, month: i32, day: u32) -> NaiveDate {
        let months = self.first.year() * 12 + i32::try_from(self.first.month0()).unwrap_or_default() + month;
        let month = u32::try_from(months.rem_euclid(12)).unwrap_or_default() + 1;
        NaiveDate::from_ymd_opt(months.div_euclid(12), month, day.min(27) + 1).unwrap_or_default()
    }

    /// The working day of a month with this number, counted from 0.
    #[must_use]
    pub fn working_day(self, month: usize, number: u32) -> NaiveDate {
        let first = self.day(i32::try_from(month).unwrap_or_default(), 0);
        let works = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let mut days = first.iter_days().take(31).filter(works);
        days.nth(usize::try_from(number).unwrap_or_default()).unwrap_or(first)
    }

    /// The last calendar day of a month.
    #[must_use]
    pub fn last_day(self, month: usize) -> NaiveDate {
        let next = self.day(i32::try_from(month).unwrap_or_default() + 1, 0);
        next.checked_sub_days(Days::new(1)).unwrap_or(next)
    }
}

/// A local time of day, in minutes after midnight, as an instant.
#[must_use]
pub fn at(day: NaiveDate, minutes: u32) -> DateTime<Utc> {
    let time = day.and_hms_opt(minutes / 60 % 24, minutes % 60, 0).unwrap_or_default();
    ZONE.from_local_datetime(&time).earliest().map(|local| local.to_utc()).unwrap_or_default()
}
