//! Rows of reuse.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::schema::reuse_events;

/// What somebody did with a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReuseEventKind {
    /// Shown, never counted.
    View,
    Download,
    Forward,
    /// Taught by somebody else.
    Taught,
}

impl ReuseEventKind {
    pub const ALL: [Self; 4] = [Self::View, Self::Download, Self::Forward, Self::Taught];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Download => "download",
            Self::Forward => "forward",
            Self::Taught => "taught",
        }
    }
}

text_column!(ReuseEventKind);

/// Somebody used a content.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = reuse_events)]
pub struct ReuseEvent {
    pub id: Uuid,
    pub content_id: Uuid,
    pub employee_id: Uuid,
    pub kind: ReuseEventKind,
    pub occurred_at: DateTime<Utc>,
    pub source: String,
    pub source_ref: Option<String>,
    pub received_at: DateTime<Utc>,
}

/// A reuse to be stored.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = reuse_events)]
pub struct NewReuseEvent {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub content_id: Uuid,
    pub employee_id: Uuid,
    pub kind: &'static str,
    pub occurred_at: DateTime<Utc>,
    pub source: String,
    pub source_ref: Option<String>,
    pub received_at: DateTime<Utc>,
}
