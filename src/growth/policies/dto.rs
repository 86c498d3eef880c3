//! Promotion policies on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Position, PromotionPolicy};
use crate::error::Result;
use crate::growth::criteria::PromotionCriterion;
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::text::{Code, Name};
use crate::kernel::words::words;
use crate::people::{EmployeeRef, People};
use crate::versioned::{Proposal, people_of};

/// What a position will require.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"target_code": "department-manager", "name": "部门经理", "criteria": {"kind": "all", "criteria": [
    {"kind": "tenure", "months": 6}, {"kind": "grades", "periods": 6, "every": "excellent"}
]}}))]
pub struct PromotionPolicyRequest {
    /// The position.
    pub target_code: Code,
    pub name: Name,
    pub criteria: PromotionCriterion,
}

impl PromotionPolicyRequest {
    /// The request as a proposal.
    #[must_use]
    pub fn proposal(self) -> Proposal<PromotionCriterion> {
        Proposal { heading: Position { target_code: self.target_code, name: self.name }, document: self.criteria }
    }
}

words! {
    /// State of a promotion policy.
    pub enum PromotionPolicyState {
        /// Proposed. Checks do not use it, and it can still be replaced or deleted.
        Draft = "draft",
        /// Published by a person other than its maker (`publish_promotion_policy`). Checks use it while it is the highest
        /// published version for its position. It never changes again.
        Published = "published",
    }
}

response! {
    /// A version of what a position requires.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PromotionPolicyResponse: try new(policy: PromotionPolicy, etag: ETag, people: &People) {
        pub id: Uuid,
        /// The position.
        pub target_code: Code = policy.heading.target_code,
        /// The number of the version for the position. Checks use the highest published one.
        #[schema(minimum = 1)]
        pub version: i32 = policy.number,
        pub state: PromotionPolicyState = state(policy.published_at),
        pub name: Name = policy.heading.name,
        pub criteria: PromotionCriterion = policy.document.0,
        /// Who proposed it. If a machine client did, the person responsible for it; null if there is none.
        pub maker: Option<EmployeeRef> = people.maybe(policy.maker_id)?,
        /// Who published it.
        pub checker: Option<EmployeeRef> = people.maybe(policy.checker_id)?,
        /// Whether its maker published it, in a company that allows self-approval.
        pub self_approved: bool,
        pub published_at: Option<DateTime<Utc>>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = etag,
    }
}

/// A page of promotion policies.
pub type PromotionPolicyPage = Page<PromotionPolicyResponse>;

/// Filters of promotion policies.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPromotionPoliciesQuery {
    /// Only those for this position.
    #[validate(nested)]
    pub target_code: Option<Code>,
    /// Only those in this state.
    pub state: Option<PromotionPolicyState>,
}

/// The policies as responses.
pub async fn responses(tx: &mut Tx<'_>, policies: Vec<PromotionPolicy>) -> Result<Vec<PromotionPolicyResponse>> {
    let people = people_of(tx, &policies).await?;
    policies
        .into_iter()
        .map(|policy| {
            let etag = policy.etag();
            PromotionPolicyResponse::new(policy, etag, &people)
        })
        .collect()
}

fn state(published_at: Option<DateTime<Utc>>) -> PromotionPolicyState {
    if published_at.is_some() { PromotionPolicyState::Published } else { PromotionPolicyState::Draft }
}
