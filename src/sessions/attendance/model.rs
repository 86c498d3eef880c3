//! Rows of attendance.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::schema::attendance_records;

/// Whether somebody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttendanceState {
    Present,
    Absent,
}

impl AttendanceState {
    pub const ALL: [Self; 2] = [Self::Present, Self::Absent];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
        }
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
    pub source: String,
    pub recorded_at: DateTime<Utc>,
}
