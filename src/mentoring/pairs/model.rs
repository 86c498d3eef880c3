//! Rows of pairs.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Description, Reason};
use crate::kernel::words::words;
use crate::schema::mentorships;

words! {
    /// State of a mentorship (导师带教).
    pub enum MentorshipState {
        /// Somebody has asked; the mentor has not answered yet.
        Asked = "asked",
        /// Both have consented. Reached by `accept_mentorship` from `asked`.
        Active = "active",
        /// It is over, with a result. Reached by `end_mentorship` from `active`. Final.
        Ended = "ended",
        /// The mentor does not want to. Reached by `decline_mentorship` from `asked`. Final.
        Declined = "declined",
        /// Who asked took it back. Reached by `withdraw_mentorship` from `asked`. Final.
        Withdrawn = "withdrawn",
    }

    /// What came of a mentorship.
    pub enum MentorshipResult {
        /// The goals were reached.
        Achieved = "achieved",
        /// Some of the goals were reached.
        PartlyAchieved = "partly_achieved",
        /// The goals were not reached.
        NotAchieved = "not_achieved",
        /// It ended before its time.
        BrokenOff = "broken_off",
    }

    /// What somebody is in a mentorship.
    pub enum MentorshipRole {
        /// The mentor (导师).
        Mentor = "mentor",
        /// Who is mentored (学员).
        Mentee = "mentee",
    }
}

text_column!(MentorshipState, MentorshipResult, MentorshipRole);

in_chinese!(MentorshipState { Asked = "待回应", Active = "进行中", Ended = "已结束", Declined = "已婉拒", Withdrawn = "已撤回" });

in_chinese!(MentorshipResult { Achieved = "已达成", PartlyAchieved = "部分达成", NotAchieved = "未达成", BrokenOff = "中止" });

in_chinese!(MentorshipRole { Mentor = "导师", Mentee = "学员" });

/// A mentor and a newcomer.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mentorships, treat_none_as_default_value = false)]
pub struct Mentorship {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub mentor_id: Uuid,
    pub mentee_id: Uuid,
    pub state: MentorshipState,
    pub goals: Description,
    pub answered_at: Option<DateTime<Utc>>,
    pub decline_reason: Option<Reason>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by_id: Option<Uuid>,
    pub result: Option<MentorshipResult>,
    pub result_summary: Option<Description>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A step of a pair. What is None stays.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = mentorships)]
pub struct Step {
    pub state: MentorshipState,
    pub answered_at: Option<DateTime<Utc>>,
    pub decline_reason: Option<Reason>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by_id: Option<Uuid>,
    /// The name of the result.
    pub result: Option<&'static str>,
    pub result_summary: Option<Description>,
}

impl Step {
    #[must_use]
    pub fn to(state: MentorshipState) -> Self {
        Self {
            state,
            answered_at: None,
            decline_reason: None,
            ended_at: None,
            ended_by_id: None,
            result: None,
            result_summary: None,
        }
    }
}
