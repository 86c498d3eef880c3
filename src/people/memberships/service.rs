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
use crate::http::{Listed, Paging, Precondition};
use crate::journal::{Days, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::last_day::LastDay;
use crate::kernel::phrases::Thing;
use crate::people::employees::{self, EmployeeResponse};
use crate::people::employments::{employment_on, not_employed, shown};
use crate::people::timeline::{Piece, Span, Timeline};
use crate::people::{Departments, departments, is_employee, visible};
use crate::sign_in::Merge;

/// A move of a person into a department, from a day on.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    pub employee: Uuid,
    pub department: Uuid,
    pub starts_on: NaiveDate,
    /// The first day after the employment.
    pub end: Option<NaiveDate>,
    /// Moves planned for days after this one are withdrawn: what is asked for is all that is planned.
    pub withdraws_after: Option<NaiveDate>,
}

/// The changes that carry out the moves.
#[derive(Debug, Default)]
pub struct Plan {
    gone: Vec<Uuid>,
    ends: Vec<(Uuid, Option<NaiveDate>)>,
    new: Vec<Membership>,
    changed: BTreeSet<Uuid>,
    /// The days on which somebody is in another department than before.
    days: Vec<Days>,
    /// The person, the department and the day of each planned move that is withdrawn.
    pub withdrawn: Vec<(Uuid, Uuid, NaiveDate)>,
}

impl Plan {
    /// The people whose memberships change.
    #[must_use]
    pub fn moved(&self) -> &BTreeSet<Uuid> {
        &self.changed
    }

    fn add(&mut self, tx: &Tx<'_>, employee: Uuid, timeline: Timeline<Uuid>) {
        let days = timeline.changed_days();
        let changes = timeline.changes();
        if changes.is_empty() {
            return;
        }
        self.changed.insert(employee);
        self.days.extend(days.into_iter().map(|(first, end)| Days { employee, first: Some(first), end }));
        self.gone.extend(changes.gone);
        self.ends.extend(changes.ends);
        let new = |piece: Piece<Uuid>| Membership {
            id: tx.id(),
            employee_id: employee,
            department_id: piece.value,
            valid_from: piece.from,
            valid_to: piece.to,
        };
        self.new.extend(changes.new.into_iter().map(new));
    }
}

/// Plans moves, at most one per person. The caller holds the locks on these people.
pub async fn plan(tx: &mut Tx<'_>, moves: &[Move]) -> QueryResult<Plan> {
    let people: Vec<Uuid> = moves.iter().map(|one| one.employee).collect();
    let mut stored: BTreeMap<Uuid, Vec<Span<Uuid>>> = BTreeMap::new();
    for row in queries::find_all(tx, &people).await? {
        stored.entry(row.employee_id).or_default().push(span(&row));
    }
    let mut plan = Plan::default();
    for one in moves {
        let mut timeline = Timeline::new(stored.remove(&one.employee).unwrap_or_default());
        if let Some(day) = one.withdraws_after {
            let withdrawn = timeline.withdraw_after(day, one.starts_on);
            plan.withdrawn.extend(withdrawn.into_iter().map(|piece| (one.employee, piece.value, piece.from)));
        }
        timeline.put(one.starts_on, &one.department, one.end);
        plan.add(tx, one.employee, timeline);
    }
    Ok(plan)
}

fn span(row: &Membership) -> Span<Uuid> {
    Span { id: row.id, from: row.valid_from, to: row.valid_to, value: row.department_id }
}

/// Carries out the moves, whose days are facts of the periods that they lie in. Deletions and ends come first, so that memberships
/// never overlap.
pub async fn carry_out(tx: &mut Tx<'_>, plan: &Plan) -> Result<()> {
    queries::delete_all(tx, &plan.gone).await?;
    queries::end_all(tx, &plan.ends).await?;
    queries::insert_all(tx, &plan.new).await.on_constraint("department_memberships_department_fkey", || {
        Error::fault("/department_id", FaultCode::NotFound)
    })?;
    Ok(tx.touch_days(&plan.days).await?)
}

pub async fn move_employee(
    tx: &mut Tx<'_>,
    employee: Uuid,
    precondition: Precondition,
    request: MoveEmployeeRequest,
    faults: Faults,
) -> Result<EmployeeResponse> {
    let found = employees::find_for_update(tx, employee).await?;
    let present = precondition.admit(Thing::Employee, found, |employee| employee.version)?;
    present.refuse_merged("")?;
    let (department, day) = (request.department_id, request.starts_on);
    let mut found = Faults::default();
    if departments::refs(tx, &[department]).await?.find(department).is_none() {
        found.push(Fault::new("/department_id", FaultCode::NotFound));
    }
    let employment = employment_on(tx, employee, present.employment(), day).await?;
    let employment = employment.ok_or_else(|| {
        let person = shown(&present.name, present.employee_number.as_deref());
        not_employed("/starts_on", person, day).into()
    });
    let end = faults.and(found.and(employment))?.end();
    let one = Move { employee, department, starts_on: day, end, withdraws_after: None };
    let plan = plan(tx, &[one]).await?;
    if plan.moved().is_empty() {
        return employees::render(tx, present).await;
    }
    carry_out(tx, &plan).await?;
    let record = Record::told("move_employee", "employee.moved", "employee", employee).fields(["memberships"]);
    tx.record(record.details(json!({"department_id": department, "starts_on": day})));
    let touched = only(employees::touch(tx, &[employee]).await?)?;
    employees::render(tx, touched).await
}

/// The departments of the record that is given up fill the days on which the kept one has none.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    let rows = queries::find_all(tx, &[merge.kept, merge.duplicate]).await?;
    let (own, others): (Vec<Membership>, Vec<Membership>) =
        rows.into_iter().partition(|row| row.employee_id == merge.kept);
    let mut timeline = Timeline::new(own.iter().map(span).collect());
    for row in &others {
        timeline.fill((row.valid_from, row.valid_to), &row.department_id);
    }
    let mut plan = Plan { gone: others.iter().map(|row| row.id).collect(), ..Plan::default() };
    plan.add(tx, merge.kept, timeline);
    carry_out(tx, &plan).await
}

/// Deletes a membership. The one right before it lasts on.
pub async fn delete(tx: &mut Tx<'_>, employee: Uuid, id: Uuid, precondition: Precondition) -> Result<EmployeeResponse> {
    let found = employees::find_for_update(tx, employee).await?;
    let present = precondition.admit(Thing::Employee, found, |employee| employee.version)?;
    present.refuse_merged("")?;
    let rows = queries::find_all(tx, &[employee]).await?;
    let gone = Thing::Membership.require(rows.iter().find(|row| row.id == id))?;
    let (department, from) = (gone.department_id, gone.valid_from);
    let mut timeline = Timeline::new(rows.iter().map(span).collect());
    timeline.remove(from);
    let mut plan = Plan::default();
    plan.add(tx, employee, timeline);
    carry_out(tx, &plan).await?;
    let record = Record::told("delete_membership", "employee.moved", "employee", employee).fields(["memberships"]);
    tx.record(record.details(json!({"membership_id": id, "department_id": department, "starts_on": from})));
    let touched = only(employees::touch(tx, &[employee]).await?)?;
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

/// The memberships of a person. 404 if the caller may not see the person.
pub async fn list_page(tx: &mut Tx<'_>, employee: Uuid, paging: &Paging) -> Result<Listed<Membership>> {
    let seen = visible::<PeopleRead>(tx).await?.includes(employee) && is_employee(tx, employee).await?;
    Thing::Employee.require(seen.then_some(()))?;
    queries::list_page(tx, employee, paging).await
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
    Ok(MembershipResponse {
        id: row.id,
        department,
        starts_on: row.valid_from,
        ended_on: row.valid_to.map(LastDay::before),
    })
}
