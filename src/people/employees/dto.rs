//! Requests and responses about employees.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::Queryable;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::former::Former;
use super::model::Employee;
use crate::db::merge_patch;
use crate::http::{ETag, Page};
use crate::kernel::fault::Faults;
use crate::kernel::last_day::LastDay;
use crate::kernel::patch::Patch;
use crate::kernel::text::{EmployeeNumber, IdKind, IdValue, MailAddress, Name};
use crate::kernel::wire;
use crate::people::Employment;
use crate::people::employments::EndedWithEmployment;
use crate::people::memberships::MembershipResponse;
use crate::sign_in::WaitingChange;

/// A person's id in another system (Feishu `open_id`, WeCom userid, DingTalk unionid and so on).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate, Queryable, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"system": "feishu", "kind": "open_id", "value": "ou_7dab8a3d3cdcc9da365777c7ad535d62"}))]
pub struct ExternalId {
    /// The other system.
    #[validate(nested)]
    pub system: IdKind,
    /// The kind of id in that system.
    #[validate(nested)]
    pub kind: IdKind,
    /// The id in that system.
    #[validate(nested)]
    pub value: IdValue,
}

/// A new employee.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_number": "E-1024", "name": "王芳", "email": "wang.fang@example.com", "hired_on": "2024-07-01",
    "external_ids": [{"system": "wecom", "kind": "userid", "value": "wangfang"}]
}))]
pub struct CreateEmployeeRequest {
    /// Number in the HR system. A person without one cannot be paid.
    #[validate(nested)]
    pub employee_number: Option<EmployeeNumber>,
    /// Name for people to read.
    #[validate(nested)]
    pub name: Name,
    /// Mail address for notices.
    #[validate(nested)]
    pub email: Option<MailAddress>,
    /// First day of employment.
    #[validate(custom(function = "wire::day"))]
    pub hired_on: Option<NaiveDate>,
    /// Last day of employment (included).
    #[validate(custom(function = "wire::day"))]
    pub left_on: Option<LastDay>,
    /// The person's ids in other systems.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20, default = json!([]))]
    pub external_ids: Vec<ExternalId>,
}

merge_patch! {
    into employees as EmployeeChange, checked by check_ids;
    /// Changes to an employee. Absent members stay unchanged.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"email": "fang.wang@example.com", "left_on": null}))]
    pub struct UpdateEmployeeRequest {
        /// Number in the HR system. Null: none.
        #[validate(nested)]
        pub employee_number: Option<EmployeeNumber>,
        /// Name for people to read.
        #[validate(nested)]
        pub name: Name,
        /// Mail address for notices. Null: none.
        #[validate(nested)]
        pub email: Option<MailAddress>,
        /// First day of the latest employment. Null: unknown. A day after the last one means that the person was hired again; the
        /// employment before is kept.
        #[validate(custom(function = "wire::day"))]
        pub hired_on: Option<NaiveDate>,
        /// Last day of the latest employment (included). Null: it has no end. The department and appointments as lecturer end
        /// with it.
        #[validate(custom(function = "wire::day"))]
        pub left_on: Option<LastDay>,
        /// The person's ids in other systems, as a whole set. Null or empty: none.
        #[validate(length(max = 20), nested)]
        #[schema(max_items = 20)]
        pub external_ids (skip_update): Option<Vec<ExternalId>>,
    }
}

impl EmployeeChange {
    /// The change with what it implies: who is hired again has not left yet, unless the change says so.
    #[must_use]
    pub fn completed(mut self, present: &Employee) -> Self {
        let hired_again = self.hired_on.flatten().zip(present.left_on).is_some_and(|(hired, left)| left.day() < hired);
        if hired_again && self.left_on.is_none() {
            self.left_on = Some(None);
        }
        self
    }

    /// The employee after the change.
    #[must_use]
    pub fn apply(&self, employee: &Employee) -> Employee {
        let mut changed = employee.clone();
        let change = self.clone();
        if let Some(number) = change.employee_number {
            changed.employee_number = number;
        }
        if let Some(name) = change.name {
            changed.name = name;
        }
        if let Some(email) = change.email {
            changed.email = email;
        }
        if let Some(hired_on) = change.hired_on {
            changed.hired_on = hired_on;
        }
        if let Some(left_on) = change.left_on {
            changed.left_on = left_on;
        }
        changed
    }
}

impl UpdateEmployeeRequest {
    fn check_ids(&self, faults: &mut Faults) {
        if let Patch::Value(ids) = &self.external_ids {
            check_external_ids(ids, faults);
        }
    }
}

/// Refuses a set that contains an id twice.
pub fn check_external_ids(ids: &[ExternalId], faults: &mut Faults) {
    faults.check_distinct(ids, |i| format!("/external_ids/{i}"));
}

/// A person of the company.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmployeeResponse {
    pub id: Uuid,
    /// Number in the HR system. Null if the person has none yet.
    /// Example: E-1024
    pub employee_number: Option<EmployeeNumber>,
    /// Numbers that the person no longer has, latest first. Batches and files still find the person by them.
    #[schema(max_items = 1000)]
    pub former_employee_numbers: Vec<EmployeeNumber>,
    /// Example: 王芳
    pub name: Name,
    /// Example: wang.fang@example.com
    pub email: Option<MailAddress>,
    /// Mail addresses that the person no longer has, latest first. If somebody else gets one, the operation log says whose it was
    /// (`take_over_mark`).
    #[schema(max_items = 1000)]
    pub former_emails: Vec<MailAddress>,
    /// First day of the latest employment. Null if it is unknown.
    pub hired_on: Option<NaiveDate>,
    /// Last day of the latest employment (included). Null if it has no end.
    pub left_on: Option<LastDay>,
    /// All employments, latest first.
    #[schema(max_items = 1000)]
    pub employments: Vec<Employment>,
    /// The person's ids in other systems.
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
    /// Ids in other systems that the person no longer has, latest first, like `former_emails`.
    #[schema(max_items = 1000)]
    pub former_external_ids: Vec<ExternalId>,
    /// The person's departments with the first and last days of each membership, latest first.
    #[schema(max_items = 1000)]
    pub memberships: Vec<MembershipResponse>,
    /// Changes of this employee that wait for a second person, oldest first. The old values stand until then.
    #[schema(max_items = 100)]
    pub waiting_changes: Vec<WaitingChange>,
    /// The appointments as lecturer that this request has ended with the employment, or moved with its last day; empty in any other
    /// answer. A later `left_on` moves the end along. Without one, an appointment does not come back by itself: appoint the person
    /// again from the next day on.
    #[schema(max_items = 1000)]
    pub ended_appointments: Vec<EndedWithEmployment>,
    /// The record of the same person into which this one was merged: what is written goes there. Null for everybody else.
    pub merged_into_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

impl EmployeeResponse {
    #[must_use]
    pub fn new(
        employee: Employee,
        (former_employee_numbers, mut former): (Vec<EmployeeNumber>, Former),
        earlier: Vec<Employment>,
        external_ids: Vec<ExternalId>,
        memberships: Vec<MembershipResponse>,
        waiting_changes: Vec<WaitingChange>,
    ) -> Self {
        // What somebody has again is no former one.
        former.emails.retain(|email| employee.email.as_ref() != Some(email));
        former.external_ids.retain(|id| !external_ids.contains(id));
        Self {
            former_emails: former.emails,
            former_external_ids: former.external_ids,
            employments: std::iter::once(employee.employment()).chain(earlier).collect(),
            id: employee.id,
            employee_number: employee.employee_number,
            former_employee_numbers,
            name: employee.name,
            email: employee.email,
            hired_on: employee.hired_on,
            left_on: employee.left_on,
            external_ids,
            memberships,
            waiting_changes,
            ended_appointments: Vec::new(),
            merged_into_id: employee.merged_into_id,
            created_at: employee.created_at,
            updated_at: employee.updated_at,
            etag: ETag(employee.version),
        }
    }
}

/// A page of employees.
pub type EmployeePage = Page<EmployeeResponse>;

/// Filters for employees.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListEmployeesQuery {
    /// Only the employee with this number in the HR system. If nobody has it now, the one who had it last, whose present number is in
    /// the answer.
    #[validate(nested)]
    pub employee_number: Option<EmployeeNumber>,
    /// Only those whose name contains this. Upper and lower case are one.
    #[validate(nested)]
    pub name: Option<Name>,
    /// Only those who are in this department today. Departments below it are not included.
    pub department_id: Option<Uuid>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}
