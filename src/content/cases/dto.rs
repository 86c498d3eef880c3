//! Application cases on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::CaseState;
use crate::http::{ETag, Page};
use crate::kernel::text::{CaseText, Reason};
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// What a learner did with something learned.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "session_id": "0195a1b2-0000-7000-8000-000000000020", "description": "昨天就用了，挽回了一个客户。", "applied_on": "2026-03-13"
}))]
pub struct CreateCaseRequest {
    /// The session that it came from; delivered.
    pub session_id: Uuid,
    /// Who did it: the caller unless HR's systems say otherwise.
    pub learner_id: Option<Uuid>,
    /// What was done, and what came of it.
    #[validate(nested)]
    pub description: CaseText,
    /// When it was applied: not before the session, not in the future.
    #[validate(custom(function = "wire::day"))]
    pub applied_on: Option<NaiveDate>,
}

/// What the learner's manager or HR says of a case.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "The customer signed again on 15 March."}))]
pub struct DecideCaseRequest {
    #[validate(nested)]
    pub note: Option<Reason>,
}

/// An application case (应用案例).
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseResponse {
    pub id: Uuid,
    pub session_id: Uuid,
    pub learner: EmployeeRef,
    pub description: CaseText,
    pub applied_on: Option<NaiveDate>,
    pub state: CaseState,
    pub submitted_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    /// Null: nobody yet, or an import.
    pub decided_by: Option<EmployeeRef>,
    pub note: Option<Reason>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// A page of application cases.
pub type CasePage = Page<CaseResponse>;

/// Which application cases.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCasesQuery {
    /// From this session.
    pub session_id: Option<Uuid>,
    /// Of this learner.
    pub learner_id: Option<Uuid>,
    /// In this state.
    pub state: Option<CaseState>,
}
