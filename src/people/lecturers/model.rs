//! Rows of lecturers.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::kernel::last_day::LastDay;
use crate::kernel::text::{Label, Reason};
use crate::people::timeline::within;
use crate::schema::{lecturer_levels, lecturer_renewals, lecturers};

/// An appointment as an internal lecturer.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lecturers, treat_none_as_default_value = false)]
pub struct Lecturer {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub appointed_on: NaiveDate,
    /// First day on which the person is no longer appointed.
    pub ended_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    /// First day after the term, if there is one. The appointment ends then at the latest.
    pub term_to: Option<NaiveDate>,
}

/// An appointment that got another term.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = lecturer_renewals, treat_none_as_default_value = false)]
pub struct Renewal {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub lecturer_id: Uuid,
    pub term_before: Option<LastDay>,
    pub term_to: Option<LastDay>,
    pub reason: Option<Reason>,
    pub renewed_at: DateTime<Utc>,
}

/// A level of an appointment, for a span of days. Only the days of the appointment count.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lecturer_levels, treat_none_as_default_value = false)]
pub struct LecturerLevel {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub lecturer_id: Uuid,
    pub level: Label,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl LecturerLevel {
    /// The part of it that lies within the appointment. An employment that ends takes days from an appointment and leaves the levels
    /// as they are, so that they are the same if the days come back.
    #[must_use]
    pub fn on_days_of(self, lecturer: &Lecturer) -> Option<Self> {
        let days = within((self.valid_from, self.valid_to), (lecturer.appointed_on, lecturer.ended_on));
        days.map(|(valid_from, valid_to)| Self { valid_from, valid_to, ..self })
    }
}
