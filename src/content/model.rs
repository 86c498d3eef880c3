//! Rows of contents and their versions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::kernel::message::in_chinese;
use crate::kernel::text::{CaseText, ContentBody, FileName, MediaType, Outline, Title};
use crate::kernel::words::words;
use crate::schema::{content_versions, contents};

words! {
    /// State of a content.
    pub enum ContentState {
        /// A template for which nobody has submitted content yet.
        Draft = "draft",
        /// Others may see and reuse it. Reached by `submit_session_content`.
        Published = "published",
        /// Others no longer see it, and it takes no further versions. Reached by `withdraw_content` from `published`. Final.
        Withdrawn = "withdrawn",
    }
}

in_chinese!(ContentState { Draft = "草稿", Published = "已发布", Withdrawn = "已撤回" });

/// A piece of content.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contents)]
pub struct Content {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub session_id: Option<Uuid>,
    pub title: Title,
    pub outline: Option<Outline>,
    pub case_requirement: Option<CaseText>,
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

/// A content to be inserted.
#[derive(Debug, Insertable)]
#[diesel(table_name = contents, treat_none_as_default_value = false)]
pub struct NewContent {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub session_id: Option<Uuid>,
    pub title: Title,
    pub outline: Option<Outline>,
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
    pub file_name: Option<FileName>,
    pub media_type: Option<MediaType>,
    pub byte_size: Option<i64>,
    pub sha256: Option<String>,
}

/// A version to be inserted.
#[derive(Debug, Insertable)]
#[diesel(table_name = content_versions, treat_none_as_default_value = false)]
pub struct NewVersion {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub content_id: Uuid,
    pub number: i32,
    pub submitted_at: DateTime<Utc>,
    pub submitted_by_id: Option<Uuid>,
    pub body: Option<ContentBody>,
    pub file_name: Option<FileName>,
    pub media_type: Option<MediaType>,
    pub byte_size: Option<i64>,
    pub sha256: Option<String>,
}
