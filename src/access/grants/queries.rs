//! Rows of grants and statements on them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListRoleGrantsQuery;
use crate::auth::Role;
use crate::db::row_queries;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::role_grants;

/// The version of a resource that never changes.
pub const VERSION: i64 = 1;

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

row_queries!(
    RoleGrant,
    role_grants,
    insert(RoleGrant),
    find,
    list_page = list(
        by id; query: &ListRoleGrantsQuery;
        employee_id = query.employee_id, role = query.role.map(Role::slug), department_id = query.department_id
    ),
);

/// Whether the person has the role, limited to this department or to none.
pub async fn exists(tx: &mut Tx<'_>, employee: Uuid, role: Role, department: Option<Uuid>) -> QueryResult<bool> {
    let own = role_grants::table
        .filter(role_grants::tenant_id.eq(tx.tenant))
        .filter(role_grants::employee_id.eq(employee))
        .filter(role_grants::role.eq(role.slug()))
        .filter(role_grants::department_id.is_not_distinct_from(department));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
}

/// Deletes the grant. Returns what it was.
pub async fn delete(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<RoleGrant>> {
    diesel::delete(role_grants::table.filter(role_grants::tenant_id.eq(tx.tenant)).filter(role_grants::id.eq(id)))
        .returning(RoleGrant::as_returning())
        .get_result(tx.conn)
        .await
        .optional()
}
