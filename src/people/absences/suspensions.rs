//! Suspending lecturers, and lifting suspensions. A suspension is an absence; only its reasons and its end are more than that.

use serde_json::json;
use uuid::Uuid;

use super::dto::{AbsenceResponse, LiftSuspensionRequest, SuspendLecturerRequest};
use super::model::{Absence, AbsenceKind};
use super::queries;
use super::service::{render, touch};
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Days, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::last_day::LastDay;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Source;
use crate::people::{lecturers, today};

/// The source of a suspension that was decided here.
const MANUAL: &str = "manual";

pub async fn suspend(
    tx: &mut Tx<'_>,
    lecturer: Uuid,
    precondition: Precondition,
    request: SuspendLecturerRequest,
    mut faults: Faults,
) -> Result<AbsenceResponse> {
    let appointment = lecturers::lock(tx, lecturer, precondition).await?;
    let (first, end) = (request.starts_on, request.ends_on.map(|last| LastDay::new(last).day_after()));
    if end.is_some_and(|end| end <= first) {
        faults.push(Fault::ends_before_start("/ends_on", "starts_on", first));
    }
    let outside = first < appointment.appointed_on || appointment.ended_on.is_some_and(|ended| ended <= first);
    if outside && !faults.has("/starts_on") {
        faults.push(lecturers::out_of_range("/starts_on", appointment.appointed_on, appointment.ended_on));
    }
    faults.check()?;
    if queries::is_suspended(tx, appointment.employee_id, first, end).await? {
        return Err(Error::fault("/starts_on", FaultCode::Overlaps));
    }
    let suspension = Absence {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: appointment.employee_id,
        kind: AbsenceKind::Suspension,
        starts_on: first,
        ends_on: request.ends_on,
        source: Source::trusted(MANUAL),
        source_ref: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
        reason: Some(request.reason),
        lifted_at: None,
        lift_reason: None,
    };
    let written = queries::insert(tx, &suspension).await?;
    let written = queries::end_with_employment(tx, written).await?;
    touch(tx, &written).await?;
    note(
        tx,
        "suspend_lecturer",
        "absence.created",
        &written,
        &["employee_id", "kind", "starts_on", "ends_on", "reason"],
    );
    render(tx, written).await
}

pub async fn lift(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: LiftSuspensionRequest,
) -> Result<AbsenceResponse> {
    let found = queries::find_for_update(tx, id).await?;
    let present = precondition.admit(Thing::Absence, found, |absence| absence.version)?;
    Thing::Absence.require_state(present.kind, [AbsenceKind::Suspension])?;
    let back = LastDay::before(today(tx).await?).day();
    let last = request.ends_on.unwrap_or_else(|| back.max(present.starts_on));
    let is_over = present.ends_on.is_some_and(|ends_on| ends_on <= last);
    Thing::Absence.refuse_if(is_over, Condition::Ended, Condition::WithoutEnd)?;
    if last < present.starts_on {
        return Err(Fault::ends_before_start("/ends_on", "starts_on", present.starts_on).into());
    }
    let lifted =
        Absence { ends_on: Some(last), lifted_at: Some(tx.now), lift_reason: Some(request.reason), ..present.clone() };
    let written = queries::update(tx, &lifted).await?;
    tx.touch_days(&[Days::between(present.employee_id, present.end(), written.end())]).await?;
    note(tx, "lift_suspension", "absence.updated", &written, &["ends_on", "lifted_at", "lift_reason"]);
    render(tx, written).await
}

fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, absence: &Absence, fields: &[&str]) {
    let details = json!({
        "employee_id": absence.employee_id, "kind": absence.kind, "starts_on": absence.starts_on, "ends_on": absence.ends_on,
    });
    let record = Record::told(command, topic, "absence", absence.id).fields(fields.iter().copied()).details(details);
    tx.record(record.notes(json!({"reason": absence.lift_reason.as_ref().or(absence.reason.as_ref())})));
}
