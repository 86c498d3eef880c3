//! Statements on departments.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{DepartmentChange, DepartmentRef, Departments};
use super::model::Department;
use crate::journal::Tx;
use crate::kernel::text::OutsideCode;
use crate::schema::departments;

pub async fn insert(tx: &mut Tx<'_>, department: &Department) -> QueryResult<Department> {
    diesel::insert_into(departments::table)
        .values(department)
        .returning(Department::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Department>> {
    let own = departments::table.filter(departments::tenant_id.eq(tx.tenant)).filter(departments::id.eq(id));
    own.select(Department::as_select()).first(tx.conn).await.optional()
}

pub async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Department>> {
    let own = departments::table.filter(departments::tenant_id.eq(tx.tenant)).filter(departments::id.eq(id));
    own.select(Department::as_select()).for_update().first(tx.conn).await.optional()
}

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

/// Filters of a list of departments.
#[derive(Debug, Default)]
pub struct Filter {
    pub parent_id: Option<Uuid>,
    pub code: Option<OutsideCode>,
    pub updated_since: Option<DateTime<Utc>>,
    /// Only these. None if the caller may see all.
    pub visible: Option<Vec<Uuid>>,
}

/// Ordered by id, starting after the department `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    filter: Filter,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Department>> {
    let mut page =
        departments::table.filter(departments::tenant_id.eq(tx.tenant)).select(Department::as_select()).into_boxed();
    if let Some(parent) = filter.parent_id {
        page = page.filter(departments::parent_id.eq(parent));
    }
    if let Some(code) = filter.code {
        page = page.filter(departments::code.eq(code));
    }
    if let Some(since) = filter.updated_since {
        page = page.filter(departments::updated_at.ge(since));
    }
    if let Some(visible) = filter.visible {
        page = page.filter(departments::id.eq_any(visible));
    }
    if let Some(after) = after {
        page = page.filter(departments::id.gt(after));
    }
    page.order(departments::id).limit(fetch).load(tx.conn).await
}

pub async fn update(tx: &mut Tx<'_>, id: Uuid, change: &DepartmentChange) -> QueryResult<Department> {
    diesel::update(departments::table.filter(departments::tenant_id.eq(tx.tenant)).filter(departments::id.eq(id)))
        .set((change, departments::updated_at.eq(tx.now), departments::version.eq(departments::version + 1)))
        .returning(Department::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    diesel::delete(departments::table.filter(departments::tenant_id.eq(tx.tenant)).filter(departments::id.eq(id)))
        .execute(tx.conn)
        .await
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
