//! Batches on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Batch, BatchState, ClaimTotals, ExclusionRow};
use super::service::DraftBatch;
use crate::error::{Error, Result};
use crate::http::ETag;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::people::EmployeeRef;
use crate::rewards::ledger::dto::RewardActor;

/// A batch for payroll.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollBatchResponse {
    pub id: Uuid,
    pub pay_group_id: Uuid,
    pub currency: Currency,
    pub state: BatchState,
    /// The period in which it is to be paid.
    pub pay_period: Period,
    /// Entries approved at or before this moment are in it.
    pub cut_off_at: DateTime<Utc>,
    pub totals: ControlTotals,
    /// People whose entries stay out; only where one batch is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100_000)]
    pub exclusions: Option<Vec<PayrollExclusionResponse>>,
    pub created_by: RewardActor,
    pub created_at: DateTime<Utc>,
    pub locked_by: Option<RewardActor>,
    pub locked_at: Option<DateTime<Utc>>,
    /// When payroll had answered for all of it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub voided_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500)]
    pub void_reason: Option<String>,
    pub etag: ETag,
}

/// What a batch comes to. Fixed once it is locked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ControlTotals {
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub line_count: i64,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub people_count: i64,
    #[schema(minimum = -9_223_372_036_854_775_808_i64, maximum = 9_223_372_036_854_775_807_i64)]
    pub total_minor: i64,
    /// SHA-256 of the batch as JSON lines, byte for byte; null for a draft.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub lines_sha256: Option<String>,
}

/// A person whose entries stay out of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollExclusionResponse {
    pub employee: EmployeeRef,
    pub reason_code: ExclusionReasonCode,
    #[schema(max_length = 500)]
    pub detail: Option<String>,
    /// Entries that stay out.
    #[schema(minimum = 1, format = "int32")]
    pub entry_count: i32,
    pub total: Money,
    /// What is being done about it; null: to be explained before the batch can be locked.
    #[schema(max_length = 500)]
    pub explanation: Option<String>,
    pub explained_at: Option<DateTime<Utc>>,
    /// Null: the system.
    pub explained_by_id: Option<Uuid>,
}

/// Why a person stays out.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionReasonCode {
    NoEmployeeNumber,
    /// Carried forward to the next batch.
    NegativeTotal,
    /// A pay item is not defined, or somebody took the person out.
    NotPayable,
}

impl ExclusionReasonCode {
    fn from_slug(slug: &str) -> Self {
        match slug {
            "no_employee_number" => Self::NoEmployeeNumber,
            "negative_total" => Self::NegativeTotal,
            _ => Self::NotPayable,
        }
    }
}

impl PayrollExclusionResponse {
    /// `employees` holds the person.
    pub fn new(row: ExclusionRow, currency: Currency, employees: &BTreeMap<Uuid, EmployeeRef>) -> Result<Self> {
        let employee = employees.get(&row.employee_id).cloned();
        Ok(Self {
            employee: employee.ok_or_else(|| Error::internal("an exclusion without its person"))?,
            reason_code: ExclusionReasonCode::from_slug(&row.reason_code),
            detail: row.detail,
            entry_count: row.entry_count,
            total: Money::new(row.total_minor, currency),
            explanation: row.explanation,
            explained_at: row.explained_at,
            explained_by_id: row.explained_by_id,
        })
    }
}

impl PayrollBatchResponse {
    /// `claimed` is what a draft has so far.
    pub fn new(row: Batch, claimed: Option<&ClaimTotals>) -> Result<Self> {
        let claimed = claimed.copied().unwrap_or_default();
        let totals = ControlTotals {
            line_count: row.line_count.map_or(claimed.line_count, i64::from),
            people_count: row.people_count.map_or(claimed.people_count, i64::from),
            total_minor: row.total_minor.unwrap_or(claimed.total_minor),
            lines_sha256: row.lines_sha256.clone(),
        };
        let locked_by = row.locked_by_kind.as_deref().zip(row.locked_by_id);
        Ok(Self {
            id: row.id,
            pay_group_id: row.pay_group_id,
            currency: row.currency.parse().map_err(Error::internal)?,
            state: row.state(),
            pay_period: row.pay_period.parse().map_err(Error::internal)?,
            cut_off_at: row.cut_off_at,
            totals,
            exclusions: None,
            created_by: RewardActor::new(&row.created_by_kind, row.created_by_id),
            created_at: row.created_at,
            locked_by: locked_by.map(|(kind, id)| RewardActor::new(kind, id)),
            locked_at: row.locked_at,
            acknowledged_at: row.acknowledged_at,
            voided_at: row.voided_at,
            void_reason: row.void_reason,
            etag: ETag(row.version),
        })
    }
}

/// A page of batches.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollBatchPage {
    #[schema(max_items = 200)]
    pub items: Vec<PayrollBatchResponse>,
    /// Give it as `cursor` to get the next page; null on the last one.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// Which batches.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPayrollBatchesQuery {
    /// Standing where.
    pub state: Option<BatchState>,
    /// Of which pay group.
    pub pay_group_id: Option<Uuid>,
    /// How many at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[validate(length(max = 2000))]
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}

/// A batch to be drafted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pay_group_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "currency": "CNY", "pay_period": "2026-04", "cut_off_at": "2026-04-10T16:00:00Z"}))]
pub struct CreatePayrollBatchRequest {
    pub pay_group_id: Uuid,
    pub currency: Currency,
    /// The period in which it is to be paid.
    pub pay_period: Period,
    /// Entries approved at or before this moment are taken; not in the future. Absent: now.
    pub cut_off_at: Option<DateTime<Utc>>,
}

impl From<CreatePayrollBatchRequest> for DraftBatch {
    fn from(request: CreatePayrollBatchRequest) -> Self {
        Self {
            pay_group_id: request.pay_group_id,
            currency: request.currency,
            pay_period: request.pay_period,
            cut_off_at: request.cut_off_at,
        }
    }
}

/// Why a batch is undone.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Drafted with the wrong pay period."}))]
pub struct VoidPayrollBatchRequest {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What is being done about a person who cannot be paid.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "explanation": "Gets an employee number in May; paid then."}))]
pub struct ExplainExclusionRequest {
    pub employee_id: Uuid,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub explanation: String,
}
