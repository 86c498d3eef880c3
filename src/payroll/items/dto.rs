//! Pay items on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::queries::{PayItem, PayItemChange};
use crate::error::Result;
use crate::http::ETag;
use crate::kernel::fault::Faults;
use crate::kernel::patch::Patch;

/// How payroll pays something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssuanceWay {
    WithSalary,
    /// By itself.
    OffCycle,
}

impl IssuanceWay {
    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::WithSalary => "with_salary",
            Self::OffCycle => "off_cycle",
        }
    }

    /// From its name in data; the database holds no other.
    #[must_use]
    pub fn from_slug(slug: &str) -> Self {
        if slug == Self::OffCycle.slug() { Self::OffCycle } else { Self::WithSalary }
    }
}

/// A pay item.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayItemResponse {
    pub id: Uuid,
    /// As the payroll system calls it.
    #[schema(max_length = 64, examples("lecturer-reward"))]
    pub code: String,
    #[schema(max_length = 200, examples("讲师激励"))]
    pub name_zh: String,
    #[schema(max_length = 200, examples("Lecturer reward"))]
    pub name_en: String,
    pub issuance_way: IssuanceWay,
    /// A label for payroll.
    #[schema(max_length = 64, examples("bonus"))]
    pub tax_mode: Option<String>,
    /// A label for payroll.
    #[schema(max_length = 64)]
    pub tax_category: Option<String>,
    pub etag: ETag,
}

impl From<PayItem> for PayItemResponse {
    fn from(row: PayItem) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name_zh: row.name_zh,
            name_en: row.name_en,
            issuance_way: IssuanceWay::from_slug(&row.issuance_way),
            tax_mode: row.tax_mode,
            tax_category: row.tax_category,
            etag: ETag(row.version),
        }
    }
}

/// A page of pay items.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayItemPage {
    #[schema(max_items = 200)]
    pub items: Vec<PayItemResponse>,
    /// Give it as `cursor` to get the next page; null on the last one.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPayItemsQuery {
    /// How many at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[validate(length(max = 2000))]
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}

/// A new pay item.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "lecturer-reward", "name_zh": "讲师激励", "name_en": "Lecturer reward", "issuance_way": "with_salary"}))]
pub struct CreatePayItemRequest {
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name_zh: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name_en: String,
    pub issuance_way: IssuanceWay,
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub tax_mode: Option<String>,
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub tax_category: Option<String>,
}

impl CreatePayItemRequest {
    /// Refuses a code of nothing but blanks.
    pub fn check(&self) -> Result<()> {
        let mut faults = Faults::default();
        faults.check_label("/code", &self.code);
        faults.check()
    }
}

/// What changes about a pay item.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tax_mode": "annual-bonus"}))]
pub struct UpdatePayItemRequest {
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name_zh: Patch<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name_en: Patch<String>,
    #[serde(default)]
    #[schema(value_type = IssuanceWay, required = false)]
    pub issuance_way: Patch<IssuanceWay>,
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    pub tax_mode: Patch<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    pub tax_category: Patch<String>,
}

impl UpdatePayItemRequest {
    /// The change; every fault at once.
    pub fn into_change(self) -> Result<PayItemChange> {
        let mut faults = Faults::default();
        let way = self.issuance_way.into_value("/issuance_way", &mut faults);
        let change = PayItemChange {
            name_zh: self.name_zh.into_value("/name_zh", &mut faults),
            name_en: self.name_en.into_value("/name_en", &mut faults),
            issuance_way: way.map(|way| way.slug().to_owned()),
            tax_mode: self.tax_mode.into_change(),
            tax_category: self.tax_category.into_change(),
        };
        faults.check()?;
        Ok(change)
    }

    /// Names of the members that the patch mentions.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let mentioned = [
            ("name_zh", self.name_zh.is_present()),
            ("name_en", self.name_en.is_present()),
            ("issuance_way", self.issuance_way.is_present()),
            ("tax_mode", self.tax_mode.is_present()),
            ("tax_category", self.tax_category.is_present()),
        ];
        mentioned.into_iter().filter(|(_, present)| *present).map(|(name, _)| name).collect()
    }
}
