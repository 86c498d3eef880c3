//! Requests and responses about creating or updating many employees.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::http::Problem;
use crate::kernel::last_day::LastDay;
use crate::kernel::patch::Patch;
use crate::kernel::text::{EmployeeNumber, MailAddress, Name, OutsideCode};
use crate::kernel::wire;
use crate::kernel::words::words;
use crate::people::DepartmentRef;
use crate::people::employees::dto::ExternalId;
use crate::people::employments::EndedWithEmployment;
use crate::sign_in::WaitingChange;

words! {
    /// How faulty items are handled.
    #[derive(Default)]
    pub enum BatchMode {
        /// Nothing is written unless all items are valid. Every fault is listed.
        #[default]
        Atomic = "atomic",
        /// The valid items are written. Each of the others gets its problem.
        PerItem = "per_item",
    }

    /// What happened to an item.
    pub enum BatchOutcome {
        /// The employee was created.
        Created = "created",
        /// The employee was updated. Some of the changes may wait for a second person.
        Updated = "updated",
        /// All that the item changes waits for a second person, as `waiting_changes` says. The old values stand until then.
        Waiting = "waiting",
        /// Nothing changed, because the employee already had these values.
        Unchanged = "unchanged",
        /// Nothing of the item was written.
        Refused = "refused",
    }
}

/// Employees to create or update.
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
    /// The values of the items are checked one by one, according to the mode.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<BatchEmployeeItem>,
}

/// An employee, identified by the employee number or by `employee_id`: created if there is none with this number, else updated. A
/// number that somebody of this name is to get once a second person has confirmed it identifies that person. Absent members stay
/// unchanged; null clears them.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchEmployeeItem {
    /// Lectern's id of the person. With it, the person gets `employee_number`; without it, they are found by that number.
    pub employee_id: Option<Uuid>,
    /// Number in the HR system.
    #[validate(nested)]
    pub employee_number: EmployeeNumber,
    /// Name for people to read.
    #[validate(nested)]
    pub name: Name,
    /// Whether the person is the one to whom the number belongs or belonged. It must be said if that person has another name, and has
    /// left or has another number now. True: the same person. False: another person, who gets a new record; the number becomes a
    /// former one of the first.
    pub same_person: Option<bool>,
    /// Mail address for notices. Null: none.
    #[serde(default)]
    #[validate(nested)]
    #[schema(value_type = Option<MailAddress>)]
    pub email: Patch<MailAddress>,
    /// First day of the latest employment. Null: unknown. A day after the last one means that the person was hired again.
    #[serde(default)]
    #[validate(custom(function = "wire::day"))]
    #[schema(value_type = Option<NaiveDate>)]
    pub hired_on: Patch<NaiveDate>,
    /// Last day of the latest employment (included). Null: it has no end.
    #[serde(default)]
    #[validate(custom(function = "wire::day"))]
    #[schema(value_type = Option<NaiveDate>)]
    pub left_on: Patch<LastDay>,
    /// The person's ids in other systems, as a whole set. Null or empty: none.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(value_type = Option<Vec<ExternalId>>, max_items = 20)]
    pub external_ids: Patch<Vec<ExternalId>>,
    /// The person's department from a day on, in the latest employment. Nothing changes if the person is already in it. Other moves
    /// that are planned for later are withdrawn.
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
    /// First day in the department.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
}

/// The result of each item, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchEmployeesResponse {
    #[schema(max_items = 500)]
    pub items: Vec<BatchEmployeeResult>,
}

/// The result of one item.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchEmployeeResult {
    /// Position in the request, from 0.
    #[schema(minimum = 0, maximum = 499)]
    pub index: i32,
    /// The employee number of the item.
    #[schema(max_length = 64, examples("E-1024"))]
    pub employee_number: String,
    pub outcome: BatchOutcome,
    /// Whether the person was found by a former number. It stays a former one.
    pub found_by_former_number: bool,
    /// The employee. Null if the item was refused.
    pub employee_id: Option<Uuid>,
    /// Changes of the employee that wait for a second person, oldest first. The old values stand until then.
    #[schema(max_items = 100)]
    pub waiting_changes: Vec<WaitingChange>,
    /// Moves that were planned and are withdrawn, because the item does not know them.
    #[schema(max_items = 1000)]
    pub withdrawn_moves: Vec<WithdrawnMove>,
    /// The appointments as lecturer that the item has ended with the employment, or moved with its last day. A later `left_on` moves
    /// the end along. Without one, an appointment does not come back by itself: appoint the person again from the next day on.
    #[schema(max_items = 1000)]
    pub ended_appointments: Vec<EndedWithEmployment>,
    /// Why the item was refused. Null if it was written.
    pub problem: Option<Problem>,
}

/// A planned move that is withdrawn.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithdrawnMove {
    pub department: DepartmentRef,
    /// The day on which it was planned.
    pub starts_on: NaiveDate,
}
