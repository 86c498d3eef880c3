//! Rows of employees.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::dto::EmployeeChange;
use crate::db::set_row;
use crate::kernel::text::{EmployeeNumber, MailAddress, Name};
use crate::schema::employees;

set_row! {
    into employees unique by (tenant_id, employee_number);
    /// A person of the company.
    #[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
    #[diesel(table_name = employees, treat_none_as_default_value = false)]
    pub struct Employee {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_number: Option<EmployeeNumber>,
        pub name: Name,
        pub email: Option<MailAddress>,
        pub hired_on: Option<NaiveDate>,
        /// First day on which the person is no longer employed.
        pub left_on: Option<NaiveDate>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub version: i64,
    }
}

impl Employee {
    /// Whether the person left before being hired.
    #[must_use]
    pub fn left_too_early(&self) -> bool {
        matches!((self.hired_on, self.left_on), (Some(hired), Some(left)) if left < hired)
    }
}

impl EmployeeChange {
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
