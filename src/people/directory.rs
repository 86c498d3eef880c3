//! Who people are and where they belong, for every other feature.

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

/// A person, as every answer names one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, ToSchema)]
pub struct EmployeeRef {
    pub id: Uuid,
    /// Number in the HR system; null for who has none yet.
    /// Example: E-1024
    pub employee_number: Option<EmployeeNumber>,
    /// Example: 王芳
    pub name: Name,
}

/// What rows refer to, by their ids, as answers name it.
#[derive(Debug)]
pub struct Refs<T>(BTreeMap<Uuid, T>);

pub type People = Refs<EmployeeRef>;

impl<T: Clone> Refs<T> {
    /// What a row refers to. That it is there is what the foreign key is for: if it is missing, that is a fault of ours.
    pub fn get(&self, id: Uuid) -> Result<T> {
        self.find(id).ok_or_else(|| Error::internal(format!("a row refers to {id}, which was not found")))
    }

    /// What a row refers to, if to anything.
    pub fn maybe(&self, id: Option<Uuid>) -> Result<Option<T>> {
        id.map(|id| self.get(id)).transpose()
    }

    /// What has this id, where no foreign key says that something has.
    #[must_use]
    pub fn find(&self, id: Uuid) -> Option<T> {
        self.0.get(&id).cloned()
    }

    /// All of them, in the order of their ids.
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

/// The people of these ids, as answers name them.
pub async fn employee_refs(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<People> {
    let found: Vec<EmployeeRef> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(ids))
        .select((employees::id, employees::employee_number, employees::name))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().map(|person| (person.id, person)).collect())
}

/// Which of these ids are employees.
pub async fn existing_employees(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeSet<Uuid>> {
    let found: Vec<Uuid> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(ids))
        .select(employees::id)
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// These departments and all below them, each once, in the order of their ids.
pub async fn departments_below(tx: &mut Tx<'_>, roots: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    // UNION, not UNION ALL: a cycle that got into the data must not make the query endless.
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

/// Whether a dated membership holds on a day, both given as they are called in the statement.
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

pub(crate) use holds_on;

/// The department of each of these employees on that day, in the same order.
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

/// Who is in one of these departments on that day.
pub(super) async fn members_on(tx: &mut Tx<'_>, departments: &[Uuid], on: NaiveDate) -> QueryResult<Vec<Uuid>> {
    department_memberships::table
        .filter(department_memberships::tenant_id.eq(tx.tenant))
        .filter(department_memberships::department_id.eq_any(departments))
        .filter(holding_on(on))
        .select(department_memberships::employee_id)
        .load(tx.conn)
        .await
}

/// The memberships that hold on that day.
#[diesel::dsl::auto_type]
pub(super) fn holding_on(on: NaiveDate) -> _ {
    department_memberships::valid_from
        .le(on)
        .and(department_memberships::valid_to.is_null().or(department_memberships::valid_to.assume_not_null().gt(on)))
}
