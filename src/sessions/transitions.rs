//! What happened to a session: delivered, missed or cancelled; and the confirmation that a lecturer's own report needs.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::DeliverSessionRequest;
use super::model::{Outcome, Session, SessionState};
use super::participation::count_attendees;
use super::responses::{SessionResponse, render};
use super::rules::ReportedAs;
use super::{changes, fit, overlaps, queries, rules, service};
use crate::auth::Reach;
use crate::auth::rights::SessionsWrite;
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Event, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::Phrase;
use crate::kernel::phrases::{Refusal, Thing};
use crate::kernel::text::Reason;
use crate::kernel::wire;
use crate::people::future_fault;

/// Marks a session as delivered. A repeated report corrects the earlier one.
pub async fn deliver(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: DeliverSessionRequest,
    faults: Faults,
) -> Result<SessionResponse> {
    let (session, lecturers, reported_as) = service::lock(tx, id, &precondition).await?;
    rules::check_decision(&session, SessionState::Delivered, reported_as, tx.now)?;
    check_correction(tx, &session, SessionState::Delivered, request.reason.is_some())?;
    let mut found = Faults::default();
    found.extend(future_fault(tx, "/started_at", request.started_at).await?);
    check_not_before_plan(tx, &session, reported_as, &request, &mut found).await?;
    // A start that is refused may be one that has no local day.
    if wire::instant(&request.started_at).is_ok() {
        let people = lecturers.iter().map(|lecturer| ("/started_at".to_owned(), *lecturer));
        fit::check_employed(tx, &session, request.started_at, people, &mut found).await?;
    }
    faults.and(found.check())?;
    let (confirmed_at, confirmed_by) = confirmation(tx, &session, &lecturers).await?;
    let outcome = Outcome {
        state: SessionState::Delivered.slug(),
        delivered_start: Some(request.started_at),
        delivered_minutes: Some(request.delivered_minutes),
        head_count: request.head_count,
        department_id: service::credited_department(tx, &session, &lecturers, request.started_at).await?,
        delivery_reported_at: Some(tx.now),
        delivery_reported_by_id: tx.actor.answerable(),
        delivery_confirmed_at: confirmed_at,
        delivery_confirmed_by_id: confirmed_by,
        state_reason: None,
    };
    let record = Record::told("deliver_session", "session.delivered", "session", id);
    let record = record.fields(["started_at", "delivered_minutes", "head_count"]);
    let record = record.notes(request.reason.map_or_else(|| json!({}), |reason| json!({"reason": reason})));
    decide(tx, session, lecturers, outcome, record).await
}

/// Refuses another decision about a session that is decided without a reason, and one about a cancelled session that is not HR's.
fn check_correction(tx: &Tx<'_>, session: &Session, to: SessionState, has_reason: bool) -> Result<()> {
    if session.state == SessionState::Cancelled && tx.actor.reach::<SessionsWrite>()? != Reach::All {
        return Err(Error::new(Code::HrRequired));
    }
    if !has_reason && session.state != to && session.state != SessionState::Planned {
        return Err(Error::fault("/reason", FaultCode::Required));
    }
    Ok(())
}

/// Finds a delivery further before its plan than the programme allows, unless HR records it.
async fn check_not_before_plan(
    tx: &mut Tx<'_>,
    session: &Session,
    reported_as: ReportedAs,
    request: &DeliverSessionRequest,
    faults: &mut Faults,
) -> Result<()> {
    let is_hr = reported_as == ReportedAs::Supervisor && tx.actor.reach::<SessionsWrite>()? == Reach::All;
    if is_hr || request.started_at >= session.scheduled_start {
        return Ok(());
    }
    let minutes = fit::programme_of(tx, session).await?.early_delivery_minutes;
    if request.started_at < session.scheduled_start - Duration::minutes(minutes.into()) {
        faults.push(Fault::not_eligible("/started_at", Phrase::from(Refusal::BeforePlan).with("minutes", minutes)));
    }
    Ok(())
}

type Confirmation = (Option<chrono::DateTime<chrono::Utc>>, Option<Uuid>);

/// The time and the person of the confirmation of a delivery that the caller now reports. If a lecturer corrects a delivery,
/// earlier confirmations no longer apply. A confirmation by attendance comes from the person who recorded the attendance.
async fn confirmation(tx: &mut Tx<'_>, session: &Session, lecturers: &[Uuid]) -> Result<Confirmation> {
    let reporter = tx.actor.answerable();
    if rules::needs_no_confirmation(reporter, lecturers) {
        return Ok((Some(tx.now), reporter));
    }
    let recorder = session.attendance_recorded_by_id;
    if session.attendance_recorded_at.is_none()
        || !rules::needs_no_confirmation(recorder, lecturers)
        || count_attendees(tx, session.id).await? == 0
    {
        return Ok((None, None));
    }
    Ok((Some(tx.now), recorder))
}

/// Marks a session as missed.
pub async fn miss(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    reason: Option<Reason>,
) -> Result<SessionResponse> {
    let (session, lecturers, reported_as) = service::lock(tx, id, &precondition).await?;
    rules::check_decision(&session, SessionState::Missed, reported_as, tx.now)?;
    check_correction(tx, &session, SessionState::Missed, reason.is_some())?;
    let outcome = not_held(SessionState::Missed, &session, reason);
    let record = Record::told("miss_session", "session.missed", "session", id).fields(["reason"]);
    decide(tx, session, lecturers, outcome, record).await
}

/// Cancels a session.
pub async fn cancel(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition, reason: Reason) -> Result<SessionResponse> {
    let (session, lecturers, reported_as) = service::lock(tx, id, &precondition).await?;
    rules::check_consent(&session, reported_as)?;
    rules::check_decision(&session, SessionState::Cancelled, reported_as, tx.now)?;
    let outcome = not_held(SessionState::Cancelled, &session, Some(reason));
    let record = Record::told("cancel_session", "session.cancelled", "session", id).fields(["reason"]);
    decide(tx, session, lecturers, outcome, record).await
}

fn not_held(state: SessionState, session: &Session, state_reason: Option<Reason>) -> Outcome {
    Outcome {
        state: state.slug(),
        delivered_start: None,
        delivered_minutes: None,
        head_count: None,
        department_id: session.department_id,
        delivery_reported_at: None,
        delivery_reported_by_id: None,
        delivery_confirmed_at: None,
        delivery_confirmed_by_id: None,
        state_reason,
    }
}

async fn decide(
    tx: &mut Tx<'_>,
    before: Session,
    lecturers: Vec<Uuid>,
    outcome: Outcome,
    record: Record,
) -> Result<SessionResponse> {
    let (updated, details) = store_outcome(tx, &before, &lecturers, &outcome).await?;
    tx.record(record.details(details));
    render(tx, updated).await
}

/// Stores an outcome, frees the lecturers' time, and lets open requests lapse. Returns the session and the details of the record.
async fn store_outcome(
    tx: &mut Tx<'_>,
    before: &Session,
    lecturers: &[Uuid],
    outcome: &Outcome,
) -> Result<(Session, Value)> {
    tx.touch_sessions(&[before.id]).await?;
    let updated = queries::update_outcome(tx, before.id, outcome).await?;
    tx.touch_sessions(&[before.id]).await?;
    if (before.state == SessionState::Cancelled) != (updated.state == SessionState::Cancelled) {
        tx.touch_contents(&[before.id]).await?;
    }
    overlaps::reserve(tx, &[before.id]).await?;
    changes::queries::lapse(tx, before.id).await?;
    let overlapping = overlaps::of_deliveries(tx, &[before.id]).await?.remove(&before.id).unwrap_or_default();
    let details = json!({
        "programme_id": updated.programme_id,
        "lecturer_ids": lecturers,
        "from": before.state.slug(),
        "to": updated.state.slug(),
        "is_confirmed": updated.delivery_confirmed_at.is_some(),
        "overlapping_session_ids": overlapping,
    });
    Ok((updated, details))
}

/// Cancels a planned session because its lecturer's request was approved. The reason stays in the request.
pub async fn cancel_by_consent(tx: &mut Tx<'_>, session: &Session, lecturers: &[Uuid]) -> Result<()> {
    let outcome = not_held(SessionState::Cancelled, session, None);
    let (_, details) = store_outcome(tx, session, lecturers, &outcome).await?;
    tx.emit(Event::new("session.cancelled", "session", session.id, details));
    Ok(())
}

/// HR confirms a delivery that only a lecturer of the session has reported. A second confirmation changes nothing.
pub async fn confirm_delivery(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<SessionResponse> {
    let (session, lecturers, _) = service::lock(tx, id, &precondition).await?;
    if tx.actor.reach::<SessionsWrite>()? != Reach::All {
        return Err(Error::new(Code::HrRequired));
    }
    let person = tx.actor.answerable();
    if !rules::needs_no_confirmation(person, &lecturers) {
        return Err(Error::new(Code::SelfApproval));
    }
    Thing::Session.require_state(session.state, [SessionState::Delivered])?;
    if session.delivery_confirmed_at.is_some() {
        return render(tx, session).await;
    }
    let confirmed = queries::confirm_delivery(tx, id, person).await?;
    tx.record(Record::logged("confirm_session_delivery", "session", id));
    tell_confirmed(tx, &confirmed, &lecturers);
    render(tx, confirmed).await
}

/// Announces by an event that a delivery counts for money from now on.
pub fn tell_confirmed(tx: &mut Tx<'_>, session: &Session, lecturers: &[Uuid]) {
    let payload = json!({"programme_id": session.programme_id, "lecturer_ids": lecturers});
    tx.emit(Event::new("session.delivery_confirmed", "session", session.id, payload));
}
