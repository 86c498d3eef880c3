//! Requests and responses about lecturers.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Lecturer, LecturerLevel};
use crate::http::{ETag, Page};
use crate::kernel::text::Label;
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// An appointment as an internal lecturer.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "appointed_on": "2026-01-01", "level": "junior"
}))]
pub struct AppointLecturerRequest {
    pub employee_id: Uuid,
    /// First day of the appointment.
    #[validate(custom(function = "wire::day"))]
    pub appointed_on: NaiveDate,
    /// Code of the first level. Reward policies set a rate for each level by this code.
    #[validate(nested)]
    pub level: Option<Label>,
}

/// The end of an appointment.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ended_on": "2026-07-01"}))]
pub struct EndLecturerRequest {
    /// First day on which the person is no longer appointed.
    #[validate(custom(function = "wire::day"))]
    pub ended_on: NaiveDate,
}

/// A change of level.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"level": "senior", "starts_on": "2026-04-01"}))]
pub struct ChangeLecturerLevelRequest {
    /// Code of the level. Reward policies set a rate for each level by this code.
    #[validate(nested)]
    pub level: Label,
    /// First day at this level. It must be within the appointment.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
}

/// An appointment as an internal lecturer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LecturerResponse {
    pub id: Uuid,
    pub employee: EmployeeRef,
    /// First day of the appointment.
    pub appointed_on: NaiveDate,
    /// First day on which the person is no longer appointed. Null if the appointment has no end.
    pub ended_on: Option<NaiveDate>,
    /// The levels with their days, latest first.
    #[schema(max_items = 1000)]
    pub levels: Vec<LecturerLevelResponse>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// A level of an appointment, for a span of days.
#[derive(Debug, Serialize, ToSchema)]
pub struct LecturerLevelResponse {
    /// Example: senior
    pub level: Label,
    /// First day at this level.
    pub starts_on: NaiveDate,
    /// First day on which the lecturer is no longer at this level. Null if the level has no end.
    pub ended_on: Option<NaiveDate>,
}

impl LecturerResponse {
    #[must_use]
    pub fn new(lecturer: Lecturer, employee: EmployeeRef, levels: Vec<LecturerLevel>) -> Self {
        let level = |row: LecturerLevel| LecturerLevelResponse {
            level: row.level,
            starts_on: row.valid_from,
            ended_on: row.valid_to,
        };
        Self {
            id: lecturer.id,
            employee,
            appointed_on: lecturer.appointed_on,
            ended_on: lecturer.ended_on,
            levels: levels.into_iter().map(level).collect(),
            created_at: lecturer.created_at,
            updated_at: lecturer.updated_at,
            etag: ETag(lecturer.version),
        }
    }
}

/// A page of lecturers.
pub type LecturerPage = Page<LecturerResponse>;

/// Filters for lecturers.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLecturersQuery {
    /// Only those who are in this lecturer group today.
    pub group_id: Option<Uuid>,
    /// Only the appointments of this employee.
    pub employee_id: Option<Uuid>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
