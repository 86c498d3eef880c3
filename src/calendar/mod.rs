//! The company's calendar (工作日历): which days are workdays, rest days and holidays.

use crate::kernel::words::words;

words! {
    /// Kind of a day.
    pub enum DayKind {
        /// A day on which the company works, a weekend day that is worked instead of another one (调休上班) included.
        Workday = "workday",
        /// A day off: Saturday and Sunday unless the calendar says otherwise, and days off instead of others (调休).
        RestDay = "rest_day",
        /// A public holiday (法定节假日).
        Holiday = "holiday",
    }
}
