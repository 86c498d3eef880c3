//! Requests and responses about what lecturers ask for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{ChangeKind, ChangeState};
use crate::http::{ETag, Page};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Refusal;
use crate::kernel::text::{Reason, Title};
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// What a lecturer asks for about a session that was assigned.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "cancel", "reason": "当天须到客户现场处理故障"}))]
pub struct AskSessionChangeRequest {
    pub kind: ChangeKind,
    /// The new start, in the future. Required for a `move`, and only taken for it.
    #[validate(custom(function = "wire::instant"))]
    pub starts_at: Option<DateTime<Utc>>,
    /// The new length in minutes. Only taken for a `move`; absent or null: as long as before.
    #[validate(range(min = 1, max = 1440))]
    #[schema(minimum = 1, maximum = 1440)]
    pub scheduled_minutes: Option<i32>,
    /// Who gives the session instead. Required for a `hand_over`, and only taken for it.
    pub colleague_id: Option<Uuid>,
    /// Why. Only the lecturer, the group's organisers and HR see it.
    #[validate(nested)]
    pub reason: Reason,
}

impl AskSessionChangeRequest {
    /// Adds a fault for every member that is missing or that this kind does not have.
    pub fn check(&self, faults: &mut Faults) {
        let mut member = |pointer: &str, is_given: bool, of: ChangeKind, required: bool| {
            if is_given && self.kind != of {
                let reason = Refusal::OfOtherKind.with("kind", of);
                faults.push(Fault::not_eligible(pointer, reason));
            } else if !is_given && required && self.kind == of {
                faults.push(Fault::new(pointer, FaultCode::Required));
            }
        };
        member("/starts_at", self.starts_at.is_some(), ChangeKind::Move, true);
        member("/scheduled_minutes", self.scheduled_minutes.is_some(), ChangeKind::Move, false);
        member("/colleague_id", self.colleague_id.is_some(), ChangeKind::HandOver, true);
    }
}

/// Consent to what a lecturer asks for.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": null}))]
pub struct ApproveSessionChangeRequest {
    /// What the answer says.
    #[validate(nested)]
    pub note: Option<Reason>,
}

/// A refusal of what a lecturer asks for.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "当月已无其他讲师可以代讲"}))]
pub struct DeclineSessionChangeRequest {
    /// Why not.
    #[validate(nested)]
    pub note: Reason,
}

/// What a lecturer asks for about a session, and the answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionChangeResponse {
    pub id: Uuid,
    pub session_id: Uuid,
    /// The title of the session.
    pub session_title: Title,
    /// The planned start of the session, as it is now.
    pub session_starts_at: DateTime<Utc>,
    pub kind: ChangeKind,
    /// The start asked for. Null unless it is a `move`.
    pub starts_at: Option<DateTime<Utc>>,
    /// The length asked for. Null: as long as before, or no `move`.
    #[schema(minimum = 1, maximum = 1440)]
    pub scheduled_minutes: Option<i32>,
    /// Who would give the session instead. Null unless it is a `hand_over`.
    pub colleague: Option<EmployeeRef>,
    pub reason: Reason,
    pub state: ChangeState,
    pub asked_by: EmployeeRef,
    pub asked_at: DateTime<Utc>,
    /// The last moment at which it was not late to ask: one day before the start as it was planned when it was asked.
    pub late_after: DateTime<Utc>,
    /// Whether it was asked after that moment.
    pub is_late: bool,
    /// When it was answered, was withdrawn or lapsed.
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by: Option<EmployeeRef>,
    /// What the answer says.
    pub note: Option<Reason>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// A page of requests.
pub type SessionChangePage = Page<SessionChangeResponse>;

/// Filters for requests.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSessionChangesQuery {
    /// Only those about this session.
    pub session_id: Option<Uuid>,
    /// Only those of this lecturer.
    pub asked_by_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<ChangeState>,
    /// Only those of this kind.
    pub kind: Option<ChangeKind>,
    /// True: only those that were asked late. False: all others.
    pub is_late: Option<bool>,
}
