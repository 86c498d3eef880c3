//! The bulk call on the wire.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::http::Problem;
use crate::kernel::patch::Patch;
use crate::kernel::text::{EmployeeNumber, MailAddress, Name, OutsideCode};
use crate::kernel::wire;
use crate::kernel::words::words;
use crate::people::employees::dto::ExternalId;

words! {
    /// What happens when items are wrong.
    #[derive(Default)]
    pub enum BatchMode {
        /// Nothing is written unless everything is right; every fault is listed.
        #[default]
        Atomic = "atomic",
        /// What is right is written; the others are answered with their problem.
        PerItem = "per_item",
    }

    /// What became of an item.
    pub enum BatchOutcome {
        /// The employee was made.
        Created = "created",
        /// Something about the employee changed.
        Updated = "updated",
        /// Everything was so already.
        Unchanged = "unchanged",
        /// Nothing of it was written.
        Refused = "refused",
    }
}

/// Employees to make or change.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "per_item", "items": [{
    "employee_number": "E-1024", "name": "王芳", "hired_on": "2024-07-01",
    "department": {"code": "S-EAST", "starts_on": "2024-07-01"}
}]}))]
pub struct BatchEmployeesRequest {
    #[serde(default)]
    #[schema(default = "atomic")]
    pub mode: BatchMode,
    /// Their values are checked one by one, by the mode.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<BatchEmployeeItem>,
}

/// An employee, named by the number: made if there is none, else changed. Members that are not mentioned stay, null clears.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchEmployeeItem {
    /// Number in the HR system.
    #[validate(nested)]
    pub employee_number: EmployeeNumber,
    /// Name as people read it.
    #[validate(nested)]
    pub name: Name,
    /// Mail address for notices; null: none.
    #[serde(default)]
    #[validate(nested)]
    #[schema(value_type = Option<MailAddress>)]
    pub email: Patch<MailAddress>,
    /// First day of employment; null: not known.
    #[serde(default)]
    #[validate(custom(function = "wire::day"))]
    #[schema(value_type = Option<NaiveDate>)]
    pub hired_on: Patch<NaiveDate>,
    /// First day no longer employed; null: still employed.
    #[serde(default)]
    #[validate(custom(function = "wire::day"))]
    #[schema(value_type = Option<NaiveDate>)]
    pub left_on: Patch<NaiveDate>,
    /// What other systems call the person: the whole set; null or empty: nothing.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(value_type = Option<Vec<ExternalId>>, max_items = 20)]
    pub external_ids: Patch<Vec<ExternalId>>,
    /// The department that the person is in from a day on. Nothing changes if that is so already.
    #[validate(nested)]
    pub department: Option<BatchDepartment>,
}

/// A move into a department.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchDepartment {
    /// The department's code in the HR system.
    #[validate(nested)]
    pub code: OutsideCode,
    /// First day in it.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
}

/// What became of the items, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchEmployeesResponse {
    #[schema(max_items = 500)]
    pub items: Vec<BatchEmployeeResult>,
}

/// What became of an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchEmployeeResult {
    /// The item's place in the request, from 0.
    #[schema(minimum = 0, maximum = 499)]
    pub index: i32,
    /// The number that it was sent with.
    #[schema(max_length = 64, examples("E-1024"))]
    pub employee_number: String,
    pub outcome: BatchOutcome,
    /// The employee; null where the item was refused.
    pub employee_id: Option<Uuid>,
    /// Why the item was refused.
    pub problem: Option<Problem>,
}
