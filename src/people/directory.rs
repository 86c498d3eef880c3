//! Who people are and which departments they belong to, for all other features.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{collect_column, concat, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::text::{EmployeeNumber, Name};
use crate::schema::{department_memberships, employees};

/// A person, as all responses name one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, ToSchema)]
pub struct EmployeeRef {
    pub id: Uuid,
    /// Number in the HR system. Null if the person has none yet.
    /// Example: E-1024
    pub employee_number: Option<EmployeeNumber>,
    /// Example: 王芳
    pub name: Name,
}

/// What rows refer to, by id, as responses name it.
#[derive(Debug)]
pub struct Refs<T>(BTreeMap<Uuid, T>);

pub type People = Refs<EmployeeRef>;

impl<T: Clone> Refs<T> {
    /// The target of a reference. A foreign key guarantees that it exists, so a missing one is an internal error.
    pub fn get(&self, id: Uuid) -> Result<T> {
        self.find(id).ok_or_else(|| Error::internal(format!("a row refers to {id}, which was not found")))
    }

    /// The target of an optional reference.
    pub fn maybe(&self, id: Option<Uuid>) -> Result<Option<T>> {
        id.map(|id| self.get(id)).transpose()
    }

    /// The target with this id, if it exists. For ids without a foreign key.
    #[must_use]
    pub fn find(&self, id: Uuid) -> Option<T> {
        self.0.get(&id).cloned()
    }

    /// All of them, ordered by id.
    #[must_use]
    pub fn into_values(self) -> Vec<T> {
        self.0.into_values().collect()
    }
}

impl<T> FromIterator<(Uuid, T)> for Refs<T> {
    fn from_iter<I: IntoIterator<Item = (Uuid, T)>>(found: I) -> Self {
        Self(found.into_iter().collect())
    }
}

/// The people with these ids, as responses name them.
pub async fn employee_refs(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<People> {
    let found: Vec<EmployeeRef> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(ids))
        .select((employees::id, employees::employee_number, employees::name))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().map(|person| (person.id, person)).collect())
}

/// Those of these ids that are employees.
pub async fn existing_employees(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeSet<Uuid>> {
    let found: Vec<Uuid> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(ids))
        .select(employees::id)
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// These departments and all departments below them, each once, ordered by id.
pub async fn departments_below(tx: &mut Tx<'_>, roots: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    // UNION, not UNION ALL: a cycle in the data must not make the query endless.
    let below: Vec<Row> = statement(
        "WITH RECURSIVE below (id) AS (
             SELECT d.id FROM departments d WHERE d.tenant_id = :tenant AND d.id = ANY (:roots)
             UNION
             SELECT d.id FROM departments d JOIN below b ON d.tenant_id = :tenant AND d.parent_id = b.id)
         SELECT id FROM below ORDER BY id",
    )
    .bind("tenant", tx.tenant)
    .bind("roots", roots)
    .load(tx.conn)
    .await?;
    Ok(below.into_iter().map(|row| row.id).collect())
}

/// The SQL condition that a dated membership is valid on a day. Both arguments are names in the statement.
macro_rules! holds_on {
    ($membership:literal, $day:literal) => {
        $crate::db::concat!(
            $membership,
            ".valid_from <= ",
            $day,
            " AND (",
            $membership,
            ".valid_to IS NULL OR ",
            $membership,
            ".valid_to > ",
            $day,
            ")"
        )
    };
}

/// The days on which an employee is employed, as a multirange in SQL. The argument is a name of the row in the statement.
macro_rules! employed_days {
    ($employee:literal) => {
        $crate::db::concat!(
            "(datemultirange(daterange(",
            $employee,
            ".hired_on, ",
            $employee,
            ".left_on)) + coalesce((SELECT range_agg(daterange(p.valid_from, p.valid_to)) FROM earlier_employments p
                WHERE p.tenant_id = ",
            $employee,
            ".tenant_id AND p.employee_id = ",
            $employee,
            ".id), '{}'))"
        )
    };
}

pub(crate) use employed_days;

/// The department of each of these employees on the given day, in the same order.
pub async fn departments_on(tx: &mut Tx<'_>, asked: &[(Uuid, NaiveDate)]) -> QueryResult<Vec<Option<Uuid>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        department_id: Option<Uuid>,
    }
    let found: Vec<Row> = statement(concat!(
        "SELECT m.department_id
           FROM unnest(:employees, :days) WITH ORDINALITY AS asked (employee_id, day, place)
           LEFT JOIN department_memberships m
             ON m.tenant_id = :tenant AND m.employee_id = asked.employee_id AND ",
        holds_on!("m", "asked.day"),
        " ORDER BY asked.place"
    ))
    .bind("tenant", tx.tenant)
    .bind("employees", collect_column(asked, |(employee, _)| *employee))
    .bind("days", collect_column(asked, |(_, day)| *day))
    .load(tx.conn)
    .await?;
    Ok(found.into_iter().map(|row| row.department_id).collect())
}

/// The people who are in one of these departments on that day.
pub(super) async fn members_on(tx: &mut Tx<'_>, departments: &[Uuid], on: NaiveDate) -> QueryResult<Vec<Uuid>> {
    department_memberships::table
        .filter(department_memberships::tenant_id.eq(tx.tenant))
        .filter(department_memberships::department_id.eq_any(departments))
        .filter(holding_on(on))
        .select(department_memberships::employee_id)
        .load(tx.conn)
        .await
}

/// The memberships that are valid on that day.
#[diesel::dsl::auto_type]
pub(super) fn holding_on(on: NaiveDate) -> _ {
    department_memberships::valid_from
        .le(on)
        .and(department_memberships::valid_to.is_null().or(department_memberships::valid_to.assume_not_null().gt(on)))
}
