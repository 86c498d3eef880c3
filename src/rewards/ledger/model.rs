//! Rows of the ledger.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text, Timestamptz};
use serde_json::Value;
use uuid::Uuid;

use crate::auth::ActorKind;
use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::words::words;
use crate::schema::{reward_entries, reward_entry_events};

words! {
    /// Where an entry stands.
    pub enum EntryState {
        /// Promised by `close_period`; to be approved.
        Granted = "granted",
        /// Promised over budget: not payable. Once the budget is raised to what the period granted it may be approved.
        Held = "held",
        /// Approved and in no batch: the next one takes it. `approve_reward` and `approve_rewards` lead here; and from `batched` or
        /// `accepted` what payroll refuses or an undone batch gives back.
        Approved = "approved",
        /// Refused by the checker: it will not be paid. `reject_reward` leads here, from `granted`, `held`, `approved` and
        /// `carried_forward`, and nothing leads away.
        Rejected = "rejected",
        /// In a batch that payroll has not answered: `create_payroll_batch` leads here, from `approved` and `carried_forward`.
        Batched = "batched",
        /// Taken over by payroll, which will pay it: its acknowledgement leads here, from `batched`.
        Accepted = "accepted",
        /// Paid by payroll: its acknowledgement leads here, from `batched` and `accepted`. Final.
        Paid = "paid",
        /// Left out by `create_payroll_batch`, from `approved`, because the person's total was negative (结转); the next batch
        /// looks at it again.
        CarriedForward = "carried_forward",
        /// Undone for good: it will not be paid. Nothing leads here yet.
        Voided = "voided",
    }

    /// What an entry is.
    pub enum RewardKind {
        /// What a policy grants.
        Award = "award",
        /// A difference found later; it may be negative.
        Adjustment = "adjustment",
        /// Takes another entry back whole.
        Reversal = "reversal",
    }

    /// What happened to an entry.
    pub enum RewardEventKind {
        /// A closed period promised it.
        Granted = "granted",
        /// The money of its period exceeds the budget: it is not payable.
        Held = "held",
        /// The budget was raised to what its period granted: it is held no more.
        Released = "released",
        /// A person approved it for payment.
        Approved = "approved",
        /// Refused: with a line by payroll, which leaves it approved for another batch; without one by the checker, for good.
        Rejected = "rejected",
        /// A payroll batch took it.
        Batched = "batched",
        /// Its batch was undone: it is approved still, and the next batch takes it.
        Unbatched = "unbatched",
        /// Payroll took its line over.
        Accepted = "accepted",
        /// Payroll paid its line.
        Paid = "paid",
        /// A batch left it out because the person's total there was negative (结转).
        CarriedForward = "carried_forward",
        /// It was undone for good. Nothing does so yet.
        Voided = "voided",
    }
}

in_chinese!(EntryState {
    Granted = "已授予", Held = "暂挂", Approved = "已批准", Rejected = "已拒绝", Batched = "已入批次",
    Accepted = "已接受", Paid = "已发放", CarriedForward = "已结转", Voided = "已作废"
});

text_column!(EntryState, RewardKind, RewardEventKind);

set_row! {
    into reward_entries;
    /// One promised amount.
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

/// An entry with where it stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct EntryNow {
    #[diesel(embed)]
    pub entry: Entry,
    /// Number of the last event of its history.
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = Text)]
    pub state: EntryState,
    #[diesel(sql_type = Timestamptz)]
    pub state_since: DateTime<Utc>,
}

impl EntryNow {
    /// The version that an ETag is made of.
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
        pub reason: Option<String>,
        pub occurred_at: DateTime<Utc>,
    }
}
