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
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::text::{Code, Reason};
use crate::people::{EmployeeRef, People, employee_refs};

/// The applicant and the position.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "target_code": "department-manager"}))]
pub struct CreatePromotionApplicationRequest {
    pub employee_id: Uuid,
    /// The position. The application is checked by the policy in force for it.
    #[validate(nested)]
    pub target_code: Code,
}

/// Why the application is approved.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": null}))]
pub struct ApprovePromotionApplicationRequest {
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// Why the application is rejected.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "本年度该岗位已无编制"}))]
pub struct RejectPromotionApplicationRequest {
    #[validate(nested)]
    pub reason: Reason,
}

response! {
    /// An application for a position.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PromotionApplicationResponse: try new(row: PromotionApplication, people: &People) {
        pub id: Uuid,
        /// The applicant.
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        /// The version of the policy that the applicant was checked by.
        pub policy_id: Uuid,
        pub target_code: Code,
        /// The day of the check.
        pub asked_on: NaiveDate,
        pub state: ApplicationState,
        /// The whole result of the check on that day, as it was when the application was submitted, with the waivers that it rests on.
        #[schema(value_type = PromotionCheckResponse)]
        pub check: Value = with_waivers(row.answer),
        /// Who submitted the application. If a machine client did, the person responsible for it; null if there is none.
        pub maker: Option<EmployeeRef> = people.maybe(row.maker_id)?,
        /// When the application was decided or withdrawn.
        pub decided_at: Option<DateTime<Utc>>,
        pub decided_by: Option<EmployeeRef> = people.maybe(row.decided_by_id)?,
        /// Whether its maker decided it, in a company that allows self-approval.
        pub self_approved: bool,
        pub decision_reason: Option<Reason>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

/// Results that were stored before there were waivers have none.
fn with_waivers(mut answer: Value) -> Value {
    if let Some(members) = answer.as_object_mut() {
        members.entry("waivers").or_insert_with(|| Value::Array(Vec::new()));
    }
    answer
}

/// A page of applications.
pub type PromotionApplicationPage = Page<PromotionApplicationResponse>;

/// Filters of promotion applications.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPromotionApplicationsQuery {
    /// Only those of this person.
    pub employee_id: Option<Uuid>,
    /// Only those for this position.
    #[validate(nested)]
    pub target_code: Option<Code>,
    /// Only those in this state.
    pub state: Option<ApplicationState>,
}

/// The applications as responses.
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
    applications.into_iter().map(|row| PromotionApplicationResponse::new(row, &people)).collect()
}
