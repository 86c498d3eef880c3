//! Rows of lines.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

use crate::rewards::ledger::Entry;
use crate::schema::payroll_lines;

/// A line of a locked batch.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payroll_lines)]
pub struct Line {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub batch_id: Uuid,
    pub number: i32,
    pub entry_id: Uuid,
    pub employee_id: Uuid,
    pub employee_number: String,
    pub employee_name: String,
    pub external_ids: Value,
    pub pay_item_code: String,
    pub kind: String,
    pub amount_minor: i64,
    pub currency: String,
    pub earned_starts_on: NaiveDate,
    pub earned_ends_on: NaiveDate,
    pub pay_period: String,
    pub issuance_way: String,
    pub tax_mode: Option<String>,
    pub tax_category: Option<String>,
    pub cost_centre: Option<String>,
    pub reason_code: String,
    pub reason_zh: String,
    pub reason_en: String,
    pub sources: Value,
    pub corrects_line_id: Option<Uuid>,
    pub previous_line_id: Option<Uuid>,
    pub made_by_kind: String,
    pub made_by_id: Uuid,
    pub approved_by_id: Uuid,
    pub created_at: DateTime<Utc>,
}

/// A claimed entry with everything that its line says.
#[derive(Debug, Clone, QueryableByName)]
pub struct Payable {
    #[diesel(embed)]
    pub entry: Entry,
    #[diesel(sql_type = Text)]
    pub employee_number: String,
    #[diesel(sql_type = Text)]
    pub employee_name: String,
    #[diesel(sql_type = Jsonb)]
    pub external_ids: Value,
    #[diesel(sql_type = Text)]
    pub issuance_way: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub tax_mode: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub tax_category: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub cost_centre: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub rule_version: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub policy_version: Option<i32>,
    #[diesel(sql_type = SqlUuid)]
    pub approved_by_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub previous_line_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub corrects_line_id: Option<Uuid>,
}
