//! Statements on employees.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::directory::holding_on;
use super::dto::EmployeeChange;
use super::model::Employee;
use crate::db::{collect_column, insert_new, statement};
use crate::journal::Tx;
use crate::kernel::text::EmployeeNumber;
use crate::schema::{department_memberships, employees};

pub async fn insert(tx: &mut Tx<'_>, employee: &Employee) -> QueryResult<Employee> {
    diesel::insert_into(employees::table).values(employee).returning(Employee::as_returning()).get_result(tx.conn).await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Employee>> {
    let own = employees::table.filter(employees::tenant_id.eq(tx.tenant)).filter(employees::id.eq(id));
    own.select(Employee::as_select()).first(tx.conn).await.optional()
}

pub async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Employee>> {
    let own = employees::table.filter(employees::tenant_id.eq(tx.tenant)).filter(employees::id.eq(id));
    own.select(Employee::as_select()).for_no_key_update().first(tx.conn).await.optional()
}

/// The employee with this number.
pub async fn find_by_number(tx: &mut Tx<'_>, number: &str) -> QueryResult<Option<Uuid>> {
    let own = employees::table.filter(employees::tenant_id.eq(tx.tenant)).filter(employees::employee_number.eq(number));
    own.select(employees::id).first(tx.conn).await.optional()
}

/// The employees with these numbers, locked, ordered by id.
pub async fn find_by_numbers_for_update(tx: &mut Tx<'_>, numbers: &[EmployeeNumber]) -> QueryResult<Vec<Employee>> {
    employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::employee_number.eq_any(numbers))
        .order(employees::id)
        .select(Employee::as_select())
        .for_no_key_update()
        .load(tx.conn)
        .await
}

/// Filters of a list of employees.
#[derive(Debug, Default)]
pub struct Filter {
    pub employee_number: Option<EmployeeNumber>,
    /// Only those in this department on that day.
    pub department: Option<(Uuid, NaiveDate)>,
    pub updated_since: Option<DateTime<Utc>>,
    /// Only these. None if the caller may see all.
    pub visible: Option<Vec<Uuid>>,
}

/// Ordered by id, starting after the employee `after`.
pub async fn list_page(tx: &mut Tx<'_>, filter: Filter, after: Option<Uuid>, fetch: i64) -> QueryResult<Vec<Employee>> {
    use department_memberships::dsl as member;
    let mut page =
        employees::table.filter(employees::tenant_id.eq(tx.tenant)).select(Employee::as_select()).into_boxed();
    if let Some(number) = filter.employee_number {
        page = page.filter(employees::employee_number.eq(number));
    }
    if let Some((department, on)) = filter.department {
        let there = member::department_memberships
            .filter(member::tenant_id.eq(tx.tenant))
            .filter(member::department_id.eq(department))
            .filter(holding_on(on))
            .select(member::employee_id);
        page = page.filter(employees::id.eq_any(there));
    }
    if let Some(since) = filter.updated_since {
        page = page.filter(employees::updated_at.ge(since));
    }
    if let Some(visible) = filter.visible {
        page = page.filter(employees::id.eq_any(visible));
    }
    if let Some(after) = after {
        page = page.filter(employees::id.gt(after));
    }
    page.order(employees::id).limit(fetch).load(tx.conn).await
}

pub async fn update(tx: &mut Tx<'_>, id: Uuid, change: &EmployeeChange) -> QueryResult<Employee> {
    diesel::update(employees::table.filter(employees::tenant_id.eq(tx.tenant)).filter(employees::id.eq(id)))
        .set((change, employees::updated_at.eq(tx.now), employees::version.eq(employees::version + 1)))
        .returning(Employee::as_returning())
        .get_result(tx.conn)
        .await
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

/// Sets the columns of many employees at once, as given in `people`. Their rows are already locked.
pub async fn update_all(tx: &mut Tx<'_>, people: &[&Employee]) -> QueryResult<usize> {
    if people.is_empty() {
        return Ok(0);
    }
    statement(
        "UPDATE employees e
            SET name = u.name, email = u.email, hired_on = u.hired_on, left_on = u.left_on,
                updated_at = :now, version = e.version + 1
           FROM unnest(:ids, :names, :emails, :hired_ons, :left_ons) AS u (id, name, email, hired_on, left_on)
          WHERE e.tenant_id = :tenant AND e.id = u.id",
    )
    .bind("tenant", tx.tenant)
    .bind("ids", collect_column(people, |one| one.id))
    .bind("names", collect_column(people, |one| one.name.clone()))
    .bind("emails", collect_column(people, |one| one.email.clone()))
    .bind("hired_ons", collect_column(people, |one| one.hired_on))
    .bind("left_ons", collect_column(people, |one| one.left_on))
    .bind("now", tx.now)
    .execute(tx.conn)
    .await
}
