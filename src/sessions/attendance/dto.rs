//! Requests and responses about attendance.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::AttendanceState;
use crate::http::ETag;
use crate::kernel::text::Source;
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// The attendance list of a session, as one system or person recorded it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "source": "door-terminal", "recorded_at": "2026-03-12T07:00:00Z",
    "records": [{"employee_id": "0195a1b2-0000-7000-8000-000000000003", "state": "present", "minutes": 40}]
}))]
pub struct ReplaceAttendanceRequest {
    /// The system or person that reports the attendance.
    #[validate(nested)]
    pub source: Source,
    /// When the source recorded the list, by its own clock. Of two lists, the one recorded later is valid. Default: now.
    #[validate(custom(function = "wire::instant"))]
    pub recorded_at: Option<DateTime<Utc>>,
    /// Everyone whose attendance is known. The records of people who are not on the list are removed. The session's lecturers may
    /// be on the list, but they do not count as attendees. An empty list means that nobody came.
    #[validate(length(max = 2000), nested)]
    #[schema(max_items = 2000)]
    pub records: Vec<AttendanceRecordRequest>,
}

/// Whether one person was present.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "0195a1b2-0000-7000-8000-000000000003", "state": "present", "minutes": 40}))]
pub struct AttendanceRecordRequest {
    pub employee_id: Uuid,
    pub state: AttendanceState,
    /// Minutes present, if the source knows them.
    #[validate(range(min = 0, max = 1440))]
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: Option<i32>,
}

/// The result of sending an attendance list.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceResponse {
    pub session_id: Uuid,
    /// Number of people now recorded as present, including lecturers of the session.
    #[schema(minimum = 0, examples(12))]
    pub present: i64,
    /// Number of people now recorded as absent.
    #[schema(minimum = 0, examples(1))]
    pub absent: i64,
    /// Number of records removed, of people who are not on the list.
    #[schema(minimum = 0)]
    pub removed: usize,
    /// Number of records in the list that were ignored: all of them if a list recorded later is already stored, because then
    /// nothing changes; otherwise 0.
    #[schema(minimum = 0)]
    pub stale: usize,
    /// The ETag of the session.
    pub etag: ETag,
}

/// The attendance record of one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceRecordResponse {
    pub employee: EmployeeRef,
    pub state: AttendanceState,
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: Option<i32>,
    /// Example: door-terminal
    pub source: Source,
    pub recorded_at: DateTime<Utc>,
}

/// A page of attendance records.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendancePage {
    #[schema(max_items = 200)]
    pub items: Vec<AttendanceRecordResponse>,
    /// Send it as `cursor` to get the next page. Null on the last page.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}
