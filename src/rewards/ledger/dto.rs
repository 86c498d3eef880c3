//! The ledger on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::holds::reasons;
use super::model::{Approved, EntryEvent, EntryNow, EntryState, HoldCause, RewardEventKind, RewardKind};
use super::reason::Ground;
use crate::auth::ActorRef;
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::text::{Code, OutsideCode, Reason};
use crate::names::Names;
use crate::people::{EmployeeRef, People};
use crate::rewards::fees::HoldReason;

response! {
    /// An entry of the rewards ledger.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RewardResponse: try new(now: EntryNow, people: &People, names: &Names) {
        pub id: Uuid = now.entry.id,
        pub employee: EmployeeRef = people.get(now.entry.employee_id)?,
        pub programme_id: Uuid = now.entry.programme_id,
        /// The closed snapshot that it was computed from; null if it was awarded by hand.
        pub snapshot_id: Option<Uuid> = now.entry.snapshot_id,
        /// The version of the reward policies.
        pub policy_set_id: Option<Uuid> = now.entry.policy_set_id,
        /// Code of the policy in that version.
        #[schema(max_length = 64, examples("excellent-bonus"))]
        pub policy: Option<String> = now.entry.policy_code,
        /// The session, if this is a session fee.
        pub session_id: Option<Uuid> = now.entry.session_id,
        /// The period in which it was earned.
        pub earned_period: Period = now.entry.earned_period.parse().map_err(Error::internal)?,
        #[schema(max_length = 64, examples("lecturer-reward"))]
        pub pay_item_code: String = now.entry.pay_item_code,
        pub kind: RewardKind = now.entry.kind,
        /// Negative if money is taken back.
        pub amount: Money = Money::new(now.entry.amount_minor, now.entry.currency.parse().map_err(Error::internal)?),
        /// The entry that it corrects.
        pub corrects_id: Option<Uuid> = now.entry.corrects_id,
        pub reason: RewardReason = {
            let (params, text) = (&now.entry.reason_params, now.entry.reason_text.as_deref());
            RewardReason::new(Ground { code: &now.entry.reason_code, params, text, policy: policy.as_deref() }, names)
        },
        pub state: EntryState,
        /// What holds it; null unless it is held.
        pub hold: Option<RewardHold> = now.hold.map(|cause| RewardHold {
            cause,
            reasons: reasons(now.hold_reasons.as_ref()),
            release_asked: now.release_asked_by_id.is_some(),
        }),
        pub state_since: DateTime<Utc>,
        pub maker: ActorRef = ActorRef { kind: now.entry.maker_kind, id: now.entry.maker_id },
        /// For a computed entry: the person who closed the period, or who is responsible for the machine client that did. For one that
        /// a machine client entered: who is responsible for the client.
        pub caused_by_id: Option<Uuid> = now.entry.caused_by_id,
        pub created_at: DateTime<Utc> = now.entry.created_at,
        pub etag: ETag = ETag(i64::from(now.seq)),
        /// Oldest first. Only in the answer about a single reward.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, max_items = 10_000)]
        pub history: Option<Vec<RewardEventResponse>> = None,
    }
}

/// What holds a reward.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardHold {
    pub cause: HoldCause,
    /// The gates of the fee that its session fails, in their order; empty over budget.
    #[schema(max_items = 4)]
    pub reasons: Vec<HoldReason>,
    /// Whether somebody has asked to release it, on which another person decides.
    pub release_asked: bool,
}

/// The reason, as a code and in words, which say the company's names of policies, grades and metrics.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardReason {
    #[schema(max_length = 64, examples("grade_bonus"))]
    pub code: String,
    #[schema(max_length = 500, examples("2026-03 考核等级“优秀”奖金"))]
    pub zh: String,
    #[schema(max_length = 500, examples("Bonus for the grade Excellent in 2026-03"))]
    pub en: String,
}

impl RewardReason {
    /// The reason in the company's words.
    pub fn new(ground: Ground<'_>, names: &Names) -> Self {
        let said = ground.words(names);
        Self { code: ground.code.to_owned(), zh: said.zh, en: said.en }
    }
}

response! {
    /// One event of an entry's history.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RewardEventResponse: new(event: EntryEvent) {
        #[schema(minimum = 1, format = "int32")]
        pub seq: i32,
        /// What happened.
        pub event: RewardEventKind,
        pub actor: ActorRef = ActorRef { kind: event.actor_kind, id: event.actor_id },
        /// Whether its maker approved it, in a company that allows self-approval.
        pub self_approved: bool,
        pub batch_id: Option<Uuid>,
        pub line_id: Option<Uuid>,
        #[schema(max_length = 64)]
        pub reason_code: Option<String>,
        pub reason: Option<Reason>,
        /// The gates of the fee that hold the entry.
        #[schema(max_items = 4)]
        pub hold_reasons: Vec<HoldReason> = reasons(event.hold_reasons.as_ref()),
        pub occurred_at: DateTime<Utc>,
    }
}

/// A page of rewards.
pub type RewardPage = Page<RewardResponse>;

/// Rewards as a table.
#[derive(ToSchema)]
#[schema(max_length = 2_000_000_000)]
pub struct RewardTable(#[expect(dead_code, reason = "names the schema")] String);

/// Filters of rewards.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRewardsQuery {
    /// Only those of this person.
    pub employee_id: Option<Uuid>,
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those earned in this period.
    pub period: Option<Period>,
    /// Only those granted by the policy with this code.
    #[validate(nested)]
    pub policy: Option<Code>,
    /// Only those in this state.
    pub state: Option<EntryState>,
    /// Only those of this kind.
    pub kind: Option<RewardKind>,
    /// Only those that this snapshot granted or took back; of a restatement, the differences.
    pub snapshot_id: Option<Uuid>,
    /// Only those that correct the reward with this id.
    pub corrects_id: Option<Uuid>,
}

/// An amount to award by hand.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "programme_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b",
    "period": "2026-03", "pay_item_code": "lecturer-reward", "amount": {"amount_minor": 50000, "currency": "CNY"},
    "reason": "临时代课，救场有功"
}))]
pub struct AwardRewardRequest {
    /// Who gets it.
    pub employee_id: Uuid,
    pub programme_id: Uuid,
    /// The period in which it was earned, open or closed. It must have begun, and the programme must pay for it.
    pub period: Period,
    /// One of the company's pay items.
    #[validate(nested)]
    pub pay_item_code: OutsideCode,
    /// Above 0, in the programme's currency.
    pub amount: Money,
    /// Why, for the person, the approver and payroll.
    #[validate(nested)]
    pub reason: Reason,
}

/// A difference that corrects a reward.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": {"amount_minor": -1, "currency": "CNY"}, "reason": "课时重复计算，更正差额"}))]
pub struct AdjustRewardRequest {
    /// Above 0: what is added. Below 0: what is taken back, at most what is left of the reward. In the currency of the reward.
    pub amount: Money,
    /// One of the company's pay items. If absent or null, that of the reward.
    #[validate(nested)]
    pub pay_item_code: Option<OutsideCode>,
    /// Why, for the person, the approver and payroll.
    #[validate(nested)]
    pub reason: Reason,
}

/// Why a reward is rejected.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The session was counted twice."}))]
pub struct RejectRewardRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// Why a reward is to be released from its gates, is released, or is not.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "签到机故障，经部门负责人核实，该场分享如实完成"}))]
pub struct RewardReleaseRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// Why a rejected reward is taken up again.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "经核对，该场分享确已完成"}))]
pub struct ReconsiderRewardRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// The rewards to approve: either `ids`, or a whole `period` of a programme.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"programme_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "period": "2026-03"}))]
pub struct ApproveRewardsRequest {
    /// Either all of them are approved or none. Send either this or `programme_id` and `period`.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub ids: Option<Vec<Uuid>>,
    pub programme_id: Option<Uuid>,
    /// With `programme_id`: everything granted in this period and no longer held. Send either this or `ids`.
    pub period: Option<Period>,
}

/// The result of the approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovedRewardsResponse {
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub approved_count: usize,
    /// Number of rewards left out because the budget does not allow them yet.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub held_count: usize,
    /// Number of rewards left out because a gate of the fee holds them.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub gated_count: usize,
    /// Number of rewards left to somebody else because they pay the caller, or because the caller entered them.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub own_count: usize,
    /// The budget for the period that allows the held rewards; null if none is held.
    pub needed_budget: Option<Money>,
    /// The sum approved, by currency.
    #[schema(max_items = 200)]
    pub totals: Vec<Money>,
}

impl TryFrom<Approved> for ApprovedRewardsResponse {
    type Error = Error;

    fn try_from(approved: Approved) -> Result<Self> {
        let total = |(currency, sum): (String, i64)| Ok(Money::new(sum, currency.parse().map_err(Error::internal)?));
        Ok(Self {
            approved_count: approved.count,
            held_count: approved.held,
            gated_count: approved.gated,
            own_count: approved.own,
            needed_budget: approved.needed_budget,
            totals: approved.totals.into_iter().map(total).collect::<Result<_>>()?,
        })
    }
}
