//! Requests and responses about absences.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Absence, AbsenceKind};
use crate::http::{ETag, Page, response};
use crate::kernel::text::{Reason, Source, SourceRef};
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// Days on which a person is excused.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "kind": "leave", "starts_on": "2026-03-02",
    "ends_on": "2026-03-06", "source": "hris", "source_ref": "LV-20260302-17"
}))]
pub struct CreateAbsenceRequest {
    pub employee_id: Uuid,
    pub kind: AbsenceKind,
    /// First day of the absence.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
    /// Last day of the absence (included). Null, for a suspension only: until further notice.
    #[validate(custom(function = "wire::day"))]
    pub ends_on: Option<NaiveDate>,
    /// The system that reports the absence.
    #[serde(default = "manual")]
    #[validate(nested)]
    #[schema(default = "manual")]
    pub source: Source,
    /// Id of the absence in that system. If the same id is sent again, this absence is updated.
    #[validate(nested)]
    pub source_ref: Option<SourceRef>,
}

/// A suspension of a lecturer (停职): days on which the person is excused, and which do not count for the tenure.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_on": "2026-03-02", "ends_on": null, "reason": "配合内部调查"}))]
pub struct SuspendLecturerRequest {
    /// First day of the suspension. It must be within the appointment.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
    /// Last day of the suspension (included). Null: until it is lifted, or until the employment ends.
    #[validate(custom(function = "wire::day"))]
    pub ends_on: Option<NaiveDate>,
    /// Why. The person concerned can read it.
    #[validate(nested)]
    pub reason: Reason,
}

/// The end of a suspension before its last day.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "调查结束，未发现问题"}))]
pub struct LiftSuspensionRequest {
    /// Last day of the suspension (included), earlier than the one that it has. Absent or null: yesterday, so that the lecturer is back
    /// today; or its first day, if that is later.
    #[validate(custom(function = "wire::day"))]
    pub ends_on: Option<NaiveDate>,
    /// Why. The person concerned can read it.
    #[validate(nested)]
    pub reason: Reason,
}

fn manual() -> Source {
    Source::trusted("manual")
}

response! {
    /// Days on which a person is excused.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct AbsenceResponse: new(absence: Absence, employee: EmployeeRef) {
        pub id: Uuid,
        pub employee: EmployeeRef = employee,
        pub kind: AbsenceKind,
        /// First day of the absence.
        pub starts_on: NaiveDate,
        /// Last day of the absence (included). Null for a suspension until further notice; once the employment has a last day, it ends
        /// with it.
        pub ends_on: Option<NaiveDate>,
        /// Why the person was suspended. Null for leave, and where another system reported it. Only the person and the roles `admin`,
        /// `hris` and `auditor` read it: null for others.
        pub reason: Option<Reason>,
        /// When the suspension was lifted: it had a later last day, or none. Null if it was not.
        pub lifted_at: Option<DateTime<Utc>>,
        /// Why it was lifted. Null for those who may not read `reason`.
        pub lift_reason: Option<Reason>,
        /// The system that reported the absence.
        /// Example: hris
        pub source: Source,
        /// Id of the absence in that system.
        /// Example: LV-20260302-17
        pub source_ref: Option<SourceRef>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(absence.version),
    }
}

/// A page of absences.
pub type AbsencePage = Page<AbsenceResponse>;

/// Filters for absences.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAbsencesQuery {
    /// Only those of this employee.
    pub employee_id: Option<Uuid>,
    /// Only those of this kind.
    pub kind: Option<AbsenceKind>,
    /// Only those that end on or after this day.
    #[validate(custom(function = "wire::any_day"))]
    pub from_on: Option<NaiveDate>,
    /// Only those that begin on or before this day.
    #[validate(custom(function = "wire::any_day"))]
    pub to_on: Option<NaiveDate>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
