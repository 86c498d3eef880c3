//! Rows of attendance.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::text::Source;
use crate::kernel::words::words;
use crate::schema::attendance_records;

words! {
    /// Whether somebody was there.
    pub enum AttendanceState {
        /// Was there: may rate the session, and counts among its attendees.
        Present = "present",
        /// Was expected and not there: may not rate, and a rating given before is not counted.
        Absent = "absent",
    }
}

text_column!(AttendanceState);

/// What is recorded of one person.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attendance_records)]
pub struct AttendanceRecord {
    pub employee_id: Uuid,
    pub state: AttendanceState,
    pub minutes: Option<i32>,
    pub source: Source,
    pub recorded_at: DateTime<Utc>,
}
