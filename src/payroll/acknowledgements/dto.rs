//! Acknowledgements on the wire.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{Acknowledgement, Answer, Outcome};
use super::rules::Said;
use super::service::Acknowledge;
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::kernel::canonical;
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::{Consumer, PaymentRef, Reason, RunId};

/// What the payroll system reports about the lines of a batch.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "consumer": "feishu-payroll", "run_id": "2026-04-regular", "final": true,
    "totals": {"line_count": 1, "total": {"amount_minor": 80000, "currency": "CNY"}},
    "lines": [{"line_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "status": "paid", "external_reference": "PAY-7781"}]
}))]
pub struct CreatePayrollAcknowledgementRequest {
    /// The name of the payroll system. One payroll system pays a batch: its name is the same in all acknowledgements of the batch.
    #[validate(nested)]
    pub consumer: Consumer,
    /// The payroll system's id of its run. A run can acknowledge a batch only once.
    #[validate(nested)]
    pub run_id: RunId,
    #[validate(nested)]
    pub totals: PayrollAcknowledgementTotals,
    /// Up to 5,000 lines; a larger batch is acknowledged in parts. Each part must contain at least one line.
    #[validate(length(max = 5_000), nested)]
    #[schema(max_items = 5_000)]
    pub lines: Vec<PayrollLineAnswer>,
    /// Whether the whole batch is now acknowledged: every line has an outcome, and `totals` are those of the batch. Otherwise
    /// this is a part, and `totals` are those of its own `lines`. Several runs may say so: the one that accepts the batch, and the
    /// one that pays it.
    #[serde(rename = "final", default)]
    #[schema(default = false)]
    pub is_final: bool,
}

/// Control totals of an acknowledgement.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayrollAcknowledgementTotals {
    #[validate(range(min = 0))]
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32", examples(60))]
    pub line_count: i32,
    pub total: Money,
}

/// What is reported about one line.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayrollLineAnswer {
    pub line_id: Uuid,
    pub status: Outcome,
    /// Why the line was rejected. Required for a rejected line; not allowed for any other.
    #[validate(nested)]
    pub reason: Option<Reason>,
    /// The payroll system's reference of the payment. Required for a paid line.
    #[validate(nested)]
    pub external_reference: Option<PaymentRef>,
}

impl From<Answer> for PayrollLineAnswer {
    fn from(answer: Answer) -> Self {
        let Answer { line_id, outcome, reason, external_reference, .. } = answer;
        Self { line_id, status: outcome, reason, external_reference }
    }
}

impl CreatePayrollAcknowledgementRequest {
    /// The command, with the digest that identifies a repeated acknowledgement. The order of its lines does not matter.
    pub fn into_command(mut self) -> Result<Acknowledge> {
        let said = |line: &PayrollLineAnswer| Said {
            line_id: line.line_id,
            outcome: line.status,
            reason: line.reason.clone(),
            external_reference: line.external_reference.clone(),
        };
        let said = self.lines.iter().map(said).collect();
        self.lines.sort_by_key(|line| line.line_id);
        let canonical = canonical::to_vec(&self).map_err(Error::internal)?;
        Ok(Acknowledge {
            consumer: self.consumer,
            run_id: self.run_id,
            is_final: self.is_final,
            line_count: self.totals.line_count,
            total: self.totals.total,
            said,
            digest: digest(&SHA256, &canonical).as_ref().to_vec(),
        })
    }
}

response! {
    /// An acknowledgement by the payroll system.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PayrollAcknowledgementResponse: new(
        row: Acknowledgement, currency: Currency, answers: Option<Vec<Answer>>
    ) {
        pub id: Uuid,
        pub batch_id: Uuid,
        /// Example: feishu-payroll
        pub consumer: Consumer,
        /// Example: 2026-04-regular
        pub run_id: RunId = row.external_run_id,
        /// Whether it acknowledges the whole batch.
        #[serde(rename = "final")]
        pub is_final: bool,
        pub totals: PayrollAcknowledgementTotals =
            PayrollAcknowledgementTotals { line_count: row.line_count, total: Money::new(row.total_minor, currency) },
        /// The reported lines, ordered by id. Only in the answer about a single acknowledgement.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, max_items = 5_000)]
        pub lines: Option<Vec<PayrollLineAnswer>> =
            answers.map(|answers| answers.into_iter().map(PayrollLineAnswer::from).collect()),
        pub received_at: DateTime<Utc>,
        // It never changes.
        pub etag: ETag = ETag(1),
    }
}

/// A page of acknowledgements.
pub type PayrollAcknowledgementPage = Page<PayrollAcknowledgementResponse>;
