//! Rows of promotion applications.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Code, Reason};
use crate::kernel::words::words;
use crate::schema::promotion_applications;

words! {
    /// State of a promotion application.
    pub enum ApplicationState {
        /// Submitted (`create_promotion_application`) and not yet decided.
        Submitted = "submitted",
        /// Approved by HR (`approve_promotion_application`, from `submitted`). Final.
        Approved = "approved",
        /// Rejected by HR with a reason (`reject_promotion_application`, from `submitted`). Final.
        Rejected = "rejected",
        /// Withdrawn before it was decided (`withdraw_promotion_application`, from `submitted`). Final.
        Withdrawn = "withdrawn",
    }
}

text_column!(ApplicationState);

in_chinese!(ApplicationState { Submitted = "已提交", Approved = "已批准", Rejected = "已拒绝", Withdrawn = "已撤回" });

/// An application with the result of the check that it is based on.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = promotion_applications)]
pub struct PromotionApplication {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub policy_id: Uuid,
    pub target_code: Code,
    pub asked_on: NaiveDate,
    pub answer: Value,
    pub state: ApplicationState,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_id: Option<Uuid>,
    pub decision_reason: Option<Reason>,
    pub maker_id: Option<Uuid>,
    pub self_approved: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// An application to insert.
#[derive(Insertable)]
#[diesel(table_name = promotion_applications)]
pub struct NewPromotionApplication {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub policy_id: Uuid,
    pub target_code: Code,
    pub asked_on: NaiveDate,
    pub answer: Value,
    pub state: &'static str,
    pub maker_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How an application is decided.
pub struct Decision {
    pub state: ApplicationState,
    /// None if the application is withdrawn.
    pub by: Option<Uuid>,
    /// Whether its maker decided it, in a company that allows self-approval.
    pub self_approved: bool,
    pub reason: Option<Reason>,
}
