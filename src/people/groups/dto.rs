//! Requests and responses about lecturer groups.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::Insertable;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{GroupMember, LecturerGroup};
use crate::db::merge_patch;
use crate::http::{ETag, Page, response};
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{Code, Description, Name};
use crate::kernel::wire;
use crate::people::EmployeeRef;
use crate::schema::lecturer_groups;

/// A new lecturer group.
#[derive(Debug, Deserialize, Validate, Insertable, ToSchema)]
#[diesel(table_name = lecturer_groups, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "customer-care", "name": "客户维护", "description": "维护老客户的方法"}))]
pub struct CreateLecturerGroupRequest {
    /// Short name in imports and links. Unique in the company.
    #[validate(nested)]
    pub code: Code,
    /// Name for people to read.
    #[validate(nested)]
    pub name: Name,
    /// What the group teaches.
    #[validate(nested)]
    pub description: Option<Description>,
}

merge_patch! {
    into lecturer_groups as LecturerGroupChange;
    /// Changes to a lecturer group. Absent members stay unchanged.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"name": "客户维护与复购", "description": null}))]
    pub struct UpdateLecturerGroupRequest {
        /// Short name in imports and links. Unique in the company.
        #[validate(nested)]
        pub code: Code,
        /// Name for people to read.
        #[validate(nested)]
        pub name: Name,
        /// What the group teaches. Null: not stated.
        #[validate(nested)]
        pub description: Option<Description>,
    }
}

response! {
    /// Lecturers of one subject, who take turns in giving sessions.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct LecturerGroupResponse: new(group: LecturerGroup) {
        pub id: Uuid,
        /// Short name in imports and links.
        /// Example: customer-care
        pub code: Code,
        /// Example: 客户维护
        pub name: Name,
        /// What the group teaches.
        pub description: Option<Description>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(group.version),
    }
}

/// A page of lecturer groups.
pub type LecturerGroupPage = Page<LecturerGroupResponse>;

/// Filters for lecturer groups.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLecturerGroupsQuery {
    /// Only the group with this code.
    #[validate(nested)]
    pub code: Option<Code>,
}

/// A person who joins a lecturer group.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "starts_on": "2026-01-01"}))]
pub struct AddGroupMemberRequest {
    pub employee_id: Uuid,
    /// First day in the group.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
    /// Last day in the group (included). Null if the membership has no end.
    #[validate(custom(function = "wire::day"))]
    pub ended_on: Option<LastDay>,
}

/// The end of a membership.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ended_on": "2026-06-30"}))]
pub struct EndGroupMemberRequest {
    /// Last day in the group (included).
    #[validate(custom(function = "wire::day"))]
    pub ended_on: LastDay,
}

response! {
    /// A person's membership in a lecturer group.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct GroupMemberResponse: new(member: GroupMember, employee: EmployeeRef) {
        pub id: Uuid,
        pub group_id: Uuid,
        pub employee: EmployeeRef = employee,
        /// First day in the group.
        pub starts_on: NaiveDate = member.valid_from,
        /// Last day in the group (included). Null if the membership has no end.
        pub ended_on: Option<LastDay> = member.valid_to.map(LastDay::before),
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(member.version),
    }
}

/// A page of members.
pub type GroupMemberPage = Page<GroupMemberResponse>;

/// Filters for members.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGroupMembersQuery {
    /// Only those who are in the group on this day. Without it: all past, current and future members.
    #[validate(custom(function = "wire::any_day"))]
    pub on: Option<NaiveDate>,
}
