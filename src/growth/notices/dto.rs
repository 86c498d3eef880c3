//! Improvement notices on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{ImprovementNotice, NoticeState};
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::text::{Code, Description};
use crate::people::{EmployeeRef, People, employee_refs};
use crate::programmes::documents::runs::RatedPeriod;

/// What the lecturer is going to do.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan": "下月两次分享前请导师试听，并补充近期客户案例。"}))]
pub struct AnswerImprovementNoticeRequest {
    /// The plan.
    #[validate(nested)]
    pub plan: Description,
}

/// Why HR closes the notice before a better period does.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "已调岗，不再承担授课。"}))]
pub struct CloseImprovementNoticeRequest {
    #[validate(nested)]
    pub reason: Description,
}

response! {
    /// An improvement notice to a lecturer.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ImprovementNoticeResponse: try new(row: ImprovementNotice, people: &People) {
        pub id: Uuid,
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        pub programme_id: Uuid,
        /// The closed snapshot that caused it; null if it was opened by hand.
        pub snapshot_id: Option<Uuid>,
        /// The policy that caused it.
        pub policy_code: Option<Code>,
        /// The period with which the run was complete; null if it was opened by hand.
        pub earned_period: Option<Period> =
            row.earned_period.as_deref().map(str::parse).transpose().map_err(Error::internal)?,
        /// The evidence: the periods of the run with their grades, earliest first. Empty if it was opened by hand.
        #[schema(max_items = 120)]
        pub run: Vec<RatedPeriod> = row.run.map(|run| run.0).unwrap_or_default(),
        /// The first rated period better than this grade closes it; null: only HR does.
        #[schema(max_length = 64, examples("fail"))]
        pub grade_at_most: Option<String>,
        pub state: NoticeState,
        pub opened_at: DateTime<Utc>,
        /// When the lecturer had seen it; null: not yet.
        pub acknowledged_at: Option<DateTime<Utc>>,
        /// When the lecturer answered; null: not yet.
        pub answered_at: Option<DateTime<Utc>>,
        /// What the lecturer is going to do.
        pub plan: Option<Description>,
        pub closed_at: Option<DateTime<Utc>>,
        /// Who closed it; null unless HR did.
        pub closed_by: Option<EmployeeRef> = people.maybe(row.closed_by_id)?,
        /// The better period that closed it; null unless one did.
        pub passed_period: Option<Period> =
            row.passed_period.as_deref().map(str::parse).transpose().map_err(Error::internal)?,
        /// Why HR closed it.
        pub closing_note: Option<Description>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of improvement notices.
pub type ImprovementNoticePage = Page<ImprovementNoticeResponse>;

/// Filters of improvement notices.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListImprovementNoticesQuery {
    /// Only those of this person, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<NoticeState>,
    /// False: only those that are in force, answered or not. True: only those that are closed.
    pub closed: Option<bool>,
}

/// The notices as responses.
pub async fn responses(tx: &mut Tx<'_>, rows: Vec<ImprovementNotice>) -> Result<Vec<ImprovementNoticeResponse>> {
    let ids: Vec<Uuid> = rows.iter().flat_map(|row| [Some(row.employee_id), row.closed_by_id]).flatten().collect();
    let people = employee_refs(tx, &ids).await?;
    rows.into_iter().map(|row| ImprovementNoticeResponse::new(row, &people)).collect()
}
