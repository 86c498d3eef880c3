//! Rows of lines.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

use crate::auth::ActorKind;
use crate::db::set_row;
use crate::kernel::text::{EmployeeNumber, Name, OutsideCode, PaymentRef, Reason};
use crate::payroll::acknowledgements::Outcome;
use crate::payroll::items::IssuanceWay;
use crate::rewards::ledger::RewardKind;
use crate::schema::payroll_lines;

set_row! {
    into payroll_lines;
    /// A line of a locked batch.
    #[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
    #[diesel(table_name = payroll_lines)]
    pub struct Line {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub batch_id: Uuid,
        /// Position in the batch, from 1.
        pub number: i32,
        pub entry_id: Uuid,
        pub employee_id: Uuid,
        pub employee_number: EmployeeNumber,
        pub employee_name: Name,
        pub external_ids: Value,
        pub pay_item_code: OutsideCode,
        pub kind: RewardKind,
        pub amount_minor: i64,
        pub currency: String,
        pub earned_starts_on: NaiveDate,
        /// Inclusive, as in payroll systems.
        pub earned_ends_on: NaiveDate,
        pub pay_period: String,
        pub issuance_way: IssuanceWay,
        pub tax_mode: Option<OutsideCode>,
        pub tax_category: Option<OutsideCode>,
        pub cost_centre: Option<OutsideCode>,
        pub reason_code: String,
        pub reason_zh: String,
        pub reason_en: String,
        pub sources: Value,
        pub corrects_line_id: Option<Uuid>,
        pub previous_line_id: Option<Uuid>,
        pub made_by_kind: ActorKind,
        pub made_by_id: Uuid,
        pub approved_by_id: Uuid,
        pub created_at: DateTime<Utc>,
    }
}

/// What payroll has reported last about a line.
#[derive(Debug, Clone, QueryableByName)]
pub struct Reported {
    #[diesel(sql_type = SqlUuid)]
    pub line_id: Uuid,
    #[diesel(sql_type = Text)]
    pub status: Outcome,
    #[diesel(sql_type = Nullable<Text>)]
    pub rejection_reason: Option<Reason>,
    #[diesel(sql_type = Nullable<Text>)]
    pub external_reference: Option<PaymentRef>,
}

/// The data of a line: a claimed entry with everything that payroll needs to know about it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Material {
    #[diesel(sql_type = SqlUuid)]
    pub entry_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<EmployeeNumber>,
    #[diesel(sql_type = Text)]
    pub employee_name: Name,
    #[diesel(sql_type = Jsonb)]
    pub external_ids: Value,
    #[diesel(sql_type = Text)]
    pub pay_item_code: OutsideCode,
    #[diesel(sql_type = Text)]
    pub kind: RewardKind,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Text)]
    pub earned_period: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub issuance_way: Option<IssuanceWay>,
    #[diesel(sql_type = Nullable<Text>)]
    pub tax_mode: Option<OutsideCode>,
    #[diesel(sql_type = Nullable<Text>)]
    pub tax_category: Option<OutsideCode>,
    #[diesel(sql_type = Text)]
    pub reason_code: String,
    #[diesel(sql_type = Jsonb)]
    pub reason_params: Value,
    #[diesel(sql_type = Nullable<Text>)]
    pub reason_text: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub policy_code: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub snapshot_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub rule_version: Option<i32>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub policy_set_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub policy_version: Option<i32>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub session_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub corrects_id: Option<Uuid>,
    /// The line of the corrected entry in another batch.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub corrects_line_id: Option<Uuid>,
    /// The latest line of the same entry that payroll rejected.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub previous_line_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub maker_kind: ActorKind,
    #[diesel(sql_type = SqlUuid)]
    pub maker_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub approved_by_id: Option<Uuid>,
}
