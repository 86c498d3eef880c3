//! Yearly statements of rewards on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::text::{Code, Name, OutsideCode, PaymentRef};
use crate::people::EmployeeRef;
use crate::rewards::ledger::dto::RewardReason;
use crate::rewards::ledger::{EntryState, RewardKind};

/// The year of a statement.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RewardStatementQuery {
    /// The calendar year, in the company's time zone. If absent, the present one.
    #[validate(range(min = 1900, max = 9998))]
    #[param(minimum = 1900, maximum = 9998)]
    pub year: Option<u16>,
}

/// A person's statement of rewards for a year (年度奖励对账单).
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardStatementResponse {
    pub employee: EmployeeRef,
    /// First day of the year.
    pub starts_on: NaiveDate,
    /// Last day of the year (included).
    pub ends_on: NaiveDate,
    /// IANA time zone of the company, in which its days are days.
    #[schema(max_length = 64, examples("Asia/Shanghai"))]
    pub time_zone: String,
    /// The statement shows how things stood at this instant. Once the year is over, that is its end.
    pub as_of: DateTime<Utc>,
    /// What payroll reported as paid on a day of the year, in the order of these days.
    pub paid: RewardStatementPart,
    /// What was granted before the end of the year and not paid by then, whichever year it was earned in. Rejected rewards are not listed.
    pub unpaid: RewardStatementPart,
}

/// Rewards with their sums.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardStatementPart {
    #[schema(max_items = 100_000)]
    pub lines: Vec<RewardStatementLine>,
    /// The sum of each pay item, ordered by its code. Corrections and what was taken back are included.
    #[schema(max_items = 10_000)]
    pub by_pay_item: Vec<RewardStatementSum>,
    /// The sum of all lines, one for each currency. Empty if there is no line.
    #[schema(max_items = 200)]
    pub totals: Vec<Money>,
}

/// A reward on a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardStatementLine {
    pub reward_id: Uuid,
    pub kind: RewardKind,
    pub programme: RewardStatementProgramme,
    /// The period in which it was earned.
    pub earned_period: Period,
    pub earned_starts_on: NaiveDate,
    /// Last day of that period (included).
    pub earned_ends_on: NaiveDate,
    /// Example: lecturer-reward
    pub pay_item_code: OutsideCode,
    /// The company's name of the pay item in Chinese. Null if it has not defined it.
    pub pay_item_name_zh: Option<Name>,
    /// Its name in English.
    pub pay_item_name_en: Option<Name>,
    /// Negative if money is taken back.
    pub amount: Money,
    pub reason: RewardReason,
    /// The reward that it corrects.
    pub corrects_id: Option<Uuid>,
    pub state: EntryState,
    /// The day on which it was granted.
    pub granted_on: NaiveDate,
    /// The day on which payroll reported that it was paid. Null if it was not.
    pub paid_on: Option<NaiveDate>,
    /// The period for which payroll pays it. Null while it is in no batch.
    pub pay_period: Option<Period>,
    /// The payroll system's reference of the payment.
    pub external_reference: Option<PaymentRef>,
}

/// A programme, as a statement names one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RewardStatementProgramme {
    pub id: Uuid,
    /// Example: sales
    pub code: Code,
    pub name: Name,
}

/// The sum of a pay item in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RewardStatementSum {
    /// Example: lecturer-reward
    pub pay_item_code: OutsideCode,
    pub pay_item_name_zh: Option<Name>,
    pub pay_item_name_en: Option<Name>,
    pub amount: Money,
}

/// A statement of rewards as a table.
#[derive(ToSchema)]
#[schema(max_length = 100_000_000)]
pub struct RewardStatementTable(#[expect(dead_code, reason = "names the schema")] String);

/// A statement of rewards as a page.
#[derive(ToSchema)]
#[schema(max_length = 100_000_000)]
pub struct RewardStatementPage(#[expect(dead_code, reason = "names the schema")] String);
