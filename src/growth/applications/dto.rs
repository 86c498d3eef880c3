//! Promotion applications on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{ApplicationState, PromotionApplication};
use crate::error::Result;
use crate::growth::checks::PromotionCheckResponse;
use crate::http::{ETag, Page};
use crate::journal::Tx;
use crate::kernel::text::{Code, Reason};
use crate::people::{EmployeeRef, employee_refs};

/// Who applies, and for what.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "target_code": "department-manager"}))]
pub struct CreatePromotionApplicationRequest {
    pub employee_id: Uuid,
    /// The position, by its policy in force.
    #[validate(nested)]
    pub target_code: Code,
}

/// Why an application is approved.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": null}))]
pub struct ApprovePromotionApplicationRequest {
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// Why an application is rejected.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "本年度该岗位已无编制"}))]
pub struct RejectPromotionApplicationRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// An application for a position.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionApplicationResponse {
    pub id: Uuid,
    /// Who applies.
    pub employee: EmployeeRef,
    /// The version of the policy that it was checked by.
    pub policy_id: Uuid,
    pub target_code: Code,
    /// The day that the check looked at.
    pub asked_on: NaiveDate,
    pub state: ApplicationState,
    /// The whole answer of the check on that day.
    #[schema(value_type = PromotionCheckResponse)]
    pub check: Value,
    /// Who handed it in, or answers for the machine that did; null where nobody answers for it.
    pub maker: Option<EmployeeRef>,
    /// When it was decided or withdrawn.
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by: Option<EmployeeRef>,
    /// Decided by its maker under the small-company switch.
    pub self_approved: bool,
    pub decision_reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// A page of applications.
pub type PromotionApplicationPage = Page<PromotionApplicationResponse>;

/// Which applications.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPromotionApplicationsQuery {
    /// Those of this person only.
    pub employee_id: Option<Uuid>,
    /// Those for this position only.
    #[validate(nested)]
    pub target_code: Option<Code>,
    /// Those in this state only.
    pub state: Option<ApplicationState>,
}

/// Applications as answers.
pub async fn responses(
    tx: &mut Tx<'_>,
    applications: Vec<PromotionApplication>,
) -> Result<Vec<PromotionApplicationResponse>> {
    let ids: Vec<Uuid> = applications
        .iter()
        .flat_map(|row| [Some(row.employee_id), row.maker_id, row.decided_by_id])
        .flatten()
        .collect();
    let people = employee_refs(tx, &ids).await?;
    let response = |row: PromotionApplication| {
        Ok(PromotionApplicationResponse {
            id: row.id,
            employee: people.get(row.employee_id)?,
            maker: people.maybe(row.maker_id)?,
            policy_id: row.policy_id,
            target_code: row.target_code,
            asked_on: row.asked_on,
            state: row.state,
            check: row.answer,
            decided_at: row.decided_at,
            decided_by: people.maybe(row.decided_by_id)?,
            self_approved: row.self_approved,
            decision_reason: row.decision_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            etag: ETag(row.version),
        })
    };
    applications.into_iter().map(response).collect()
}
