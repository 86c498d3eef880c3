//! Requests about merging records.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::kernel::text::Reason;

/// Another record of the same person.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "duplicate_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "reason": "Entered twice: by the import and by hand"
}))]
pub struct MergeEmployeesRequest {
    /// The record that is given up.
    pub duplicate_id: Uuid,
    /// Why both are one person. Shown to whoever confirms it.
    #[validate(nested)]
    pub reason: Reason,
}
