//! Lines on the wire. What stands here is digested and handed out for good: a member that is added or renamed gives every
//! locked batch another digest than the one that it was locked with, so it must not be.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::Line;
use crate::error::{Error, Result};
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::payroll::items::dto::IssuanceWay;
use crate::rewards::ledger::dto::RewardActor;

/// One reward as payroll is told of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollLineResponse {
    /// The consumer's idempotency key.
    pub id: Uuid,
    pub batch_id: Uuid,
    /// Place in the batch, from 1.
    #[schema(minimum = 1, format = "int32")]
    pub number: i32,
    /// The entry of the ledger that it pays.
    pub entry_id: Uuid,
    pub employee: PayrollEmployee,
    #[schema(max_length = 64, examples("lecturer-reward"))]
    pub pay_item_code: String,
    /// `award`, `adjustment` or `reversal`.
    #[schema(max_length = 16, pattern = "^(award|adjustment|reversal)$", examples("award"))]
    pub kind: String,
    /// Negative takes back.
    #[schema(minimum = -9_223_372_036_854_775_808_i64, maximum = 9_223_372_036_854_775_807_i64, examples(80000))]
    pub amount_minor: i64,
    /// The amount in major units.
    #[schema(max_length = 24, pattern = "^-?[0-9]+(\\.[0-9]+)?$", examples("800.00"))]
    pub amount: String,
    pub currency: Currency,
    /// First day of the period in which it was earned.
    pub earned_starts_on: NaiveDate,
    /// Last day of that period, inclusive.
    pub earned_ends_on: NaiveDate,
    /// The period in which it is to be paid.
    pub pay_period: Period,
    pub issuance_way: IssuanceWay,
    /// A label.
    #[schema(max_length = 64)]
    pub tax_mode: Option<String>,
    /// A label.
    #[schema(max_length = 64)]
    pub tax_category: Option<String>,
    #[schema(max_length = 64)]
    pub cost_centre: Option<String>,
    pub reason: PayrollReason,
    /// What it follows from.
    #[schema(max_items = 10)]
    pub sources: Vec<PayrollSource>,
    /// The line whose entry this one corrects.
    pub corrects_line_id: Option<Uuid>,
    /// The rejected line of the same entry that this one takes up again.
    pub previous_line_id: Option<Uuid>,
    pub made_by: RewardActor,
    /// The person who approved it.
    pub approved_by_id: Uuid,
}

/// A person as payroll knows one.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollEmployee {
    pub id: Uuid,
    #[schema(max_length = 64, examples("E-1024"))]
    pub employee_number: String,
    /// As it was when the batch was locked.
    #[schema(max_length = 200, examples("王芳"))]
    pub name: String,
    #[schema(max_items = 100)]
    pub external_ids: Vec<PayrollExternalId>,
}

/// An id of a person in another system.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PayrollExternalId {
    #[schema(max_length = 64, examples("feishu"))]
    pub system: String,
    #[schema(max_length = 64, examples("open_id"))]
    pub kind: String,
    #[schema(max_length = 255)]
    pub value: String,
}

/// Why, as a code and in words.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollReason {
    #[schema(max_length = 64, examples("grade_bonus"))]
    pub code: String,
    #[schema(max_length = 500)]
    pub zh: String,
    #[schema(max_length = 500)]
    pub en: String,
}

/// What a line follows from.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PayrollSource {
    /// `snapshot`, `policy_set`, `session` or `manual_award`.
    #[serde(rename = "type")]
    #[schema(max_length = 32, pattern = "^[a-z_]+$", examples("snapshot"))]
    pub kind: String,
    pub id: Uuid,
    /// Of the scoring rule for a snapshot, of the policies for a policy set.
    #[schema(minimum = 1, format = "int32")]
    pub rule_version: Option<i32>,
}

impl TryFrom<Line> for PayrollLineResponse {
    type Error = Error;

    fn try_from(line: Line) -> Result<Self> {
        let currency: Currency = line.currency.parse().map_err(Error::internal)?;
        Ok(Self {
            id: line.id,
            batch_id: line.batch_id,
            number: line.number,
            entry_id: line.entry_id,
            employee: PayrollEmployee {
                id: line.employee_id,
                employee_number: line.employee_number,
                name: line.employee_name,
                external_ids: serde_json::from_value(line.external_ids).map_err(Error::internal)?,
            },
            pay_item_code: line.pay_item_code,
            kind: line.kind,
            amount_minor: line.amount_minor,
            amount: Money::new(line.amount_minor, currency).to_major_string(exponent(currency)),
            currency,
            earned_starts_on: line.earned_starts_on,
            earned_ends_on: line.earned_ends_on,
            pay_period: line.pay_period.parse().map_err(Error::internal)?,
            issuance_way: IssuanceWay::from_slug(&line.issuance_way),
            tax_mode: line.tax_mode,
            tax_category: line.tax_category,
            cost_centre: line.cost_centre,
            reason: PayrollReason { code: line.reason_code, zh: line.reason_zh, en: line.reason_en },
            sources: serde_json::from_value(line.sources).map_err(Error::internal)?,
            corrects_line_id: line.corrects_line_id,
            previous_line_id: line.previous_line_id,
            made_by: RewardActor::new(&line.made_by_kind, line.made_by_id),
            approved_by_id: line.approved_by_id,
        })
    }
}

impl PayrollLineResponse {
    /// RFC 8785 JSON and a line feed: what is digested and what is downloaded.
    pub fn canonical(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json_canonicalizer::to_vec(self).map_err(Error::internal)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Decimals of a currency (ISO 4217); 2 where it has none to speak of.
fn exponent(currency: Currency) -> u32 {
    let known = iso_currency::Currency::from_code(currency.as_str());
    known.and_then(|known| known.exponent()).map_or(2, u32::from)
}

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollLinePage {
    #[schema(max_items = 200)]
    pub items: Vec<PayrollLineResponse>,
    /// Give it as `cursor` to get the next page; null on the last one.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPayrollLinesQuery {
    /// How many at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[validate(length(max = 2000))]
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}

/// A form in which a batch is handed out whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// One canonical JSON object a line: what the control total is the SHA-256 of.
    #[default]
    JsonLines,
    /// UTF-8 with a byte order mark; text that a spreadsheet would compute is led by an apostrophe.
    Csv,
}

/// In which form.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportPayrollBatchQuery {
    /// The form of the file.
    pub format: Option<FileFormat>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_has_its_decimals() {
        for (code, decimals) in [("CNY", 2), ("JPY", 0), ("KWD", 3), ("ZZZ", 2)] {
            assert_eq!(exponent(code.parse().unwrap()), decimals, "{code}");
        }
    }
}
