//! Attendance of sessions. A session's list is always replaced as a whole. If two lists arrive out of order, the one recorded
//! later is valid as a whole: the session stores when its list was recorded and who sent it. An empty list means that nobody
//! came. If anybody was present, a delivery that only a lecturer had reported is confirmed, unless a lecturer of the session sent
//! the list.

mod dto;
mod model;
mod queries;
pub mod routes;

pub use model::AttendanceState;

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use self::dto::{AttendanceResponse, ReplaceAttendanceRequest};
use super::model::{Session, SessionState};
use super::participation::count_attendees;
use super::{fit, queries as sessions, rules, transitions};
use crate::error::Result;
use crate::http::{ETag, Precondition};
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::people::{existing_employees, future_fault};

/// Replaces the attendance list of a session, unless a list recorded later is stored.
pub async fn replace(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: ReplaceAttendanceRequest,
    faults: Faults,
) -> Result<AttendanceResponse> {
    let found = sessions::find_for_update(tx, id).await?;
    let session = precondition.admit(Thing::Session, found, |session| session.version)?;
    Thing::Session.require_state(session.state, [SessionState::Planned, SessionState::Delivered])?;
    let checked = check(tx, &session, &request).await;
    faults.and(checked)?;
    tx.touch_sessions(&[id]).await?;
    let recorded_at = request.recorded_at.unwrap_or(tx.now);
    let listed: Vec<Uuid> = request.records.iter().map(|record| record.employee_id).collect();
    let latest = queries::latest_recorded(tx, id).await?.max(session.attendance_recorded_at);
    if latest.is_some_and(|latest| recorded_at < latest) && !replaces_own_word(tx, &session).await? {
        return set_aside(tx, session, listed.len()).await;
    }
    let removed = queries::delete_unlisted(tx, id, &listed).await?;
    queries::upsert_all(tx, id, &request.records, &request.source, recorded_at).await?;
    let session = queries::set_recorded(tx, session.id, recorded_at).await?;
    let (present, absent) = queries::totals(tx, id).await?;
    let session = settle(tx, session).await?;
    let record = Record::told("replace_session_attendance", "session.attendance_recorded", "session", id);
    let details = json!({"present": present, "absent": absent, "removed": removed});
    tx.record(record.fields(["attendance"]).details(details));
    Ok(AttendanceResponse { session_id: id, present, absent, removed, stale: 0, etag: ETag(session.version) })
}

/// Whether the stored list comes from a lecturer of the session and the new one does not. A lecturer's own list never blocks a
/// list from anyone else, however late that arrives.
async fn replaces_own_word(tx: &mut Tx<'_>, session: &Session) -> Result<bool> {
    let lecturers = sessions::lecturers_of(tx, session.id).await?;
    let is_own = |person| !rules::needs_no_confirmation(person, &lecturers);
    Ok(is_own(session.attendance_recorded_by_id) && !is_own(tx.actor.answerable()))
}

/// The current counts, for a list that came too late to change them.
async fn set_aside(tx: &mut Tx<'_>, session: Session, stale: usize) -> Result<AttendanceResponse> {
    let (present, absent) = queries::totals(tx, session.id).await?;
    tx.record(Record::logged("replace_session_attendance", "session", session.id).details(json!({"stale": stale})));
    let (session_id, etag) = (session.id, ETag(session.version));
    Ok(AttendanceResponse { session_id, present, absent, removed: 0, stale, etag })
}

async fn check(tx: &mut Tx<'_>, session: &Session, request: &ReplaceAttendanceRequest) -> Result<()> {
    let people: Vec<Uuid> = request.records.iter().map(|record| record.employee_id).collect();
    let known = existing_employees(tx, &people).await?;
    let mut faults = Faults::default();
    let mut seen = BTreeSet::new();
    for (i, person) in people.iter().enumerate() {
        let pointer = format!("/records/{i}/employee_id");
        if !known.contains(person) {
            faults.push(known.fault(pointer, *person));
        } else if !seen.insert(*person) {
            faults.push(Fault::new(pointer, FaultCode::Duplicate).with("first", Thing::EarlierRecord));
        }
    }
    let start = session.delivered_start.unwrap_or(session.scheduled_start);
    let named = people.iter().enumerate().map(|(i, person)| (format!("/records/{i}/employee_id"), *person));
    fit::check_employed(tx, session, start, named, &mut faults).await?;
    if let Some(recorded_at) = request.recorded_at {
        faults.extend(future_fault(tx, "/recorded_at", recorded_at).await?);
    }
    faults.check()
}

/// The session after its list has changed. If its delivery was waiting for confirmation by attendance, it is now confirmed.
async fn settle(tx: &mut Tx<'_>, session: Session) -> Result<Session> {
    let waits = session.state == SessionState::Delivered && session.delivery_confirmed_at.is_none();
    if !waits || count_attendees(tx, session.id).await? == 0 {
        return Ok(session);
    }
    let lecturers = sessions::lecturers_of(tx, session.id).await?;
    if !rules::needs_no_confirmation(tx.actor.answerable(), &lecturers) {
        return Ok(session);
    }
    let confirmed = sessions::confirm_delivery(tx, session.id, tx.actor.answerable()).await?;
    transitions::tell_confirmed(tx, &confirmed, &lecturers);
    Ok(confirmed)
}
