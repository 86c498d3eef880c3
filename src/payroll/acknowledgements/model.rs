//! Rows of acknowledgements.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
use uuid::Uuid;

use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Consumer, PaymentRef, Reason, RunId};
use crate::kernel::words::words;
use crate::rewards::ledger::RewardEventKind;
use crate::schema::{payroll_acknowledgement_lines, payroll_acknowledgements};

words! {
    /// The outcome of a line.
    pub enum Outcome {
        /// Payroll has accepted it and will pay it; `paid` or `rejected` may still follow.
        Accepted = "accepted",
        /// Payroll rejected it with a reason. Its reward becomes available for another batch. Final.
        Rejected = "rejected",
        /// Payroll has paid it, with a payment reference of its own. Final.
        Paid = "paid",
    }
}

in_chinese!(Outcome { Accepted = "已接受", Rejected = "已拒绝", Paid = "已发放" });

text_column!(Outcome);

impl From<Outcome> for RewardEventKind {
    /// The event that the outcome adds to the history of the line's entry.
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::Rejected => Self::Rejected,
            Outcome::Paid => Self::Paid,
        }
    }
}

/// An acknowledgement.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payroll_acknowledgements)]
pub struct Acknowledgement {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub batch_id: Uuid,
    pub consumer: Consumer,
    pub external_run_id: RunId,
    pub is_final: bool,
    pub line_count: i32,
    pub total_minor: i64,
    pub body_sha256: Vec<u8>,
    pub received_at: DateTime<Utc>,
}

set_row! {
    into payroll_acknowledgement_lines;
    /// What an acknowledgement reports about a line, to insert.
    #[derive(Debug, Clone)]
    pub struct NewAnswer {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub acknowledgement_id: Uuid,
        pub line_id: Uuid,
        pub outcome: &'static str,
        pub reason: Option<Reason>,
        pub external_reference: Option<PaymentRef>,
    }
}

/// What an acknowledgement reports about a line.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payroll_acknowledgement_lines)]
pub struct Answer {
    pub acknowledgement_id: Uuid,
    pub line_id: Uuid,
    pub outcome: Outcome,
    pub reason: Option<Reason>,
    pub external_reference: Option<PaymentRef>,
}

/// A line of the batch, with the last event in its entry's history.
#[derive(Debug, Clone, QueryableByName)]
pub struct KnownLine {
    #[diesel(sql_type = SqlUuid)]
    pub line_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub entry_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub maker_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
}
