//! Operations on role grants.

use serde_json::json;
use uuid::Uuid;

use super::dto::{CreateRoleGrantRequest, RoleGrantResponse};
use super::queries::{self, RoleGrant};
use crate::access::roles_named;
use crate::auth::Role;
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::{ETag, Precondition};
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::phrases::{Refusal, Thing};
use crate::people::{department_refs, employee_refs};

/// The version of a resource that never changes.
const VERSION: i64 = 1;

pub async fn create(tx: &mut Tx<'_>, request: CreateRoleGrantRequest) -> Result<RoleGrantResponse> {
    if request.department_id.is_some() && request.role != Role::Manager {
        return Err(Fault::not_eligible("/department_id", Refusal::DepartmentOfManagerOnly).into());
    }
    let grant = RoleGrant {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: request.employee_id,
        role: request.role.slug().to_owned(),
        department_id: request.department_id,
        created_at: tx.now,
    };
    let created = queries::insert(tx, &grant)
        .await
        .on_constraint("role_grants_grant_key", || Error::already_exists(Thing::RoleGrant))
        .on_constraint("role_grants_employee_fkey", || Error::fault("/employee_id", FaultCode::NotFound))
        .on_constraint("role_grants_department_fkey", || Error::fault("/department_id", FaultCode::NotFound))?;
    record(tx, "create_role_grant", "role_grant.created", &created);
    render(tx, created).await
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<()> {
    let deleted = precondition.admit(Thing::RoleGrant, queries::delete(tx, id).await?, |_| VERSION)?;
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
    let whole = |grant: RoleGrant| {
        Ok(RoleGrantResponse {
            id: grant.id,
            employee: people.get(grant.employee_id)?,
            role: roles_named(&[grant.role]).pop().ok_or_else(|| Error::internal("an unknown role"))?,
            department: departments.maybe(grant.department_id)?,
            created_at: grant.created_at,
            etag: ETag(VERSION),
        })
    };
    grants.into_iter().map(whole).collect()
}

async fn render(tx: &mut Tx<'_>, grant: RoleGrant) -> Result<RoleGrantResponse> {
    only(render_all(tx, vec![grant]).await?)
}
