//! Statements on employees.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::directory::holding_on;
use super::dto::{EmployeeChange, ListEmployeesQuery};
use super::model::Employee;
use super::numbers::holders;
use crate::db::{collect_column, insert_new, load_page, narrow, row_queries, statement};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::EmployeeNumber;
use crate::schema::{department_memberships, employees};

row_queries!(
    Employee,
    employees,
    insert(Employee),
    find,
    find_for_update = find(for_no_key_update),
    update(EmployeeChange),
);

/// The employees with these numbers or ids, locked, ordered by id.
pub async fn find_many_for_update(
    tx: &mut Tx<'_>,
    numbers: &[EmployeeNumber],
    ids: &[Uuid],
) -> QueryResult<Vec<Employee>> {
    employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::employee_number.eq_any(numbers).assume_not_null().or(employees::id.eq_any(ids)))
        .order(employees::id)
        .select(Employee::as_select())
        .for_no_key_update()
        .load(tx.conn)
        .await
}

/// The records that a merge is about, locked, ordered by id: until the commit nobody refers to them anew.
pub async fn find_for_merge(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Employee>> {
    employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(ids))
        .order(employees::id)
        .select(Employee::as_select())
        .for_update()
        .load(tx.conn)
        .await
}

/// If employees are given, only those.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListEmployeesQuery,
    visible: Option<&[Uuid]>,
    today: NaiveDate,
    paging: &Paging,
) -> Result<Listed<Employee>> {
    use department_memberships::dsl as member;
    let holder = holders(tx, query.employee_number.as_ref()).await?;
    let mut page =
        employees::table.filter(employees::tenant_id.eq(tx.tenant)).select(Employee::as_select()).into_boxed();
    let members = |department: Uuid| {
        member::department_memberships
            .filter(member::tenant_id.eq(tx.tenant))
            .filter(member::department_id.eq(department))
            .filter(holding_on(today))
            .select(member::employee_id)
    };
    narrow!(page; employees {
        id in holder,
        name holds query.name.as_deref(),
        id in query.department_id.map(members),
        updated_at >= query.updated_since,
        id in visible,
    });
    load_page!(tx, paging, page, Employee => by employees::id)
}

/// Increases the version of these employees, because something that belongs to them has changed.
pub async fn touch(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Employee>> {
    diesel::update(employees::table.filter(employees::tenant_id.eq(tx.tenant)).filter(employees::id.eq_any(ids)))
        .set((employees::updated_at.eq(tx.now), employees::version.eq(employees::version + 1)))
        .returning(Employee::as_returning())
        .load(tx.conn)
        .await
}

/// Inserts many employees at once. Returns the ids of those inserted. An employee whose number was taken in the meantime is left
/// out.
pub async fn insert_all(tx: &mut Tx<'_>, people: &[Employee]) -> QueryResult<Vec<Uuid>> {
    insert_new(tx.conn, people).await
}

/// Sets the columns of many employees at once, as given in `people`. Their rows are already locked. Numbers that pass from one of
/// them to another are given up first, because each is checked row by row.
pub async fn update_all(tx: &mut Tx<'_>, people: &[&Employee]) -> QueryResult<usize> {
    if people.is_empty() {
        return Ok(0);
    }
    statement(
        "UPDATE employees e SET employee_number = NULL
           FROM unnest(:ids, :numbers) AS u (id, employee_number)
          WHERE e.tenant_id = :tenant AND e.id = u.id AND e.employee_number <> u.employee_number",
    )
    .bind("tenant", tx.tenant)
    .bind("ids", collect_column(people, |one| one.id))
    .bind("numbers", collect_column(people, |one| one.employee_number.clone()))
    .execute(tx.conn)
    .await?;
    statement(
        "UPDATE employees e
            SET employee_number = u.employee_number, name = u.name, email = u.email, hired_on = u.hired_on,
                left_on = u.left_on, updated_at = :now, version = e.version + 1
           FROM unnest(:ids, :numbers, :names, :emails, :hired_ons, :left_ons)
                AS u (id, employee_number, name, email, hired_on, left_on)
          WHERE e.tenant_id = :tenant AND e.id = u.id",
    )
    .bind("tenant", tx.tenant)
    .bind("ids", collect_column(people, |one| one.id))
    .bind("numbers", collect_column(people, |one| one.employee_number.clone()))
    .bind("names", collect_column(people, |one| one.name.clone()))
    .bind("emails", collect_column(people, |one| one.email.clone()))
    .bind("hired_ons", collect_column(people, |one| one.hired_on))
    .bind("left_ons", collect_column(people, |one| one.left_on))
    .bind("now", tx.now)
    .execute(tx.conn)
    .await
}
