//! Statements on memberships, each for many people at a time.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::journal::Tx;
use crate::schema::department_memberships;

/// A dated fact: who is in which department.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = department_memberships)]
pub struct Membership {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub department_id: Uuid,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// Of these people, the latest first.
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

/// Of one person, the latest first, before the one that began on `before`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    employee: Uuid,
    before: Option<NaiveDate>,
    fetch: i64,
) -> QueryResult<Vec<Membership>> {
    use department_memberships::dsl;
    let mut page = dsl::department_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_id.eq(employee))
        .select(Membership::as_select())
        .into_boxed();
    if let Some(before) = before {
        page = page.filter(dsl::valid_from.lt(before));
    }
    page.order(dsl::valid_from.desc()).limit(fetch).load(tx.conn).await
}

pub async fn delete_all(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    use department_memberships::dsl;
    if ids.is_empty() {
        return Ok(0);
    }
    diesel::delete(department_memberships::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq_any(ids)))
        .execute(tx.conn)
        .await
}

/// Ends each of these on its day.
pub async fn close_all(tx: &mut Tx<'_>, ends: &[(Uuid, NaiveDate)]) -> QueryResult<usize> {
    if ends.is_empty() {
        return Ok(0);
    }
    let (ids, days): (Vec<Uuid>, Vec<NaiveDate>) = ends.iter().copied().unzip();
    diesel::sql_query(
        "UPDATE department_memberships m
            SET valid_to = u.valid_to, updated_at = $4, version = m.version + 1
           FROM unnest($2::uuid[], $3::date[]) AS u (id, valid_to)
          WHERE m.tenant_id = $1 AND m.id = u.id",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Date>, _>(days)
    .bind::<Timestamptz, _>(tx.now)
    .execute(tx.conn)
    .await
}

pub async fn insert_all(tx: &mut Tx<'_>, new: &[Membership]) -> QueryResult<usize> {
    if new.is_empty() {
        return Ok(0);
    }
    diesel::sql_query(
        "INSERT INTO department_memberships
                (tenant_id, id, employee_id, department_id, valid_from, valid_to, created_at, updated_at)
         SELECT $1, u.id, u.employee_id, u.department_id, u.valid_from, u.valid_to, $7, $7
           FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::date[], $6::date[])
                AS u (id, employee_id, department_id, valid_from, valid_to)",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| one.id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| one.employee_id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| one.department_id).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(new.iter().map(|one| one.valid_from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(new.iter().map(|one| one.valid_to).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(tx.now)
    .execute(tx.conn)
    .await
}
