//! Rows of pay items.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::text::{Name, OutsideCode};
use crate::kernel::words::words;
use crate::schema::pay_items;

words! {
    /// When payroll pays it.
    pub enum IssuanceWay {
        /// In the regular run, with the salary.
        WithSalary = "with_salary",
        /// On its own, outside the regular run.
        OffCycle = "off_cycle",
    }
}

text_column!(IssuanceWay);

/// A pay item.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = pay_items)]
pub struct PayItem {
    pub id: Uuid,
    pub code: OutsideCode,
    pub name_zh: Name,
    pub name_en: Name,
    pub issuance_way: IssuanceWay,
    pub tax_mode: Option<OutsideCode>,
    pub tax_category: Option<OutsideCode>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}
