//! Operations on memberships.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::QueryResult;
use serde_json::json;
use uuid::Uuid;

use super::dto::{MembershipResponse, MoveEmployeeRequest};
use super::queries::{self, Membership};
use crate::auth::rights::PeopleRead;
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::FaultCode;
use crate::kernel::phrases::Thing;
use crate::people::employees::{self, EmployeeResponse};
use crate::people::timeline::{Span, place};
use crate::people::{Departments, departments, existing_employees, visible};

/// A move of a person into a department, from a day on.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    pub employee: Uuid,
    pub department: Uuid,
    pub starts_on: NaiveDate,
}

/// The changes that carry out the moves.
#[derive(Debug, Default)]
pub struct Plan {
    gone: Vec<Uuid>,
    ends: Vec<(Uuid, NaiveDate)>,
    new: Vec<Membership>,
}

impl Plan {
    /// The people who are moved, without those who are already in the department.
    #[must_use]
    pub fn moved(&self) -> BTreeSet<Uuid> {
        self.new.iter().map(|membership| membership.employee_id).collect()
    }
}

/// Plans moves, at most one per person. The caller holds the locks on these people.
pub async fn plan(tx: &mut Tx<'_>, moves: &[Move]) -> QueryResult<Plan> {
    let people: Vec<Uuid> = moves.iter().map(|one| one.employee).collect();
    let mut spans: BTreeMap<Uuid, Vec<Span<Uuid>>> = BTreeMap::new();
    for row in queries::find_all(tx, &people).await? {
        let span = Span { id: row.id, from: row.valid_from, to: row.valid_to, value: row.department_id };
        spans.entry(row.employee_id).or_default().push(span);
    }
    let mut plan = Plan::default();
    for one in moves {
        let present = spans.get(&one.employee).map_or(&[][..], Vec::as_slice);
        let Some(placed) = place(present, one.starts_on, &one.department) else { continue };
        plan.gone.extend(placed.replace);
        plan.ends.extend(placed.close.map(|id| (id, one.starts_on)));
        plan.new.push(Membership {
            id: tx.id(),
            employee_id: one.employee,
            department_id: one.department,
            valid_from: one.starts_on,
            valid_to: placed.to,
        });
    }
    Ok(plan)
}

/// Carries out the moves. Deletions and ends come first, so that memberships never overlap.
pub async fn carry_out(tx: &mut Tx<'_>, plan: &Plan) -> Result<()> {
    queries::delete_all(tx, &plan.gone).await?;
    queries::close_all(tx, &plan.ends).await?;
    queries::insert_all(tx, &plan.new).await.on_constraint("department_memberships_department_fkey", || {
        Error::fault("/department_id", FaultCode::NotFound)
    })?;
    Ok(())
}

pub async fn move_employee(
    tx: &mut Tx<'_>,
    employee: Uuid,
    precondition: Precondition,
    request: MoveEmployeeRequest,
) -> Result<EmployeeResponse> {
    let found = employees::find_for_update(tx, employee).await?;
    let present = precondition.admit(Thing::Employee, found, |employee| employee.version)?;
    let one = Move { employee, department: request.department_id, starts_on: request.starts_on };
    let plan = plan(tx, &[one]).await?;
    if plan.moved().is_empty() {
        return employees::render(tx, present).await;
    }
    carry_out(tx, &plan).await?;
    let touched = only(employees::touch(tx, &[employee]).await?)?;
    let record = Record::told("move_employee", "employee.moved", "employee", employee).fields(["memberships"]);
    tx.record(record.details(json!({"department_id": request.department_id, "starts_on": request.starts_on})));
    employees::render(tx, touched).await
}

/// The memberships of these people, latest first.
pub async fn find_all(tx: &mut Tx<'_>, employees: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<MembershipResponse>>> {
    let rows = queries::find_all(tx, employees).await?;
    let departments = departments_of(tx, &rows).await?;
    let mut all: BTreeMap<Uuid, Vec<MembershipResponse>> = BTreeMap::new();
    for row in rows {
        let employee = row.employee_id;
        all.entry(employee).or_default().push(render(row, &departments)?);
    }
    Ok(all)
}

/// Up to `fetch` memberships of a person. 404 if the caller may not see the person.
pub async fn list_page(
    tx: &mut Tx<'_>,
    employee: Uuid,
    before: Option<NaiveDate>,
    fetch: i64,
) -> Result<Vec<Membership>> {
    let seen =
        visible::<PeopleRead>(tx).await?.includes(employee) && !existing_employees(tx, &[employee]).await?.is_empty();
    Thing::Employee.require(seen.then_some(()))?;
    Ok(queries::list_page(tx, employee, before, fetch).await?)
}

/// The memberships as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, rows: Vec<Membership>) -> Result<Vec<MembershipResponse>> {
    let departments = departments_of(tx, &rows).await?;
    rows.into_iter().map(|row| render(row, &departments)).collect()
}

async fn departments_of(tx: &mut Tx<'_>, rows: &[Membership]) -> QueryResult<Departments> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.department_id).collect();
    departments::refs(tx, &ids).await
}

fn render(row: Membership, departments: &Departments) -> Result<MembershipResponse> {
    let department = departments.get(row.department_id)?;
    Ok(MembershipResponse { id: row.id, department, starts_on: row.valid_from, ended_on: row.valid_to })
}
