//! Operations on departments.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::dto::{CreateDepartmentRequest, DepartmentChange, DepartmentResponse};
use super::guarded::{hold_manager, hold_parents};
use super::model::Department;
use super::{queries, rules};
use crate::auth::{Reach, rights::PeopleRead};
use crate::db::{Constraint as _, id_of_code};
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::{Condition, Thing};
use crate::people::{departments_below, departments_on, employee_refs, existing_employees, today};
use crate::sign_in;

pub async fn create(
    tx: &mut Tx<'_>,
    request: CreateDepartmentRequest,
    mut faults: Faults,
) -> Result<DepartmentResponse> {
    let id = tx.id();
    if let Some(parent) = request.parent_id
        && queries::find(tx, parent).await?.is_none()
    {
        faults.push(Fault::new("/parent_id", FaultCode::NotFound));
    }
    faults.extend(unknown_manager(tx, request.manager_id).await?);
    let holder = id_of_code!(tx, departments, &request.code, id);
    faults.and(Thing::Department.refuse_code(&request.code, holder))?;
    let waits = match request.manager_id {
        Some(manager) => hold_manager(tx, id, None, Some(manager)).await?,
        None => false,
    };
    let department = Department {
        tenant_id: tx.tenant,
        id,
        code: request.code,
        name: request.name,
        parent_id: request.parent_id,
        is_ranking_unit: request.is_ranking_unit,
        manager_id: request.manager_id.filter(|_| !waits),
        cost_centre: request.cost_centre,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let created = explain(queries::insert(tx, &department).await)?;
    let record = Record::told("create_department", "department.created", "department", created.id);
    let fields = ["code", "name", "parent_id", "is_ranking_unit", "manager_id", "cost_centre"];
    tx.record(record.fields(fields).details(json!({"code": created.code, "parent_id": created.parent_id})));
    respond(tx, created).await
}

pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    mut change: DepartmentChange,
    mut faults: Faults,
) -> Result<DepartmentResponse> {
    // The tree is locked before the row: all moves take their locks ordered by id.
    let tree = match change.parent_id {
        Some(Some(_)) => Some(queries::lock_tree(tx).await?),
        _ => None,
    };
    let present = lock(tx, id, &precondition).await?;
    if let (Some(tree), Some(Some(parent))) = (&tree, change.parent_id) {
        faults.extend(misplaced(tree, id, parent));
    }
    faults.extend(unknown_manager(tx, change.manager_id.flatten()).await?);
    let holder = match &change.code {
        Some(code) => Thing::Department.refuse_code(code, id_of_code!(tx, departments, code, id)),
        None => Ok(()),
    };
    faults.and(holder)?;
    if let Some(manager) = change.manager_id
        && hold_manager(tx, id, present.manager_id, manager).await?
    {
        change.manager_id = None;
    }
    if let Some(parent) = change.parent_id
        && only(hold_parents(tx, &[(id, present.parent_id, parent)]).await?)?
    {
        change.parent_id = None;
    }
    let updated = write(tx, id, change).await?;
    if (&present.code, present.parent_id, present.is_ranking_unit)
        != (&updated.code, updated.parent_id, updated.is_ranking_unit)
    {
        tx.touch_departments(&[id]).await?;
    }
    respond(tx, updated).await
}

/// The fault of a parent that does not exist, or by which the department would contain itself.
fn misplaced(tree: &BTreeMap<Uuid, Option<Uuid>>, id: Uuid, parent: Uuid) -> Option<Fault> {
    let code = if !tree.contains_key(&parent) {
        FaultCode::NotFound
    } else if rules::would_cycle(tree, id, parent) {
        FaultCode::Cycle
    } else {
        return None;
    };
    Some(Fault::new("/parent_id", code))
}

/// The fault of a head who is no employee. Until the commit, the record is not merged into another one.
async fn unknown_manager(tx: &mut Tx<'_>, manager: Option<Uuid>) -> Result<Option<Fault>> {
    let Some(manager) = manager else { return Ok(None) };
    Ok(existing_employees(tx, &[manager]).await?.require("/manager_id", manager).err())
}

/// Writes the place in the tree that a second person has confirmed.
pub async fn update_parent(tx: &mut Tx<'_>, id: Uuid, parent: Option<Uuid>) -> Result<()> {
    let tree = queries::lock_tree(tx).await?;
    Thing::Department.require(queries::find_for_update(tx, id).await?)?;
    if let Some(parent) = parent {
        Error::refuse(misplaced(&tree, id, parent).into_iter().collect())?;
    }
    write(tx, id, DepartmentChange { parent_id: Some(parent), ..DepartmentChange::default() }).await?;
    Ok(tx.touch_departments(&[id]).await?)
}

/// Writes the head that a second person has confirmed.
pub async fn update_manager(tx: &mut Tx<'_>, id: Uuid, manager: Option<Uuid>) -> Result<()> {
    Thing::Department.require(queries::find_for_update(tx, id).await?)?;
    write(tx, id, DepartmentChange { manager_id: Some(manager), ..DepartmentChange::default() }).await?;
    Ok(())
}

/// Gives the department a new version. Nothing happens if it is gone.
pub async fn touch(tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
    if queries::find_for_update(tx, id).await?.is_some() {
        queries::touch(tx, id).await?;
    }
    Ok(())
}

async fn write(tx: &mut Tx<'_>, id: Uuid, change: DepartmentChange) -> Result<Department> {
    let updated = explain(queries::update(tx, id, &change).await)?;
    let record = Record::told("update_department", "department.updated", "department", id).fields(change.fields());
    tx.record(record.details(json!({"parent_id": updated.parent_id})));
    Ok(updated)
}

async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Department> {
    precondition.admit(Thing::Department, queries::find_for_update(tx, id).await?, |department| department.version)
}

/// Deletes a department to which nothing refers.
pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<()> {
    let present = lock(tx, id, &precondition).await?;
    let users = [
        "departments_parent_fkey",
        "department_memberships_department_fkey",
        "role_grants_department_fkey",
        "sessions_department_fkey",
        "snapshot_lecturers_department_fkey",
    ];
    let deleted = queries::delete(tx, id).await.map_err(Error::from);
    users
        .into_iter()
        .fold(deleted, |deleted, user| {
            deleted.on_constraint(user, || Error::state(Thing::Department, Condition::InUse, Condition::Unused))
        })
        .map(|_| ())?;
    // Nobody can become the head of it any more, and it moves nowhere.
    hold_manager(tx, id, present.manager_id, present.manager_id).await?;
    hold_parents(tx, &[(id, present.parent_id, present.parent_id)]).await?;
    let record = Record::told("delete_department", "department.deleted", "department", id);
    tx.record(record.details(json!({"code": present.code})));
    Ok(())
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<DepartmentResponse> {
    let visible = visible_departments(tx).await?;
    let found = queries::find(tx, id).await?;
    let seen = found.filter(|_| visible.is_none_or(|visible| visible.contains(&id)));
    respond(tx, Thing::Department.require(seen)?).await
}

/// The departments that the caller may see, or none if the caller may see all. Managers see those that they manage and those
/// below. Everyone sees their own department.
pub async fn visible_departments(tx: &mut Tx<'_>) -> Result<Option<Vec<Uuid>>> {
    let managed = match tx.actor.reach::<PeopleRead>()? {
        Reach::All => return Ok(None),
        Reach::Departments(managed) => managed.0,
        Reach::Own(_) => Vec::new(),
    };
    let mut visible = departments_below(tx, &managed).await?;
    if let Some(person) = tx.actor.person() {
        let today = today(tx).await?;
        visible.extend(departments_on(tx, &[(person, today)]).await?.into_iter().flatten());
    }
    Ok(Some(visible))
}

pub async fn respond_all(tx: &mut Tx<'_>, departments: Vec<Department>) -> Result<Vec<DepartmentResponse>> {
    let managers: Vec<Uuid> = departments.iter().filter_map(|department| department.manager_id).collect();
    let people = employee_refs(tx, &managers).await?;
    let ids: Vec<Uuid> = departments.iter().map(|department| department.id).collect();
    let mut waiting = sign_in::waiting_of_departments(tx, &ids).await?;
    let with_manager = |department: Department| {
        let manager = people.maybe(department.manager_id)?;
        let waiting = waiting.remove(&department.id.to_string()).unwrap_or_default();
        Ok(DepartmentResponse::new(department, manager, waiting))
    };
    departments.into_iter().map(with_manager).collect()
}

async fn respond(tx: &mut Tx<'_>, department: Department) -> Result<DepartmentResponse> {
    only(respond_all(tx, vec![department]).await?)
}

/// The error for a refused insert or update.
fn explain(outcome: diesel::QueryResult<Department>) -> Result<Department> {
    outcome
        .on_constraint("departments_code_key", || Error::already_exists(Thing::Department))
        .on_constraint("departments_parent_fkey", || Error::fault("/parent_id", FaultCode::NotFound))
        .on_constraint("departments_parent_check", || Error::fault("/parent_id", FaultCode::Cycle))
        .on_constraint("departments_manager_fkey", || Error::fault("/manager_id", FaultCode::NotFound))
}
