//! Grants on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::auth::Role;
use crate::http::{ETag, Page};
use crate::people::{DepartmentRef, EmployeeRef};

/// A role for a person.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "role": "manager",
    "department_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6c"
}))]
pub struct CreateRoleGrantRequest {
    pub employee_id: Uuid,
    pub role: Role,
    /// For a manager: the department, with those below it, that the role is limited to; null: those that the person heads.
    pub department_id: Option<Uuid>,
}

/// A role that a person has.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleGrantResponse {
    pub id: Uuid,
    pub employee: EmployeeRef,
    pub role: Role,
    /// For a manager: the department, with those below it, that the role is limited to; null: those that the person heads.
    pub department: Option<DepartmentRef>,
    pub created_at: DateTime<Utc>,
    pub etag: ETag,
}

/// A page of grants.
pub type RoleGrantPage = Page<RoleGrantResponse>;

/// Which grants.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRoleGrantsQuery {
    /// Those of this employee.
    pub employee_id: Option<Uuid>,
    /// Those of this role.
    pub role: Option<Role>,
    /// Those limited to this department.
    pub department_id: Option<Uuid>,
}
