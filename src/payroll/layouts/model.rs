//! Rows of layouts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::dto::{LayoutAmounts, LayoutColumn, LayoutRows, PayrollLayout};
use crate::db::Document;
use crate::kernel::text::{Code, Name};
use crate::schema::payroll_layouts;

/// A layout.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payroll_layouts)]
pub struct Layout {
    pub id: Uuid,
    pub code: Code,
    pub name: Name,
    pub pay_group_id: Option<Uuid>,
    pub row_kind: LayoutRows,
    pub amount_kind: LayoutAmounts,
    pub chunk_size: Option<i32>,
    pub decimals: Option<i32>,
    pub column_list: Document<Vec<LayoutColumn>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    pub replaces: bool,
    /// In whole major units.
    pub min_amount: Option<i64>,
    /// In whole major units.
    pub max_amount: Option<i64>,
}

/// A layout to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payroll_layouts)]
pub struct NewLayout {
    pub code: Code,
    #[diesel(embed)]
    pub content: Content,
}

/// What a layout says, to write.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = payroll_layouts, treat_none_as_null = true)]
pub struct Content {
    pub name: Name,
    pub pay_group_id: Option<Uuid>,
    pub row_kind: LayoutRows,
    pub amount_kind: LayoutAmounts,
    pub chunk_size: Option<i32>,
    pub decimals: Option<i32>,
    pub column_list: Document<Vec<LayoutColumn>>,
    pub replaces: bool,
    pub min_amount: Option<i64>,
    pub max_amount: Option<i64>,
}

impl From<PayrollLayout> for Content {
    fn from(layout: PayrollLayout) -> Self {
        Self {
            name: layout.name,
            pay_group_id: layout.pay_group_id,
            row_kind: layout.rows,
            amount_kind: layout.amounts,
            chunk_size: layout.chunk_size,
            decimals: layout.decimals,
            column_list: Document(layout.columns),
            replaces: layout.replaces,
            min_amount: layout.min_amount,
            max_amount: layout.max_amount,
        }
    }
}
