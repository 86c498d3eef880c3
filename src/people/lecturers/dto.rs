//! Requests and responses about lecturers.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Lecturer, LecturerLevel};
use crate::http::{ETag, Page, response};
use crate::kernel::last_day::LastDay;
use crate::kernel::patch::Patch;
use crate::kernel::text::{EmployeeNumber, Label, Name, Reason};
use crate::kernel::wire;
use crate::people::EmployeeRef;
use crate::sign_in::WaitingChange;

/// An appointment as an internal lecturer.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "appointed_on": "2026-01-01", "term_ends_on": "2027-12-31",
    "level": "junior"
}))]
pub struct AppointLecturerRequest {
    pub employee_id: Uuid,
    /// First day of the appointment.
    #[validate(custom(function = "wire::day"))]
    pub appointed_on: NaiveDate,
    /// Last day of the term (included): the appointment ends with it, unless it is renewed. Null: no term.
    #[validate(custom(function = "wire::day"))]
    pub term_ends_on: Option<LastDay>,
    /// Code of the first level. Reward policies set a rate for each level by this code.
    #[validate(nested)]
    pub level: Option<Label>,
}

/// The end of an appointment.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ended_on": "2026-06-30"}))]
pub struct EndLecturerRequest {
    /// Last day of the appointment (included).
    #[validate(custom(function = "wire::day"))]
    pub ended_on: LastDay,
}

/// Another term of an appointment.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"term_ends_on": "2028-12-31", "reason": "考核合格，续聘一年"}))]
pub struct RenewLecturerRequest {
    /// Last day of the new term (included), not before that of the present one. Null: from now on without a term.
    #[serde(default)]
    #[validate(custom(function = "wire::day"))]
    #[schema(value_type = Option<LastDay>, required = true)]
    pub term_ends_on: Patch<LastDay>,
    /// Why.
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// The correction of an appointment's first day.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"appointed_on": "2026-02-01", "reason": "聘书日期为二月一日"}))]
pub struct CorrectLecturerRequest {
    /// The right first day of the appointment.
    #[validate(custom(function = "wire::day"))]
    pub appointed_on: NaiveDate,
    /// Why the day was wrong. It is kept in the operation log.
    #[validate(nested)]
    pub reason: Reason,
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

response! {
    /// An appointment as an internal lecturer.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct LecturerResponse: new(
        lecturer: Lecturer, employee: EmployeeRef, levels: Vec<LecturerLevel>, waiting_changes: Vec<WaitingChange>
    ) {
        pub id: Uuid,
        pub employee: EmployeeRef = employee,
        /// First day of the appointment.
        pub appointed_on: NaiveDate,
        /// Last day of the appointment (included). Null if it has no end. It ends with the employment at the latest.
        pub ended_on: Option<LastDay> = lecturer.ended_on.map(LastDay::before),
        /// Last day of the term (included). Null if the appointment has no term. `ended_on` is the same day, unless the appointment or
        /// the employment ends before it.
        pub term_ends_on: Option<LastDay> = lecturer.term_to.map(LastDay::before),
        /// The levels with their days, latest first.
        #[schema(max_items = 1000)]
        pub levels: Vec<LecturerLevelResponse> = levels.into_iter().map(LecturerLevelResponse::new).collect(),
        /// Changes of the level of past days that wait for a second person (`confirm_access_change`). The old level stands.
        #[schema(max_items = 1000)]
        pub waiting_changes: Vec<WaitingChange> = waiting_changes,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(lecturer.version),
    }
}

response! {
    /// A level of an appointment, for a span of days.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct LecturerLevelResponse: new(row: LecturerLevel) {
        /// Example: senior
        pub level: Label,
        /// First day at this level.
        pub starts_on: NaiveDate = row.valid_from,
        /// Last day at this level (included). Null if the level has no end.
        pub ended_on: Option<LastDay> = row.valid_to.map(LastDay::before),
    }
}

/// A page of lecturers.
pub type LecturerPage = Page<LecturerResponse>;

/// Which terms end soon.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDueRenewalsQuery {
    /// Those whose term ends on one of so many days, the first of which is today.
    #[serde(default = "three_months")]
    #[validate(range(min = 1, max = 3650))]
    #[param(minimum = 1, maximum = 3650, default = 90)]
    pub within_days: u32,
    /// Also those whose term ended on one of so many days before today, without a renewal.
    #[serde(default)]
    #[validate(range(max = 3650))]
    #[param(minimum = 0, maximum = 3650, default = 0)]
    pub ended_days: u32,
    /// Only those who are in this lecturer group today.
    pub group_id: Option<Uuid>,
}

fn three_months() -> u32 {
    90
}

/// Filters for lecturers.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLecturersQuery {
    /// Only those who are in this lecturer group today.
    pub group_id: Option<Uuid>,
    /// Only the appointments of this employee.
    pub employee_id: Option<Uuid>,
    /// Only the appointments of the employee with this number in the HR system. If nobody has it now, of the one who had it last.
    #[validate(nested)]
    pub employee_number: Option<EmployeeNumber>,
    /// Only the appointments of people whose name contains this. Upper and lower case are one.
    #[validate(nested)]
    pub name: Option<Name>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
