//! Appointing organisers, and ending their time.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::dto::{AppointGroupOrganiserRequest, EndGroupOrganiserRequest, GroupOrganiserResponse};
use super::model::GroupOrganiser;
use super::queries;
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::data;
use crate::kernel::phrases::Thing;
use crate::people::{employee_refs, existing_employees};

/// The day after the last one, which must not be before the first.
fn day_after(last: NaiveDate, first: NaiveDate) -> Result<NaiveDate> {
    let after = last.succ_opt().filter(|_| last >= first);
    after.ok_or_else(|| {
        let fault = Fault::new("/ends_on", FaultCode::OutOfRange);
        fault.with("min", data(first)).with("max", data("9999-12-31")).into()
    })
}

pub async fn appoint(
    tx: &mut Tx<'_>,
    group_id: Uuid,
    request: AppointGroupOrganiserRequest,
    faults: Faults,
) -> Result<GroupOrganiserResponse> {
    let known = existing_employees(tx, &[request.employee_id]).await?;
    let mut found = Faults::default();
    found.extend(known.require("/employee_id", request.employee_id).err());
    let end = request.ends_on.map(|last| day_after(last, request.starts_on)).transpose();
    let valid_to = faults.and(found.and(end))?;
    let organiser = GroupOrganiser {
        tenant_id: tx.tenant,
        id: tx.id(),
        group_id,
        employee_id: request.employee_id,
        valid_from: request.starts_on,
        valid_to,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let appointed = queries::insert(tx, &organiser)
        .await
        .on_constraint("lecturer_group_organisers_employee_fkey", || Error::fault("/employee_id", FaultCode::NotFound))
        .on_constraint("lecturer_group_organisers_group_fkey", || Error::not_found(Thing::LecturerGroup))
        .on_constraint("lecturer_group_organisers_employee_excl", || Error::fault("/starts_on", FaultCode::Overlaps))?;
    record(tx, "appoint_group_organiser", "lecturer_group.organiser_appointed", &appointed);
    render(tx, appointed).await
}

pub async fn end(
    tx: &mut Tx<'_>,
    group: Uuid,
    id: Uuid,
    precondition: Precondition,
    request: EndGroupOrganiserRequest,
) -> Result<GroupOrganiserResponse> {
    let found = queries::find_for_update(tx, id).await?.filter(|organiser| organiser.group_id == group);
    let present = precondition.admit(Thing::GroupOrganiser, found, |organiser| organiser.version)?;
    let valid_to = day_after(request.ends_on, present.valid_from)?;
    let ended = queries::end(tx, id, valid_to)
        .await
        .on_constraint("lecturer_group_organisers_employee_excl", || Error::fault("/ends_on", FaultCode::Overlaps))?;
    record(tx, "end_group_organiser", "lecturer_group.organiser_ended", &ended);
    render(tx, ended).await
}

fn record(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, organiser: &GroupOrganiser) {
    let details = json!({
        "organiser_id": organiser.id,
        "employee_id": organiser.employee_id,
        "starts_on": organiser.valid_from,
        "ends_on": organiser.valid_to.and_then(|day| day.pred_opt()),
    });
    let record = Record::told(command, topic, "lecturer_group", organiser.group_id);
    tx.record(record.fields(["organisers"]).details(details));
}

/// The organisers as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, organisers: Vec<GroupOrganiser>) -> Result<Vec<GroupOrganiserResponse>> {
    let ids: Vec<Uuid> = organisers.iter().map(|organiser| organiser.employee_id).collect();
    let people = employee_refs(tx, &ids).await?;
    let whole =
        |organiser: &GroupOrganiser| Ok(GroupOrganiserResponse::new(organiser, people.get(organiser.employee_id)?));
    organisers.iter().map(whole).collect()
}

async fn render(tx: &mut Tx<'_>, organiser: GroupOrganiser) -> Result<GroupOrganiserResponse> {
    only(render_all(tx, vec![organiser]).await?)
}
