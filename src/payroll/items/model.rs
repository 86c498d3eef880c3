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

/// A pay item to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = pay_items, treat_none_as_default_value = false)]
pub struct NewPayItem {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub code: OutsideCode,
    pub name_zh: Name,
    pub name_en: Name,
    pub issuance_way: &'static str,
    pub tax_mode: Option<OutsideCode>,
    pub tax_category: Option<OutsideCode>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Changes of a pay item. None leaves a column unchanged.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = pay_items)]
pub struct PayItemChange {
    pub name_zh: Option<Name>,
    pub name_en: Option<Name>,
    pub issuance_way: Option<&'static str>,
    pub tax_mode: Option<Option<OutsideCode>>,
    pub tax_category: Option<Option<OutsideCode>>,
}

impl PayItemChange {
    /// Names of the members that are set.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let all = [
            ("name_zh", self.name_zh.is_some()),
            ("name_en", self.name_en.is_some()),
            ("issuance_way", self.issuance_way.is_some()),
            ("tax_mode", self.tax_mode.is_some()),
            ("tax_category", self.tax_category.is_some()),
        ];
        all.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }
}
