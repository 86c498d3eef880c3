//! Rows of batches and their exclusions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::schema::{payroll_batches, payroll_exclusions};

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// It holds its entries and has no lines yet.
    Draft,
    /// Its lines stand for good; payroll may pull them.
    Locked,
    /// Payroll has answered for all of it.
    Acknowledged,
    /// Undone; its entries went back.
    Void,
}

impl BatchState {
    pub const ALL: [Self; 4] = [Self::Draft, Self::Locked, Self::Acknowledged, Self::Void];

    /// Its name in data and on the wire.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Locked => "locked",
            Self::Acknowledged => "acknowledged",
            Self::Void => "void",
        }
    }
}

/// Why a person stays out of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionReason {
    /// The HR system has given no employee number yet.
    NoEmployeeNumber,
    /// The person is in no pay group, and none takes those that no group names.
    NoPayGroup,
    /// A pay item that is not defined, or an amount beyond what payroll systems read exactly.
    NotPayable,
    /// The person's total would be negative: carried forward (结转).
    NegativeTotal,
}

impl ExclusionReason {
    pub const ALL: [Self; 4] = [Self::NoEmployeeNumber, Self::NoPayGroup, Self::NotPayable, Self::NegativeTotal];

    /// Its name in data and on the wire.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::NoEmployeeNumber => "no_employee_number",
            Self::NoPayGroup => "no_pay_group",
            Self::NotPayable => "not_payable",
            Self::NegativeTotal => "negative_total",
        }
    }
}

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
    pub locked_by_kind: Option<String>,
    pub locked_by_id: Option<Uuid>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub voided_at: Option<DateTime<Utc>>,
    pub void_reason: Option<String>,
    pub created_by_kind: String,
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
    pub created_by_kind: &'static str,
    pub created_by_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a lock writes down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlTotals {
    pub line_count: i32,
    pub people_count: i32,
    pub total_minor: i64,
    pub lines_sha256: String,
}

/// Who stays out of a batch, and why.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payroll_exclusions)]
pub struct Exclusion {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub reason_code: ExclusionReason,
    pub detail: Option<String>,
    pub entry_count: i32,
    pub total_minor: i64,
    pub explanation: Option<String>,
    pub explained_at: Option<DateTime<Utc>>,
    pub explained_by_id: Option<Uuid>,
}

/// An exclusion to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payroll_exclusions)]
pub struct NewExclusion {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub batch_id: Uuid,
    pub employee_id: Uuid,
    pub reason_code: &'static str,
    pub detail: Option<String>,
    pub entry_count: i32,
    pub total_minor: i64,
    pub explanation: Option<&'static str>,
    pub explained_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
