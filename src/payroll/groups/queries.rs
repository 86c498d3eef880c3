//! Statements on pay groups and their members.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{CreatePayGroupRequest, PayGroupChange};
use super::model::{NewMember, PayGroup};
use crate::db::{SetRow, concat, narrow, row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::{pay_group_members, pay_groups};

row_queries!(
    PayGroup,
    pay_groups,
    create(CreatePayGroupRequest),
    find,
    /// Locks the group against other batches of it, and against changes of its members.
    find_for_update = find(for_no_key_update),
    update(PayGroupChange),
    list_page = list(by code),
);

/// Locks every pay group, so that no batch is created while people change groups. Returns their ids.
pub async fn lock_all(tx: &mut Tx<'_>) -> QueryResult<Vec<Uuid>> {
    pay_groups::table
        .filter(pay_groups::tenant_id.eq(tx.tenant))
        .order(pay_groups::id)
        .select(pay_groups::id)
        .for_no_key_update()
        .load(tx.conn)
        .await
}

/// Puts people into their groups. They leave the groups they were in.
pub async fn put_members(tx: &mut Tx<'_>, rows: &[NewMember]) -> QueryResult<usize> {
    const PUT: &str = concat!(
        NewMember::INSERT,
        " ON CONFLICT (tenant_id, employee_id)
             DO UPDATE SET pay_group_id = excluded.pay_group_id, updated_at = excluded.updated_at"
    );
    NewMember::bind(statement(PUT), rows).execute(tx.conn).await
}

/// Removes people from the group. Returns how many were in it.
pub async fn delete_members(tx: &mut Tx<'_>, group: Uuid, employees: &[Uuid]) -> QueryResult<usize> {
    let own = pay_group_members::table
        .filter(pay_group_members::tenant_id.eq(tx.tenant))
        .filter(pay_group_members::pay_group_id.eq(group))
        .filter(pay_group_members::employee_id.eq_any(employees));
    diesel::delete(own).execute(tx.conn).await
}

/// The members of the group, with the time since when, ordered by id, after the employee `after`.
pub async fn list_members(
    tx: &mut Tx<'_>,
    group: Uuid,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<(Uuid, DateTime<Utc>)>> {
    let mut page = pay_group_members::table
        .filter(pay_group_members::tenant_id.eq(tx.tenant))
        .filter(pay_group_members::pay_group_id.eq(group))
        .select((pay_group_members::employee_id, pay_group_members::updated_at))
        .into_boxed();
    narrow!(page; pay_group_members { employee_id > after });
    page.order(pay_group_members::employee_id).limit(fetch).load(tx.conn).await
}
