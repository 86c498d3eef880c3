//! Operations on lecturers.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::dto::{
    AppointLecturerRequest, ChangeLecturerLevelRequest, CorrectLecturerRequest, EndLecturerRequest, LecturerResponse,
};
use super::model::{Lecturer, LecturerLevel};
use super::queries;
use crate::auth::rights::PeopleRead;
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Days, Event, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::last_day::LastDay;
use crate::kernel::message::data;
use crate::kernel::phrases::{Condition, Thing};
use crate::kernel::text::Label;
use crate::people::employments::{employment_on, not_employed, shown};
use crate::people::timeline::{Span, Timeline};
use crate::people::{Employment, employee_refs, employees, visible};

pub async fn appoint(tx: &mut Tx<'_>, request: AppointLecturerRequest, faults: Faults) -> Result<LecturerResponse> {
    let employment = employment_on_day(tx, request.employee_id, "/employee_id", request.appointed_on).await;
    let employment = faults.and(employment)?;
    let lecturer = Lecturer {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: request.employee_id,
        appointed_on: request.appointed_on,
        ended_on: employment.end(),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let appointed = queries::insert(tx, &lecturer)
        .await
        .on_constraint("lecturers_employee_fkey", || Error::fault("/employee_id", FaultCode::NotFound))
        .on_constraint("lecturers_employee_excl", || Error::fault("/appointed_on", FaultCode::Overlaps))?;
    if let Some(level) = &request.level {
        let level = new_level(tx, &appointed, level, appointed.appointed_on, appointed.ended_on);
        queries::insert_level(tx, &level).await?;
    }
    let days = Days { employee: appointed.employee_id, first: Some(appointed.appointed_on), end: appointed.ended_on };
    tx.touch_days(&[days]).await?;
    let details = json!({"employee_id": appointed.employee_id, "appointed_on": appointed.appointed_on});
    let record = Record::told("appoint_lecturer", "lecturer.appointed", "lecturer", appointed.id);
    tx.record(record.fields(["employee_id", "appointed_on", "levels"]).details(details));
    render(tx, appointed).await
}

/// The employment of the person on the first day of an appointment. The person's row is locked: the employment stays as it is.
async fn employment_on_day(tx: &mut Tx<'_>, employee: Uuid, pointer: &str, day: NaiveDate) -> Result<Employment> {
    let found = employees::find_for_update(tx, employee).await?;
    let person = found.ok_or_else(|| Error::fault(pointer, FaultCode::NotFound))?;
    person.refuse_merged(pointer)?;
    let employment = employment_on(tx, employee, person.employment(), day).await?;
    let shown = shown(&person.name, person.employee_number.as_deref());
    employment.ok_or_else(|| not_employed("/appointed_on", &shown, day).into())
}

pub async fn end(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: EndLecturerRequest,
) -> Result<LecturerResponse> {
    let present = lock(tx, id, precondition).await?;
    let end = request.ended_on.day_after();
    let is_over = present.ended_on.is_some_and(|ended| ended <= end);
    Thing::Appointment.refuse_if(is_over, Condition::Ended, Condition::WithoutEnd)?;
    if end <= present.appointed_on {
        return Err(Fault::ends_before_start("/ended_on", "appointed_on", present.appointed_on).into());
    }
    queries::end_levels(tx, id, end).await?;
    let ended = queries::update(tx, id, Some(end)).await?;
    tx.touch_days(&[Days::between(ended.employee_id, present.ended_on, ended.ended_on)]).await?;
    let details = json!({"employee_id": ended.employee_id, "ended_on": request.ended_on});
    let record = Record::told("end_lecturer", "lecturer.ended", "lecturer", id).fields(["ended_on", "levels"]);
    tx.record(record.details(details));
    render(tx, ended).await
}

/// Corrects the first day. The first level moves with it; levels that would end before it never were.
pub async fn correct(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: CorrectLecturerRequest,
) -> Result<LecturerResponse> {
    let present = lock(tx, id, precondition).await?;
    let (before, day) = (present.appointed_on, request.appointed_on);
    if before == day {
        return render(tx, present).await;
    }
    if let Some(ended) = present.ended_on.filter(|ended| *ended <= day) {
        return Err(Fault::starts_after_end("/appointed_on", "ended_on", LastDay::before(ended)).into());
    }
    employment_on_day(tx, present.employee_id, "/appointed_on", day).await?;
    let corrected = queries::correct(tx, id, before, day)
        .await
        .on_constraint("lecturers_employee_excl", || Error::fault("/appointed_on", FaultCode::Overlaps))?;
    tx.touch_days(&[Days::between(present.employee_id, Some(before), Some(day))]).await?;
    let record =
        Record::told("correct_lecturer", "lecturer.corrected", "lecturer", id).fields(["appointed_on", "levels"]);
    let details =
        json!({"employee_id": present.employee_id, "appointed_on": day, "before": before, "reason": request.reason});
    tx.record(record.details(details));
    render(tx, corrected).await
}

/// The fault of a day that is not in `first..end`.
fn out_of_range(pointer: &str, first: NaiveDate, end: Option<NaiveDate>) -> Fault {
    let last = end.map_or_else(|| "9999-12-31".to_owned(), |end| LastDay::before(end).to_string());
    Fault::new(pointer, FaultCode::OutOfRange).with("min", data(first)).with("max", data(last))
}

pub async fn change_level(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: ChangeLecturerLevelRequest,
) -> Result<LecturerResponse> {
    let present = lock(tx, id, precondition).await?;
    let day = request.starts_on;
    if day < present.appointed_on || present.ended_on.is_some_and(|ended| ended <= day) {
        return Err(out_of_range("/starts_on", present.appointed_on, present.ended_on).into());
    }
    let Some(changed) = put_level(tx, &present, &request.level, day).await? else {
        return render(tx, present).await;
    };
    let record = Record::logged("change_lecturer_level", "lecturer", id).fields(["levels"]);
    tx.record(record.details(json!({"level": request.level, "starts_on": day})));
    render(tx, changed).await
}

/// Sets the level of the employee's appointment on that day, from that day on. For an operation of another feature, which writes
/// its own audit entry. Returns whether there is such an appointment.
pub async fn set_level(tx: &mut Tx<'_>, employee: Uuid, level: &Label, starts_on: NaiveDate) -> Result<bool> {
    let found = queries::find_appointed_for_update(tx, employee, starts_on).await?;
    let Some(lecturer) = found else { return Ok(false) };
    put_level(tx, &lecturer, level, starts_on).await?;
    Ok(true)
}

/// The appointment after the change. None if it already had that level on that day.
async fn put_level(tx: &mut Tx<'_>, lecturer: &Lecturer, level: &Label, day: NaiveDate) -> Result<Option<Lecturer>> {
    let rows = queries::levels(tx, &[lecturer.id]).await?.remove(&lecturer.id).unwrap_or_default();
    let span = |row: LecturerLevel| Span { id: row.id, from: row.valid_from, to: row.valid_to, value: row.level };
    let mut timeline = Timeline::new(rows.into_iter().map(span).collect());
    timeline.put(day, level, lecturer.ended_on);
    let employee = lecturer.employee_id;
    let days = timeline.changed_days().into_iter().map(|(first, end)| Days { employee, first: Some(first), end });
    let days: Vec<Days> = days.collect();
    let changes = timeline.changes();
    if changes.is_empty() {
        return Ok(None);
    }
    for id in changes.gone {
        queries::delete_level(tx, id).await?;
    }
    for (id, end) in changes.ends {
        queries::end_level(tx, id, end).await?;
    }
    tx.touch_days(&days).await?;
    for piece in changes.new {
        let new = new_level(tx, lecturer, &piece.value, piece.from, piece.to);
        queries::insert_level(tx, &new).await?;
    }
    let payload = json!({"employee_id": lecturer.employee_id, "level": level, "starts_on": day});
    tx.emit(Event::new("lecturer.level_changed", "lecturer", lecturer.id, payload));
    Ok(Some(queries::update(tx, lecturer.id, None).await?))
}

pub fn new_level(
    tx: &Tx<'_>,
    lecturer: &Lecturer,
    level: &Label,
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> LecturerLevel {
    LecturerLevel {
        tenant_id: tx.tenant,
        id: tx.id(),
        lecturer_id: lecturer.id,
        level: level.clone(),
        valid_from: from,
        valid_to: to,
        created_at: tx.now,
        updated_at: tx.now,
    }
}

async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<Lecturer> {
    precondition.admit(Thing::Lecturer, queries::find_for_update(tx, id).await?, |lecturer| lecturer.version)
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<LecturerResponse> {
    let visible = visible::<PeopleRead>(tx).await?;
    let found = queries::find(tx, id).await?;
    let seen = Thing::Lecturer.require(found.filter(|lecturer| visible.includes(lecturer.employee_id)))?;
    render(tx, seen).await
}

/// The lecturers as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, lecturers: Vec<Lecturer>) -> Result<Vec<LecturerResponse>> {
    let people: Vec<Uuid> = lecturers.iter().map(|lecturer| lecturer.employee_id).collect();
    let ids: Vec<Uuid> = lecturers.iter().map(|lecturer| lecturer.id).collect();
    let people = employee_refs(tx, &people).await?;
    let mut levels = queries::levels(tx, &ids).await?;
    let whole = |lecturer: Lecturer| {
        let employee = people.get(lecturer.employee_id)?;
        let levels = levels.remove(&lecturer.id).unwrap_or_default();
        Ok(LecturerResponse::new(lecturer, employee, levels))
    };
    lecturers.into_iter().map(whole).collect()
}

async fn render(tx: &mut Tx<'_>, lecturer: Lecturer) -> Result<LecturerResponse> {
    only(render_all(tx, vec![lecturer]).await?)
}
