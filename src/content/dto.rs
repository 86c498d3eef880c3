//! Contents on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::model::{Content, ContentState, ContentVersion};
use crate::http::{ETag, Page};
use crate::kernel::phrases::Form;
use crate::kernel::text::{CaseText, ContentBody, FileName, MediaType, Outline, Title};
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// What is known of the file of a version. The file itself stands in the company's own store.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "retention.pptx", "media_type": "application/vnd.ms-powerpoint", "byte_size": 204800,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
}))]
pub struct ContentFile {
    #[validate(nested)]
    pub name: FileName,
    /// Example: application/pdf
    #[validate(nested)]
    pub media_type: MediaType,
    #[validate(range(min = 0, max = 1_099_511_627_776_i64))]
    #[schema(minimum = 0, maximum = 1_099_511_627_776_i64)]
    pub byte_size: i64,
    /// In lower-case hexadecimal.
    #[validate(custom(function = "sha256"))]
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
}

fn sha256(text: &str) -> Result<(), ValidationError> {
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(hexadecimal) {
        return Ok(());
    }
    Err(Form::Sha256.into())
}

/// Content for a session, as its first version.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "老客户维护三步法", "outline": "1. 背景 2. 案例 3. 方法",
    "file": {
        "name": "retention.pdf", "media_type": "application/pdf", "byte_size": 204800,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    }
}))]
pub struct SubmitContentRequest {
    /// Title as people read it.
    #[validate(nested)]
    pub title: Title,
    /// What it is about, point by point. Null keeps that of the session's template, if there is one.
    #[validate(nested)]
    pub outline: Option<Outline>,
    /// The text, where it is typed in.
    #[validate(nested)]
    pub body: Option<ContentBody>,
    #[validate(nested)]
    pub file: Option<ContentFile>,
    /// When it was submitted, where another system took it in; given by HR's systems only. Now unless given.
    #[validate(custom(function = "wire::instant"))]
    pub submitted_at: Option<DateTime<Utc>>,
}

/// A further version of a content: something of it is given.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "With the case of March added."}))]
pub struct CreateContentVersionRequest {
    /// The new title; null: it stays.
    #[validate(nested)]
    pub title: Option<Title>,
    /// The new outline; null: it stays.
    #[validate(nested)]
    pub outline: Option<Outline>,
    /// The text, where it is typed in.
    #[validate(nested)]
    pub body: Option<ContentBody>,
    #[validate(nested)]
    pub file: Option<ContentFile>,
}

/// A piece of content.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContentResponse {
    pub id: Uuid,
    pub programme_id: Uuid,
    /// The session it is for; null: it stands by itself.
    pub session_id: Option<Uuid>,
    /// Example: 老客户维护三步法
    pub title: Title,
    pub outline: Option<Outline>,
    /// What cases it is to contain.
    pub case_requirement: Option<CaseText>,
    pub state: ContentState,
    #[schema(max_items = 20)]
    pub authors: Vec<EmployeeRef>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The latest version; null while nothing was submitted.
    pub latest_version: Option<ContentVersionResponse>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

impl ContentResponse {
    #[must_use]
    pub fn new(content: Content, authors: Vec<EmployeeRef>, latest_version: Option<ContentVersionResponse>) -> Self {
        Self {
            id: content.id,
            programme_id: content.programme_id,
            session_id: content.session_id,
            state: content.state(),
            title: content.title,
            outline: content.outline,
            case_requirement: content.case_requirement,
            authors,
            published_at: content.published_at,
            withdrawn_at: content.withdrawn_at,
            latest_version,
            created_at: content.created_at,
            updated_at: content.updated_at,
            etag: ETag(content.version),
        }
    }
}

/// A submitted version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContentVersionResponse {
    /// From 1.
    #[schema(minimum = 1, examples(1))]
    pub number: i32,
    pub submitted_at: DateTime<Utc>,
    /// Null: a machine.
    pub submitted_by: Option<EmployeeRef>,
    pub file: Option<ContentFile>,
}

impl ContentVersionResponse {
    #[must_use]
    pub fn new(version: ContentVersion, submitted_by: Option<EmployeeRef>) -> Self {
        let ContentVersion { number, submitted_at, file_name, media_type, byte_size, sha256, .. } = version;
        let file = match (file_name, media_type, byte_size, sha256) {
            (Some(name), Some(media_type), Some(byte_size), Some(sha256)) => {
                Some(ContentFile { name, media_type, byte_size, sha256 })
            }
            _ => None,
        };
        Self { number, submitted_at, submitted_by, file }
    }
}

/// The typed-in text of a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContentBodyResponse {
    pub content_id: Uuid,
    #[schema(minimum = 1)]
    pub number: i32,
    /// Null where the version is a file.
    pub body: Option<ContentBody>,
}

/// A page of contents.
pub type ContentPage = Page<ContentResponse>;

/// A page of a content's versions.
pub type ContentVersionPage = Page<ContentVersionResponse>;

/// Which contents.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListContentsQuery {
    /// Those of this programme.
    pub programme_id: Option<Uuid>,
    /// Those made for this session.
    pub session_id: Option<Uuid>,
    /// Those of this author.
    pub author_id: Option<Uuid>,
    /// Those in this state.
    pub state: Option<ContentState>,
    /// Those changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
