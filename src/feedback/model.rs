//! Rows of feedback.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamptz};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::rules::{Attendance, Occasion};
use crate::error::{Error, Result};
use crate::kernel::text::{Comment, Reason};
use crate::programmes::{FeedbackItem, FeedbackMode};
use crate::schema::{feedback, feedback_extensions};
use crate::sessions::Participation;

/// The facts about a person and a session, and the settings of its programme.
#[derive(Debug, QueryableByName)]
pub struct OccasionRow {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub delivered_start: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub delivered_minutes: Option<i32>,
    #[diesel(sql_type = Integer)]
    pub window_minutes: i32,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = Jsonb)]
    pub form: Value,
    #[diesel(sql_type = Text)]
    pub mode: FeedbackMode,
    #[diesel(embed)]
    pub part: Participation,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub extended_until: Option<DateTime<Utc>>,
}

impl OccasionRow {
    #[must_use]
    pub fn occasion(&self) -> Occasion {
        Occasion {
            delivered: self.delivered_start.zip(self.delivered_minutes),
            window_minutes: self.window_minutes,
            extended_until: self.extended_until,
            is_own: self.part.is_lecturer,
            attendance: match (self.part.has_records, self.part.is_present, self.part.is_registered) {
                (true, Some(true), _) => Attendance::Present,
                (true, _, _) => Attendance::Absent,
                (false, _, true) => Attendance::Registered,
                (false, _, false) => Attendance::Unknown,
            },
        }
    }

    /// The items of the form.
    pub fn items(&self) -> Result<Vec<FeedbackItem>> {
        Vec::deserialize(&self.form).map_err(Error::internal)
    }

    /// Whether the session concerns the person: as one of its lecturers, as a registered learner, or with an attendance record,
    /// even as absent.
    #[must_use]
    pub fn concerns(&self) -> bool {
        self.part.is_lecturer || self.part.is_registered || self.part.is_present.is_some()
    }
}

/// What a person gives.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = feedback)]
pub struct Given {
    pub rating: i32,
    pub scale: i32,
    pub items: Value,
    pub comment: Option<Comment>,
}

/// The answer to one item, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAnswer {
    pub key: String,
    pub value: i32,
    pub scale: i32,
}

/// A longer feedback window for a session.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = feedback_extensions)]
pub struct Extension {
    pub session_id: Uuid,
    pub extended_until: DateTime<Utc>,
    pub reason: Reason,
}

/// The ratings of a session on one scale.
#[derive(Debug, QueryableByName)]
pub struct RatingTotal {
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// The answers to one item of a session on one scale.
#[derive(Debug, QueryableByName)]
pub struct ItemTotal {
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// A text, without who wrote it and when.
#[derive(Debug, QueryableByName)]
pub struct TextRow {
    #[diesel(sql_type = Text)]
    pub comment: Comment,
}
