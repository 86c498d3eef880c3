//! Rows of employees.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::set_row;
use crate::error::Result;
use crate::kernel::fault::Fault;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{EmployeeNumber, MailAddress, Name};
use crate::people::{Employment, merged_record};
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
        /// First day of the latest employment.
        pub hired_on: Option<NaiveDate>,
        /// Last day of the latest employment.
        pub left_on: Option<LastDay>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub version: i64,
        /// The record of the same person into which this one was merged.
        pub merged_into_id: Option<Uuid>,
    }
}

impl Employee {
    /// Refuses a record that was merged into another one.
    pub fn refuse_merged(&self, pointer: &str) -> Result<()> {
        self.merged_into_id.map_or(Ok(()), |kept| Err(merged_record(pointer, kept).into()))
    }

    /// The latest employment.
    #[must_use]
    pub fn employment(&self) -> Employment {
        Employment { hired_on: self.hired_on, left_on: self.left_on }
    }

    /// The fault of a person who left before being hired.
    #[must_use]
    pub fn left_too_early(&self) -> Option<Fault> {
        let (hired, left) = self.hired_on.zip(self.left_on)?;
        (left.day() < hired).then(|| Fault::ends_before_start("/left_on", "hired_on", hired))
    }
}
