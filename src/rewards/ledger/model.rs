//! Rows of the ledger.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

use crate::auth::ActorKind;
use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::schema::{reward_entries, reward_entry_events};

words! {
    /// State of an entry.
    pub enum EntryState {
        /// Granted by `close_period` or `accept_restatement`, entered by `award_reward` or `adjust_reward`, or rejected and taken up again by
        /// `reconsider_reward`, and to be approved.
        Granted = "granted",
        /// Granted and not payable: over budget, until the budget is raised to the total that the period granted; or held by a gate of a fee,
        /// until two people release it (`ask_reward_release`, `release_reward`) or a restatement finds the reasons gone.
        Held = "held",
        /// Approved and in no batch: the next batch takes it. Reached by `approve_reward` and `approve_rewards`; also from
        /// `batched` or `accepted` if payroll rejects the line or the batch is voided.
        Approved = "approved",
        /// Rejected by the checker: it will not be paid. Reached by `reject_reward` from `granted`, `held`, `approved` and
        /// `carried_forward`. Only `reconsider_reward` takes it up again.
        Rejected = "rejected",
        /// In a batch that payroll has not answered. Reached by `create_payroll_batch` from `approved` and `carried_forward`.
        Batched = "batched",
        /// Accepted by payroll, which will pay it. Reached by payroll's acknowledgement from `batched`.
        Accepted = "accepted",
        /// Paid by payroll. Reached by payroll's acknowledgement from `batched` and `accepted`. Final.
        Paid = "paid",
        /// Left out by `create_payroll_batch`, from `approved`, because the person's total was negative (结转). The next batch
        /// considers it again.
        CarriedForward = "carried_forward",
        /// Voided for good: it will not be paid. Nothing voids entries yet.
        Voided = "voided",
    }

    /// What holds an entry.
    pub enum HoldCause {
        /// The rewards of its period exceed the budget.
        Budget = "budget",
        /// A gate of the fee. Neither a raised budget nor an approval releases it.
        Gate = "gate",
    }

    /// Kind of an entry.
    pub enum RewardKind {
        /// What a policy grants, or what somebody awarded by hand.
        Award = "award",
        /// A difference found later; it may be negative.
        Adjustment = "adjustment",
        /// Takes back the whole amount of another entry.
        Reversal = "reversal",
    }

    /// What happened to an entry.
    pub enum RewardEventKind {
        /// A period was closed or restated and granted it, or somebody entered it.
        Granted = "granted",
        /// It is not payable: the rewards of its period exceed the budget, or a gate of the fee holds it.
        Held = "held",
        /// A person has asked to release it from its gates.
        ReleaseAsked = "release_asked",
        /// Another person has declined to: it stays held.
        ReleaseDeclined = "release_declined",
        /// It is no longer held: the budget was raised to the total that its period granted, two people have released it from its gates,
        /// or a restatement has found the reasons gone.
        Released = "released",
        /// A person approved it for payment.
        Approved = "approved",
        /// Rejected. With a payroll line: by payroll, and it stays approved for another batch. Without one: by the checker.
        Rejected = "rejected",
        /// Taken up again after the checker had rejected it: somebody else may approve it.
        Reconsidered = "reconsidered",
        /// A payroll batch took it.
        Batched = "batched",
        /// Its batch was voided: it stays approved, and the next batch takes it.
        Unbatched = "unbatched",
        /// Payroll accepted its line.
        Accepted = "accepted",
        /// Payroll paid its line.
        Paid = "paid",
        /// A batch left it out because the person's total was negative (结转).
        CarriedForward = "carried_forward",
        /// It was voided for good. Nothing does this yet.
        Voided = "voided",
    }
}

in_chinese!(EntryState {
    Granted = "已授予", Held = "暂挂", Approved = "已批准", Rejected = "已拒绝", Batched = "已入批次",
    Accepted = "已接受", Paid = "已发放", CarriedForward = "已结转", Voided = "已作废"
});

text_column!(EntryState, RewardKind, RewardEventKind, HoldCause);

set_row! {
    into reward_entries;
    /// One granted amount.
    #[derive(Debug, Clone, Queryable, Selectable, QueryableByName)]
    #[diesel(table_name = reward_entries)]
    pub struct Entry {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_id: Uuid,
        pub programme_id: Uuid,
        pub snapshot_id: Option<Uuid>,
        pub policy_set_id: Option<Uuid>,
        pub policy_code: Option<String>,
        pub session_id: Option<Uuid>,
        pub earned_period: String,
        pub pay_item_code: String,
        pub kind: RewardKind,
        pub amount_minor: i64,
        pub currency: String,
        pub corrects_id: Option<Uuid>,
        pub reason_code: String,
        pub reason_params: Value,
        pub reason_text: Option<String>,
        pub maker_kind: ActorKind,
        pub maker_id: Uuid,
        pub caused_by_id: Option<Uuid>,
        pub created_at: DateTime<Utc>,
    }
}

/// An entry with its current state.
#[derive(Debug, Clone, QueryableByName)]
pub struct EntryNow {
    #[diesel(embed)]
    pub entry: Entry,
    /// Number of the last event in its history.
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = Text)]
    pub state: EntryState,
    #[diesel(sql_type = Timestamptz)]
    pub state_since: DateTime<Utc>,
    /// Who last took it up again after it had been rejected.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub reconsidered_by_id: Option<Uuid>,
    /// What holds it.
    #[diesel(sql_type = Nullable<Text>)]
    pub hold: Option<HoldCause>,
    /// The gates, if a gate does.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub hold_reasons: Option<Value>,
    /// Who has asked to release it, if that is to be decided on.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub release_asked_by_id: Option<Uuid>,
    /// The snapshot whose budget it waits for if it is held over budget.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub waits_for_id: Option<Uuid>,
}

impl EntryNow {
    /// The version for the ETag.
    pub fn version(&self) -> i64 {
        i64::from(self.seq)
    }
}

set_row! {
    into reward_entry_events;
    /// One event of an entry's history.
    #[derive(Debug, Clone, Queryable, Selectable)]
    #[diesel(table_name = reward_entry_events)]
    pub struct EntryEvent {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub entry_id: Uuid,
        pub seq: i32,
        pub event: RewardEventKind,
        pub maker_id: Uuid,
        pub actor_kind: ActorKind,
        pub actor_id: Uuid,
        pub self_approved: bool,
        pub batch_id: Option<Uuid>,
        pub line_id: Option<Uuid>,
        pub reason_code: Option<String>,
        pub reason: Option<Reason>,
        pub hold_reasons: Option<Value>,
        pub occurred_at: DateTime<Utc>,
    }
}

/// The entries to approve together.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These entries: all or none.
    Ids(Vec<Uuid>),
    /// Every granted entry of a programme's period. Entries that stay held and the approver's own are left out.
    Period { programme: Uuid, period: Period },
}

/// The result of approving many entries.
#[derive(Debug, Default)]
pub struct Approved {
    pub count: usize,
    /// Number left out because the budget does not allow them yet.
    pub held: usize,
    /// Number left out because a gate holds them.
    pub gated: usize,
    /// Number left to somebody else because they pay the approver.
    pub own: usize,
    /// The budget that would allow them.
    pub needed_budget: Option<Money>,
    /// The approved entry with the lowest id.
    pub first: Option<Uuid>,
    /// Sum by currency.
    pub totals: BTreeMap<String, i64>,
}
