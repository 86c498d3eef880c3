//! What an import leaves to a second person.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{DepartmentRow, EmployeeRow, ExternalId};
use crate::db::{collect_column, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::text::{EmployeeNumber, OutsideCode};
use crate::people::departments::asked_manager;
use crate::people::employees::{self, Employee, EmployeeChange, Guarded};
use crate::schema::{access_changes, employees as people, role_grants};
use crate::sign_in::{AccessChangeState, Asked, hold};

/// Leaves in the rows only what is written at once; the rest is proposed. Refused if nobody could give access any more.
pub async fn hold_employees(tx: &mut Tx<'_>, rows: &mut [EmployeeRow], given: &[&'static str]) -> Result<()> {
    let present = with_access(tx, rows).await?;
    let ids: Vec<Uuid> = present.values().map(|one| one.id).collect();
    let mut sets = employees::find_external_ids(tx, &ids).await?;
    let mut changes = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(present) = present.get(&row.employee_number) {
            let ids = sets.remove(&present.id).unwrap_or_default();
            changes.push((at, present, change(present, row, given, ids)));
        }
    }
    let after: Vec<Employee> = changes.iter().map(|(_, present, change)| change.apply(present)).collect();
    let ends: Vec<(&Employee, &Employee)> =
        changes.iter().zip(&after).map(|((_, present, _), after)| (*present, after)).collect();
    Error::refuse(employees::uncovered(tx, &ends).await?.into_values().collect())?;
    let mut guarded: Vec<Guarded<'_>> =
        changes.iter_mut().map(|(_, present, change)| Guarded { present, change }).collect();
    employees::hold_back(tx, &mut guarded).await?;
    for (at, present, change) in changes {
        if let Some(row) = rows.get_mut(at) {
            leave(row, present, &change);
        }
    }
    Ok(())
}

/// The stored people of the rows who hold a role, or about whom something waits.
async fn with_access(tx: &mut Tx<'_>, rows: &[EmployeeRow]) -> QueryResult<BTreeMap<EmployeeNumber, Employee>> {
    let numbers: Vec<&str> = rows.iter().map(|row| row.employee_number.as_str()).collect();
    let holders = role_grants::table.filter(role_grants::tenant_id.eq(tx.tenant)).select(role_grants::employee_id);
    let awaited = access_changes::table
        .filter(access_changes::tenant_id.eq(tx.tenant))
        .filter(access_changes::state.eq(AccessChangeState::Waiting))
        .select(access_changes::employee_id);
    let found: Vec<Employee> = people::table
        .filter(people::tenant_id.eq(tx.tenant))
        .filter(people::employee_number.eq_any(numbers))
        .filter(people::id.eq_any(holders).or(people::id.eq_any(awaited)))
        .select(Employee::as_select())
        .order(people::id)
        .for_update()
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().filter_map(|one| Some((one.employee_number.clone()?, one))).collect())
}

/// What the row changes. An import adds ids in other systems to those that the person has.
fn change(
    present: &Employee,
    row: &EmployeeRow,
    given: &[&'static str],
    mut ids: Vec<employees::ExternalId>,
) -> EmployeeChange {
    let is_given = |column: &str| given.contains(&column);
    let adds_ids = !row.external_ids.is_empty();
    for id in row.external_ids.iter().map(as_of_employee) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let change = EmployeeChange {
        email: is_given("email").then(|| row.email.clone()),
        hired_on: is_given("hired_on").then_some(row.hired_on),
        left_on: is_given("left_on").then_some(row.left_on),
        external_ids: adds_ids.then_some(Some(ids)),
        ..EmployeeChange::default()
    };
    change.completed(present)
}

fn as_of_employee(id: &ExternalId) -> employees::ExternalId {
    employees::ExternalId { system: id.system.clone(), kind: id.kind.clone(), value: id.value.clone() }
}

/// Puts back into the row what stays as it is.
fn leave(row: &mut EmployeeRow, present: &Employee, change: &EmployeeChange) {
    let kept = change.apply(present);
    row.email = kept.email;
    row.hired_on = kept.hired_on;
    row.left_on = kept.left_on;
    let ids = change.external_ids.as_ref().and_then(Option::as_ref);
    row.external_ids.retain(|id| ids.is_some_and(|ids| ids.contains(&as_of_employee(id))));
}

/// A department whose head a file sets, with the heads before and after.
#[derive(QueryableByName)]
struct Headed {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    code: OutsideCode,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    present: Option<Uuid>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    proposed: Option<Uuid>,
}

/// Proposes the heads of departments that a second person must confirm. Returns the codes of these departments; those in
/// `kept` stay unchanged anyway.
pub async fn hold_managers(tx: &mut Tx<'_>, rows: &[DepartmentRow], kept: &[OutsideCode]) -> Result<Vec<OutsideCode>> {
    let rows: Vec<&DepartmentRow> = rows.iter().filter(|row| !kept.contains(&row.code)).collect();
    let headed: Vec<Headed> = statement(
        "SELECT d.id, d.code, d.manager_id AS present, e.id AS proposed
           FROM unnest(:codes, :numbers) AS r (code, manager_number)
           JOIN departments d ON d.tenant_id = :tenant AND d.code = r.code
           LEFT JOIN employees e ON e.tenant_id = :tenant AND e.employee_number = r.manager_number",
    )
    .bind("codes", collect_column(&rows, |row| row.code.clone()))
    .bind("numbers", collect_column(&rows, |row| row.manager_number.clone()))
    .bind("tenant", tx.tenant)
    .load(tx.conn)
    .await?;
    let asked: Vec<Asked> = headed.iter().map(|one| asked_manager(one.id, one.present, one.proposed)).collect();
    let fates = hold(tx, &asked).await?;
    let waits = headed.into_iter().zip(fates).filter(|(_, fate)| fate.waits);
    Ok(waits.map(|(one, _)| one.code).collect())
}
