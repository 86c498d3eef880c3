//! Statements on departments.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{DepartmentChange, DepartmentRef, Departments, ListDepartmentsQuery};
use super::model::Department;
use crate::db::{collect_column, row_queries, statement};
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

/// Who manages a department above or at the new parent, and none at or above the department as it is: they gain the department. By
/// department, ordered by person; `moves` are departments with their new parents.
pub async fn gains(tx: &mut Tx<'_>, moves: &[(Uuid, Uuid)]) -> QueryResult<BTreeMap<Uuid, Vec<Uuid>>> {
    const GAINS: &str = "
WITH RECURSIVE moved AS (SELECT m.id, m.parent_id FROM unnest(:departments, :parents) AS m (id, parent_id)),
above AS (
  SELECT m.id AS moved, d.id, d.parent_id FROM moved m JOIN departments d ON d.tenant_id = :tenant AND d.id = m.parent_id
   UNION
  SELECT a.moved, d.id, d.parent_id FROM above a JOIN departments d ON d.tenant_id = :tenant AND d.id = a.parent_id),
present AS (
  SELECT m.id AS moved, d.id, d.parent_id FROM moved m JOIN departments d ON d.tenant_id = :tenant AND d.id = m.id
   UNION
  SELECT p.moved, d.id, d.parent_id FROM present p JOIN departments d ON d.tenant_id = :tenant AND d.id = p.parent_id),
managers AS (
  SELECT g.department_id, g.employee_id FROM role_grants g
   WHERE g.tenant_id = :tenant AND g.role = 'manager' AND g.department_id IS NOT NULL
   UNION
  SELECT d.id, d.manager_id FROM departments d
   WHERE d.tenant_id = :tenant AND d.manager_id IS NOT NULL
     AND EXISTS (SELECT FROM role_grants g WHERE g.tenant_id = :tenant AND g.employee_id = d.manager_id AND g.role = 'manager'
                    AND g.department_id IS NULL))
SELECT DISTINCT a.moved AS department_id, m.employee_id
  FROM above a
  JOIN managers m ON m.department_id = a.id
 WHERE NOT EXISTS (SELECT FROM present p JOIN managers n ON n.department_id = p.id
                    WHERE p.moved = a.moved AND n.employee_id = m.employee_id)
 ORDER BY 1, 2";
    #[derive(QueryableByName)]
    struct Gain {
        #[diesel(sql_type = SqlUuid)]
        department_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        employee_id: Uuid,
    }
    let mut gains: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    if moves.is_empty() {
        return Ok(gains);
    }
    let asked = statement(GAINS)
        .bind("departments", collect_column(moves, |(department, _)| *department))
        .bind("parents", collect_column(moves, |(_, parent)| *parent));
    let found: Vec<Gain> = tx.complete(asked).load(tx.conn).await?;
    for gain in found {
        gains.entry(gain.department_id).or_default().push(gain.employee_id);
    }
    Ok(gains)
}

/// The departments with these ids. Unknown ids are left out.
pub async fn refs(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Departments> {
    if ids.is_empty() {
        return Ok(Departments::from_iter([]));
    }
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
