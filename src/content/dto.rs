//! Requests and responses about content.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::model::{Content, ContentState, ContentVersion};
use crate::http::{ETag, Page, response};
use crate::kernel::hex::Sha256;
use crate::kernel::phrases::Form;
use crate::kernel::text::{CaseText, ContentBody, FileName, MediaType, Outline, Title};
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// Facts about the file of a version. The file itself is in the company's own store.
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
    /// The hash of the file.
    #[validate(custom(function = "sha256"))]
    pub sha256: Sha256,
}

fn sha256(hash: &Sha256) -> Result<(), ValidationError> {
    if hash.is_sound() { Ok(()) } else { Err(Form::Sha256.into()) }
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
    /// Title for people to read.
    #[validate(nested)]
    pub title: Title,
    /// What the content is about, point by point. If absent or null, the outline of the session's template is kept, if there is
    /// one.
    #[validate(nested)]
    pub outline: Option<Outline>,
    /// The text, if it is entered directly.
    #[validate(nested)]
    pub body: Option<ContentBody>,
    #[validate(nested)]
    pub file: Option<ContentFile>,
    /// When the content was submitted, if another system received it. Only HR's systems may set it. Default: now.
    #[validate(custom(function = "wire::instant"))]
    pub submitted_at: Option<DateTime<Utc>>,
}

/// A further version of a content. At least one member must be set.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "With the case of March added."}))]
pub struct CreateContentVersionRequest {
    /// The new title. Null: unchanged.
    #[validate(nested)]
    pub title: Option<Title>,
    /// The new outline. Null: unchanged.
    #[validate(nested)]
    pub outline: Option<Outline>,
    /// The text, if it is entered directly.
    #[validate(nested)]
    pub body: Option<ContentBody>,
    #[validate(nested)]
    pub file: Option<ContentFile>,
}

response! {
    /// A piece of content.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ContentResponse:
        new(content: Content, authors: Vec<EmployeeRef>, latest_version: Option<ContentVersionResponse>, is_open: bool)
    {
        pub id: Uuid,
        pub programme_id: Uuid,
        /// The session of the content. Null if the content does not belong to a session.
        pub session_id: Option<Uuid>,
        /// Example: 老客户维护三步法
        pub title: Title,
        pub state: ContentState = content.state(),
        /// Whether the caller may read it. Where its programme has content earned (`content_access`), people who have not earned it see
        /// title and authors only: outline, case requirement and latest version are null then.
        pub is_open: bool = is_open,
        pub outline: Option<Outline> = content.outline.filter(|_| is_open),
        /// The cases that the content must contain.
        pub case_requirement: Option<CaseText> = content.case_requirement.filter(|_| is_open),
        #[schema(max_items = 20)]
        pub authors: Vec<EmployeeRef> = authors,
        pub published_at: Option<DateTime<Utc>>,
        pub withdrawn_at: Option<DateTime<Utc>>,
        /// The latest version. Null if nothing has been submitted yet.
        pub latest_version: Option<ContentVersionResponse> = latest_version.filter(|_| is_open),
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(content.version),
    }
}

response! {
    /// A submitted version.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ContentVersionResponse: new(version: ContentVersion, submitted_by: Option<EmployeeRef>) {
        /// Version number, from 1.
        #[schema(minimum = 1, examples(1))]
        pub number: i32,
        pub submitted_at: DateTime<Utc>,
        /// Who submitted the version. Null for a machine client, or if an import did not name the person.
        pub submitted_by: Option<EmployeeRef> = submitted_by,
        pub file: Option<ContentFile> = {
            let hash = version.sha256.map(Sha256::from);
            let (kind, facts) = (version.file_name.zip(version.media_type), version.byte_size.zip(hash));
            kind.zip(facts).map(|((name, media_type), (byte_size, sha256))| ContentFile { name, media_type, byte_size, sha256 })
        },
    }
}

/// The directly entered text of a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContentBodyResponse {
    pub content_id: Uuid,
    #[schema(minimum = 1)]
    pub number: i32,
    /// Null if the version is a file.
    pub body: Option<ContentBody>,
}

/// A page of contents.
pub type ContentPage = Page<ContentResponse>;

/// A page of a content's versions.
pub type ContentVersionPage = Page<ContentVersionResponse>;

/// Filters for contents.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListContentsQuery {
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those made for this session.
    pub session_id: Option<Uuid>,
    /// Only those of this author.
    pub author_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<ContentState>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
