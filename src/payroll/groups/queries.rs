//! Rows of pay groups and the statements on them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Connection;
use crate::schema::{pay_group_members, pay_groups};

/// A pay group.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pay_groups)]
pub struct PayGroup {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub recoverable: bool,
    pub is_default: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// What a patch changes; none leaves the column alone.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = pay_groups)]
pub struct PayGroupChange {
    pub name: Option<String>,
    pub recoverable: Option<bool>,
    pub is_default: Option<bool>,
}

/// A person in a group.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = pay_group_members)]
pub struct PayGroupMember {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub pay_group_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

pub async fn insert(conn: &mut Connection, row: &PayGroup) -> QueryResult<usize> {
    diesel::insert_into(pay_groups::table).values(row).execute(conn).await
}

pub async fn find(conn: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<Option<PayGroup>> {
    let own = pay_groups::table.filter(pay_groups::tenant_id.eq(tenant)).filter(pay_groups::id.eq(id));
    own.select(PayGroup::as_select()).first(conn).await.optional()
}

pub async fn find_for_update(conn: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<Option<PayGroup>> {
    let own = pay_groups::table.filter(pay_groups::tenant_id.eq(tenant)).filter(pay_groups::id.eq(id));
    own.select(PayGroup::as_select()).for_update().first(conn).await.optional()
}

/// By code, after the code `after`.
pub async fn list_page(
    conn: &mut Connection,
    tenant: Uuid,
    after: Option<String>,
    fetch: i64,
) -> QueryResult<Vec<PayGroup>> {
    let own = pay_groups::table.filter(pay_groups::tenant_id.eq(tenant));
    let mut page = own.select(PayGroup::as_select()).into_boxed();
    if let Some(after) = after {
        page = page.filter(pay_groups::code.gt(after));
    }
    page.order(pay_groups::code).limit(fetch).load(conn).await
}

/// Changes the group, or with an empty change only makes a new version of it.
pub async fn update(
    conn: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    change: PayGroupChange,
    now: DateTime<Utc>,
) -> QueryResult<PayGroup> {
    let own = pay_groups::table.filter(pay_groups::tenant_id.eq(tenant)).filter(pay_groups::id.eq(id));
    diesel::update(own)
        .set((change, pay_groups::updated_at.eq(now), pay_groups::version.eq(pay_groups::version + 1)))
        .returning(PayGroup::as_returning())
        .get_result(conn)
        .await
}

/// Puts people in a group, out of the one that they were in.
pub async fn put_members(conn: &mut Connection, rows: &[PayGroupMember]) -> QueryResult<usize> {
    use diesel::upsert::excluded;
    use pay_group_members::dsl;
    diesel::insert_into(pay_group_members::table)
        .values(rows)
        .on_conflict((dsl::tenant_id, dsl::employee_id))
        .do_update()
        .set((dsl::pay_group_id.eq(excluded(dsl::pay_group_id)), dsl::updated_at.eq(excluded(dsl::updated_at))))
        .execute(conn)
        .await
}

pub async fn delete_member(conn: &mut Connection, tenant: Uuid, group: Uuid, employee: Uuid) -> QueryResult<usize> {
    use pay_group_members::dsl;
    diesel::delete(
        pay_group_members::table
            .filter(dsl::tenant_id.eq(tenant))
            .filter(dsl::pay_group_id.eq(group))
            .filter(dsl::employee_id.eq(employee)),
    )
    .execute(conn)
    .await
}

/// Who is in the group, in the order of their ids, after the person `after`.
pub async fn list_members(
    conn: &mut Connection,
    tenant: Uuid,
    group: Uuid,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Uuid>> {
    use pay_group_members::dsl;
    let own = pay_group_members::table.filter(dsl::tenant_id.eq(tenant)).filter(dsl::pay_group_id.eq(group));
    let mut page = own.select(dsl::employee_id).into_boxed();
    if let Some(after) = after {
        page = page.filter(dsl::employee_id.gt(after));
    }
    page.order(dsl::employee_id).limit(fetch).load(conn).await
}
