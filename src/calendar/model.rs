//! Rows of the calendar.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc, Weekday};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::text::Line;
use crate::kernel::words::words;
use crate::schema::calendar_days;

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

text_column!(DayKind);

impl DayKind {
    /// What a day is that the calendar does not list.
    #[must_use]
    pub fn usual(day: NaiveDate) -> Self {
        match day.weekday() {
            Weekday::Sat | Weekday::Sun => Self::RestDay,
            _ => Self::Workday,
        }
    }
}

/// What a day is called.
pub type DayName = Line<100>;

/// A day that the calendar lists.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = calendar_days)]
pub struct ListedDay {
    pub day: NaiveDate,
    pub kind: DayKind,
    pub name: Option<DayName>,
}

set_row! {
    into calendar_days;
    /// A day to list.
    #[derive(Debug, Clone)]
    pub struct NewDay {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub day: NaiveDate,
        pub kind: DayKind,
        pub name: Option<DayName>,
        pub created_at: DateTime<Utc>,
    }
}
