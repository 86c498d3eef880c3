//! Attendance on the wire.

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

/// The attendance list of a session, as one system or person knows it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "source": "door-terminal", "recorded_at": "2026-03-12T07:00:00Z",
    "records": [{"employee_id": "0195a1b2-0000-7000-8000-000000000003", "state": "present", "minutes": 40}]
}))]
pub struct ReplaceAttendanceRequest {
    /// Which system or person says so.
    #[validate(nested)]
    pub source: Source,
    /// When the source recorded it, by its own clock: of two lists the later recorded one stands. Now unless given.
    #[validate(custom(function = "wire::instant"))]
    pub recorded_at: Option<DateTime<Utc>>,
    /// Everybody of whom something is known; who is not on the list has no record any more. The lecturers of the session may be
    /// on it and are no attendees. An empty list says that nobody came.
    #[validate(length(max = 2000), nested)]
    #[schema(max_items = 2000)]
    pub records: Vec<AttendanceRecordRequest>,
}

/// Whether one person was there.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "0195a1b2-0000-7000-8000-000000000003", "state": "present", "minutes": 40}))]
pub struct AttendanceRecordRequest {
    pub employee_id: Uuid,
    pub state: AttendanceState,
    /// Minutes present, where the source knows.
    #[validate(range(min = 0, max = 1440))]
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: Option<i32>,
}

/// What became of an attendance list.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceResponse {
    pub session_id: Uuid,
    /// People recorded as present now, lecturers of the session included.
    #[schema(minimum = 0, examples(12))]
    pub present: i64,
    /// People recorded as absent now.
    #[schema(minimum = 0, examples(1))]
    pub absent: i64,
    /// Records of people who are not on the list, taken away.
    #[schema(minimum = 0)]
    pub removed: usize,
    /// Records of the list, all of them where a later recorded list stands already; nothing has changed then.
    #[schema(minimum = 0)]
    pub stale: usize,
    /// That of the session.
    pub etag: ETag,
}

/// What is recorded of one person.
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
    /// Give it as `cursor` to get the next page; null on the last one.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}
