//! Requests and responses about application cases.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Case, CaseState};
use crate::content::voiding::{self, VoidResponse};
use crate::http::{ETag, Page, response};
use crate::kernel::text::{CaseText, Reason};
use crate::kernel::wire;
use crate::people::{EmployeeRef, People};

/// An application case: what a learner did with something they learned.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "session_id": "0195a1b2-0000-7000-8000-000000000020", "description": "昨天就用了，挽回了一个客户。", "applied_on": "2026-03-13"
}))]
pub struct CreateCaseRequest {
    /// The session in which the learner learned it. It must be delivered.
    pub session_id: Uuid,
    /// The learner. Default: the caller. Only HR's systems may report for another person.
    pub learner_id: Option<Uuid>,
    /// What the learner did, and with what result.
    #[validate(nested)]
    pub description: CaseText,
    /// The day on which it was applied: not before the session and not in the future.
    #[validate(custom(function = "wire::day"))]
    pub applied_on: Option<NaiveDate>,
}

/// The decision of the learner's manager or HR about a case.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "The customer signed again on 15 March."}))]
pub struct DecideCaseRequest {
    #[validate(nested)]
    pub note: Option<Reason>,
}

response! {
    /// An application case (应用案例).
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CaseResponse: try new(case: Case, people: &People) {
        pub id: Uuid,
        pub session_id: Uuid,
        pub learner: EmployeeRef = people.get(case.learner_id)?,
        pub description: CaseText,
        pub applied_on: Option<NaiveDate>,
        pub state: CaseState,
        pub submitted_at: DateTime<Utc>,
        pub decided_at: Option<DateTime<Utc>>,
        /// Who decided. Null if nobody has decided yet, or an import brought the decision.
        pub decided_by: Option<EmployeeRef> = people.maybe(case.decided_by_id)?,
        pub note: Option<Reason> = case.decision_note,
        /// That HR has voided it: it does not count. Null: it stands.
        pub voided: Option<VoidResponse> =
            voiding::response(case.voided_at, case.voided_by_id, case.void_reason, people)?,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(case.version),
    }
}

/// A page of application cases.
pub type CasePage = Page<CaseResponse>;

/// Filters for application cases.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCasesQuery {
    /// Only those from this session.
    pub session_id: Option<Uuid>,
    /// Only those of this learner.
    pub learner_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<CaseState>,
}
