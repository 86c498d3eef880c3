//! Statements on departments.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{DepartmentChange, DepartmentRef, Departments, ListDepartmentsQuery};
use super::model::Department;
use crate::db::row_queries;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::OutsideCode;
use crate::schema::departments;

row_queries!(
    Department,
    departments,
    insert(Department),
    find,
    find_for_update = find(for_update),
    update(DepartmentChange),
    touch,
    delete,
    /// If departments are given, only those.
    list_page = list(
        by id; query: &ListDepartmentsQuery, visible: Option<&[Uuid]>;
        parent_id = query.parent_id, code = &query.code, updated_at >= query.updated_since, id in visible
    ),
);

/// Every department with its parent, locked until the commit against other moves.
pub async fn lock_tree(tx: &mut Tx<'_>) -> QueryResult<BTreeMap<Uuid, Option<Uuid>>> {
    let rows: Vec<(Uuid, Option<Uuid>)> = departments::table
        .filter(departments::tenant_id.eq(tx.tenant))
        .order(departments::id)
        .select((departments::id, departments::parent_id))
        .for_no_key_update()
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The departments with these ids. Unknown ids are left out.
pub async fn refs(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Departments> {
    let found: Vec<DepartmentRef> = departments::table
        .filter(departments::tenant_id.eq(tx.tenant))
        .filter(departments::id.eq_any(ids))
        .select((departments::id, departments::code, departments::name))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().map(|department| (department.id, department)).collect())
}

/// The departments with these codes. Unknown codes are left out.
pub async fn ids_by_code(tx: &mut Tx<'_>, codes: &[OutsideCode]) -> QueryResult<BTreeMap<OutsideCode, Uuid>> {
    let found: Vec<(OutsideCode, Uuid)> = departments::table
        .filter(departments::tenant_id.eq(tx.tenant))
        .filter(departments::code.eq_any(codes))
        .select((departments::code, departments::id))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().collect())
}
