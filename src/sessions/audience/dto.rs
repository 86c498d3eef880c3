//! Requests and responses about registered audiences.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::people::EmployeeRef;

/// The registered audience of a session, as a whole list.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_ids": ["0195a1b2-0000-7000-8000-000000000003"]}))]
pub struct ReplaceAudienceRequest {
    #[validate(length(max = 2000))]
    #[schema(max_items = 2000)]
    pub employee_ids: Vec<Uuid>,
}

/// A page of people registered for a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct AudiencePage {
    #[schema(max_items = 200)]
    pub items: Vec<EmployeeRef>,
    /// Send it as `cursor` to get the next page. Null on the last page.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}
