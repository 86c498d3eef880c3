//! What was reported wrongly: HR voids it with a reason. It stays on record, and counts no more.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::error::Result;
use crate::kernel::text::Reason;
use crate::people::{EmployeeRef, People};

/// Why something is voided.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "系统重复上报"}))]
pub struct VoidRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// That and why something was voided.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoidResponse {
    pub at: DateTime<Utc>,
    /// Who voided it. For a machine client: the person responsible for it; null if there is none.
    pub by: Option<EmployeeRef>,
    pub reason: Reason,
}

/// As responses show it; nothing if it stands.
pub fn response(
    at: Option<DateTime<Utc>>,
    by: Option<Uuid>,
    reason: Option<Reason>,
    people: &People,
) -> Result<Option<VoidResponse>> {
    let Some((at, reason)) = at.zip(reason) else { return Ok(None) };
    Ok(Some(VoidResponse { at, by: people.maybe(by)?, reason }))
}
