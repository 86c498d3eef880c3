//! Pay items on the wire.

use chrono::{DateTime, Utc};
use diesel::Insertable;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{IssuanceWay, PayItem};
use crate::db::merge_patch;
use crate::http::{ETag, Page, response};
use crate::kernel::text::{Name, OutsideCode};
use crate::schema::pay_items;

/// A new pay item.
#[derive(Debug, Deserialize, Validate, Insertable, ToSchema)]
#[diesel(table_name = pay_items, treat_none_as_default_value = false)]
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

merge_patch! {
    into pay_items as PayItemChange;
    /// Changes of a pay item. Members that are not mentioned stay as they are.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"issuance_way": "off_cycle", "tax_mode": null}))]
    pub struct UpdatePayItemRequest {
        /// Name in Chinese.
        #[validate(nested)]
        pub name_zh: Name,
        /// Name in English.
        #[validate(nested)]
        pub name_en: Name,
        pub issuance_way: IssuanceWay,
        /// Label of the tax mode; null if none.
        #[validate(nested)]
        pub tax_mode: Option<OutsideCode>,
        /// Label of the tax category; null if none.
        #[validate(nested)]
        pub tax_category: Option<OutsideCode>,
    }
}

response! {
    /// A pay item.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PayItemResponse: new(item: PayItem) {
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
        pub etag: ETag = ETag(item.version),
    }
}

/// A page of pay items.
pub type PayItemPage = Page<PayItemResponse>;
