//! Acknowledgements on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::queries::Acknowledgement;
use crate::error::Result;
use crate::kernel::fault::{Fault, FaultCode, Faults};

/// What payroll says about lines of a batch.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "consumer": "feishu-payroll", "run_id": "2026-04/1", "final": true, "totals": {"line_count": 1, "total_minor": 80000},
    "lines": [{"line_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "status": "paid", "external_reference": "PAY-1"}]
}))]
pub struct AcknowledgePayrollBatchRequest {
    /// Which payroll system answers.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub consumer: String,
    /// Its run: the same run again is the same answer.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub run_id: String,
    pub totals: AcknowledgedTotals,
    /// Each line once. A final answer may leave out what was answered before.
    #[validate(length(max = 5000), nested)]
    #[schema(max_items = 5000)]
    pub lines: Vec<AcknowledgeLineRequest>,
    /// Whether every line of the batch has its answer with this one.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// Control totals: of the lines in this answer, or with `final` those of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgedTotals {
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub line_count: i64,
    #[schema(minimum = -9_223_372_036_854_775_808_i64, maximum = 9_223_372_036_854_775_807_i64)]
    pub total_minor: i64,
}

/// What payroll says about one line.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeLineRequest {
    pub line_id: Uuid,
    pub status: LineStatus,
    /// Why; for rejected lines, and only for them.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
    /// What the payment is called there; for paid lines it must be given.
    #[validate(length(min = 1, max = 255))]
    #[schema(min_length = 1, max_length = 255)]
    pub external_reference: Option<String>,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// Taken over.
    Accepted,
    /// Refused: its reward goes back to the pool.
    Rejected,
    Paid,
}

impl LineStatus {
    /// Its name in data, and the ledger's event.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Paid => "paid",
        }
    }
}

impl AcknowledgePayrollBatchRequest {
    /// Refuses what contradicts itself; every fault at once.
    pub fn check(&self) -> Result<()> {
        let mut faults = Faults::default();
        for (i, line) in self.lines.iter().enumerate() {
            let rejected = line.status == LineStatus::Rejected;
            if rejected && line.reason.is_none() {
                faults.push(Fault::new(format!("/lines/{i}/reason"), FaultCode::Required));
            }
            if !rejected && line.reason.is_some() {
                let words = "only a rejected line has a reason";
                faults.push(Fault::new(format!("/lines/{i}/reason"), FaultCode::NotEligible).with("reason", words));
            }
            if line.status == LineStatus::Paid && line.external_reference.is_none() {
                faults.push(Fault::new(format!("/lines/{i}/external_reference"), FaultCode::Required));
            }
        }
        let mut seen = std::collections::BTreeMap::new();
        for (i, line) in self.lines.iter().enumerate() {
            if let Some(first) = seen.insert(line.line_id, i) {
                let first = format!("/lines/{first}/line_id");
                faults.push(Fault::new(format!("/lines/{i}/line_id"), FaultCode::Duplicate).with("first", first));
            }
        }
        faults.check()
    }
}

/// An answer of payroll, as it was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcknowledgementResponse {
    pub id: Uuid,
    pub batch_id: Uuid,
    #[schema(max_length = 100, examples("feishu-payroll"))]
    pub consumer: String,
    #[schema(max_length = 128, examples("2026-04/1"))]
    pub run_id: String,
    #[serde(rename = "final")]
    pub is_final: bool,
    pub totals: AcknowledgedTotals,
    pub received_at: DateTime<Utc>,
}

impl From<Acknowledgement> for AcknowledgementResponse {
    fn from(row: Acknowledgement) -> Self {
        Self {
            id: row.id,
            batch_id: row.batch_id,
            consumer: row.consumer,
            run_id: row.external_run_id,
            is_final: row.is_final,
            totals: AcknowledgedTotals { line_count: row.line_count.into(), total_minor: row.total_minor },
            received_at: row.received_at,
        }
    }
}

/// A page of acknowledgements.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcknowledgementPage {
    #[schema(max_items = 200)]
    pub items: Vec<AcknowledgementResponse>,
    /// Give it as `cursor` to get the next page; null on the last one.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAcknowledgementsQuery {
    /// How many at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[validate(length(max = 2000))]
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}
