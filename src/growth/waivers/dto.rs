//! Waivers on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{CriterionPlace, PromotionWaiver, WaiverState};
use super::queries;
use crate::error::{Error, Result};
use crate::growth::criteria::PromotionCriterion;
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::text::{Code, Reason};
use crate::people::{EmployeeRef, People, employee_refs};

/// Which criterion is to be waived, for whom and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "target_code": "department-manager",
    "criterion": "/criteria/criteria/0", "reason": "入职前已有五年授课经验"
}))]
pub struct CreatePromotionWaiverRequest {
    pub employee_id: Uuid,
    /// The position.
    #[validate(nested)]
    pub target_code: Code,
    /// JSON pointer of a single criterion in the policy in force, as faults of policies name it: `/criteria/criteria/0` is the first of
    /// several, `/criteria` the only one.
    /// Example: /criteria/criteria/0
    #[validate(nested)]
    pub criterion: CriterionPlace,
    #[validate(nested)]
    pub reason: Reason,
}

/// Why the waiver is rejected or revoked.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "与岗位要求不符"}))]
pub struct EndPromotionWaiverRequest {
    #[validate(nested)]
    pub reason: Reason,
}

response! {
    /// A waiver of one criterion, for one lecturer and one position.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PromotionWaiverResponse: try new(row: PromotionWaiver, people: &People) {
        pub id: Uuid,
        /// For whom the criterion is waived.
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        /// The position.
        pub target_code: Code,
        /// The version of the policy that was in force when it was asked for.
        pub policy_id: Uuid,
        /// JSON pointer of the criterion in that version.
        /// Example: /criteria/criteria/0
        pub place: CriterionPlace,
        /// The criterion as it stood there.
        pub criterion: PromotionCriterion = row.criterion.0,
        pub reason: Reason,
        pub state: WaiverState,
        /// Who asked for it. If a machine client did, the person responsible for it; null if there is none.
        pub maker: Option<EmployeeRef> = people.maybe(row.maker_id)?,
        /// Who approved it, in this order.
        #[schema(max_items = 2)]
        pub approvers: Vec<EmployeeRef> = approvers([row.first_approver_id, row.second_approver_id], people)?,
        /// Whether who asked for it is one of them, in a company that allows self-approval.
        pub self_approved: bool,
        /// When the second person approved it; null: not yet.
        pub approved_at: Option<DateTime<Utc>>,
        /// Who rejected, withdrew or revoked it.
        pub ended_by: Option<EmployeeRef> = people.maybe(row.ended_by_id)?,
        pub ended_at: Option<DateTime<Utc>>,
        /// Why it was rejected or revoked.
        pub end_reason: Option<Reason>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of waivers.
pub type PromotionWaiverPage = Page<PromotionWaiverResponse>;

/// Filters of waivers.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPromotionWaiversQuery {
    /// Only those of this person, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// Only those for this position.
    #[validate(nested)]
    pub target_code: Option<Code>,
    /// Only those in this state.
    pub state: Option<WaiverState>,
}

/// A waiver that the result of a check rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppliedWaiver {
    pub id: Uuid,
    /// JSON pointer of the waived criterion in the policy. With `/result` instead of the first `/criteria` it leads to its verdict.
    #[schema(max_length = 100, examples("/criteria/criteria/0"))]
    pub place: String,
    pub reason: Reason,
    /// Who asked for it; null: a machine client that nobody is responsible for.
    pub maker: Option<EmployeeRef>,
    /// The two who approved it.
    #[schema(min_items = 2, max_items = 2)]
    pub approvers: Vec<EmployeeRef>,
    /// When the second of them did.
    pub approved_at: DateTime<Utc>,
}

/// The waivers as responses.
pub async fn responses(tx: &mut Tx<'_>, rows: Vec<PromotionWaiver>) -> Result<Vec<PromotionWaiverResponse>> {
    let people = named(tx, &rows).await?;
    rows.into_iter().map(|row| PromotionWaiverResponse::new(row, &people)).collect()
}

async fn named(tx: &mut Tx<'_>, rows: &[PromotionWaiver]) -> Result<People> {
    let of = |row: &PromotionWaiver| {
        [Some(row.employee_id), row.maker_id, row.first_approver_id, row.second_approver_id, row.ended_by_id]
    };
    let ids: Vec<Uuid> = rows.iter().flat_map(of).flatten().collect();
    Ok(employee_refs(tx, &ids).await?)
}

fn approvers(ids: [Option<Uuid>; 2], people: &People) -> Result<Vec<EmployeeRef>> {
    ids.into_iter().flatten().map(|id| people.get(id)).collect()
}

/// The waivers that results rest on, each in its list and at its place.
pub async fn applied(tx: &mut Tx<'_>, used: Vec<Vec<(String, Uuid)>>) -> Result<Vec<Vec<AppliedWaiver>>> {
    let ids: Vec<Uuid> = used.iter().flatten().map(|(_, id)| *id).collect();
    let rows = if ids.is_empty() { Vec::new() } else { queries::find_all(tx, &ids).await? };
    let people = named(tx, &rows).await?;
    let rows: BTreeMap<Uuid, PromotionWaiver> = rows.into_iter().map(|row| (row.id, row)).collect();
    let waiver = |(place, id): (String, Uuid)| -> Result<AppliedWaiver> {
        let found = rows.get(&id).and_then(|row| Some((row, row.approved_at?)));
        let (row, approved_at) = found.ok_or_else(|| Error::internal("a waiver that was read is not there"))?;
        Ok(AppliedWaiver {
            id,
            place,
            reason: row.reason.clone(),
            maker: people.maybe(row.maker_id)?,
            approvers: approvers([row.first_approver_id, row.second_approver_id], &people)?,
            approved_at,
        })
    };
    used.into_iter().map(|of_one| of_one.into_iter().map(&waiver).collect::<Result<Vec<_>>>()).collect()
}
