//! Appeals on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Appeal, AppealCorrection, AppealEvent, AppealEventKind, AppealState, Context};
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::period::Period;
use crate::kernel::text::{AppealText, Title};
use crate::people::{EmployeeRef, People};
use crate::programmes::documents::metric::Metric;
use crate::sessions::DeliverSessionRequest;

/// What a lecturer disputes. Exactly one of `session_id`, `content_id`, `metric` and `reward_id` is given.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"metric": "session_count", "reason": "3 月 12 日的分享我已完成，签到表可以证明"}))]
pub struct FileAppealRequest {
    /// A session of the programme that the lecturer gives and that is in the period by its scheduled or its actual start, or that the
    /// statement shows.
    pub session_id: Option<Uuid>,
    /// A content of the programme that is the lecturer's, or that the statement shows.
    pub content_id: Option<Uuid>,
    /// A metric of the statement.
    pub metric: Option<Metric>,
    /// A reward of the lecturer, earned in the period.
    pub reward_id: Option<Uuid>,
    /// What is wrong, and how it is known.
    #[validate(nested)]
    pub reason: AppealText,
}

/// A question of HR about an appeal.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "签到表在谁那里？"}))]
pub struct AskAboutAppealRequest {
    #[validate(nested)]
    pub question: AppealText,
}

/// The lecturer's answer to a question.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answer": "在部门助理处，已扫描发送"}))]
pub struct AnswerAppealRequest {
    #[validate(nested)]
    pub answer: AppealText,
}

/// Consent to an appeal, with the correction: exactly one of `delivery`, `audit_entry_id` and `reward_id` is given.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "note": "经核对签到表，分享确已完成",
    "delivery": {"started_at": "2026-03-12T06:05:00Z", "delivered_minutes": 40, "head_count": 12}
}))]
pub struct AcceptAppealRequest {
    /// What was found.
    #[validate(nested)]
    pub note: AppealText,
    /// Corrects the session that the appeal is about, as `deliver_session` does.
    #[validate(nested)]
    pub delivery: Option<DeliverSessionRequest>,
    /// The entry of the operation log that tells of the correction; it is later than the disputed snapshot.
    pub audit_entry_id: Option<Uuid>,
    /// A reward of the lecturer, entered by hand for the period (`adjust_reward`, `award_reward`) since the disputed snapshot and not
    /// rejected, that settles the appeal.
    pub reward_id: Option<Uuid>,
}

/// A refusal of an appeal.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "签到记录显示当天无人参加"}))]
pub struct DeclineAppealRequest {
    /// The reasons.
    #[validate(nested)]
    pub reason: AppealText,
}

/// Adds a fault at the first of these members unless exactly one of them is given.
fn check_one(given: &[(&'static str, bool)], faults: &mut Faults) {
    if given.iter().filter(|(_, is_given)| *is_given).count() != 1 {
        let members: Vec<&str> = given.iter().map(|(pointer, _)| pointer.trim_start_matches('/')).collect();
        faults.extend(given.first().map(|(pointer, _)| Fault::exactly_one(*pointer, &members)));
    }
}

impl FileAppealRequest {
    pub fn check(&self, faults: &mut Faults) {
        let given = [
            ("/session_id", self.session_id.is_some()),
            ("/content_id", self.content_id.is_some()),
            ("/metric", self.metric.is_some()),
            ("/reward_id", self.reward_id.is_some()),
        ];
        check_one(&given, faults);
    }
}

impl AcceptAppealRequest {
    pub fn check(&self, faults: &mut Faults) {
        let given = [
            ("/delivery", self.delivery.is_some()),
            ("/audit_entry_id", self.audit_entry_id.is_some()),
            ("/reward_id", self.reward_id.is_some()),
        ];
        check_one(&given, faults);
    }
}

response! {
    /// An appeal (申诉) against what the statement of a closed period says.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct AppealResponse: try new(appeal: Appeal, context: Context, events: Vec<AppealEvent>, people: &People) {
        pub id: Uuid,
        pub programme_id: Uuid = context.programme_id,
        pub period: Period = context.period.parse().map_err(Error::internal)?,
        /// The lecturer.
        pub employee: EmployeeRef = people.get(appeal.employee_id)?,
        /// Number of the disputed snapshot, which counted when the appeal was filed.
        #[schema(minimum = 1, maximum = 2_147_483_647)]
        pub snapshot_number: i32 = context.snapshot_number,
        /// The session that it is about; null if it is about something else.
        pub session_id: Option<Uuid>,
        pub session_title: Option<Title> = context.session_title,
        /// The content that it is about; null if it is about something else.
        pub content_id: Option<Uuid>,
        pub content_title: Option<Title> = context.content_title,
        /// The metric that it is about; null if it is about something else.
        #[schema(max_length = 100, examples("session_count"))]
        pub metric: Option<String>,
        /// The reward that it is about; null if it is about something else.
        pub reward_id: Option<Uuid> = appeal.entry_id,
        pub state: AppealState,
        pub filed_at: DateTime<Utc> = appeal.created_at,
        /// Before this instant lecturers may appeal against the results of the period that count now.
        pub appeals_until_at: Option<DateTime<Utc>> = context.appeals_until_at,
        /// When HR accepted or declined it.
        pub decided_at: Option<DateTime<Utc>>,
        pub decided_by: Option<EmployeeRef> = people.maybe(appeal.decided_by_id)?,
        /// Decided by the lecturer, or by somebody who shares what it is about, in a company that allows self-approval.
        pub self_approved: bool,
        /// How an accepted appeal was settled; null for others.
        pub correction: Option<AppealCorrection>,
        /// The entry of the operation log that tells of the correction.
        pub correcting_audit_entry_id: Option<Uuid> = appeal.audit_entry_id,
        /// The reward that settles it.
        pub correcting_reward_id: Option<Uuid> = appeal.correcting_entry_id,
        /// Number of the snapshot that counts now, if it was made after the acceptance.
        #[schema(minimum = 2, maximum = 2_147_483_647)]
        pub restated_by_number: Option<i32> = context.restated_by_number,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(appeal.version),
        /// What was said and decided, oldest first.
        #[schema(max_items = 10_000)]
        pub course: Vec<AppealEventResponse> = {
            let step = |event| AppealEventResponse::new(event, people);
            events.into_iter().map(step).collect::<Result<_>>()?
        },
    }
}

response! {
    /// A step in the course of an appeal.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct AppealEventResponse: try new(step: AppealEvent, people: &People) {
        pub event: AppealEventKind,
        pub actor: EmployeeRef = people.get(step.actor_id)?,
        /// What was said; null for a withdrawal.
        pub message: Option<AppealText>,
        pub occurred_at: DateTime<Utc>,
    }
}

/// A page of appeals.
pub type AppealPage = Page<AppealResponse>;

/// Filters of appeals.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAppealsQuery {
    /// Only those about periods of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those about this period.
    pub period: Option<Period>,
    /// Only those of this lecturer.
    pub employee_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<AppealState>,
    /// True: only those that are `open` or `asked`. False: only the others.
    pub is_undecided: Option<bool>,
    /// True: only those that are undecided although the time for appeals of their period is over (`appeals_until_at`). False: only
    /// the others.
    pub is_overdue: Option<bool>,
}
