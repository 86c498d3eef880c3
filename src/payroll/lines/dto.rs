//! Lines on the wire.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Line, Reported};
use crate::auth::ActorRef;
use crate::error::{Error, Result};
use crate::http::response;
use crate::kernel::canonical;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::kernel::text::{EmployeeNumber, IdKind, IdValue, Name, OutsideCode, PaymentRef, Reason};
use crate::payroll::acknowledgements::Outcome;
use crate::payroll::batches::BatchState;
use crate::payroll::items::IssuanceWay;
use crate::rewards::ledger::RewardKind;
use crate::rewards::ledger::dto::RewardReason;

response! {
    /// A line of a locked batch. Consumers use `id` as the idempotency key. Only `status`, `rejection_reason` and
    /// `external_reference` ever change: they are in lists, but not in exports and not in the digest of the batch.
    ///
    /// How it maps onto payroll systems:
    ///
    /// | Lectern | Feishu (飞书) one-off payment | 薪人薪事 bonus item | Frappe HR Additional Salary | SAP SuccessFactors non-recurring payment | Workday one-time payment |
    /// |---|---|---|---|---|---|
    /// | `id` | unique id | remark | custom field | custom field | reference id |
    /// | `employee` | employee by number, or by the `open_id` among `external_ids` | employee number | `employee` | `userId` | employee id |
    /// | `pay_item_code` | item | item | `salary_component` | `payComponentCode` | one-time payment plan |
    /// | `amount`, `currency` | amount, currency | amount, two decimals | `amount`, `currency` | `value`, `currencyCode` | amount, currency |
    /// | negative `amount` | negative amount | its adjust items, because bonus items take 0..1,000,000 | component of the type Deduction, amount without sign | negative `value` | negative amount |
    /// | `earned_starts_on`, `earned_ends_on` | reference period | remark | custom fields | `notes` | coverage start and end date |
    /// | `pay_period` | period of the payment | month of the payroll | `payroll_date`, a day in it | `payDate`, a day in it | scheduled payment date, a day in it |
    /// | `issuance_way` | issuance way | the run it is sent to | the payroll entry it is sent to | the run it is sent to | sent to payroll, or on demand |
    /// | `tax_mode`, `tax_category` | tax mode and category of the item | tax settings of the item | settings of the component | settings of the component | settings of the plan |
    /// | `cost_centre` | remark | remark | custom field | `alternativeCostCenter` | costing override |
    /// | `reason`, `sources`, `corrects_line_id` | remark | remark | custom fields | `notes` | comment |
    ///
    /// 薪人薪事 takes at most 100 items per call. If a system has no field for `id`, put it into the remark, so that a payment
    /// sent twice is noticed.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PayrollLineResponse: try new(line: Line) {
        pub id: Uuid,
        pub batch_id: Uuid,
        /// Position in the batch, from 1.
        #[schema(minimum = 1, format = "int32", examples(1))]
        pub number: i32,
        pub employee: PayrollEmployee = PayrollEmployee {
            id: line.employee_id,
            employee_number: line.employee_number,
            name: line.employee_name,
            external_ids: serde_json::from_value(line.external_ids).map_err(Error::internal)?,
        },
        /// Example: lecturer-reward
        pub pay_item_code: OutsideCode,
        pub kind: RewardKind,
        /// Negative if money is taken back. At most 2^53 - 1 in either direction, so that every JSON reader reads it exactly.
        #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64, format = "int64", examples(80000))]
        pub amount_minor: i64,
        /// The same amount in major units.
        #[schema(max_length = 24, pattern = r"^-?[0-9]+(\.[0-9]+)?$", examples("800.00"))]
        pub amount: String = in_major_units(&line.currency, line.amount_minor)?,
        pub currency: Currency = line.currency.parse().map_err(Error::internal)?,
        /// First day of the period in which the reward was earned.
        pub earned_starts_on: NaiveDate,
        /// Last day of that period, inclusive.
        pub earned_ends_on: NaiveDate,
        /// Period in which it is to be paid.
        pub pay_period: Period = line.pay_period.parse().map_err(Error::internal)?,
        pub issuance_way: IssuanceWay,
        /// Label of the tax mode.
        /// Example: combined
        pub tax_mode: Option<OutsideCode>,
        /// Label of the tax category.
        /// Example: wages
        pub tax_category: Option<OutsideCode>,
        /// Cost centre of the person's department at the end of the earned period, or of the last department before that.
        /// Example: CC-310
        pub cost_centre: Option<OutsideCode>,
        pub reason: RewardReason = RewardReason { code: line.reason_code, zh: line.reason_zh, en: line.reason_en },
        /// What the line is based on.
        #[schema(max_items = 10)]
        pub sources: Vec<PayrollSource> = serde_json::from_value(line.sources).map_err(Error::internal)?,
        /// The line whose reward this one corrects.
        pub corrects_line_id: Option<Uuid>,
        /// The rejected line of the same reward that this line replaces.
        pub previous_line_id: Option<Uuid>,
        pub made_by: ActorRef = ActorRef { kind: line.made_by_kind, id: line.made_by_id },
        /// The person who approved the reward.
        pub approved_by_id: Uuid,
        /// What payroll has reported last. Null until it reports.
        pub status: Option<Outcome> = None,
        /// Why payroll rejected it.
        pub rejection_reason: Option<Reason> = None,
        /// The payroll system's reference of the payment.
        pub external_reference: Option<PaymentRef> = None,
    }
}

/// The members that change after the lock.
const CHANGING: [&str; 3] = ["status", "rejection_reason", "external_reference"];

/// The person paid by a line, with the name at the time of the lock.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollEmployee {
    pub id: Uuid,
    /// Example: E-1024
    pub employee_number: EmployeeNumber,
    /// Example: 王芳
    pub name: Name,
    /// The person's ids in other systems.
    #[schema(max_items = 1000)]
    pub external_ids: Vec<PayrollExternalId>,
}

/// A person's id in another system.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PayrollExternalId {
    /// Example: feishu
    pub system: IdKind,
    /// Example: `open_id`
    pub kind: IdKind,
    /// Example: `ou_7d8a6e6df7621556ce0d21922b676706`
    pub value: IdValue,
}

/// Something that a line is based on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PayrollSource {
    /// `reward`, `snapshot`, `reward_policies` or `session`.
    #[serde(rename = "type")]
    #[schema(max_length = 32, examples("snapshot"))]
    pub kind: String,
    pub id: Uuid,
    /// For a snapshot, the version of its scoring rule; for policies, their version.
    #[schema(minimum = 1, format = "int32")]
    pub rule_version: Option<i32>,
}

fn in_major_units(currency: &str, amount_minor: i64) -> Result<String> {
    let currency: Currency = currency.parse().map_err(Error::internal)?;
    let exponent = currency.exponent().ok_or_else(|| Error::internal("a currency without minor units"))?;
    Ok(Money::new(amount_minor, currency).to_major_string(exponent))
}

impl PayrollLineResponse {
    /// The line with what payroll has reported about it.
    #[must_use]
    pub fn with(self, reported: Option<Reported>) -> Self {
        let Some(Reported { status, rejection_reason, external_reference, .. }) = reported else { return self };
        Self { status: Some(status), rejection_reason, external_reference, ..self }
    }

    /// What never changes of the line as RFC 8785 JSON with a line feed, as used for the batch's digest.
    pub fn canonical(&self) -> Result<Vec<u8>> {
        let mut line = serde_json::to_value(self).map_err(Error::internal)?;
        for name in CHANGING {
            line.as_object_mut().and_then(|members| members.remove(name));
        }
        let mut bytes = canonical::of(&line).map_err(Error::internal)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollLinePage {
    /// State of the batch. The lines of a `void` batch must not be paid.
    pub batch_state: BatchState,
    #[schema(max_items = 200)]
    pub items: Vec<PayrollLineResponse>,
    /// Send it as `cursor` to get the next page; null on the last page.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// Filters for lines.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPayrollLinesQuery {
    /// Only those of the person with this number in the HR system, as the lines have it.
    #[validate(nested)]
    pub employee_number: Option<EmployeeNumber>,
}
