//! Rows of tasks.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::schema::hr_tasks;

words! {
    /// State of a task for HR.
    pub enum HrTaskState {
        /// Nobody has looked at it.
        Open = "open",
        /// Something was done about it (`complete_hr_task`). Final.
        Done = "done",
        /// It stays as it is (`dismiss_hr_task`). Final.
        Dismissed = "dismissed",
    }

    /// What has lost its ground.
    pub enum HrTaskKind {
        /// A certificate.
        Certificate = "certificate",
        /// A title that is held (`withdraw_title`).
        Title = "title",
        /// An improvement notice (`close_improvement_notice`).
        Notice = "notice",
        /// Precedence for a training opportunity (`withdraw_opportunity_precedence`).
        Precedence = "precedence",
    }
}

text_column!(HrTaskState, HrTaskKind);

in_chinese!(HrTaskState { Open = "待处理", Done = "已处理", Dismissed = "已忽略" });

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = hr_tasks)]
pub struct HrTask {
    pub id: Uuid,
    pub restatement_id: Uuid,
    pub programme_id: Uuid,
    pub period: String,
    pub employee_id: Uuid,
    pub kind: HrTaskKind,
    pub policy_code: String,
    pub certificate_code: Option<String>,
    pub title_code: Option<String>,
    pub title_id: Option<Uuid>,
    pub notice_id: Option<Uuid>,
    pub state: HrTaskState,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_id: Option<Uuid>,
    pub reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub version: i64,
    pub opportunity_code: Option<String>,
    pub precedence_id: Option<Uuid>,
}

set_row! {
    into hr_tasks;
    /// A task to insert.
    #[derive(Debug)]
    pub struct NewHrTask {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub restatement_id: Uuid,
        pub proposal_id: Uuid,
        pub programme_id: Uuid,
        pub period: String,
        pub employee_id: Uuid,
        pub kind: HrTaskKind,
        pub policy_code: String,
        pub certificate_code: Option<String>,
        pub title_code: Option<String>,
        pub title_id: Option<Uuid>,
        pub notice_id: Option<Uuid>,
        pub state: HrTaskState,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub opportunity_code: Option<String>,
        pub precedence_id: Option<Uuid>,
    }
}

/// How a task is decided.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = hr_tasks)]
pub struct Decision {
    pub state: HrTaskState,
    pub decided_at: DateTime<Utc>,
    pub decided_by_id: Uuid,
    pub reason: Reason,
}
