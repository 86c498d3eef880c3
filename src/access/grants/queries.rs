//! Rows of grants and statements on them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::journal::Tx;
use crate::schema::role_grants;

/// A role that a person has.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = role_grants, treat_none_as_default_value = false)]
pub struct RoleGrant {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub role: String,
    pub department_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

pub async fn insert(tx: &mut Tx<'_>, grant: &RoleGrant) -> QueryResult<RoleGrant> {
    diesel::insert_into(role_grants::table).values(grant).returning(RoleGrant::as_returning()).get_result(tx.conn).await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<RoleGrant>> {
    let own = role_grants::table.filter(role_grants::tenant_id.eq(tx.tenant)).filter(role_grants::id.eq(id));
    own.select(RoleGrant::as_select()).first(tx.conn).await.optional()
}

/// Deletes the grant. Returns what it was.
pub async fn delete(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<RoleGrant>> {
    diesel::delete(role_grants::table.filter(role_grants::tenant_id.eq(tx.tenant)).filter(role_grants::id.eq(id)))
        .returning(RoleGrant::as_returning())
        .get_result(tx.conn)
        .await
        .optional()
}

/// Filters of a list of grants.
#[derive(Debug, Default)]
pub struct Filter {
    pub employee_id: Option<Uuid>,
    pub role: Option<&'static str>,
    pub department_id: Option<Uuid>,
}

/// Ordered by id, starting after the grant `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    filter: Filter,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<RoleGrant>> {
    let mut page =
        role_grants::table.filter(role_grants::tenant_id.eq(tx.tenant)).select(RoleGrant::as_select()).into_boxed();
    if let Some(employee) = filter.employee_id {
        page = page.filter(role_grants::employee_id.eq(employee));
    }
    if let Some(role) = filter.role {
        page = page.filter(role_grants::role.eq(role));
    }
    if let Some(department) = filter.department_id {
        page = page.filter(role_grants::department_id.eq(department));
    }
    if let Some(after) = after {
        page = page.filter(role_grants::id.gt(after));
    }
    page.order(role_grants::id).limit(fetch).load(tx.conn).await
}
