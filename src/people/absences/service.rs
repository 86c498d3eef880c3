//! Operations on absences.

use diesel::QueryResult;
use serde_json::json;
use uuid::Uuid;

use super::dto::{AbsenceResponse, CreateAbsenceRequest};
use super::model::{Absence, AbsenceKind};
use super::queries;
use crate::auth::Role;
use crate::auth::rights::PeopleRead;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Days, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::people::{employee_refs, employees, existing_employees, visible};

/// Records an absence, or updates the one that the source sent before. Returns whether it is new.
pub async fn create(
    tx: &mut Tx<'_>,
    request: CreateAbsenceRequest,
    mut faults: Faults,
) -> Result<(AbsenceResponse, bool)> {
    let known = existing_employees(tx, &[request.employee_id]).await?;
    known.require("/employee_id", request.employee_id).unwrap_or_else(|fault| faults.push(fault));
    match request.ends_on {
        Some(last) if last < request.starts_on => {
            faults.push(Fault::ends_before_start("/ends_on", "starts_on", request.starts_on));
        }
        None if request.kind != AbsenceKind::Suspension => faults.push(Fault::new("/ends_on", FaultCode::Required)),
        _ => {}
    }
    faults.check()?;
    let delivered = match &request.source_ref {
        Some(reference) => queries::find_delivered_for_update(tx, &request.source, reference).await?,
        None => None,
    };
    let (is_new, before) = (delivered.is_none(), delivered.clone());
    let absence = Absence {
        tenant_id: tx.tenant,
        id: delivered.map_or_else(|| tx.id(), |present| present.id),
        employee_id: request.employee_id,
        kind: request.kind,
        starts_on: request.starts_on,
        ends_on: request.ends_on,
        source: request.source,
        source_ref: request.source_ref,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
        reason: None,
        lifted_at: None,
        lift_reason: None,
    };
    if let Some(before) = &before {
        touch(tx, before).await?;
        if (before.employee_id, before.kind) != (request.employee_id, request.kind) {
            note_gone(tx, before).await?;
        }
    }
    let written = if is_new {
        explain(queries::insert(tx, &absence).await)?
    } else {
        explain(queries::update(tx, &absence).await)?
    };
    let written = queries::end_with_employment(tx, written).await?;
    touch(tx, &written).await?;
    let topic = if is_new { "absence.created" } else { "absence.updated" };
    let fields = ["employee_id", "kind", "starts_on", "ends_on", "source", "source_ref"];
    let details = json!({"employee_id": written.employee_id, "new": is_new});
    tx.record(Record::told("create_absence", topic, "absence", written.id).fields(fields).details(details));
    Ok((render(tx, written).await?, is_new))
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<AbsenceResponse> {
    let found = queries::find_for_update(tx, id).await?;
    let present = precondition.admit(Thing::Absence, found, |absence| absence.version)?;
    queries::delete(tx, id).await?;
    touch(tx, &present).await?;
    note_gone(tx, &present).await?;
    let details = json!({"employee_id": present.employee_id});
    tx.record(Record::told("delete_absence", "absence.deleted", "absence", id).details(details));
    render(tx, present).await
}

/// A suspension that is gone has no row any more that says when the person's record changed: the person's own says it.
async fn note_gone(tx: &mut Tx<'_>, absence: &Absence) -> Result<()> {
    if absence.kind == AbsenceKind::Suspension {
        employees::touch(tx, &[absence.employee_id]).await?;
    }
    Ok(())
}

/// The days of an absence are facts of the periods that they lie in.
pub(super) async fn touch(tx: &mut Tx<'_>, absence: &Absence) -> Result<()> {
    let days = Days { employee: absence.employee_id, first: Some(absence.starts_on), end: absence.end() };
    Ok(tx.touch_days(&[days]).await?)
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<AbsenceResponse> {
    let visible = visible::<PeopleRead>(tx).await?;
    let found = queries::find(tx, id).await?;
    let seen = Thing::Absence.require(found.filter(|absence| visible.includes(absence.employee_id)))?;
    render(tx, seen).await
}

/// Whether the caller may read why the person was suspended: the person, and who keeps or audits the company's data. Neither managers
/// nor payroll.
#[must_use]
pub fn reads_reasons(tx: &Tx<'_>, person: Uuid) -> bool {
    let readers = [Role::Admin, Role::Hris, Role::Auditor];
    tx.actor.is(person) || readers.iter().any(|role| tx.actor.roles.contains(role))
}

/// The absences as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, absences: Vec<Absence>) -> Result<Vec<AbsenceResponse>> {
    let ids: Vec<Uuid> = absences.iter().map(|absence| absence.employee_id).collect();
    let people = employee_refs(tx, &ids).await?;
    let whole = |absence: Absence| {
        let employee = people.get(absence.employee_id)?;
        let told = reads_reasons(tx, absence.employee_id);
        let absence = if told { absence } else { Absence { reason: None, lift_reason: None, ..absence } };
        Ok(AbsenceResponse::new(absence, employee))
    };
    absences.into_iter().map(whole).collect()
}

pub(super) async fn render(tx: &mut Tx<'_>, absence: Absence) -> Result<AbsenceResponse> {
    only(render_all(tx, vec![absence]).await?)
}

/// The error for a refused insert or update.
fn explain(outcome: QueryResult<Absence>) -> Result<Absence> {
    // Another request is writing the same absence at this moment.
    outcome.on_constraint("absences_source_ref_key", || Error::new(Code::Busy))
}
