//! The calendar on the wire.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{DayKind, DayName, ListedDay};
use crate::kernel::period::Period;
use crate::kernel::wire;

/// A day that is not as usual.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"day": "2026-02-17", "kind": "holiday", "name": "春节"}))]
pub struct CalendarDay {
    #[validate(custom(function = "wire::day"))]
    pub day: NaiveDate,
    pub kind: DayKind,
    /// What the day is called. Null: nothing in particular.
    #[validate(nested)]
    pub name: Option<DayName>,
}

impl From<ListedDay> for CalendarDay {
    fn from(ListedDay { day, kind, name }: ListedDay) -> Self {
        Self { day, kind, name }
    }
}

/// All days of a period that are not as usual.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": [
    {"day": "2026-02-14", "kind": "workday", "name": "春节调休上班"}, {"day": "2026-02-16", "kind": "rest_day", "name": "春节调休"},
    {"day": "2026-02-17", "kind": "holiday", "name": "春节"}
]}))]
pub struct PutCalendarRequest {
    /// They replace those that are listed. Other days are workdays from Monday to Friday, else rest days.
    #[validate(length(max = 366), nested)]
    #[schema(max_items = 366)]
    pub days: Vec<CalendarDay>,
}

/// The days of a period that the company's calendar lists (工作日历).
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarResponse {
    pub period: Period,
    /// In their order. Other days are workdays from Monday to Friday, else rest days.
    #[schema(max_items = 366)]
    pub days: Vec<CalendarDay>,
}
