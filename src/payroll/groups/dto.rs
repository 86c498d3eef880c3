//! Pay groups on the wire.

use chrono::{DateTime, Utc};
use diesel::Insertable;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::PayGroup;
use crate::db::merge_patch;
use crate::http::{ETag, Page, response};
use crate::kernel::text::{Name, OutsideCode};
use crate::people::EmployeeRef;
use crate::schema::pay_groups;

/// A new pay group.
#[derive(Debug, Deserialize, Validate, Insertable, ToSchema)]
#[diesel(table_name = pay_groups, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "SH", "name": "上海公司", "recoverable": false, "is_default": true}))]
pub struct CreatePayGroupRequest {
    /// Code in the payroll system.
    #[validate(nested)]
    pub code: OutsideCode,
    /// Name for people.
    #[validate(nested)]
    pub name: Name,
    /// Whether a batch may have a negative total for a person. If not, what a person owes is carried forward (结转) until
    /// later rewards outweigh it.
    #[serde(default)]
    #[schema(default = false)]
    pub recoverable: bool,
    /// Whether this is the default group, to which people in no group belong. At most one group is.
    #[serde(default)]
    #[schema(default = false)]
    pub is_default: bool,
}

merge_patch! {
    into pay_groups as PayGroupChange;
    /// Changes of a pay group. Members that are not mentioned stay as they are.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"name": "上海总部", "recoverable": true}))]
    pub struct UpdatePayGroupRequest {
        /// Code in the payroll system.
        #[validate(nested)]
        pub code: OutsideCode,
        /// Name for people.
        #[validate(nested)]
        pub name: Name,
        /// Whether a batch may have a negative total for a person.
        pub recoverable: bool,
        /// Whether this is the default group, to which people in no group belong. At most one group is.
        pub is_default: bool,
    }
}

response! {
    /// A pay group.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct PayGroupResponse: new(group: PayGroup) {
        pub id: Uuid,
        /// Code in the payroll system.
        /// Example: SH
        pub code: OutsideCode,
        /// Example: 上海公司
        pub name: Name,
        /// Whether a batch may have a negative total for a person. If not, it is carried forward.
        pub recoverable: bool,
        /// Whether this is the default group, to which people in no group belong.
        pub is_default: bool,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(group.version),
    }
}

/// A page of pay groups.
pub type PayGroupPage = Page<PayGroupResponse>;

/// People to add to a pay group or remove from it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_ids": ["01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b"]}))]
pub struct PayGroupMembersRequest {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub employee_ids: Vec<Uuid>,
}

/// Number of people added or removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayGroupMembersResponse {
    #[schema(minimum = 0, maximum = 500)]
    pub count: usize,
}

/// A person in a pay group.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayGroupMemberResponse {
    pub employee: EmployeeRef,
    pub member_since_at: DateTime<Utc>,
}

/// A page of a pay group's members.
pub type PayGroupMemberPage = Page<PayGroupMemberResponse>;
