//! Who people are and where they belong, for every other feature.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::journal::Tx;
use crate::schema::{department_memberships, employees};

/// A person, as every answer names one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, ToSchema)]
pub struct EmployeeRef {
    pub id: Uuid,
    /// Number in the HR system; null for who has none yet.
    #[schema(max_length = 64, examples("E-1024"))]
    pub employee_number: Option<String>,
    #[schema(max_length = 200, examples("王芳"))]
    pub name: String,
}

/// The people of these ids; ids that are nobody's are left out.
pub async fn employee_refs(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeMap<Uuid, EmployeeRef>> {
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
    let below: Vec<Row> = diesel::sql_query(
        "WITH RECURSIVE below (id) AS (
             SELECT d.id FROM departments d WHERE d.tenant_id = $1 AND d.id = ANY ($2)
             UNION
             SELECT d.id FROM departments d JOIN below b ON d.tenant_id = $1 AND d.parent_id = b.id)
         SELECT id FROM below ORDER BY id",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(roots)
    .load(tx.conn)
    .await?;
    Ok(below.into_iter().map(|row| row.id).collect())
}

/// The department that the employee is in on that day.
pub async fn department_of(tx: &mut Tx<'_>, employee: Uuid, on: NaiveDate) -> QueryResult<Option<Uuid>> {
    use department_memberships::dsl;
    dsl::department_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_id.eq(employee))
        .filter(dsl::valid_from.le(on))
        .filter(dsl::valid_to.is_null().or(dsl::valid_to.assume_not_null().gt(on)))
        .select(dsl::department_id)
        .first(tx.conn)
        .await
        .optional()
}
