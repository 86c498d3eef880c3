//! Rows of improvement notices.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Document;
use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Code, Description};
use crate::kernel::words::words;
use crate::programmes::documents::runs::RatedPeriod;
use crate::schema::improvement_notices;

words! {
    /// State of an improvement notice (改进提醒).
    pub enum NoticeState {
        /// Opened by a run of poor periods; the lecturer has not acknowledged it.
        Open = "open",
        /// The lecturer has seen it (`acknowledge_improvement_notice`).
        Acknowledged = "acknowledged",
        /// The lecturer has answered with a plan (`answer_improvement_notice`).
        Answered = "answered",
        /// A better period has closed it, or HR (`close_improvement_notice`). It no longer stands in the way of a promotion.
        Closed = "closed",
    }
}

text_column!(NoticeState);

in_chinese!(NoticeState { Open = "待确认", Acknowledged = "已确认", Answered = "已提交改进计划", Closed = "已关闭" });

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = improvement_notices)]
pub struct ImprovementNotice {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub programme_id: Uuid,
    pub snapshot_id: Option<Uuid>,
    pub policy_code: Option<Code>,
    pub state: NoticeState,
    pub opened_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by_id: Option<Uuid>,
    pub closing_note: Option<Description>,
    pub version: i64,
    pub earned_period: Option<String>,
    pub run: Option<Document<Vec<RatedPeriod>>>,
    pub grade_at_most: Option<String>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub plan: Option<Description>,
    pub passed_period: Option<String>,
}

/// A step of a notice. What is None stays.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = improvement_notices)]
pub struct Step {
    pub state: NoticeState,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub plan: Option<Description>,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by_id: Option<Uuid>,
    pub closing_note: Option<Description>,
}

impl Step {
    #[must_use]
    pub fn to(state: NoticeState) -> Self {
        Self {
            state,
            acknowledged_at: None,
            answered_at: None,
            plan: None,
            closed_at: None,
            closed_by_id: None,
            closing_note: None,
        }
    }
}
