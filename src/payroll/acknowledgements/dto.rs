//! Acknowledgements on the wire.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::file::{self, FileRead};
use super::model::{Acknowledgement, Answer, Outcome};
use super::rules::{Said, Sent};
use super::service::Acknowledge;
use crate::error::{Error, Result};
use crate::http::tables::{TableForm, TableFormat, TableHeadings};
use crate::http::{ETag, Page, response};
use crate::kernel::canonical;
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::money::{Currency, Money};
use crate::kernel::phrases::Form;
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
            sent: Sent::List,
            digest: digest(&SHA256, &canonical).as_ref().to_vec(),
        })
    }
}

/// What the template is like.
#[derive(Debug, Clone, Copy, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportPayrollAcknowledgementTemplateQuery {
    /// How the columns are called; the cells keep the codes. If absent, `codes`.
    pub headings: Option<TableHeadings>,
}

impl ExportPayrollAcknowledgementTemplateQuery {
    #[must_use]
    pub fn form(self) -> TableForm {
        TableForm { format: Some(TableFormat::Csv), headings: self.headings }
    }
}

/// The most bytes that the file of an acknowledgement may have.
const MAX_FILE_BYTES: usize = 8_388_608;

/// The most characters that it may have in base64.
pub const MAX_BASE64: usize = MAX_FILE_BYTES.div_ceil(3) * 4;

/// What a payroll clerk reports about the lines of a batch, in a file.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "consumer": "payroll-office", "run_id": "2026-04-regular", "final": true,
    "totals": {"line_count": 1, "total": {"amount_minor": 80000, "currency": "CNY"}},
    "content_base64": "aWQsc3RhdHVzLHJlamVjdGlvbl9yZWFzb24sZXh0ZXJuYWxfcmVmZXJlbmNlDQowMTk4MGY2ZS01YzFlLTdkM2EtOWIxZi0wYzJkM2U0ZjVhNmIscGFpZCwsUEFZLTc3ODENCg=="
}))]
pub struct UploadPayrollAcknowledgementRequest {
    /// The name under which the payroll office acknowledges: the same in all acknowledgements of the batch.
    #[validate(nested)]
    pub consumer: Consumer,
    /// The payroll run. A run can acknowledge a batch only once.
    #[validate(nested)]
    pub run_id: RunId,
    /// Number and sum of the rows with a status, as the payroll system has them; with `final`, of the whole batch.
    #[validate(nested)]
    pub totals: PayrollAcknowledgementTotals,
    /// Whether the whole batch is now acknowledged, as in `create_payroll_acknowledgement`.
    #[serde(rename = "final", default)]
    #[schema(default = false)]
    pub is_final: bool,
    /// The CSV file in base64, at most 8 MiB before that: UTF-8, with or without byte order mark, or GB18030, with commas between the cells.
    /// Columns: `id` (of the line), `status` (`accepted`, `rejected` or `paid`; also 已接受, 已拒绝, 已发放), `rejection_reason`,
    /// `external_reference`. If it has `amount` or `amount_minor`, they must be those of the line. Rows without a status report nothing; other
    /// columns are not read. At most 5,000 rows may have a status.
    ///
    /// The header may have these names instead, in any case and with blanks or hyphens for `_`:
    ///
    /// | Column | Other names |
    /// |---|---|
    /// | `id` | `line_id`, 明细 ID, 明细ID, 明细编号 |
    /// | `status` | 状态, 处理结果 |
    /// | `rejection_reason` | 拒绝原因 |
    /// | `external_reference` | `payment_reference`, 付款凭证号, 付款编号, 支付流水号 |
    /// | `amount_minor` | `amount_in_minor_units`, 金额（最小货币单位） |
    /// | `amount` | 金额 |
    #[schema(min_length = 4, max_length = 11_184_812, pattern = r"^[A-Za-z0-9+/]+={0,2}$")]
    pub content_base64: String,
}

impl UploadPayrollAcknowledgementRequest {
    /// The command: the same as if its rows had been sent as a list. What is wrong in the file is added to the faults.
    pub fn into_command(self, base64: &[u8], mut faults: Faults) -> Result<(Acknowledge, Faults)> {
        let FileRead { said, stated, faults: found } = match STANDARD.decode(base64) {
            Ok(bytes) => file::read(&bytes),
            Err(_) => {
                faults.push(Fault::bad_format(Sent::FILE, Form::Base64));
                FileRead::default()
            }
        };
        faults.extend(found.into_vec());
        let answer = |said: Said| PayrollLineAnswer {
            line_id: said.line_id,
            status: said.outcome,
            reason: said.reason,
            external_reference: said.external_reference,
        };
        let request = CreatePayrollAcknowledgementRequest {
            consumer: self.consumer,
            run_id: self.run_id,
            totals: self.totals,
            lines: said.into_iter().map(answer).collect(),
            is_final: self.is_final,
        };
        Ok((Acknowledge { sent: Sent::File(stated), ..request.into_command()? }, faults))
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
