//! Operations on lecturers.

use chrono::NaiveDate;
use diesel::OptionalExtension as _;
use serde_json::json;
use uuid::Uuid;

use super::dto::{AppointLecturerRequest, ChangeLecturerLevelRequest, CorrectLecturerRequest, LecturerResponse};
use super::guarded::{self, AppointmentDays, LevelFrom, Of, asked_level, check_as_proposed, parsed, refuse_paid};
use super::model::{Lecturer, LecturerLevel};
use super::{queries, terms};
use crate::auth::rights::PeopleRead;
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Days, Event, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::last_day::LastDay;
use crate::kernel::message::{Phrase, data};
use crate::kernel::phrases::{Refusal, Thing};
use crate::kernel::text::{Label, Reason};
use crate::names::unknown_level;
use crate::people::employments::{employment_on, not_employed, shown};
use crate::people::timeline::{Span, Timeline, within};
use crate::people::{Employment, employee_refs, employees, today, visible};
use crate::sign_in::{self, AccessChange, AccessField, Asked, hold};

pub async fn appoint(tx: &mut Tx<'_>, request: AppointLecturerRequest, mut faults: Faults) -> Result<LecturerResponse> {
    if let Some(level) = request.level.as_deref().filter(|_| !faults.has("/level")) {
        faults.extend(unknown_level(tx, "/level", level).await?);
    }
    if request.term_ends_on.is_some_and(|last_day| last_day.day() < request.appointed_on) {
        faults.push(Fault::ends_before_start("/term_ends_on", "appointed_on", request.appointed_on));
    }
    let employment = employment_on_day(tx, request.employee_id, "/employee_id", request.appointed_on).await;
    let employment = faults.and(employment)?;
    let term_to = request.term_ends_on.map(LastDay::day_after);
    let lecturer = Lecturer {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: request.employee_id,
        appointed_on: request.appointed_on,
        ended_on: [employment.end(), term_to].into_iter().flatten().min(),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
        term_to,
    };
    let appointed = queries::insert(tx, &lecturer)
        .await
        .on_constraint("lecturers_employee_fkey", || Error::fault("/employee_id", FaultCode::NotFound))
        .on_constraint("lecturers_employee_excl", || Error::fault("/appointed_on", FaultCode::Overlaps))?;
    let days = Days { employee: appointed.employee_id, first: Some(appointed.appointed_on), end: appointed.ended_on };
    if let Some(level) = request.level {
        refuse_paid(tx, days).await?;
        let proposed = LevelFrom { level: level.clone(), starts_on: appointed.appointed_on };
        let asked = asked_level(Of::from(&appointed), None, proposed, today(tx).await?)?;
        if !only(hold(tx, &[asked]).await?)?.waits {
            let level = new_level(tx, &appointed, &level, appointed.appointed_on, appointed.ended_on);
            queries::insert_level(tx, &level).await?;
        }
    }
    tx.touch_days(&[days]).await?;
    let (employee, first) = (appointed.employee_id, appointed.appointed_on);
    let details = json!({"employee_id": employee, "appointed_on": first, "term_ends_on": request.term_ends_on});
    let record = Record::told("appoint_lecturer", "lecturer.appointed", "lecturer", appointed.id);
    tx.record(record.fields(["employee_id", "appointed_on", "term_ends_on", "levels"]).details(details));
    render(tx, appointed).await
}

/// A fault for each of these people (with the place in the request) who was a lecturer and whose appointments are all over on the
/// day, in the same order.
pub async fn no_longer_appointed(tx: &mut Tx<'_>, asked: &[(String, Uuid, NaiveDate)]) -> Result<Vec<Fault>> {
    let people: Vec<(Uuid, NaiveDate)> = asked.iter().map(|(_, employee, day)| (*employee, *day)).collect();
    let fault = |former: queries::Former| {
        let (pointer, _, day) = asked.get(usize::try_from(former.place - 1).ok()?)?;
        let person = shown(&former.name, former.employee_number.as_deref());
        let reason = Phrase::from(Refusal::AppointmentOver).with("person", person).with("day", data(day));
        Some(Fault::not_eligible(pointer.clone(), reason))
    };
    Ok(queries::no_longer_appointed(tx, &people).await?.into_iter().filter_map(fault).collect())
}

/// The employment of the person on the first day of an appointment. The person's row is locked: the employment stays as it is.
pub(super) async fn employment_on_day(
    tx: &mut Tx<'_>,
    employee: Uuid,
    pointer: &str,
    day: NaiveDate,
) -> Result<Employment> {
    let found = employees::find_for_update(tx, employee).await?;
    let person = found.ok_or_else(|| Error::fault(pointer, FaultCode::NotFound))?;
    person.refuse_merged(pointer)?;
    let employment = employment_on(tx, employee, person.employment(), day).await?;
    let shown = shown(&person.name, person.employee_number.as_deref());
    employment.ok_or_else(|| not_employed("/appointed_on", shown, day).into())
}

/// Corrects the first day. The first level moves with it; levels that would end before it never were.
pub async fn correct(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: CorrectLecturerRequest,
    faults: Faults,
) -> Result<LecturerResponse> {
    let present = lock(tx, id, precondition).await?;
    let (before, day) = (present.appointed_on, request.appointed_on);
    let stands = AppointmentDays::of(&present);
    let is_same = before == day;
    let checked = if is_same { Ok(()) } else { check_correction(tx, &present, day).await };
    faults.and(checked)?;
    let levels = levels_of(tx, id).await?;
    let moves_levels = !is_same && guarded::start_moves_levels(&levels, before, day, today(tx).await?);
    let proposed = AppointmentDays { appointed_on: day, ..stands };
    let asked = guarded::asked_days(Of::from(&present), "appointed_on", stands, proposed, moves_levels)?;
    let asked = Asked { reason: Some(request.reason.clone()), ..guarded::with_levels(asked, &levels) };
    if guarded::waits(tx, &present, asked).await? || is_same {
        return read_again(tx, id).await;
    }
    let corrected = write_correction(tx, &present, day, &request.reason).await?;
    render(tx, corrected).await
}

/// Refuses a first day that cannot be right, and one that comes too late: money of the days between has left.
async fn check_correction(tx: &mut Tx<'_>, present: &Lecturer, day: NaiveDate) -> Result<()> {
    if let Some(ended) = present.ended_on.filter(|ended| *ended <= day) {
        return Err(Fault::starts_after_end("/appointed_on", "ended_on", LastDay::before(ended)).into());
    }
    employment_on_day(tx, present.employee_id, "/appointed_on", day).await?;
    refuse_paid(tx, Days::between(present.employee_id, Some(present.appointed_on), Some(day))).await
}

async fn write_correction(tx: &mut Tx<'_>, present: &Lecturer, day: NaiveDate, reason: &Reason) -> Result<Lecturer> {
    let (id, before) = (present.id, present.appointed_on);
    let corrected = queries::correct(tx, id, before, day)
        .await
        .on_constraint("lecturers_employee_excl", || Error::fault("/appointed_on", FaultCode::Overlaps))?;
    tx.touch_days(&[Days::between(present.employee_id, Some(before), Some(day))]).await?;
    let record =
        Record::told("correct_lecturer", "lecturer.corrected", "lecturer", id).fields(["appointed_on", "levels"]);
    let details = json!({"employee_id": present.employee_id, "appointed_on": day, "before": before, "reason": reason});
    tx.record(record.details(details));
    Ok(corrected)
}

/// Writes a change that a second person has confirmed.
pub async fn apply_confirmed(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    let found = queries::find_for_update(tx, guarded::appointment_of(change)?).await?;
    let present = Thing::Lecturer.require(found)?;
    check_as_proposed(change, &present, &levels_of(tx, present.id).await?)?;
    if change.field == AccessField::LecturerLevel {
        let LevelFrom { level, starts_on } = parsed(&change.proposed)?;
        check_within(&present, starts_on)?;
        if put_level(tx, &present, &level, starts_on).await?.is_some() {
            note_level(tx, present.id, &level, starts_on);
        } else {
            // Less waits for it.
            queries::touch(tx, present.id).await?;
        }
        return Ok(());
    }
    let (stood, proposed): (AppointmentDays, AppointmentDays) = (parsed(&change.present)?, parsed(&change.proposed)?);
    if let Some(reason) = change.reason.as_ref().filter(|_| proposed.appointed_on != stood.appointed_on) {
        check_correction(tx, &present, proposed.appointed_on).await?;
        write_correction(tx, &present, proposed.appointed_on, reason).await?;
    }
    if (proposed.ended_on, proposed.term_ends_on) != (stood.ended_on, stood.term_ends_on) {
        terms::apply_confirmed(tx, &present, (stood, proposed), change.reason.as_ref()).await?;
    }
    Ok(())
}

/// Locks the appointment that the change is about.
pub async fn lock_changed(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    queries::find_for_update(tx, guarded::appointment_of(change)?).await?;
    Ok(())
}

/// Gives the appointment a new version, because what waits for it has changed.
pub async fn touch(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    // It is gone if two records of the person became one.
    queries::touch(tx, guarded::appointment_of(change)?).await.optional()?;
    Ok(())
}

pub(super) async fn levels_of(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<LecturerLevel>> {
    Ok(queries::levels(tx, &[id]).await?.remove(&id).unwrap_or_default())
}

/// The fault of a day that is not in `first..end`.
pub fn out_of_range(pointer: &str, first: NaiveDate, end: Option<NaiveDate>) -> Fault {
    let last = end.map_or_else(|| "9999-12-31".to_owned(), |end| LastDay::before(end).to_string());
    Fault::new(pointer, FaultCode::OutOfRange).with("min", data(first)).with("max", data(last))
}

pub async fn change_level(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    request: ChangeLecturerLevelRequest,
    mut faults: Faults,
) -> Result<LecturerResponse> {
    let present = lock(tx, id, precondition).await?;
    let day = request.starts_on;
    let stands = guarded::level_on(&levels_of(tx, id).await?, day);
    if stands.as_ref() != Some(&request.level) && !faults.has("/level") {
        faults.extend(unknown_level(tx, "/level", &request.level).await?);
    }
    faults.and(check_within(&present, day))?;
    // Refused already when it is proposed.
    with_level(tx, &present, &request.level, day).await?;
    let proposed = LevelFrom { level: request.level.clone(), starts_on: day };
    let asked = asked_level(Of::from(&present), stands, proposed, today(tx).await?)?;
    if guarded::waits(tx, &present, asked).await? {
        return read_again(tx, id).await;
    }
    if put_level(tx, &present, &request.level, day).await?.is_some() {
        note_level(tx, id, &request.level, day);
    }
    read_again(tx, id).await
}

fn check_within(lecturer: &Lecturer, day: NaiveDate) -> Result<()> {
    if day < lecturer.appointed_on || lecturer.ended_on.is_some_and(|ended| ended <= day) {
        return Err(out_of_range("/starts_on", lecturer.appointed_on, lecturer.ended_on).into());
    }
    Ok(())
}

fn note_level(tx: &mut Tx<'_>, id: Uuid, level: &Label, starts_on: NaiveDate) {
    let record = Record::logged("change_lecturer_level", "lecturer", id).fields(["levels"]);
    tx.record(record.details(json!({"level": level, "starts_on": starts_on})));
}

/// The levels with this one from the day on. Refused if money has left of days on which it is another.
async fn with_level(tx: &mut Tx<'_>, lecturer: &Lecturer, level: &Label, day: NaiveDate) -> Result<Timeline<Label>> {
    let rows = levels_of(tx, lecturer.id).await?;
    // A level that is kept for days after the appointment lasts on there.
    let is_kept = rows.iter().any(|row| row.valid_from <= day && outlasts(row.valid_to, lecturer.ended_on));
    let span = |row: LecturerLevel| Span { id: row.id, from: row.valid_from, to: row.valid_to, value: row.level };
    let mut timeline = Timeline::new(rows.into_iter().map(span).collect());
    timeline.put(day, level, lecturer.ended_on.filter(|_| !is_kept));
    let (employee, own) = (lecturer.employee_id, (lecturer.appointed_on, lecturer.ended_on));
    for (first, end) in timeline.changed_days().into_iter().filter_map(|days| within(days, own)) {
        refuse_paid(tx, Days { employee, first: Some(first), end }).await?;
    }
    Ok(timeline)
}

/// Whether a level with this end lasts longer than an appointment with that one.
fn outlasts(level: Option<NaiveDate>, appointment: Option<NaiveDate>) -> bool {
    appointment.is_some_and(|ended| level.is_none_or(|to| to > ended))
}

/// The appointment after the change. None if it already had that level on that day. A level moves no score: closed periods have none.
async fn put_level(tx: &mut Tx<'_>, lecturer: &Lecturer, level: &Label, day: NaiveDate) -> Result<Option<Lecturer>> {
    let changes = with_level(tx, lecturer, level, day).await?.changes();
    if changes.is_empty() {
        return Ok(None);
    }
    for id in changes.gone {
        queries::delete_level(tx, id).await?;
    }
    for (id, end) in changes.ends {
        queries::end_level(tx, id, end).await?;
    }
    for piece in changes.new {
        let new = new_level(tx, lecturer, &piece.value, piece.from, piece.to);
        queries::insert_level(tx, &new).await?;
    }
    let payload = json!({"employee_id": lecturer.employee_id, "level": level, "starts_on": day});
    tx.emit(Event::new("lecturer.level_changed", "lecturer", lecturer.id, payload));
    Ok(Some(queries::touch(tx, lecturer.id).await?))
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

pub async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<Lecturer> {
    precondition.admit(Thing::Lecturer, queries::find_for_update(tx, id).await?, |lecturer| lecturer.version)
}

pub(super) async fn read_again(tx: &mut Tx<'_>, id: Uuid) -> Result<LecturerResponse> {
    let present = Thing::Lecturer.require(queries::find(tx, id).await?)?;
    render(tx, present).await
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<LecturerResponse> {
    let visible = visible::<PeopleRead>(tx).await?;
    let found = queries::find(tx, id).await?;
    let seen = Thing::Lecturer.require(found.filter(|lecturer| visible.includes(lecturer.employee_id)))?;
    render(tx, seen).await
}

/// The lecturers as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, lecturers: Vec<Lecturer>) -> Result<Vec<LecturerResponse>> {
    let employees: Vec<Uuid> = lecturers.iter().map(|lecturer| lecturer.employee_id).collect();
    let ids: Vec<Uuid> = lecturers.iter().map(|lecturer| lecturer.id).collect();
    let people = employee_refs(tx, &employees).await?;
    let mut levels = queries::levels(tx, &ids).await?;
    let mut waiting = sign_in::waiting_appointments(tx, &employees).await?;
    let whole = |lecturer: Lecturer| {
        let employee = people.get(lecturer.employee_id)?;
        let levels = levels.remove(&lecturer.id).unwrap_or_default();
        let levels = levels.into_iter().filter_map(|level| level.on_days_of(&lecturer)).collect();
        let waiting = waiting.remove(&lecturer.id).unwrap_or_default();
        Ok(LecturerResponse::new(lecturer, employee, levels, waiting))
    };
    lecturers.into_iter().map(whole).collect()
}

pub(super) async fn render(tx: &mut Tx<'_>, lecturer: Lecturer) -> Result<LecturerResponse> {
    only(render_all(tx, vec![lecturer]).await?)
}
