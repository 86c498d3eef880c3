//! Rows of attendance.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::text::Source;
use crate::kernel::words::words;
use crate::schema::attendance_records;

words! {
    /// Whether a person was present.
    pub enum AttendanceState {
        /// The person was present. They may rate the session, and count as an attendee.
        Present = "present",
        /// The person was expected but not present. They may not rate. A rating taken before still counts.
        Absent = "absent",
    }
}

text_column!(AttendanceState);

/// The attendance record of one person.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attendance_records)]
pub struct AttendanceRecord {
    pub employee_id: Uuid,
    pub state: AttendanceState,
    pub minutes: Option<i32>,
    pub source: Source,
    pub recorded_at: DateTime<Utc>,
}
