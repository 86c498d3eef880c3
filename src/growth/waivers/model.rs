//! Rows of waivers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Document;
use crate::db::text::text_column;
use crate::growth::criteria::PromotionCriterion;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Code, Mark, Reason};
use crate::kernel::words::words;
use crate::schema::promotion_waivers;

words! {
    /// State of a waiver.
    pub enum WaiverState {
        /// Asked for (`create_promotion_waiver`). Nobody has approved it yet.
        Requested = "requested",
        /// One person has approved it (`approve_promotion_waiver`). It waits for another one.
        ApprovedOnce = "approved_once",
        /// Two people have approved it (`approve_promotion_waiver`). Checks show the criterion as waived.
        Approved = "approved",
        /// Rejected with a reason (`reject_promotion_waiver`). Final.
        Rejected = "rejected",
        /// Withdrawn before it was approved (`withdraw_promotion_waiver`). Final.
        Withdrawn = "withdrawn",
        /// Taken back with a reason (`revoke_promotion_waiver`, from `approved`). Checks of later days count it no more. Final.
        Revoked = "revoked",
    }
}

text_column!(WaiverState);

in_chinese!(WaiverState {
    Requested = "待审批",
    ApprovedOnce = "待第二人审批",
    Approved = "已批准",
    Rejected = "已拒绝",
    Withdrawn = "已撤回",
    Revoked = "已撤销"
});

/// JSON pointer of a criterion in a policy.
pub type CriterionPlace = Mark<100>;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = promotion_waivers, treat_none_as_default_value = false)]
pub struct PromotionWaiver {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub policy_id: Uuid,
    pub target_code: Code,
    pub place: CriterionPlace,
    pub criterion: Document<PromotionCriterion>,
    pub reason: Reason,
    pub state: WaiverState,
    pub maker_id: Option<Uuid>,
    pub first_approver_id: Option<Uuid>,
    pub first_approved_at: Option<DateTime<Utc>>,
    pub second_approver_id: Option<Uuid>,
    pub approved_at: Option<DateTime<Utc>>,
    pub ended_by_id: Option<Uuid>,
    pub ended_at: Option<DateTime<Utc>>,
    pub end_reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    /// Whether who asked for it is one of the two who approved it, in a company that allows self-approval.
    pub self_approved: bool,
}

/// A step of a waiver. What is None stays.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = promotion_waivers)]
pub struct Step {
    pub state: WaiverState,
    pub first_approver_id: Option<Uuid>,
    pub first_approved_at: Option<DateTime<Utc>>,
    pub second_approver_id: Option<Uuid>,
    pub approved_at: Option<DateTime<Utc>>,
    pub ended_by_id: Option<Uuid>,
    pub ended_at: Option<DateTime<Utc>>,
    pub end_reason: Option<Reason>,
    pub self_approved: Option<bool>,
}

impl Step {
    #[must_use]
    pub fn to(state: WaiverState) -> Self {
        Self {
            state,
            first_approver_id: None,
            first_approved_at: None,
            second_approver_id: None,
            approved_at: None,
            ended_by_id: None,
            ended_at: None,
            end_reason: None,
            self_approved: None,
        }
    }
}
