//! Rows of batches and their exclusions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::auth::ActorKind;
use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::message::{Phrase, in_chinese};
use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::schema::{payroll_batches, payroll_exclusions};

words! {
    /// State of a batch (批次).
    pub enum BatchState {
        /// It holds its rewards and has no lines yet (`create_payroll_batch`). Its people are judged anew whenever it is read and
        /// when it is locked. To get one for another pay period or cut-off, void it and create a new one.
        Draft = "draft",
        /// Its lines and control totals are fixed, and payroll may pull them. Reached by `lock_payroll_batch` from `draft`.
        Locked = "locked",
        /// Payroll has acknowledged every line. Reached by the final `create_payroll_acknowledgement` from `locked`.
        Acknowledged = "acknowledged",
        /// Voided; its rewards became available again. Reached by `void_payroll_batch` from `draft`, and from `locked` while
        /// payroll has acknowledged no line.
        Void = "void",
    }

    /// Why a person is left out of a batch.
    pub enum ExclusionReason {
        /// The HR system has not sent an employee number yet.
        NoEmployeeNumber = "no_employee_number",
        /// The person is in no pay group, and no pay group is the default.
        NoPayGroup = "no_pay_group",
        /// A pay item is not defined, or an amount is larger than payroll systems read exactly.
        NotPayable = "not_payable",
        /// The person's total would be negative. It is carried forward (结转).
        NegativeTotal = "negative_total",
    }
}

impl From<ExclusionReason> for Phrase {
    fn from(reason: ExclusionReason) -> Self {
        match reason {
            ExclusionReason::NoEmployeeNumber => Self::new("no employee number", "没有工号"),
            ExclusionReason::NoPayGroup => Self::new("no pay group", "不属于任何薪资组"),
            ExclusionReason::NotPayable => {
                Self::new("a pay item that is not defined, or too large an amount", "薪资项目未定义，或金额过大")
            }
            ExclusionReason::NegativeTotal => Self::new("a negative total", "总额为负"),
        }
    }
}

in_chinese!(BatchState { Draft = "草稿", Locked = "已锁定", Acknowledged = "已回执", Void = "已作废" });

text_column!(BatchState, ExclusionReason);

/// A batch.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payroll_batches)]
pub struct Batch {
    pub id: Uuid,
    pub pay_group_id: Uuid,
    pub currency: String,
    pub state: BatchState,
    pub pay_period: String,
    pub cut_off_at: DateTime<Utc>,
    pub line_count: Option<i32>,
    pub people_count: Option<i32>,
    pub total_minor: Option<i64>,
    pub lines_sha256: Option<String>,
    pub locked_at: Option<DateTime<Utc>>,
    pub locked_by_kind: Option<ActorKind>,
    pub locked_by_id: Option<Uuid>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub voided_at: Option<DateTime<Utc>>,
    pub void_reason: Option<Reason>,
    pub created_by_kind: ActorKind,
    pub created_by_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A draft to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payroll_batches)]
pub struct NewBatch {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub pay_group_id: Uuid,
    pub currency: String,
    pub state: &'static str,
    pub pay_period: String,
    pub cut_off_at: DateTime<Utc>,
    pub created_by_kind: ActorKind,
    pub created_by_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What locking writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlTotals {
    pub line_count: i32,
    pub people_count: i32,
    pub total_minor: i64,
    pub lines_sha256: String,
}

/// A person who is left out of a batch, and why.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = payroll_exclusions)]
pub struct Exclusion {
    pub employee_id: Uuid,
    pub reason_code: ExclusionReason,
    pub detail: Option<String>,
    pub entry_count: i32,
    pub total_minor: i64,
    pub explanation: Option<Reason>,
    pub explained_at: Option<DateTime<Utc>>,
    pub explained_by_id: Option<Uuid>,
}

set_row! {
    into payroll_exclusions;
    /// An exclusion to insert.
    #[derive(Debug, Clone)]
    pub struct NewExclusion {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub batch_id: Uuid,
        pub employee_id: Uuid,
        pub reason_code: &'static str,
        pub detail: Option<String>,
        pub entry_count: i32,
        pub total_minor: i64,
        pub explanation: Option<Reason>,
        pub explained_at: Option<DateTime<Utc>>,
        pub explained_by_id: Option<Uuid>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

/// A batch to create.
#[derive(Debug, Clone)]
pub struct CreateBatch {
    pub pay_group_id: Uuid,
    pub currency: Currency,
    pub pay_period: Period,
    /// Entries approved at or before this moment are in it. If none, now.
    pub cut_off_at: Option<DateTime<Utc>>,
}

/// What a draft would pay now.
#[derive(Debug, Clone, Copy)]
pub struct DraftTotals {
    /// Names the draft together with what was judged: the batch's version if that is what is stored.
    pub version: i64,
    pub line_count: i32,
    pub people_count: i32,
    pub total_minor: i64,
}
