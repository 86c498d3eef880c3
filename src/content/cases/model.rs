//! Rows of application cases.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{CaseText, Reason};
use crate::kernel::words::words;
use crate::schema::application_cases;

words! {
    /// State of an application case (应用案例). Only confirmed cases that are not voided count.
    pub enum CaseState {
        /// Reported with `create_application_case`. Nobody has decided yet.
        Submitted = "submitted",
        /// Confirmed by the learner's manager or HR: it counts. Reached by `confirm_application_case` from `submitted`. Final.
        Confirmed = "confirmed",
        /// Rejected by the learner's manager or HR: it does not count. Reached by `reject_application_case` from `submitted`.
        /// Final.
        Rejected = "rejected",
    }
}

in_chinese!(CaseState { Submitted = "已提交", Confirmed = "已确认", Rejected = "已拒绝" });

text_column!(CaseState);

/// An application case (应用案例).
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = application_cases)]
pub struct Case {
    pub id: Uuid,
    pub session_id: Uuid,
    pub learner_id: Uuid,
    pub description: CaseText,
    pub applied_on: Option<NaiveDate>,
    pub state: CaseState,
    pub submitted_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_id: Option<Uuid>,
    pub decision_note: Option<Reason>,
    pub maker_id: Option<Uuid>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    pub voided_at: Option<DateTime<Utc>>,
    pub voided_by_id: Option<Uuid>,
    pub void_reason: Option<Reason>,
}

/// A case to be inserted.
#[derive(Debug, Insertable)]
#[diesel(table_name = application_cases, treat_none_as_default_value = false)]
pub struct NewCase {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub session_id: Uuid,
    pub learner_id: Uuid,
    pub description: CaseText,
    pub applied_on: Option<NaiveDate>,
    pub state: &'static str,
    pub maker_id: Option<Uuid>,
    pub submitted_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whose cases may be seen.
#[derive(Debug)]
pub enum Readers {
    Everyone,
    /// Those of these learners, and those from sessions of this lecturer.
    Of {
        learners: Vec<Uuid>,
        lecturer: Option<Uuid>,
    },
}
