//! Requests and responses about departments.

use chrono::{DateTime, Utc};
use diesel::Queryable;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::Department;
use crate::db::merge_patch;
use crate::http::{ETag, Page, response};
use crate::kernel::text::{Name, OutsideCode};
use crate::kernel::wire;
use crate::people::{EmployeeRef, Refs};
use crate::sign_in::WaitingChange;

/// A department, as other responses name one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, ToSchema)]
pub struct DepartmentRef {
    pub id: Uuid,
    /// Code in the HR system.
    /// Example: S-EAST
    pub code: OutsideCode,
    /// Example: 华东销售部
    pub name: Name,
}

/// Departments by id.
pub type Departments = Refs<DepartmentRef>;

/// A new department.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "S-EAST", "name": "华东销售部", "is_ranking_unit": true, "cost_centre": "CC-310"}))]
pub struct CreateDepartmentRequest {
    /// Code in the HR system. Unique in the company.
    #[validate(nested)]
    pub code: OutsideCode,
    /// Name for people to read.
    #[validate(nested)]
    pub name: Name,
    /// The department above this one. Null at the top level.
    pub parent_id: Option<Uuid>,
    /// Whether the lecturers of this department share a leaderboard. Lecturers of departments below it are included, unless a
    /// nearer department is marked.
    #[serde(default)]
    #[schema(default = false)]
    pub is_ranking_unit: bool,
    /// Head of the department.
    pub manager_id: Option<Uuid>,
    /// Cost centre for the payroll lines of the people in this department.
    #[validate(nested)]
    pub cost_centre: Option<OutsideCode>,
}

merge_patch! {
    into departments as DepartmentChange;
    /// Changes to a department. Absent members stay unchanged.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"name": "华东大区销售部", "cost_centre": null}))]
    pub struct UpdateDepartmentRequest {
        /// Code in the HR system. Unique in the company.
        #[validate(nested)]
        pub code: OutsideCode,
        /// Name for people to read.
        #[validate(nested)]
        pub name: Name,
        /// The department above this one. Null moves it to the top level.
        pub parent_id: Option<Uuid>,
        /// Whether the lecturers of this department share a leaderboard. Lecturers of departments below it are included, unless a
        /// nearer department is marked.
        pub is_ranking_unit: bool,
        /// Head of the department. Null: nobody.
        pub manager_id: Option<Uuid>,
        /// Cost centre for the payroll lines of the people in this department. Null: none.
        #[validate(nested)]
        pub cost_centre: Option<OutsideCode>,
    }
}

response! {
    /// A department.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct DepartmentResponse: new(department: Department, manager: Option<EmployeeRef>, waiting_changes: Vec<WaitingChange>) {
        pub id: Uuid,
        /// Code in the HR system.
        /// Example: S-EAST
        pub code: OutsideCode,
        /// Example: 华东销售部
        pub name: Name,
        /// The department above this one. Null at the top level.
        pub parent_id: Option<Uuid>,
        /// Whether the lecturers of this department share a leaderboard. Lecturers of departments below it are included, unless a
        /// nearer department is marked.
        pub is_ranking_unit: bool,
        /// Head of the department.
        pub manager: Option<EmployeeRef> = manager,
        /// Cost centre for the payroll lines of the people in this department.
        /// Example: CC-310
        pub cost_centre: Option<OutsideCode>,
        /// Changes of this department that wait for a second person. The old values stand until then.
        #[schema(max_items = 2)]
        pub waiting_changes: Vec<WaitingChange> = waiting_changes,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(department.version),
    }
}

/// A page of departments.
pub type DepartmentPage = Page<DepartmentResponse>;

/// Filters for departments.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDepartmentsQuery {
    /// Only those directly below this department.
    pub parent_id: Option<Uuid>,
    /// Only the department with this code.
    #[validate(nested)]
    pub code: Option<OutsideCode>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
