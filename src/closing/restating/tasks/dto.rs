//! Tasks for HR on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{HrTask, HrTaskKind, HrTaskState};
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::people::{EmployeeRef, People, employee_refs};

/// What was done about a task, or why nothing is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "已与部门经理沟通，称号予以保留。"}))]
pub struct DecideHrTaskRequest {
    #[validate(nested)]
    pub reason: Reason,
}

response! {
    /// Something that an accepted restatement has taken the ground from. It stays until HR does something about it.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct HrTaskResponse: try new(row: HrTask, people: &People) {
        pub id: Uuid,
        pub kind: HrTaskKind,
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        pub restatement_id: Uuid,
        pub programme_id: Uuid,
        /// The period that was restated.
        pub period: Period = row.period.parse().map_err(Error::internal)?,
        /// Code of the policy that gave it.
        #[schema(max_length = 64, examples("senior"))]
        pub policy: String = row.policy_code,
        /// Kind of the certificate; null for others.
        #[schema(max_length = 64, examples("knowledge-contribution"))]
        pub certificate_code: Option<String>,
        /// Code of the title; null for others.
        #[schema(max_length = 64, examples("senior-lecturer"))]
        pub title_code: Option<String>,
        /// The title (`get_title`); null for others.
        pub title_id: Option<Uuid>,
        /// The improvement notice (`get_improvement_notice`); null for others.
        pub notice_id: Option<Uuid>,
        /// Code of the training opportunities that the precedence is good for; null for others.
        #[schema(max_length = 64, examples("industry-summit"))]
        pub opportunity_code: Option<String>,
        /// The precedence (`get_opportunity_precedence`); null for others.
        pub precedence_id: Option<Uuid>,
        pub state: HrTaskState,
        /// When the restatement was accepted.
        pub created_at: DateTime<Utc>,
        /// When it was done or dismissed; null while it is open.
        pub decided_at: Option<DateTime<Utc>>,
        pub decided_by: Option<EmployeeRef> = people.maybe(row.decided_by_id)?,
        /// What was done about it, or why nothing is.
        pub reason: Option<Reason>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of tasks.
pub type HrTaskPage = Page<HrTaskResponse>;

/// Filters of tasks.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListHrTasksQuery {
    /// Only those in this state: `open` lists what waits.
    pub state: Option<HrTaskState>,
    /// Only those of this kind.
    pub kind: Option<HrTaskKind>,
    /// Only those of this person, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those of this restatement.
    pub restatement_id: Option<Uuid>,
}

/// The tasks as responses.
pub async fn responses(tx: &mut Tx<'_>, rows: Vec<HrTask>) -> Result<Vec<HrTaskResponse>> {
    let ids: Vec<Uuid> = rows.iter().flat_map(|row| [Some(row.employee_id), row.decided_by_id]).flatten().collect();
    let people = employee_refs(tx, &ids).await?;
    rows.into_iter().map(|row| HrTaskResponse::new(row, &people)).collect()
}
