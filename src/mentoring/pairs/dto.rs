//! Pairs on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Mentorship, MentorshipResult, MentorshipState};
use crate::db::merge_patch;
use crate::http::{ETag, Page, response};
use crate::kernel::text::{Description, Reason};
use crate::kernel::wire;
use crate::people::{EmployeeRef, People};

/// Whom the caller asks to be mentored by.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "programme_id": "0195a1b2-0000-7000-8000-000000000010", "mentor_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b",
    "goals": "三个月内独立完成一次 45 分钟的客户案例分享。"
}))]
pub struct AskMentorshipRequest {
    /// The programme of the offer.
    pub programme_id: Uuid,
    /// Somebody whose offer stands there (`list_mentor_offers`).
    pub mentor_id: Uuid,
    /// What the caller wants to reach.
    #[validate(nested)]
    pub goals: Description,
}

merge_patch! {
    into mentorships as GoalsChange;
    /// Changes to a mentorship. Absent members stay unchanged.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"goals": "两个月内试讲两次，第三个月独立完成一次客户案例分享。"}))]
    pub struct UpdateMentorshipRequest {
        /// What the two want to reach.
        #[validate(nested)]
        pub goals: Description,
    }
}

/// Why the mentor declines.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "近期外派，无法保证辅导时间"}))]
pub struct DeclineMentorshipRequest {
    /// Only who asked and HR read it.
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// How a mentorship ends.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "achieved", "summary": "独立完成两次分享，学员评分 8.8。"}))]
pub struct EndMentorshipRequest {
    /// What came of it. Whoever is mentored can only break it off.
    pub result: MentorshipResult,
    /// The same in words. It stands in both career files.
    #[validate(nested)]
    pub summary: Option<Description>,
}

response! {
    /// A mentor and somebody who is mentored.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct MentorshipResponse: try new(row: Mentorship, people: &People, told: bool) {
        pub id: Uuid,
        pub programme_id: Uuid,
        pub mentor: EmployeeRef = people.get(row.mentor_id)?,
        /// Who asked, and is mentored.
        pub mentee: EmployeeRef = people.get(row.mentee_id)?,
        pub state: MentorshipState,
        /// What the two want to reach. Only they and HR (the role `admin`) read it: null for others.
        pub goals: Option<Description> = told.then_some(row.goals),
        pub asked_at: DateTime<Utc> = row.created_at,
        /// When the mentor accepted or declined, or who asked took it back. Null: not yet.
        pub answered_at: Option<DateTime<Utc>>,
        /// Why the mentor declined. Null for those who may not read `goals`.
        pub decline_reason: Option<Reason> = row.decline_reason.filter(|_| told),
        pub ended_at: Option<DateTime<Utc>>,
        /// Who ended it. Null while it lasts, and where two records of one person became one.
        pub ended_by: Option<EmployeeRef> = people.maybe(row.ended_by_id)?,
        /// What came of it. It stands in both career files.
        pub result: Option<MentorshipResult>,
        /// The same in words, in both career files too.
        pub result_summary: Option<Description>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of mentorships.
pub type MentorshipPage = Page<MentorshipResponse>;

/// Filters of mentorships.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMentorshipsQuery {
    /// Only those in this programme.
    pub programme_id: Option<Uuid>,
    /// Only those of this mentor, those of records that were merged into theirs included.
    pub mentor_id: Option<Uuid>,
    /// Only those of this person who is mentored, those of records that were merged into theirs included.
    pub mentee_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<MentorshipState>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
