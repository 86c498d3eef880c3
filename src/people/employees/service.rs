//! Operations on employees.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::dto::{CreateEmployeeRequest, EmployeeChange, EmployeeResponse, ExternalId, check_external_ids};
use super::guarded::{self, Guarded};
use super::marks::{self, Marked};
use super::model::Employee;
use super::{external_ids, former, numbers, queries};
use crate::auth::rights::PeopleRead;
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::people::employments::{self, DatesChange, EndedAppointment, EndedWithEmployment};
use crate::people::{memberships, visible};
use crate::sign_in::{self, AccessChange};

pub async fn create(tx: &mut Tx<'_>, request: CreateEmployeeRequest, mut faults: Faults) -> Result<EmployeeResponse> {
    let employee = Employee {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_number: request.employee_number,
        name: request.name,
        email: request.email,
        hired_on: request.hired_on,
        left_on: request.left_on,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
        merged_into_id: None,
    };
    check_external_ids(&request.external_ids, &mut faults);
    check(tx, &employee, Some(&request.external_ids), faults).await?;
    let created = explain(queries::insert(tx, &employee).await)?;
    external_ids::replace_all(tx, &BTreeMap::from([(created.id, request.external_ids)])).await?;
    let taken: Vec<_> = created.email.as_ref().map(|email| (created.id, email)).into_iter().collect();
    former::tell_mails(tx, &taken).await?;
    let record = Record::told("create_employee", "employee.created", "employee", created.id);
    tx.record(record.fields(["employee_number", "name", "email", "hired_on", "left_on", "external_ids"]));
    render(tx, created).await
}

pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    change: EmployeeChange,
    faults: Faults,
) -> Result<EmployeeResponse> {
    let found = queries::find_for_update(tx, id).await?;
    let present = precondition.admit(Thing::Employee, found, |employee| employee.version)?;
    present.refuse_merged("")?;
    let mut change = change.completed(&present);
    check_change(tx, &present, &change, faults).await?;
    guarded::hold_back(tx, &mut [Guarded { present: &present, change: &mut change }]).await?;
    let (updated, ended) = write(tx, &present, change).await?;
    let shown = render(tx, updated).await?;
    Ok(EmployeeResponse { ended_appointments: ended.iter().map(EndedWithEmployment::from).collect(), ..shown })
}

/// Writes what a second person has confirmed.
pub async fn update_confirmed(tx: &mut Tx<'_>, id: Uuid, change: EmployeeChange) -> Result<()> {
    let present = Thing::Employee.require(queries::find_for_update(tx, id).await?)?;
    let change = change.completed(&present);
    check_change(tx, &present, &change, Faults::default()).await?;
    write(tx, &present, change).await?;
    Ok(())
}

/// Writes ids of one kind that a second person has confirmed; those of other kinds stay.
pub async fn replace_confirmed_ids(tx: &mut Tx<'_>, confirmed: &AccessChange) -> Result<()> {
    let read = |value: &serde_json::Value| serde_json::from_value::<Vec<ExternalId>>(value.clone());
    let before = read(&confirmed.present).map_err(Error::internal)?;
    let after = read(&confirmed.proposed).map_err(Error::internal)?;
    let id = confirmed.employee_id;
    let mut ids = external_ids::find_all(tx, &[id]).await?.remove(&id).unwrap_or_default();
    let kind = before.first().or(after.first()).cloned().ok_or_else(|| Error::internal("a change of no ids"))?;
    ids.retain(|one| (&one.system, &one.kind) != (&kind.system, &kind.kind));
    ids.extend(after);
    update_confirmed(tx, id, EmployeeChange { external_ids: Some(Some(ids)), ..EmployeeChange::default() }).await
}

/// Refuses what cannot be written of the person. The faults found before are included.
async fn check_change(tx: &mut Tx<'_>, present: &Employee, change: &EmployeeChange, mut faults: Faults) -> Result<()> {
    let asked = change.apply(present);
    let uncovered = guarded::uncovered(tx, &[(present, &asked)]).await?;
    faults.extend(uncovered.into_values());
    let external = change.external_ids.clone().map(Option::unwrap_or_default);
    check(tx, &asked, external.as_deref(), faults).await
}

/// Applies a change to one person, whose row is locked. Returns the appointments that end with the employment. Marks change here, in the batch (`batch::service`) and in an import
/// (`import_store`).
async fn write(
    tx: &mut Tx<'_>,
    present: &Employee,
    mut change: EmployeeChange,
) -> Result<(Employee, Vec<EndedAppointment>)> {
    let id = present.id;
    let fields = change.fields();
    let external = change.external_ids.take().map(Option::unwrap_or_default);
    let updated = explain(queries::update(tx, id, &change).await)?;
    numbers::keep_former(tx, &[(present, &updated)]).await?;
    let dates = DatesChange { employee: id, before: present.employment(), after: updated.employment() };
    let ended = employments::settle(tx, &[dates]).await?;
    if let Some(ids) = external {
        external_ids::replace_all(tx, &BTreeMap::from([(id, ids)])).await?;
    }
    tx.record(Record::told("update_employee", "employee.updated", "employee", id).fields(fields));
    Ok((updated, ended))
}

/// Refuses days in the wrong order, and marks of other people. The faults found before are included.
async fn check(
    tx: &mut Tx<'_>,
    employee: &Employee,
    external: Option<&[ExternalId]>,
    mut faults: Faults,
) -> Result<()> {
    faults.extend(employee.left_too_early());
    let found = marks::taken(tx, vec![Some(Marked::new(employee, external))]).await?;
    faults.extend(found.into_iter().flatten());
    faults.check()
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<EmployeeResponse> {
    let visible = visible::<PeopleRead>(tx).await?;
    let seen = Thing::Employee.require(queries::find(tx, id).await?.filter(|_| visible.includes(id)))?;
    render(tx, seen).await
}

/// The employees as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, employees: Vec<Employee>) -> Result<Vec<EmployeeResponse>> {
    let ids: Vec<Uuid> = employees.iter().map(|employee| employee.id).collect();
    let mut external = external_ids::find_all(tx, &ids).await?;
    let mut memberships = memberships::find_all(tx, &ids).await?;
    let mut waiting = sign_in::waiting_of(tx, &ids).await?;
    let mut former_numbers = numbers::former_of(tx, &ids).await?;
    let mut former = former::former_of(tx, &ids).await?;
    let mut earlier = employments::find_earlier(tx, &ids).await?;
    let whole = |employee: Employee| {
        let external = external.remove(&employee.id).unwrap_or_default();
        let memberships = memberships.remove(&employee.id).unwrap_or_default();
        let waiting = waiting.remove(&employee.id).unwrap_or_default();
        let earlier = earlier.remove(&employee.id).unwrap_or_default();
        let numbers = former_numbers.remove(&employee.id).unwrap_or_default();
        let former = former.remove(&employee.id).unwrap_or_default();
        EmployeeResponse::new(employee, (numbers, former), earlier, external, memberships, waiting)
    };
    Ok(employees.into_iter().map(whole).collect())
}

/// The employee as responses show it.
pub async fn render(tx: &mut Tx<'_>, employee: Employee) -> Result<EmployeeResponse> {
    only(render_all(tx, vec![employee]).await?)
}

/// The error for a refused insert or update: the number was given to another person after it was looked up.
fn explain(outcome: diesel::QueryResult<Employee>) -> Result<Employee> {
    outcome.on_constraint("employees_employee_number_key", || Error::fault("/employee_number", FaultCode::Taken))
}
