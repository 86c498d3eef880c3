//! Planning: how plans are checked, stored and changed.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use uuid::Uuid;

use super::audience::queries as audience;
use super::dto::PlanChange;
use super::fit::{check_employed, check_fit, local_day, programme_of};
use super::known::{Known, due_is_not_yours, role_is_not_yours};
use super::model::{CreditChange, NewSession, PlanSession, Scope, Session, SessionState, Share};
use super::participation::among_participants;
use super::responses::{SessionResponse, render};
use super::rules::{self, ReportedAs};
use super::terms::Terms;
use super::visibility::reporting_as;
use super::{due, overlaps, queries};
use crate::auth::rights::SessionsWrite;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Event, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::patch::Patch;
use crate::kernel::phrases::{Refusal, Thing};
use crate::kernel::wire;
use crate::people::departments_on;

/// Plans one session.
pub async fn create(tx: &mut Tx<'_>, plan: PlanSession, mut faults: Faults) -> Result<SessionResponse> {
    let known = Known::load(tx, std::slice::from_ref(&plan)).await?;
    known.check(&plan, &mut faults);
    faults.check()?;
    let slots = overlaps::slots_of(std::slice::from_ref(&plan));
    if let Some(clash) = overlaps::clashes(tx, &slots, None).await?.values().next() {
        return Err(clash.into());
    }
    let session = only(insert_all(tx, &known, vec![plan]).await?)?;
    let fields = ["title", "starts_at", "scheduled_minutes", "due_at", "lecturers", "audience"];
    let details = json!({"programme_id": session.programme_id, "starts_at": session.scheduled_start});
    tx.record(Record::logged("create_session", "session", session.id).fields(fields).details(details));
    render(tx, session).await
}

/// Inserts plans that were checked, in the same order, and announces each by an event.
pub async fn insert_all(tx: &mut Tx<'_>, known: &Known, plans: Vec<PlanSession>) -> Result<Vec<Session>> {
    let asked: Vec<(Uuid, NaiveDate)> =
        plans.iter().filter_map(|plan| Some((rules::leading(&plan.lecturers)?, known.day_of(plan)?))).collect();
    if asked.len() != plans.len() {
        return Err(Error::internal("a plan that was not checked"));
    }
    let departments = departments_on(tx, &asked).await?;
    let (mut rows, mut lecturers, mut learners) = (Vec::new(), Vec::new(), Vec::new());
    for (plan, department_id) in plans.into_iter().zip(departments) {
        let id = tx.id();
        let people: Vec<Uuid> = plan.lecturers.iter().map(|share| share.employee_id).collect();
        lecturers.extend(plan.lecturers.iter().map(|share| (id, *share)));
        learners.extend(plan.audience.iter().map(|learner| (id, *learner)));
        let payload = json!({"programme_id": plan.programme_id, "lecturer_ids": people, "starts_at": plan.starts_at});
        tx.emit(Event::new("session.planned", "session", id, payload));
        rows.push(new_session(tx, id, plan, department_id));
    }
    let stored = queries::insert_all(tx, &rows).await?;
    queries::insert_lecturers(tx, &lecturers).await?;
    audience::insert_all(tx, &learners).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    tx.touch_sessions(&ids).await?;
    overlaps::reserve(tx, &ids).await?;
    Ok(stored)
}

fn new_session(tx: &Tx<'_>, id: Uuid, plan: PlanSession, department_id: Option<Uuid>) -> NewSession {
    let due_at = match plan.due_at {
        Patch::Absent => Some(due::default_due(plan.starts_at)),
        Patch::Null => None,
        Patch::Value(due_at) => Some(due_at),
    };
    NewSession {
        tenant_id: tx.tenant,
        id,
        programme_id: plan.programme_id,
        group_id: plan.group_id,
        title: plan.title,
        topic: plan.topic,
        kind: plan.kind.slug(),
        mode: plan.mode.slug(),
        place: plan.place,
        state: SessionState::Planned.slug(),
        scheduled_start: plan.starts_at,
        scheduled_minutes: plan.scheduled_minutes,
        due_at,
        department_id,
        difficulty: plan.difficulty,
        is_first_run: plan.is_first_run,
        created_at: tx.now,
        updated_at: tx.now,
    }
}

/// A session that the caller may change, locked, with its lecturers and the role in which the caller reports about it.
pub async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<(Session, Vec<Uuid>, ReportedAs)> {
    let found = queries::find_for_update(tx, id).await?;
    let scope = Scope::to_write(tx).await?;
    let is_within = queries::is_within(tx, id, &scope).await?;
    let session = precondition.admit(Thing::Session, found.filter(|_| is_within), |session| session.version)?;
    tx.touch_sessions(&[id]).await?;
    let lecturers = queries::lecturers_of(tx, id).await?;
    let reported_as = reporting_as(&tx.actor.reach::<SessionsWrite>()?, tx.actor.answerable(), &lecturers);
    Ok((session, lecturers, reported_as))
}

/// The department to which a session that starts at `start` is credited: that of its leading lecturer.
pub async fn credited_department(
    tx: &mut Tx<'_>,
    session: &Session,
    lecturers: &[Uuid],
    start: DateTime<Utc>,
) -> Result<Option<Uuid>> {
    let Some(first) = lecturers.first() else { return Ok(None) };
    let day = local_day(&programme_of(tx, session).await?, start);
    Ok(departments_on(tx, &[(*first, day)]).await?.pop().flatten())
}

/// Changes a plan.
pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    change: PlanChange,
    faults: Faults,
) -> Result<SessionResponse> {
    let (session, lecturers, reported_as) = lock(tx, id, &precondition).await?;
    if needs_consent(&session, &change) {
        rules::check_consent(&session, reported_as)?;
    }
    rules::check_plan_open(&session, reported_as, tx.now)?;
    let checked = check_change(tx, &session, &lecturers, &change, reported_as).await;
    faults.and(checked)?;
    let fields = change.fields();
    let updated = store_change(tx, &session, &lecturers, change, reported_as).await?;
    let details = json!({"programme_id": updated.programme_id, "lecturer_ids": lecturers});
    tx.record(Record::told("update_session", "session.updated", "session", id).fields(fields).details(details));
    render(tx, updated).await
}

/// Refuses a change with everything that does not fit the session.
async fn check_change(
    tx: &mut Tx<'_>,
    session: &Session,
    lecturers: &[Uuid],
    change: &PlanChange,
    changed_by: ReportedAs,
) -> Result<()> {
    let mut faults = Faults::default();
    if changed_by == ReportedAs::Lecturer {
        if change.due_at.is_some() {
            faults.push(due_is_not_yours());
        }
        Terms::changed(session, change).check(&mut faults);
    }
    if let Some(Some(due_at)) = change.due_at {
        faults.extend(due::fault_of(session, due_at, tx.now));
    }
    if let Some(Some(group)) = change.group_id {
        let groups = queries::programme_groups(tx, &[group]).await?;
        if !groups.contains(&(session.programme_id, group)) {
            faults.push(Fault::new("/group_id", FaultCode::NotFound));
        }
    }
    // A start that is refused may be one that has no local day.
    if let Some(start) = change.starts_at.filter(|start| wire::instant(start).is_ok()) {
        let people = lecturers.iter().map(|lecturer| ("/starts_at".to_owned(), *lecturer));
        check_fit(tx, session, start, people, &mut faults).await?;
    }
    faults.check()
}

/// Whether this turns an assigned session into another one: at another time, longer or shorter, voluntary, or of a group with other
/// organisers.
fn needs_consent(session: &Session, change: &PlanChange) -> bool {
    change.starts_at.is_some_and(|start| start != session.scheduled_start)
        || change.scheduled_minutes.is_some_and(|minutes| minutes != session.scheduled_minutes)
        || change.kind.is_some_and(|kind| kind != session.kind)
        || change.group_id.is_some_and(|group| group != session.group_id)
}

/// Stores a change of a plan with what follows from it: the department that is credited, the due moment, and the time that the plan
/// takes from its lecturers.
pub async fn store_change(
    tx: &mut Tx<'_>,
    session: &Session,
    lecturers: &[Uuid],
    mut change: PlanChange,
    changed_by: ReportedAs,
) -> Result<Session> {
    if let Some(start) = change.starts_at {
        change.department_id = Some(credited_department(tx, session, lecturers, start).await?);
        if change.due_at.is_none() {
            change.due_at = Some(due::moved_due(session, start, changed_by, tx.now));
        }
    }
    let moves = change.starts_at.is_some() || change.scheduled_minutes.is_some();
    if moves {
        let start = change.starts_at.unwrap_or(session.scheduled_start);
        let minutes = change.scheduled_minutes.unwrap_or(session.scheduled_minutes);
        overlaps::check(tx, session, lecturers, start, minutes).await?;
    }
    tx.touch_sessions(&[session.id]).await?;
    let updated = queries::update_plan(tx, session.id, &change).await?;
    if moves {
        tx.touch_sessions(&[session.id]).await?;
        overlaps::reserve(tx, &[session.id]).await?;
    }
    Ok(updated)
}

/// Replaces the lecturers and their shares. Everyone who may plan the session may do so while it is planned. After the decision
/// it is a correction, which only managers and HR may make, and they must not credit themselves.
pub async fn replace_lecturers(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    shares: Vec<Share>,
    mut faults: Faults,
) -> Result<SessionResponse> {
    let (session, before, reported_as) = lock(tx, id, &precondition).await?;
    let people: Vec<Uuid> = shares.iter().map(|share| share.employee_id).collect();
    let held = queries::lecturers(tx, &[id]).await?;
    let held: Vec<Share> = held.into_iter().map(Share::from).collect();
    let shares = rules::with_roles(&held, shares);
    if reported_as == ReportedAs::Lecturer {
        faults.extend(rules::set_roles(&held, &shares).map(role_is_not_yours));
    }
    if !rules::changed(&held, &shares).is_empty() {
        rules::check_consent(&session, reported_as)?;
    }
    let known = Known::people(tx, &people).await?;
    known.check_replacement(&session, reported_as, &people)?;
    known.check_lecturers(&held, &shares, &mut faults);
    let start = session.delivered_start.unwrap_or(session.scheduled_start);
    let named = people.iter().enumerate().map(|(i, person)| (format!("/lecturers/{i}/employee_id"), *person));
    if session.state == SessionState::Planned {
        check_fit(tx, &session, start, named, &mut faults).await?;
    } else {
        check_employed(tx, &session, start, named, &mut faults).await?;
    }
    check_newcomers(tx, &session, &before, &people, &mut faults).await?;
    faults.check()?;
    let updated = store_lecturers(tx, &session, &before, &shares).await?;
    let is_confirmed = updated.delivery_confirmed_at.is_some();
    let record = Record::told("replace_session_lecturers", "session.lecturers_replaced", "session", id);
    let details = json!({"before": before, "now": people, "is_confirmed": is_confirmed});
    tx.record(record.fields(["lecturers"]).details(details));
    render(tx, updated).await
}

/// Stores the lecturers of a session with what follows from it: the department that is credited, the audience, whether the delivery
/// stays confirmed, and whose time the plan takes.
pub async fn store_lecturers(tx: &mut Tx<'_>, session: &Session, before: &[Uuid], shares: &[Share]) -> Result<Session> {
    let id = session.id;
    let people: Vec<Uuid> = shares.iter().map(|share| share.employee_id).collect();
    if session.state == SessionState::Planned {
        overlaps::check(tx, session, &people, session.scheduled_start, session.scheduled_minutes).await?;
    }
    tx.touch_sessions(&[id]).await?;
    queries::delete_lecturers(tx, id).await?;
    let rows: Vec<(Uuid, Share)> = shares.iter().map(|share| (id, *share)).collect();
    queries::insert_lecturers(tx, &rows).await?;
    tx.touch_sessions(&[id]).await?;
    audience::remove(tx, id, &people).await?;
    let start = session.delivered_start.unwrap_or(session.scheduled_start);
    let leading: Vec<Uuid> = rules::leading(shares).into_iter().collect();
    let mut change = CreditChange {
        department_id: Some(credited_department(tx, session, &leading, start).await?),
        ..CreditChange::default()
    };
    if !rules::stays_confirmed(session, before, &people) {
        change.delivery_confirmed_at = Some(None);
        change.delivery_confirmed_by_id = Some(None);
    }
    let updated = queries::update_credit(tx, id, &change).await?;
    overlaps::reserve(tx, &[id]).await?;
    Ok(updated)
}

/// Adds a fault for each new lecturer of a decided session who took part in it. Otherwise, what that person may have rated could be
/// read from what becomes of the sums.
async fn check_newcomers(
    tx: &mut Tx<'_>,
    session: &Session,
    before: &[Uuid],
    now: &[Uuid],
    faults: &mut Faults,
) -> Result<()> {
    if session.state == SessionState::Planned {
        return Ok(());
    }
    let took_part = among_participants(tx, session.id, now).await?;
    for (i, person) in now.iter().enumerate() {
        if took_part.contains(person) && !before.contains(person) {
            faults.push(Fault::not_eligible(format!("/lecturers/{i}/employee_id"), Refusal::TookPart));
        }
    }
    Ok(())
}

/// One session that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<SessionResponse> {
    let session = find_visible(tx, id).await?;
    render(tx, session).await
}

/// One session that the caller may see. 404 for any other.
pub async fn find_visible(tx: &mut Tx<'_>, id: Uuid) -> Result<Session> {
    let scope = Scope::to_read(tx).await?;
    Thing::Session.require(queries::find(tx, id, &scope).await?)
}
