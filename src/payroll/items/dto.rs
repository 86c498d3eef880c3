//! Pay items on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{IssuanceWay, PayItem, PayItemChange};
use crate::error::Result;
use crate::http::{ETag, Page};
use crate::kernel::fault::Faults;
use crate::kernel::patch::Patch;
use crate::kernel::text::{Name, OutsideCode};

/// A new pay item.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "lecturer-reward", "name_zh": "内部讲师奖励", "name_en": "Lecturer reward", "issuance_way": "with_salary",
    "tax_mode": "combined", "tax_category": "wages"
}))]
pub struct CreatePayItemRequest {
    /// Code of the pay item in the payroll system. It cannot be changed later.
    #[validate(nested)]
    pub code: OutsideCode,
    /// Name in Chinese.
    #[validate(nested)]
    pub name_zh: Name,
    /// Name in English.
    #[validate(nested)]
    pub name_en: Name,
    pub issuance_way: IssuanceWay,
    /// Label of the tax mode in the payroll system.
    #[validate(nested)]
    pub tax_mode: Option<OutsideCode>,
    /// Label of the tax category in the payroll system.
    #[validate(nested)]
    pub tax_category: Option<OutsideCode>,
}

/// Changes of a pay item. Members that are not mentioned stay as they are.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"issuance_way": "off_cycle", "tax_mode": null}))]
pub struct UpdatePayItemRequest {
    /// Name in Chinese.
    #[serde(default)]
    #[validate(nested)]
    #[schema(value_type = Name, required = false)]
    pub name_zh: Patch<Name>,
    /// Name in English.
    #[serde(default)]
    #[validate(nested)]
    #[schema(value_type = Name, required = false)]
    pub name_en: Patch<Name>,
    #[serde(default)]
    #[schema(value_type = IssuanceWay, required = false)]
    pub issuance_way: Patch<IssuanceWay>,
    /// Label of the tax mode; null if none.
    #[serde(default)]
    #[validate(nested)]
    #[schema(value_type = Option<OutsideCode>)]
    pub tax_mode: Patch<OutsideCode>,
    /// Label of the tax category; null if none.
    #[serde(default)]
    #[validate(nested)]
    #[schema(value_type = Option<OutsideCode>)]
    pub tax_category: Patch<OutsideCode>,
}

impl UpdatePayItemRequest {
    /// The change, or a fault for every null that is not allowed.
    pub fn into_change(self) -> Result<PayItemChange> {
        let mut faults = Faults::default();
        let change = PayItemChange {
            name_zh: self.name_zh.into_value("/name_zh", &mut faults),
            name_en: self.name_en.into_value("/name_en", &mut faults),
            issuance_way: self.issuance_way.map(IssuanceWay::slug).into_value("/issuance_way", &mut faults),
            tax_mode: self.tax_mode.into_change(),
            tax_category: self.tax_category.into_change(),
        };
        faults.check()?;
        Ok(change)
    }
}

/// A pay item.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayItemResponse {
    pub id: Uuid,
    /// Code of the pay item in the payroll system.
    /// Example: lecturer-reward
    pub code: OutsideCode,
    /// Example: 内部讲师奖励
    pub name_zh: Name,
    /// Example: Lecturer reward
    pub name_en: Name,
    pub issuance_way: IssuanceWay,
    /// Label of the tax mode in the payroll system.
    /// Example: combined
    pub tax_mode: Option<OutsideCode>,
    /// Label of the tax category in the payroll system.
    /// Example: wages
    pub tax_category: Option<OutsideCode>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

impl From<PayItem> for PayItemResponse {
    fn from(item: PayItem) -> Self {
        Self {
            id: item.id,
            code: item.code,
            name_zh: item.name_zh,
            name_en: item.name_en,
            issuance_way: item.issuance_way,
            tax_mode: item.tax_mode,
            tax_category: item.tax_category,
            created_at: item.created_at,
            updated_at: item.updated_at,
            etag: ETag(item.version),
        }
    }
}

/// A page of pay items.
pub type PayItemPage = Page<PayItemResponse>;
