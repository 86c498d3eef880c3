//! Precedences on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::OpportunityPrecedence;
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::text::{Code, Reason};
use crate::people::{EmployeeRef, People, employee_refs};
use crate::programmes::documents::runs::RatedPeriod;

/// Why a precedence is withdrawn.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "三月的签到记录经更正后不再优秀"}))]
pub struct WithdrawOpportunityPrecedenceRequest {
    #[validate(nested)]
    pub reason: Reason,
}

response! {
    /// Precedence (优先权) of a lecturer, once, for the next training opportunity with a code.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct OpportunityPrecedenceResponse: try new(row: OpportunityPrecedence, people: &People) {
        pub id: Uuid,
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        /// Code of the opportunities that it is good for.
        /// Example: industry-summit
        pub code: Code,
        pub programme_id: Uuid,
        /// The closed snapshot that gave it.
        pub snapshot_id: Uuid,
        /// The policy that gave it.
        pub policy_code: Code,
        /// The period with which the streak was complete.
        pub earned_period: Period = row.earned_period.parse().map_err(Error::internal)?,
        /// The evidence: the periods of the streak with their grades, earliest first.
        #[schema(max_items = 120)]
        pub run: Vec<RatedPeriod> = row.run.0,
        pub granted_at: DateTime<Utc>,
        /// When it brought the offer of a place; null: it has not been used, or HR has cancelled the opportunity or revoked the place since.
        /// A place that was declined, withdrawn from or not answered in time has used it.
        pub used_at: Option<DateTime<Utc>>,
        /// When it was withdrawn; null: it was not.
        pub withdrawn_at: Option<DateTime<Utc>>,
        /// Who withdrew it.
        pub withdrawn_by: Option<EmployeeRef> = people.maybe(row.withdrawn_by_id)?,
        pub withdraw_reason: Option<Reason>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of precedences.
pub type OpportunityPrecedencePage = Page<OpportunityPrecedenceResponse>;

/// Filters of precedences.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListOpportunityPrecedencesQuery {
    /// Only those of this person, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// Only those that this programme gave.
    pub programme_id: Option<Uuid>,
    /// Only those for opportunities with this code.
    #[validate(nested)]
    pub code: Option<Code>,
    /// True: only those that brought the offer of a place. False: only the others.
    pub used: Option<bool>,
    /// True: only those that were withdrawn. False: only the others.
    pub withdrawn: Option<bool>,
}

/// The precedences as responses.
pub async fn responses(
    tx: &mut Tx<'_>,
    rows: Vec<OpportunityPrecedence>,
) -> Result<Vec<OpportunityPrecedenceResponse>> {
    let ids: Vec<Uuid> = rows.iter().flat_map(|row| [Some(row.employee_id), row.withdrawn_by_id]).flatten().collect();
    let people = employee_refs(tx, &ids).await?;
    rows.into_iter().map(|row| OpportunityPrecedenceResponse::new(row, &people)).collect()
}
