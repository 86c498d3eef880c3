//! Rows of contents and their versions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{content_versions, contents};

/// Where a content stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentState {
    /// A template that nobody has submitted for yet.
    Draft,
    /// Others may see and reuse it.
    Published,
    /// No longer there for others.
    Withdrawn,
}

/// A piece of content.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contents)]
pub struct Content {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub session_id: Option<Uuid>,
    pub title: String,
    pub outline: Option<String>,
    pub case_requirement: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl Content {
    #[must_use]
    pub fn state(&self) -> ContentState {
        match (self.published_at, self.withdrawn_at) {
            (_, Some(_)) => ContentState::Withdrawn,
            (Some(_), None) => ContentState::Published,
            (None, None) => ContentState::Draft,
        }
    }
}

impl ContentState {
    /// Its name in words.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A content to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = contents)]
pub struct NewContent {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub session_id: Option<Uuid>,
    pub title: String,
    pub outline: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A submitted version without its text.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = content_versions)]
pub struct ContentVersion {
    pub content_id: Uuid,
    pub number: i32,
    pub submitted_at: DateTime<Utc>,
    pub submitted_by_id: Option<Uuid>,
    pub file_name: Option<String>,
    pub media_type: Option<String>,
    pub byte_size: Option<i64>,
    pub sha256: Option<String>,
}

/// A version to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = content_versions)]
pub struct NewVersion {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub content_id: Uuid,
    pub number: i32,
    pub submitted_at: DateTime<Utc>,
    pub submitted_by_id: Option<Uuid>,
    pub body: Option<String>,
    pub file_name: Option<String>,
    pub media_type: Option<String>,
    pub byte_size: Option<i64>,
    pub sha256: Option<String>,
}
