//! Requests and responses about grants.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::queries::{RoleGrant, VERSION};
use crate::access::roles_named;
use crate::auth::Role;
use crate::error::Error;
use crate::http::{ETag, Page, response};
use crate::people::{DepartmentRef, Departments, EmployeeRef, People};

/// A role to grant to a person.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "role": "manager",
    "department_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6c"
}))]
pub struct CreateRoleGrantRequest {
    pub employee_id: Uuid,
    pub role: Role,
    /// Only for managers: the role covers this department and those below it. Null: it covers the departments that the person
    /// heads.
    pub department_id: Option<Uuid>,
}

response! {
    /// A role that a person has.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RoleGrantResponse: try new(grant: RoleGrant, people: &People, departments: &Departments) {
        pub id: Uuid,
        pub employee: EmployeeRef = people.get(grant.employee_id)?,
        pub role: Role = roles_named(&[grant.role]).pop().ok_or_else(|| Error::internal("an unknown role"))?,
        /// Only for managers: the role covers this department and those below it. Null: it covers the departments that the person
        /// heads.
        pub department: Option<DepartmentRef> = departments.maybe(grant.department_id)?,
        pub created_at: DateTime<Utc>,
        pub etag: ETag = ETag(VERSION),
    }
}

/// A page of grants.
pub type RoleGrantPage = Page<RoleGrantResponse>;

/// Filters for role grants.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRoleGrantsQuery {
    /// Only those of this employee.
    pub employee_id: Option<Uuid>,
    /// Only those of this role.
    pub role: Option<Role>,
    /// Only those limited to this department.
    pub department_id: Option<Uuid>,
}
