//! Operations on role grants.

use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::{CreateRoleGrantRequest, RoleGrantResponse};
use super::queries::{self, RoleGrant, VERSION};
use crate::auth::rights::ClientsWrite;
use crate::auth::{Right as _, Role};
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::people::{department_refs, employee_refs, existing_employees};
use crate::sign_in::{self, AccessChange, AccessField, Asked};

/// Proposes the role. It takes effect when a second person confirms it.
pub async fn propose(tx: &mut Tx<'_>, request: CreateRoleGrantRequest) -> Result<AccessChange> {
    check(tx, &request).await?;
    if queries::exists(tx, request.employee_id, request.role, request.department_id).await? {
        return Err(Error::already_exists(Thing::RoleGrant));
    }
    sign_in::propose_one(tx, &asked_role(request.employee_id, request.role, request.department_id)).await
}

async fn check(tx: &mut Tx<'_>, request: &CreateRoleGrantRequest) -> Result<()> {
    let mut faults = Faults::default();
    let known = existing_employees(tx, &[request.employee_id]).await?;
    known.require("/employee_id", request.employee_id).unwrap_or_else(|fault| faults.push(fault));
    if let Some(department) = request.department_id {
        if request.role != Role::Manager {
            faults.push(Fault::not_eligible("/department_id", Refusal::DepartmentOfManagerOnly));
        } else if department_refs(tx, &[department]).await?.find(department).is_none() {
            faults.push(Fault::new("/department_id", FaultCode::NotFound));
        }
    }
    faults.check()
}

/// A role for a person, as it is proposed.
#[must_use]
pub fn asked_role(employee: Uuid, role: Role, department: Option<Uuid>) -> Asked {
    let department = department.map(|id| format!("/{id}")).unwrap_or_default();
    let of = Asked::of(employee, AccessField::Role, Value::Null, json!(role));
    Asked { target: format!("{employee}/{}{department}", role.slug()), ..of }
}

/// Grants the role that a second person has confirmed.
pub async fn grant_confirmed(tx: &mut Tx<'_>, confirmed: &AccessChange, department: Option<Uuid>) -> Result<()> {
    let role: Role = serde_json::from_value(confirmed.proposed.clone()).map_err(Error::internal)?;
    grant(tx, confirmed.employee_id, role, department).await
}

/// Grants the role for the whole company, as the operator. Returns whether the person did not have it.
pub async fn ensure(tx: &mut Tx<'_>, employee: Uuid, role: Role) -> Result<bool> {
    let is_new = !queries::exists(tx, employee, role, None).await?;
    if is_new {
        grant(tx, employee, role, None).await?;
    }
    Ok(is_new)
}

async fn grant(tx: &mut Tx<'_>, employee_id: Uuid, role: Role, department_id: Option<Uuid>) -> Result<()> {
    let grant = RoleGrant {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id,
        role: role.slug().to_owned(),
        department_id,
        created_at: tx.now,
    };
    let created = queries::insert(tx, &grant)
        .await
        .on_constraint("role_grants_grant_key", || Error::already_exists(Thing::RoleGrant))
        .on_constraint("role_grants_department_fkey", || Error::not_found(Thing::Department))?;
    record(tx, "create_role_grant", "role_grant.created", &created);
    Ok(())
}

/// Revokes the grant at once, unless nobody could give access any more.
pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<()> {
    let present = precondition.admit(Thing::RoleGrant, queries::find(tx, id).await?, |_| VERSION)?;
    let gives_access = ClientsWrite::ROLES.iter().any(|(role, _)| role.slug() == present.role);
    if gives_access && sign_in::lose_role(tx, present.employee_id).await?.is_some() {
        return Err(Error::state(Thing::RoleGrant, Condition::LastAccess, Condition::OneOfSeveral));
    }
    let deleted = Thing::RoleGrant.require(queries::delete(tx, id).await?)?;
    record(tx, "delete_role_grant", "role_grant.deleted", &deleted);
    Ok(())
}

fn record(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, grant: &RoleGrant) {
    let details = json!({"employee_id": grant.employee_id, "role": grant.role, "department_id": grant.department_id});
    tx.record(Record::told(command, topic, "role_grant", grant.id).details(details));
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<RoleGrantResponse> {
    let grant = Thing::RoleGrant.require(queries::find(tx, id).await?)?;
    render(tx, grant).await
}

/// The grants as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, grants: Vec<RoleGrant>) -> Result<Vec<RoleGrantResponse>> {
    let people: Vec<Uuid> = grants.iter().map(|grant| grant.employee_id).collect();
    let departments: Vec<Uuid> = grants.iter().filter_map(|grant| grant.department_id).collect();
    let people = employee_refs(tx, &people).await?;
    let departments = department_refs(tx, &departments).await?;
    grants.into_iter().map(|grant| RoleGrantResponse::new(grant, &people, &departments)).collect()
}

async fn render(tx: &mut Tx<'_>, grant: RoleGrant) -> Result<RoleGrantResponse> {
    only(render_all(tx, vec![grant]).await?)
}
