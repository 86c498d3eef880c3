//! Requests and responses about memberships.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::http::Page;
use crate::kernel::last_day::LastDay;
use crate::kernel::wire;
use crate::people::DepartmentRef;

/// A move into a department.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"department_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "starts_on": "2026-03-01"}))]
pub struct MoveEmployeeRequest {
    pub department_id: Uuid,
    /// First day in the department.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
}

/// A person's membership in a department.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MembershipResponse {
    pub id: Uuid,
    pub department: DepartmentRef,
    /// First day in the department.
    pub starts_on: NaiveDate,
    /// Last day in the department (included). Null if the membership has no end.
    pub ended_on: Option<LastDay>,
}

/// A page of memberships.
pub type MembershipPage = Page<MembershipResponse>;
