//! Whose a result is, as a row of the statement that finds it.

use diesel::deserialize;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::row::NamedRow;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::dto::BoardDepartment;
use crate::db::concat;
use crate::kernel::text::{EmployeeNumber, Name, OutsideCode};
use crate::people::EmployeeRef;

/// Whose a result is: the person, if the record was merged into another one, and the department.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Named {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    employee_number: Option<EmployeeNumber>,
    #[diesel(sql_type = Text)]
    person_name: Name,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    department_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    department_code: Option<OutsideCode>,
    #[diesel(sql_type = Nullable<Text>)]
    department_name: Option<Name>,
}

impl Named {
    pub fn employee(&self) -> EmployeeRef {
        EmployeeRef {
            id: self.person_id,
            employee_number: self.employee_number.clone(),
            name: self.person_name.clone(),
        }
    }

    /// None: no department.
    pub fn department(&self) -> Option<BoardDepartment> {
        let (code, name) = self.department_code.clone().zip(self.department_name.clone())?;
        self.department_id.map(|id| BoardDepartment { id, code, name })
    }

    #[cfg(test)]
    pub fn nobody() -> Self {
        Self {
            person_id: Uuid::nil(),
            employee_number: None,
            person_name: Name::trusted("N"),
            department_id: None,
            department_code: None,
            department_name: None,
        }
    }
}

/// A row about somebody's result; none where a left join has found nobody's.
#[derive(Debug)]
pub struct Somebody<T>(pub Option<T>);

impl<T: QueryableByName<Pg>> QueryableByName<Pg> for Somebody<T> {
    fn build<'r>(row: &impl NamedRow<'r, Pg>) -> deserialize::Result<Self> {
        let person = NamedRow::get::<Nullable<SqlUuid>, Option<Uuid>>(row, "person_id")?;
        person.map(|_| T::build(row)).transpose().map(Self)
    }
}

/// Selects whose the results `r` are, before `FROM`.
pub const NAMES: &str = "
       CASE WHEN kept.id IS NULL THEN own.id ELSE kept.id END AS person_id,
       CASE WHEN kept.id IS NULL THEN own.employee_number ELSE kept.employee_number END AS employee_number,
       CASE WHEN kept.id IS NULL THEN own.name ELSE kept.name END AS person_name,
       d.id AS department_id, d.code AS department_code, d.name AS department_name";

/// Joins whose the results `r` are. Each is looked up by its key (`OFFSET 0`), whatever the planner knows of the company.
pub const OF_NAMES: &str = "
 CROSS JOIN LATERAL (SELECT * FROM employees own WHERE own.tenant_id = :tenant AND own.id = r.employee_id OFFSET 0) own
  LEFT JOIN LATERAL (SELECT * FROM employees kept
                      WHERE kept.tenant_id = :tenant AND kept.id = own.merged_into_id OFFSET 0) kept ON true
  LEFT JOIN LATERAL (SELECT * FROM departments d WHERE d.tenant_id = :tenant AND d.id = r.board_id OFFSET 0) d ON true";

/// Before a statement that finds results.
pub const NAMED: &str = concat!("SELECT r.*,", NAMES, " FROM (");

/// After it.
pub const WITH_NAMES: &str = concat!(") r", OF_NAMES);
