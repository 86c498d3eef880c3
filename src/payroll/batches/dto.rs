//! Batches on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::model::{Batch, BatchState, CreateBatch, DraftTotals, Exclusion, ExclusionReason};
use crate::auth::ActorRef;
use crate::error::Error;
use crate::http::{ETag, Page, response};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::hex::Sha256;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::{Cycle, Period};
use crate::kernel::phrases::Form;
use crate::kernel::text::Reason;
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// A batch to create.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "pay_group_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "currency": "CNY", "pay_period": "2026-04",
    "cut_off_at": "2026-04-20T10:00:00Z"
}))]
pub struct CreatePayrollBatchRequest {
    pub pay_group_id: Uuid,
    /// The currency of all its lines.
    pub currency: Currency,
    /// The month in which it is to be paid.
    #[validate(custom(function = "month"))]
    #[schema(value_type = String, min_length = 7, max_length = 7, pattern = "^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])$", examples("2026-04"))]
    pub pay_period: Period,
    /// The batch takes the rewards approved at or before this moment. It must not be in the future. If absent, now.
    #[validate(custom(function = "wire::instant"))]
    pub cut_off_at: Option<DateTime<Utc>>,
}

/// Payroll pays by the month, whatever the cycle in which rewards are earned.
fn month(period: &Period) -> std::result::Result<(), ValidationError> {
    if period.cycle() == Cycle::Month { Ok(()) } else { Err(Form::Month.into()) }
}

impl CreatePayrollBatchRequest {
    /// The command. A currency that has no minor units in ISO 4217 is added to `faults`.
    pub fn into_command(self, faults: &mut Faults) -> CreateBatch {
        if self.currency.exponent().is_none() {
            faults.push(Fault::bad_format("/currency", Form::CurrencyWithMinorUnits));
        }
        CreateBatch {
            pay_group_id: self.pay_group_id,
            currency: self.currency,
            pay_period: self.pay_period,
            cut_off_at: self.cut_off_at,
        }
    }
}

// `drafts` must contain what the drafts would pay.
response! {
    /// A payroll batch.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PayrollBatchResponse: try new(batch: Batch, drafts: &BTreeMap<Uuid, DraftTotals>) {
        pub id: Uuid,
        pub pay_group_id: Uuid,
        /// The currency of all its lines.
        pub currency: Currency = batch.currency.parse().map_err(Error::internal)?,
        pub state: BatchState,
        /// The month in which it is to be paid.
        pub pay_period: Period = batch.pay_period.parse().map_err(Error::internal)?,
        /// The batch takes the rewards approved at or before this moment.
        pub cut_off_at: DateTime<Utc>,
        /// For a draft, the totals that locking it now would give; null for a draft that was voided.
        pub totals: Option<PayrollBatchTotals> = totals(&batch, drafts.get(&batch.id), currency),
        pub created_by: ActorRef = ActorRef { kind: batch.created_by_kind, id: batch.created_by_id },
        pub created_at: DateTime<Utc>,
        pub locked_by: Option<ActorRef> =
            batch.locked_by_kind.zip(batch.locked_by_id).map(|(kind, id)| ActorRef { kind, id }),
        pub locked_at: Option<DateTime<Utc>>,
        /// When the final acknowledgement arrived.
        pub acknowledged_at: Option<DateTime<Utc>>,
        pub voided_at: Option<DateTime<Utc>>,
        /// Why it was voided.
        pub void_reason: Option<Reason>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(drafts.get(&batch.id).map_or(batch.version, |draft| draft.version)),
    }
}

/// Control totals of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollBatchTotals {
    #[schema(minimum = 0, format = "int32", examples(60))]
    pub line_count: i32,
    #[schema(minimum = 0, format = "int32", examples(41))]
    pub people_count: i32,
    pub total: Money,
    /// SHA-256 of the lines as in the JSON lines export: each line as canonical JSON (RFC 8785) followed by a line feed. Null
    /// until the batch is locked.
    pub lines_sha256: Option<Sha256>,
}

fn totals(batch: &Batch, draft: Option<&DraftTotals>, currency: Currency) -> Option<PayrollBatchTotals> {
    let of = |line_count, people_count, minor, lines_sha256: Option<String>| PayrollBatchTotals {
        line_count,
        people_count,
        total: Money::new(minor, currency),
        lines_sha256: lines_sha256.map(Sha256::from),
    };
    match (batch.line_count, batch.people_count, batch.total_minor, batch.state) {
        (Some(lines), Some(people), Some(minor), _) => Some(of(lines, people, minor, batch.lines_sha256.clone())),
        (_, _, _, BatchState::Draft) => {
            Some(draft.map_or_else(|| of(0, 0, 0, None), |d| of(d.line_count, d.people_count, d.total_minor, None)))
        }
        _ => None,
    }
}

/// A page of batches.
pub type PayrollBatchPage = Page<PayrollBatchResponse>;

/// Filters of payroll batches.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPayrollBatchesQuery {
    /// Only those in this state.
    pub state: Option<BatchState>,
    /// Only those of this pay group.
    pub pay_group_id: Option<Uuid>,
    /// Only those to be paid in this period.
    pub pay_period: Option<Period>,
}

response! {
    /// A person who is left out of a batch with all rewards.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PayrollExclusionResponse: new(exclusion: Exclusion, employee: EmployeeRef, currency: Currency) {
        pub employee: EmployeeRef = employee,
        pub reason_code: ExclusionReason,
        /// With `not_payable`: the pay items that are not defined.
        #[schema(max_length = 500)]
        pub detail: Option<String>,
        /// Number of rewards left out.
        #[schema(minimum = 1, format = "int32")]
        pub entry_count: i32,
        /// The sum of these rewards.
        pub total: Money = Money::new(exclusion.total_minor, currency),
        /// What is being done about it. If null, it is not explained yet, and the batch cannot be locked.
        pub explanation: Option<Reason>,
        pub explained_at: Option<DateTime<Utc>>,
        /// Null if the system explained it (a negative total carried forward).
        pub explained_by_id: Option<Uuid>,
    }
}

/// Somebody who cannot be paid, as a refused lock names them.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnpayablePerson {
    pub employee_id: Uuid,
    pub employee: EmployeeRef,
    pub reason_code: ExclusionReason,
    /// With `not_payable`: the pay items that are not defined.
    #[schema(max_length = 500)]
    pub detail: Option<String>,
}

/// A page of exclusions.
pub type PayrollExclusionPage = Page<PayrollExclusionResponse>;

/// Why it is right to leave a person out.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "reason": "Joins on 1 May; the number follows then."
}))]
pub struct ExplainPayrollExclusionRequest {
    pub employee_id: Uuid,
    /// What is being done about it.
    #[validate(nested)]
    pub reason: Reason,
}

/// Why a batch is voided.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Wrong pay period."}))]
pub struct VoidPayrollBatchRequest {
    #[validate(nested)]
    pub reason: Reason,
}
