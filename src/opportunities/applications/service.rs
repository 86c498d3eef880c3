//! What lecturers and HR do with applications.

use chrono::{Months, NaiveDate};
use serde_json::json;
use uuid::Uuid;

use super::dto::{OfferOpportunityPlaceRequest, RecordOpportunityAttendanceRequest};
use super::model::{NewOpportunityApplication, OpportunityApplication, Step};
use super::queries;
use crate::auth::Right;
use crate::auth::rights::OpportunitiesRead;
use crate::db::{Constraint as _, Document};
use crate::error::{Code, Error, Result};
use crate::growth::OpportunityApplicationState::{
    self, Accepted, Applied, Attended, NoShow, Offered, PassedOn, Waiting,
};
use crate::growth::precedences;
use crate::http::Precondition;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::last_day::LastDay;
use crate::kernel::message::{data, local_time};
use crate::kernel::money::Money;
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::kernel::text::{CertificateNumber, Reason};
use crate::opportunities::dto::currency;
use crate::opportunities::model::{OpportunityState, TrainingOpportunity};
use crate::opportunities::places::{self, note};
use crate::opportunities::queries as opportunities;
use crate::opportunities::rules::NoRoom;
use crate::opportunities::service::{deadline, require_standing, require_time};
use crate::opportunities::standing::{OpportunityObstacle, is_live, standings};
use crate::people::{
    check_self_approval, existing_employees, record_competence, records_of_all, take_back_competence, time_zone, today,
    unemployed, visible,
};

/// Applies for the caller.
pub async fn apply(tx: &mut Tx<'_>, opportunity: Uuid) -> Result<OpportunityApplication> {
    let person = tx.actor.require_person()?;
    let of = Thing::TrainingOpportunity.require(opportunities::find_for_update(tx, opportunity).await?)?;
    if of.state != OpportunityState::Cancelled && tx.now >= of.apply_until_at {
        return Err(deadline(tx, Code::ApplicationsClosed, &of).await?);
    }
    Thing::TrainingOpportunity.require_state(of.state, [OpportunityState::Open])?;
    let own = standings(tx, std::slice::from_ref(&of), person).await?.pop();
    let own = own.ok_or_else(|| Error::internal("no standing towards an opportunity"))?;
    if own.obstacles.contains(&OpportunityObstacle::AlreadyApplied) {
        return Err(Error::already_exists(Thing::OpportunityApplication));
    }
    if !own.obstacles.is_empty() {
        let refused = Error::new(Code::MayNotApply).member("obstacles", json!(own.obstacles));
        let Some(checked) = own.checked else { return Err(refused) };
        return Err(refused.member("criteria_result", json!(checked)));
    }
    let application = NewOpportunityApplication {
        opportunity_id: of.id,
        employee_id: person,
        state: Applied,
        by_hand: false,
        checked: own.checked.map(Document),
        applied_at: tx.now,
    };
    let row = insert(tx, &application).await?;
    opportunities::touch(tx, of.id).await?;
    note(tx, "apply_for_training_opportunity", "opportunity_application.submitted", &row);
    Ok(row)
}

async fn insert(tx: &mut Tx<'_>, new: &NewOpportunityApplication) -> Result<OpportunityApplication> {
    let taken = || Error::already_exists(Thing::OpportunityApplication);
    queries::create(tx, new).await.on_constraint("opportunity_applications_live_key", taken)
}

/// Offers a place by hand, to somebody who applied or not. Those who wait come first where a place has become free.
pub async fn offer_by_hand(
    tx: &mut Tx<'_>,
    opportunity: Uuid,
    request: OfferOpportunityPlaceRequest,
    mut faults: Faults,
) -> Result<OpportunityApplication> {
    const COMMAND: &str = "offer_opportunity_place";
    let of = Thing::TrainingOpportunity.require(opportunities::find_for_update(tx, opportunity).await?)?;
    let person = request.employee_id;
    faults.extend(person_fault(tx, person).await?);
    faults.and(require_standing(&of))?;
    let until = require_time(tx, &of).await?;
    let is_own = tx.actor.is(person);
    check_self_approval(tx, is_own).await?;
    let records = records_of_all(tx, &[person]).await?;
    let before = queries::own(tx, &[of.id], &records).await?;
    let live = before.into_iter().find(|one| is_live(one.state));
    let waits = live.as_ref().is_none_or(|one| matches!(one.state, Applied | Waiting));
    if !waits {
        return Err(Error::already_exists(Thing::OpportunityApplication));
    }
    places::fill(tx, &of, COMMAND).await?;
    let counts = places::counts(tx, of.id).await?;
    if let Err(why) = places::room_in(&of, counts) {
        return Err(no_room(&of, why)?);
    }
    let application = match live {
        Some(live) => queries::find_for_update(tx, live.id).await?,
        None => {
            let (state, applied_at) = (Applied, tx.now);
            let (opportunity_id, employee_id) = (of.id, person);
            let checked = None;
            let new =
                NewOpportunityApplication { opportunity_id, employee_id, state, by_hand: true, checked, applied_at };
            Some(insert(tx, &new).await?)
        }
    };
    let application = application.ok_or_else(|| Error::internal("an application is gone"))?;
    let row = match application.state {
        Applied | Waiting => places::offer(tx, (&of, until), &application, Some(request.reason), COMMAND).await?,
        // It was this person's turn anyway.
        _ => application,
    };
    places::watch(tx, of.id, until).await?;
    opportunities::touch(tx, of.id).await?;
    Ok(row)
}

/// The fault of somebody to whom no place can be offered: unknown, gone, no lecturer, or suspended.
async fn person_fault(tx: &mut Tx<'_>, person: Uuid) -> Result<Option<Fault>> {
    const POINTER: &str = "/employee_id";
    let known = existing_employees(tx, &[person]).await?;
    if let Err(fault) = known.require(POINTER, person) {
        return Ok(Some(fault));
    }
    let today = today(tx).await?;
    if let Some(left) = unemployed(tx, &[(POINTER.to_owned(), person, today)]).await?.pop() {
        return Ok(Some(left));
    }
    let people = opportunities::people(tx, &[person], today).await?;
    let refusal = match people.get(&person) {
        Some(one) if one.may_go() => return Ok(None),
        Some(one) if one.is_suspended && one.appointed_on.is_some() => Refusal::Suspended,
        _ => Refusal::NoLecturer,
    };
    Ok(Some(Fault::not_eligible(POINTER, refusal)))
}

fn no_room(of: &TrainingOpportunity, why: NoRoom) -> Result<Error> {
    Ok(match why {
        NoRoom::Seats => Error::new(Code::NoSeatsLeft).with("seats", of.seats),
        NoRoom::Budget { left_minor } => {
            let currency = currency(of)?;
            let (cost, left) = (Money::new(of.cost_minor, currency), Money::new(left_minor, currency));
            Error::new(Code::BudgetExceeded).with("cost", data(cost)).with("left", data(left))
        }
    })
}

/// An application that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<OpportunityApplication> {
    within::<OpportunitiesRead>(tx, id).await
}

async fn within<R: Right>(tx: &mut Tx<'_>, id: Uuid) -> Result<OpportunityApplication> {
    let seen = visible::<R>(tx).await?;
    let found = queries::find(tx, id).await?.filter(|row| seen.includes(row.employee_id));
    Thing::OpportunityApplication.require(found)
}

/// An application within the caller's right, with its opportunity: both locked, and in the version that the caller saw.
async fn lock<R: Right>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
) -> Result<(TrainingOpportunity, OpportunityApplication)> {
    let found = within::<R>(tx, id).await?;
    let of = opportunities::find_for_update(tx, found.opportunity_id).await?;
    let of = of.ok_or_else(|| Error::internal("an application for no opportunity"))?;
    let locked = queries::find_for_update(tx, id).await?;
    let row = precondition.admit(Thing::OpportunityApplication, locked, |row| row.version)?;
    Ok((of, row))
}

/// It is offered, and the offer stands: refuses one whose time is over, also once the place is passed on.
async fn require_offer(tx: &mut Tx<'_>, row: &OpportunityApplication) -> Result<()> {
    let is_over = match row.state {
        PassedOn => true,
        Offered => row.respond_by_at.is_some_and(|until| tx.now >= until),
        _ => false,
    };
    if let Some(until) = row.respond_by_at.filter(|_| is_over) {
        let until = local_time(until, time_zone(tx).await?);
        return Err(Error::new(Code::OfferLapsed).with("until", until));
    }
    Thing::OpportunityApplication.require_state(row.state, [Offered])
}

/// `offered → accepted`, by the lecturer, as long as the offer stands; not while the lecturer is suspended.
pub async fn accept<R: Right>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
) -> Result<OpportunityApplication> {
    let (of, row) = lock::<R>(tx, id, precondition).await?;
    require_offer(tx, &row).await?;
    let today = today(tx).await?;
    let people = opportunities::people(tx, &[row.employee_id], today).await?;
    let is_suspended = people.get(&row.employee_id).is_some_and(|one| one.is_suspended);
    Thing::OpportunityApplication.refuse_if(is_suspended, Condition::Suspended, Condition::NotSuspended)?;
    let row = queries::update(tx, id, &Step { accepted_at: Some(tx.now), ..Step::to(Accepted) }).await?;
    opportunities::touch(tx, of.id).await?;
    note(tx, "accept_opportunity_place", "opportunity_application.accepted", &row);
    Ok(row)
}

/// `offered → declined`, by the lecturer, as long as the offer stands: the place is passed on.
pub async fn decline<R: Right>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    reason: Option<Reason>,
) -> Result<OpportunityApplication> {
    let (of, row) = lock::<R>(tx, id, precondition).await?;
    require_offer(tx, &row).await?;
    let step = Step::end(OpportunityApplicationState::Declined, tx.now, reason);
    let told = ("decline_opportunity_place", "opportunity_application.declined");
    end(tx, (&of, id), &step, told).await
}

/// `applied | waiting | accepted → withdrawn`, by the lecturer, until the end of the first day: a place is passed on.
pub async fn withdraw<R: Right>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
) -> Result<OpportunityApplication> {
    let (of, row) = lock::<R>(tx, id, precondition).await?;
    Thing::OpportunityApplication.require_state(row.state, [Applied, Waiting, Accepted])?;
    require_time(tx, &of).await?;
    let step = Step::end(OpportunityApplicationState::Withdrawn, tx.now, None);
    let told = ("withdraw_opportunity_application", "opportunity_application.withdrawn");
    end(tx, (&of, id), &step, told).await
}

/// `applied | waiting | offered | accepted → revoked`, by HR: a place is passed on, and a precedence that it has cost is given back.
pub async fn revoke<R: Right>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    reason: Reason,
) -> Result<OpportunityApplication> {
    let (of, row) = lock::<R>(tx, id, precondition).await?;
    Thing::OpportunityApplication.require_state(row.state, [Applied, Waiting, Offered, Accepted])?;
    let spent: Vec<Uuid> = row.precedence_id.filter(|_| row.offered_at.is_some()).into_iter().collect();
    precedences::give_back(tx, &spent).await?;
    let step = Step::end(OpportunityApplicationState::Revoked, tx.now, Some(reason));
    let told = ("revoke_opportunity_application", "opportunity_application.revoked");
    end(tx, (&of, id), &step, told).await
}

/// It comes to its end, and what becomes free is passed on.
async fn end(
    tx: &mut Tx<'_>,
    (of, id): (&TrainingOpportunity, Uuid),
    step: &Step,
    (command, topic): (&'static str, &'static str),
) -> Result<OpportunityApplication> {
    let row = queries::update(tx, id, step).await?;
    note(tx, command, topic, &row);
    places::fill(tx, of, command).await?;
    opportunities::touch(tx, of.id).await?;
    Ok(row)
}

/// `accepted → attended | no_show`, and from one to the other, with a reason, where it was a mistake: by HR, from the first day on. Whoever
/// attended gets the certificate of competence that the opportunity brings, and loses it where that was the mistake. Nobody records
/// their own attendance, unless the company allows self-approval.
pub async fn record_attendance<R: Right>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    request: RecordOpportunityAttendanceRequest,
) -> Result<OpportunityApplication> {
    let RecordOpportunityAttendanceRequest { attended, certificate_number, reason } = request;
    let (of, row) = lock::<R>(tx, id, precondition).await?;
    let opposite = if attended { NoShow } else { Attended };
    Thing::OpportunityApplication.require_state(row.state, [Accepted, opposite])?;
    let is_corrected = row.state == opposite;
    let today = today(tx).await?;
    Thing::TrainingOpportunity.refuse_if(today < of.starts_on, Condition::StillToCome, Condition::Begun)?;
    let is_own = tx.actor.is(row.employee_id);
    check_self_approval(tx, is_own).await?;
    if is_corrected && reason.is_none() {
        return Err(Error::fault("/reason", FaultCode::Required));
    }
    if let (Some(issued), Some(reason)) = (row.certificate_id, &reason) {
        take_back_competence(tx, issued, reason).await?;
    }
    let (state, topic) = if attended {
        (Attended, "opportunity_application.attended")
    } else {
        (NoShow, "opportunity_application.no_show")
    };
    let certificate_id = match (attended, &of.competence_kind) {
        (true, Some(_)) => Some(certify(tx, &of, row.employee_id, certificate_number).await?),
        _ => None,
    };
    let step = Step { certificate_id: Some(certificate_id), ..Step::end(state, tx.now, None) };
    let row = queries::update(tx, id, &step).await?;
    opportunities::touch(tx, of.id).await?;
    let reason = reason.as_ref().or(row.reason.as_ref());
    places::note_with(tx, ("record_opportunity_attendance", topic), &row, reason);
    Ok(row)
}

/// The certificate of competence of somebody who attended: valid from the last day of the opportunity on.
async fn certify(
    tx: &mut Tx<'_>,
    of: &TrainingOpportunity,
    employee: Uuid,
    certificate_number: Option<CertificateNumber>,
) -> Result<Uuid> {
    let first = of.ends_on.day();
    let certificate = json!({
        "employee_id": employee, "kind": of.competence_kind, "issuer": of.provider,
        "certificate_number": certificate_number, "starts_on": first,
        "ends_on": last_day(first, of.competence_months),
    });
    let certificate = serde_json::from_value(certificate).map_err(Error::internal)?;
    Ok(record_competence(tx, certificate, Faults::default()).await?.id)
}

/// The last of so many months from a day on.
fn last_day(first: NaiveDate, months: Option<i32>) -> Option<LastDay> {
    let months = Months::new(u32::try_from(months?).ok()?);
    first.checked_add_months(months).map(LastDay::before)
}
