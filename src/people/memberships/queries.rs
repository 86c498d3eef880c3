//! Statements on memberships, each for many people at once.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{insert_set, row_queries, set_row, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::department_memberships;

/// A dated fact: a person's department.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = department_memberships)]
pub struct Membership {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub department_id: Uuid,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// The memberships of these people, latest first.
pub async fn find_all(tx: &mut Tx<'_>, employees: &[Uuid]) -> QueryResult<Vec<Membership>> {
    use department_memberships::dsl;
    dsl::department_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_id.eq_any(employees))
        .order((dsl::employee_id, dsl::valid_from.desc()))
        .select(Membership::as_select())
        .load(tx.conn)
        .await
}

row_queries!(
    Membership,
    department_memberships,
    list_page = list(latest valid_from; employee: Uuid; employee_id = Some(employee)),
);

pub async fn delete_all(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    use department_memberships::dsl;
    if ids.is_empty() {
        return Ok(0);
    }
    diesel::delete(department_memberships::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq_any(ids)))
        .execute(tx.conn)
        .await
}

/// Gives each of these memberships its end.
pub async fn end_all(tx: &mut Tx<'_>, ends: &[(Uuid, Option<NaiveDate>)]) -> QueryResult<usize> {
    if ends.is_empty() {
        return Ok(0);
    }
    let (ids, days): (Vec<Uuid>, Vec<Option<NaiveDate>>) = ends.iter().copied().unzip();
    statement(
        "UPDATE department_memberships m
            SET valid_to = u.valid_to, updated_at = :now, version = m.version + 1
           FROM unnest(:ids, :days) AS u (id, valid_to)
          WHERE m.tenant_id = :tenant AND m.id = u.id",
    )
    .bind("tenant", tx.tenant)
    .bind("ids", ids)
    .bind("days", days)
    .bind("now", tx.now)
    .execute(tx.conn)
    .await
}

set_row! {
    into department_memberships;
    struct NewMembership {
        tenant_id: Uuid,
        id: Uuid,
        employee_id: Uuid,
        department_id: Uuid,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

pub async fn insert_all(tx: &mut Tx<'_>, new: &[Membership]) -> QueryResult<usize> {
    let row = |one: &Membership| NewMembership {
        tenant_id: tx.tenant,
        id: one.id,
        employee_id: one.employee_id,
        department_id: one.department_id,
        valid_from: one.valid_from,
        valid_to: one.valid_to,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let rows: Vec<NewMembership> = new.iter().map(row).collect();
    insert_set(tx.conn, &rows).await
}
