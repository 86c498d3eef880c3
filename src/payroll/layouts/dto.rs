//! Layouts on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::Layout;
use crate::db::text::text_column;
use crate::http::{ETag, Page, response};
use crate::kernel::money::Money;
use crate::kernel::text::{Code, IdKind, Line, Name, OutsideCode};
use crate::kernel::words::words;
use crate::people::EmployeeRef;

/// A new layout.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "xinrenxinshi-bonus", "layout": {
    "name": "薪人薪事奖金项", "rows": "sums", "amounts": "not_negative", "chunk_size": 100, "decimals": 2,
    "replaces": true, "min_amount": 0, "max_amount": 1_000_000,
    "columns": [
        {"name": "employeeId", "source": "external_id", "system": "xinrenxinshi", "kind": "employee_id"},
        {"name": "bonus", "source": "pay_item_code"},
        {"name": "amount", "source": "amount"}
    ]
}}))]
pub struct CreatePayrollLayoutRequest {
    /// Code of the layout. It cannot be changed later.
    #[validate(nested)]
    pub code: Code,
    #[validate(nested)]
    pub layout: PayrollLayout,
}

/// What the file of a batch is like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "工资系统导入表", "chunk_size": 500, "decimals": 2,
    "columns": [
        {"name": "工号", "source": "employee_number"}, {"name": "姓名", "source": "employee_name"},
        {"name": "奖金类型", "source": "pay_item_code", "values": [{"from": "lecturer-reward", "to": "讲师奖金"}]},
        {"name": "金额", "source": "amount"}, {"name": "发放月份", "source": "pay_period"}, {"name": "备注", "source": "reason_zh"},
        {"name": "流水号", "source": "line_id"}
    ]
}))]
pub struct PayrollLayout {
    /// Name for people.
    #[validate(nested)]
    pub name: Name,
    /// The pay group whose batches it is for. If absent or null, those of every pay group.
    pub pay_group_id: Option<Uuid>,
    #[serde(default)]
    #[schema(default = LayoutRows::default)]
    pub rows: LayoutRows,
    #[serde(default)]
    #[schema(default = LayoutAmounts::default)]
    pub amounts: LayoutAmounts,
    /// The greatest number of rows of a part of the file. If absent or null, the file has one part.
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000, format = "int32")]
    pub chunk_size: Option<i32>,
    /// The number of decimals of amounts. If absent or null, as many as the currency has. Nothing is rounded: a batch whose amounts have
    /// more is refused.
    #[validate(range(min = 0, max = 4))]
    #[schema(minimum = 0, maximum = 4, format = "int32")]
    pub decimals: Option<i32>,
    /// Whether the payroll system replaces what it has for a person, pay item and pay period by what the file says. If not, it adds to
    /// it. A batch is then refused (`layout_replaces`) if another one pays the same person the same pay item for the same pay period:
    /// what only the other file says would be lost. It needs `rows` to be `sums`, and a column of `pay_item_code`.
    #[serde(default)]
    #[schema(default = false)]
    pub replaces: bool,
    /// The least amount of a row that the payroll system takes, with its sign, in whole major units (included). If absent or null, there
    /// is none. A batch with a row below it is refused (`layout_out_of_bounds`).
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub min_amount: Option<i64>,
    /// The greatest amount of a row that the payroll system takes, likewise.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub max_amount: Option<i64>,
    /// The columns, from left to right.
    #[validate(length(min = 1, max = 60), nested)]
    #[schema(min_items = 1, max_items = 60)]
    pub columns: Vec<LayoutColumn>,
}

words! {
    /// What a row of the file is.
    #[derive(Default)]
    pub enum LayoutRows {
        /// A line of the batch.
        #[default]
        Lines = "lines",
        /// The sum of a person's lines of one pay item, for systems that take one value for each.
        Sums = "sums",
    }

    /// Which lines are in the file.
    #[derive(Default)]
    pub enum LayoutAmounts {
        /// All of them.
        #[default]
        All = "all",
        /// Those that pay: the amount is not negative.
        NotNegative = "not_negative",
        /// Those that take back: the amount is negative.
        Negative = "negative",
    }

    /// Where the cells of a column come from. In rows that are sums, only what all lines of a sum have in common, the sum, and `line_ids`.
    pub enum LayoutSource {
        /// Id of the line, which consumers use as the idempotency key.
        LineId = "line_id",
        /// Ids of all lines of the row, separated by blanks.
        LineIds = "line_ids",
        /// Id of the batch.
        BatchId = "batch_id",
        /// Position of the line in the batch.
        Number = "number",
        /// Id of the person in Lectern.
        EmployeeId = "employee_id",
        /// Number of the person in the HR system.
        EmployeeNumber = "employee_number",
        /// Name of the person at the time of the lock.
        EmployeeName = "employee_name",
        /// The person's id of this `kind` in this `system`, as it was when the batch was locked. A batch with a person in the file who has none is
        /// refused (`layout_ids_missing`).
        ExternalId = "external_id",
        /// Code of the pay item.
        PayItemCode = "pay_item_code",
        /// Kind of the reward: `award`, `adjustment` or `reversal`.
        Kind = "kind",
        /// Amount in major units.
        Amount = "amount",
        /// Amount in major units without its sign. Not if `amounts` is `all`.
        AmountWithoutSign = "amount_without_sign",
        /// Amount in minor units.
        AmountMinor = "amount_minor",
        /// ISO 4217 code.
        Currency = "currency",
        /// First day of the period in which it was earned.
        EarnedStartsOn = "earned_starts_on",
        /// Last day of that period.
        EarnedEndsOn = "earned_ends_on",
        /// Period of the payment, such as `2026-04`.
        PayPeriod = "pay_period",
        /// First day of the period of the payment.
        PayPeriodStartsOn = "pay_period_starts_on",
        /// Last day of the period of the payment.
        PayPeriodEndsOn = "pay_period_ends_on",
        /// `with_salary` or `off_cycle`.
        IssuanceWay = "issuance_way",
        /// Label of the tax mode.
        TaxMode = "tax_mode",
        /// Label of the tax category.
        TaxCategory = "tax_category",
        /// Cost centre of the person's department.
        CostCentre = "cost_centre",
        /// Why, in Chinese.
        ReasonZh = "reason_zh",
        /// Why, in English.
        ReasonEn = "reason_en",
        /// The line whose reward this one corrects.
        CorrectsLineId = "corrects_line_id",
        /// The rejected line that this one replaces.
        PreviousLineId = "previous_line_id",
        /// The same `text` in every row.
        FixedText = "fixed_text",
    }
}

text_column!(LayoutRows, LayoutAmounts);

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "user_id", "source": "external_id", "system": "feishu", "kind": "open_id"}))]
pub struct LayoutColumn {
    /// What the payroll system calls it: the heading of a table, the name of a member in JSON lines.
    #[validate(nested)]
    pub name: Line<100>,
    pub source: LayoutSource,
    /// For `fixed_text`: the text. Null or absent for others.
    #[validate(nested)]
    pub text: Option<Line<200>>,
    /// For `external_id`: the system. Null or absent for others.
    #[validate(nested)]
    pub system: Option<IdKind>,
    /// For `external_id`: the kind. Null or absent for others.
    #[validate(nested)]
    pub kind: Option<IdKind>,
    /// The payroll system's own values for these. A value that is not in the list is written as it is, and the export succeeds: list every
    /// value that a batch can have. Amounts and ids of lines cannot be replaced.
    #[serde(default)]
    #[validate(length(max = 200), nested)]
    #[schema(max_items = 200, default = json!([]))]
    pub values: Vec<LayoutValue>,
}

/// A value, and the payroll system's own value for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "CNY", "to": "6863329932261459464"}))]
pub struct LayoutValue {
    #[validate(nested)]
    pub from: Line<200>,
    #[validate(nested)]
    pub to: Line<200>,
}

impl From<Layout> for PayrollLayout {
    fn from(layout: Layout) -> Self {
        Self {
            name: layout.name,
            pay_group_id: layout.pay_group_id,
            rows: layout.row_kind,
            amounts: layout.amount_kind,
            chunk_size: layout.chunk_size,
            decimals: layout.decimals,
            replaces: layout.replaces,
            min_amount: layout.min_amount,
            max_amount: layout.max_amount,
            columns: layout.column_list.0,
        }
    }
}

/// A person without an id that a file needs, as a refused export names it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayeeWithoutId {
    pub employee_id: Uuid,
    pub employee: EmployeeRef,
    /// The columns of the layout that would be empty.
    #[schema(max_items = 60)]
    pub columns: Vec<Line<100>>,
}

/// A value of the payroll system that a file would replace, as a refused export names it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplacedPayrollValue {
    pub employee_id: Uuid,
    pub employee: EmployeeRef,
    /// Example: lecturer-reward
    pub pay_item_code: OutsideCode,
    /// The batch that pays it.
    pub batch_id: Uuid,
}

/// A row with an amount that the payroll system does not take, as a refused export names it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollRowOutOfBounds {
    pub employee_id: Uuid,
    pub employee: EmployeeRef,
    /// Example: lecturer-reward
    pub pay_item_code: OutsideCode,
    pub amount: Money,
    /// The lines of the row.
    #[schema(max_items = 100_000)]
    pub line_ids: Vec<Uuid>,
}

response! {
    /// A layout of payroll files.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PayrollLayoutResponse: new(row: Layout) {
        pub id: Uuid,
        /// Example: xinrenxinshi-bonus
        pub code: Code,
        pub layout: PayrollLayout = row.clone().into(),
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of layouts.
pub type PayrollLayoutPage = Page<PayrollLayoutResponse>;

/// A layout for a known payroll system, to begin with.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct PayrollLayoutPreset {
    /// Example: xinrenxinshi-bonus
    #[validate(nested)]
    pub code: Code,
    /// What it is for, and what must be replaced before it is used, in Chinese.
    #[validate(nested)]
    pub note_zh: Line<500>,
    /// The same in English.
    #[validate(nested)]
    pub note_en: Line<500>,
    #[validate(nested)]
    pub layout: PayrollLayout,
}

/// The layouts for known payroll systems.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayrollLayoutPresetsResponse {
    #[schema(max_items = 50)]
    pub items: Vec<PayrollLayoutPreset>,
}
