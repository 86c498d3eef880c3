//! Creates or updates many employees: first the drafts, then the writes of all valid ones together, then the journal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use super::draft::{Draft, drafts, hold_drafts};
use super::dto::{
    BatchEmployeeResult, BatchEmployeesRequest, BatchEmployeesResponse, BatchMode, BatchOutcome, WithdrawnMove,
};
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::http::{Problem, RequestContext};
use crate::journal::{Event, Record, Tx};
use crate::people::department_refs;
use crate::people::employees::guarded::Held;
use crate::people::employees::model::Employee;
use crate::people::employees::{external_ids, former, numbers, queries};
use crate::people::employments::{self, DatesChange, EndedWithEmployment};
use crate::people::memberships::{self, Move};
use crate::sign_in::{self, WaitingChange};

pub async fn run(
    tx: &mut Tx<'_>,
    request: BatchEmployeesRequest,
    context: &RequestContext,
) -> Result<BatchEmployeesResponse> {
    let mut drafts = drafts(tx, request.items).await?;
    if request.mode == BatchMode::Atomic && drafts.iter().any(|draft| !draft.faults.is_empty()) {
        return Err(Error::invalid(drafts.into_iter().flat_map(|draft| draft.faults).collect()));
    }
    let held = hold_drafts(tx, &mut drafts).await?;
    if request.mode == BatchMode::Atomic && drafts.iter().any(|draft| !draft.faults.is_empty()) {
        return Err(Error::invalid(drafts.into_iter().flat_map(|draft| draft.faults).collect()));
    }
    let mut written = write(tx, &drafts, &held).await?;
    if request.mode == BatchMode::Atomic && !written.overtaken.is_empty() {
        return Err(Error::new(Code::Busy));
    }
    let ids: Vec<Uuid> = drafts.iter().map(|draft| draft.employee.id).collect();
    let mut waiting = sign_in::waiting_of(tx, &ids).await?;
    let mut items = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        let waiting = waiting.remove(&draft.employee.id).unwrap_or_default();
        items.push(result(index, draft, &mut written, waiting, context)?);
    }
    record(tx, request.mode, &items, &written.updated);
    Ok(BatchEmployeesResponse { items })
}

/// The results of the statements.
struct Written {
    /// Employees whose number was given to another person after it was looked up.
    overtaken: BTreeSet<Uuid>,
    created: BTreeSet<Uuid>,
    /// Employees with a new version, be it because of what waits.
    updated: BTreeSet<Uuid>,
    /// Employees of whom all that their items change waits.
    waiting: BTreeSet<Uuid>,
    withdrawn: BTreeMap<Uuid, Vec<WithdrawnMove>>,
    ended: BTreeMap<Uuid, Vec<EndedWithEmployment>>,
}

/// Writes all drafts without faults together, with the same few statements. Those for whom what waits has moved change too.
async fn write(tx: &mut Tx<'_>, drafts: &[Draft], held: &Held) -> Result<Written> {
    let good: Vec<&Draft> = drafts.iter().filter(|draft| draft.faults.is_empty()).collect();
    let new: Vec<Employee> =
        good.iter().filter(|draft| draft.present.is_none()).map(|draft| draft.employee.clone()).collect();
    let giving_up: Vec<Employee> = good.iter().filter_map(|draft| draft.gives_up.clone()).collect();
    numbers::release(tx, &giving_up).await?;
    for person in &giving_up {
        tx.emit(Event::new("employee.updated", "employee", person.id, json!({})));
    }
    let created: BTreeSet<Uuid> = queries::insert_all(tx, &new).await?.into_iter().collect();
    let overtaken: BTreeSet<Uuid> = new.iter().map(|one| one.id).filter(|id| !created.contains(id)).collect();
    let good: Vec<&Draft> = good.into_iter().filter(|draft| !overtaken.contains(&draft.employee.id)).collect();

    let dates: Vec<DatesChange> = good.iter().filter_map(|draft| draft.dates()).collect();
    let mut ended: BTreeMap<Uuid, Vec<EndedWithEmployment>> = BTreeMap::new();
    for one in employments::settle(tx, &dates).await? {
        ended.entry(one.employee_id).or_default().push((&one).into());
    }
    let moves: Vec<Move> = good.iter().filter_map(|draft| draft.into).collect();
    let plan = memberships::plan(tx, &moves).await?;
    let sets: BTreeMap<Uuid, _> =
        good.iter().filter_map(|draft| Some((draft.employee.id, draft.external_ids.clone()?))).collect();
    let writes = |draft: &&&Draft| {
        let id = draft.employee.id;
        draft.changes_row() || sets.contains_key(&id) || plan.moved().contains(&id)
    };
    let stored = || good.iter().filter(|draft| draft.present.is_some());
    let changed: Vec<&Employee> = stored()
        .filter(|draft| writes(draft) || held.moved.contains(&draft.employee.id))
        .map(|draft| &draft.employee)
        .collect();
    let waiting = stored().filter(|draft| held.waits.contains(&draft.employee.id) && !writes(draft));
    let waiting = waiting.map(|draft| draft.employee.id).collect();
    queries::update_all(tx, &changed)
        .await
        .on_constraint("employees_employee_number_key", || Error::new(Code::Busy))?;
    let renumbered: Vec<(&Employee, &Employee)> =
        good.iter().filter_map(|draft| Some((draft.present.as_ref()?, &draft.employee))).collect();
    numbers::keep_former(tx, &renumbered).await?;
    let written = new.iter().filter(|one| created.contains(&one.id));
    let mails: Vec<_> = written.filter_map(|one| Some((one.id, one.email.as_ref()?))).collect();
    former::tell_mails(tx, &mails).await?;
    external_ids::replace_all(tx, &sets).await?;
    memberships::carry_out(tx, &plan).await?;
    let updated = changed.iter().map(|one| one.id).collect();
    let mut withdrawn: BTreeMap<Uuid, Vec<WithdrawnMove>> = BTreeMap::new();
    let gone: Vec<Uuid> = plan.withdrawn.iter().map(|(_, department, _)| *department).collect();
    let refs = department_refs(tx, &gone).await?;
    for (employee, department, starts_on) in plan.withdrawn {
        let department = refs.get(department)?;
        withdrawn.entry(employee).or_default().push(WithdrawnMove { department, starts_on });
    }
    Ok(Written { overtaken, created, updated, waiting, withdrawn, ended })
}

fn result(
    index: usize,
    draft: Draft,
    written: &mut Written,
    waiting: Vec<WaitingChange>,
    context: &RequestContext,
) -> Result<BatchEmployeeResult> {
    let id = draft.employee.id;
    let problem = if !draft.faults.is_empty() {
        Some(Error::invalid(draft.faults))
    } else if written.overtaken.contains(&id) {
        Some(Error::new(Code::Busy))
    } else {
        None
    };
    let outcome = match &problem {
        Some(_) => BatchOutcome::Refused,
        None if written.created.contains(&id) => BatchOutcome::Created,
        None if written.waiting.contains(&id) => BatchOutcome::Waiting,
        None if written.updated.contains(&id) => BatchOutcome::Updated,
        None => BatchOutcome::Unchanged,
    };
    Ok(BatchEmployeeResult {
        index: i32::try_from(index).map_err(Error::internal)?,
        employee_number: draft.item.employee_number.chars().take(64).collect(),
        outcome,
        found_by_former_number: draft.found_by_former_number,
        ended_appointments: written.ended.remove(&id).unwrap_or_default(),
        withdrawn_moves: written.withdrawn.remove(&id).unwrap_or_default(),
        employee_id: problem.is_none().then_some(id),
        waiting_changes: if problem.is_none() { waiting } else { Vec::new() },
        problem: problem.map(|error| Problem::new(&error, context)),
    })
}

/// One entry in the operation log for the request, and one event for each employee.
fn record(tx: &mut Tx<'_>, mode: BatchMode, items: &[BatchEmployeeResult], updated: &BTreeSet<Uuid>) {
    let count = |outcome| items.iter().filter(|item| item.outcome == outcome).count();
    tx.record(Record::logged("batch_employees", "employee", None).details(json!({
        "mode": mode,
        "created": count(BatchOutcome::Created),
        "updated": count(BatchOutcome::Updated),
        "waiting": count(BatchOutcome::Waiting),
        "unchanged": count(BatchOutcome::Unchanged),
        "refused": count(BatchOutcome::Refused),
    })));
    for item in items {
        let topic = match item.outcome {
            BatchOutcome::Created => "employee.created",
            BatchOutcome::Updated => "employee.updated",
            BatchOutcome::Waiting if item.employee_id.is_some_and(|id| updated.contains(&id)) => "employee.updated",
            BatchOutcome::Waiting | BatchOutcome::Unchanged | BatchOutcome::Refused => continue,
        };
        if let Some(id) = item.employee_id {
            tx.emit(Event::new(topic, "employee", id, json!({})));
        }
    }
}
