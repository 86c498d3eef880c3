//! How long appointments last: until they are ended, or until their term is over. A term is renewed by a named act; nobody has to do
//! anything for it to end.

use std::collections::BTreeMap;

use chrono::Days as Span;
use serde_json::json;
use uuid::Uuid;

use super::dto::{EndLecturerRequest, LecturerResponse, ListDueRenewalsQuery, RenewLecturerRequest};
use super::guarded::{self, AppointmentDays, Of, refuse_paid};
use super::model::{Lecturer, Renewal};
use super::queries::find_these;
use super::service::{employment_on_day, levels_of, lock, out_of_range, read_again, render, render_all};
use super::term_queries as queries;
use crate::auth::rights::PeopleRead;
use crate::db::Constraint as _;
use crate::error::{Error, Result};
use crate::http::{Listed, Paging, Precondition};
use crate::journal::{Days, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::last_day::LastDay;
use crate::kernel::patch::Patch;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Reason;
use crate::people::{today, visible};
use crate::sign_in::Asked;

pub async fn end(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: EndLecturerRequest,
) -> Result<LecturerResponse> {
    let present = lock(tx, id, precondition).await?;
    let last_day = request.ended_on;
    check_end(&present, last_day)?;
    let stands = AppointmentDays::of(&present);
    let proposed = AppointmentDays { ended_on: Some(last_day), ..stands };
    if moves_or_waits(tx, &present, (stands, proposed), proposed.ended_on, None).await? {
        return read_again(tx, id).await;
    }
    let ended = write_end(tx, &present, proposed).await?;
    render(tx, ended).await
}

fn check_end(present: &Lecturer, last_day: LastDay) -> Result<()> {
    let end = last_day.day_after();
    let is_over = present.ended_on.is_some_and(|ended| ended <= end);
    Thing::Appointment.refuse_if(is_over, Condition::Ended, Condition::WithoutEnd)?;
    check_after_start(present, last_day, "/ended_on")
}

fn check_after_start(present: &Lecturer, last_day: LastDay, pointer: &str) -> Result<()> {
    if last_day.day() < present.appointed_on {
        return Err(Fault::ends_before_start(pointer, "appointed_on", present.appointed_on).into());
    }
    Ok(())
}

/// Gives the appointment another term: a later last day, or none. It lasts until then, or as long as the employment.
pub async fn renew(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: RenewLecturerRequest,
    mut faults: Faults,
) -> Result<LecturerResponse> {
    let present = lock(tx, id, precondition).await?;
    if request.term_ends_on == Patch::Absent && !faults.has("/term_ends_on") {
        faults.push(Fault::new("/term_ends_on", FaultCode::Required));
    }
    let term_ends_on = request.term_ends_on.into_change().flatten();
    let checked = check_term(tx, &present, term_ends_on).await;
    let ended_on = faults.and(checked)?;
    let stands = AppointmentDays::of(&present);
    let proposed = AppointmentDays { ended_on, term_ends_on, ..stands };
    let waits = moves_or_waits(tx, &present, (stands, proposed), term_ends_on, request.reason.clone()).await?;
    if waits || proposed == stands {
        return read_again(tx, id).await;
    }
    let renewed = write_renewal(tx, &present, (stands, proposed), request.reason.as_ref()).await?;
    render(tx, renewed).await
}

/// Refuses a term that is over before the present one, and another term for an appointment that somebody has ended, if only from a
/// later day on. Without a term, an end that is still to come may stand for one, as files bring it: it becomes the term. Returns the
/// last day of the appointment with that term.
async fn check_term(tx: &mut Tx<'_>, present: &Lecturer, term: Option<LastDay>) -> Result<Option<LastDay>> {
    let employment = employment_on_day(tx, present.employee_id, "/term_ends_on", present.appointed_on).await?;
    let lasts_until = [present.term_to, employment.end()].into_iter().flatten().min();
    let today = today(tx).await?;
    let decided = present.ended_on.filter(|end| Some(*end) != lasts_until);
    let stands = decided.is_some_and(|end| present.term_to.is_some() || end <= today);
    Thing::Appointment.refuse_if(stands, Condition::Ended, Condition::WithoutEnd)?;
    if let Some(last_day) = term {
        check_after_start(present, last_day, "/term_ends_on")?;
        let present_day = present.term_to.map(|term_to| LastDay::before(term_to).day());
        if let Some(earliest) = present_day.filter(|earliest| last_day.day() < *earliest) {
            return Err(out_of_range("/term_ends_on", earliest, None).into());
        }
    }
    Ok([term, employment.left_on].into_iter().flatten().min())
}

/// Refuses days of which money has left. Proposes the other end if past days would lose or get a level by it: a second person must
/// confirm it. Returns whether it waits. What is proposed is the last day that was `asked` for: that of the employment may be another one
/// by then.
async fn moves_or_waits(
    tx: &mut Tx<'_>,
    present: &Lecturer,
    (stands, proposed): (AppointmentDays, AppointmentDays),
    asked: Option<LastDay>,
    reason: Option<Reason>,
) -> Result<bool> {
    refuse_paid(tx, moved_by_end(present, proposed.ended_on)).await?;
    let levels = levels_of(tx, present.id).await?;
    let ends = (present.ended_on, proposed.ended_on.map(LastDay::day_after));
    let moves_levels = ends.0 != ends.1 && guarded::end_moves_levels(&levels, ends, today(tx).await?);
    let proposed = AppointmentDays { ended_on: asked, ..proposed };
    let asked = guarded::asked_days(Of::from(present), "ended_on", stands, proposed, moves_levels)?;
    guarded::waits(tx, present, Asked { reason, ..guarded::with_levels(asked, &levels) }).await
}

/// The days that the appointment loses or gets if it ends with that day.
fn moved_by_end(present: &Lecturer, last_day: Option<LastDay>) -> Days {
    Days::between(present.employee_id, present.ended_on, last_day.map(LastDay::day_after))
}

/// Writes another end, or another term, that a second person has confirmed.
pub async fn apply_confirmed(
    tx: &mut Tx<'_>,
    present: &Lecturer,
    (stood, proposed): (AppointmentDays, AppointmentDays),
    reason: Option<&Reason>,
) -> Result<()> {
    let employment = employment_on_day(tx, present.employee_id, "/ended_on", present.appointed_on).await?;
    let last_day = [proposed.ended_on, employment.left_on].into_iter().flatten().min();
    if let Some(last_day) = last_day {
        check_after_start(present, last_day, "/ended_on")?;
    }
    refuse_paid(tx, moved_by_end(present, last_day)).await?;
    let proposed = AppointmentDays { ended_on: last_day, ..proposed };
    if proposed.term_ends_on == stood.term_ends_on {
        write_end(tx, present, proposed).await?;
    } else {
        write_renewal(tx, present, (stood, proposed), reason).await?;
    }
    Ok(())
}

async fn write_end(tx: &mut Tx<'_>, present: &Lecturer, proposed: AppointmentDays) -> Result<Lecturer> {
    let ended = write_days(tx, present, proposed, "/ended_on").await?;
    let details = json!({"employee_id": ended.employee_id, "ended_on": proposed.ended_on});
    let record = Record::told("end_lecturer", "lecturer.ended", "lecturer", ended.id).fields(["ended_on", "levels"]);
    tx.record(record.details(details));
    Ok(ended)
}

async fn write_renewal(
    tx: &mut Tx<'_>,
    present: &Lecturer,
    (stood, proposed): (AppointmentDays, AppointmentDays),
    reason: Option<&Reason>,
) -> Result<Lecturer> {
    let renewed = write_days(tx, present, proposed, "/term_ends_on").await?;
    let renewal = Renewal {
        tenant_id: tx.tenant,
        id: tx.id(),
        lecturer_id: renewed.id,
        term_before: stood.term_ends_on,
        term_to: proposed.term_ends_on,
        reason: reason.cloned(),
        renewed_at: tx.now,
    };
    queries::insert_renewal(tx, &renewal).await?;
    let details = json!({
        "employee_id": renewed.employee_id, "term_ends_on": proposed.term_ends_on, "before": stood.term_ends_on,
        "ended_on": proposed.ended_on,
    });
    let record = Record::told("renew_lecturer", "lecturer.renewed", "lecturer", renewed.id);
    let record = record.fields(["term_ends_on", "ended_on", "levels"]).details(details);
    tx.record(record.notes(json!({"reason": reason})));
    Ok(renewed)
}

/// The levels end with the appointment; the last one goes on with it if it goes on.
async fn write_days(
    tx: &mut Tx<'_>,
    present: &Lecturer,
    proposed: AppointmentDays,
    pointer: &'static str,
) -> Result<Lecturer> {
    let (id, end) = (present.id, proposed.ended_on.map(LastDay::day_after));
    let term_to = proposed.term_ends_on.map(LastDay::day_after);
    if end != present.ended_on {
        match end.filter(|end| present.ended_on.is_none_or(|before| *end < before)) {
            Some(earlier) => queries::end_levels(tx, id, earlier).await?,
            None => queries::extend_levels(tx, id, present.ended_on, end).await?,
        };
    }
    let written = queries::set_end(tx, id, end, term_to)
        .await
        .on_constraint("lecturers_employee_excl", || Error::fault(pointer, FaultCode::Overlaps))?;
    tx.touch_days(&[moved_by_end(present, proposed.ended_on)]).await?;
    Ok(written)
}

/// The appointments whose term ends soon, of people whom the caller may see, soonest first.
pub async fn list_due(
    tx: &mut Tx<'_>,
    query: &ListDueRenewalsQuery,
    paging: &Paging,
) -> Result<Listed<LecturerResponse>> {
    let seen = visible::<PeopleRead>(tx).await?;
    let today = today(tx).await?;
    // The first day without a term that ends today is tomorrow.
    let tomorrow = today.succ_opt().unwrap_or(today);
    let first = tomorrow.checked_sub_days(Span::new(query.ended_days.into())).unwrap_or(today);
    let last = today.checked_add_days(Span::new(query.within_days.into())).unwrap_or(today);
    let (due, next) = queries::list_due(tx, (first, last), query.group_id, today, seen.ids(), paging).await?;
    let ids: Vec<Uuid> = due.iter().map(|one| one.id).collect();
    let found = find_these(tx, &ids).await?.into_iter().map(|lecturer| (lecturer.id, lecturer));
    let mut found: BTreeMap<Uuid, Lecturer> = found.collect();
    let lecturers = ids.iter().filter_map(|id| found.remove(id)).collect();
    Ok((render_all(tx, lecturers).await?, next))
}
