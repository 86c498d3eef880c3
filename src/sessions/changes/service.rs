//! Asking, answering and withdrawing.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::dto::{AskSessionChangeRequest, SessionChangeResponse};
use super::model::{ChangeKind, ChangeRequest, ChangeState, Ending, Seen, late_after};
use super::{apply, queries};
use crate::auth::Reach;
use crate::auth::rights::{SessionChanges, SessionsWrite};
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result, only};
use crate::http::{ETag, Precondition};
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::phrases::{Refusal, Thing};
use crate::kernel::text::Reason;
use crate::people::{employee_refs, existing_employees, groups_organised_by, past_fault};
use crate::sessions::model::{Scope, Session, SessionKind, SessionState};
use crate::sessions::{fit, queries as sessions};

impl Seen {
    /// The requests that the caller may see.
    pub async fn of(tx: &mut Tx<'_>) -> Result<Self> {
        if tx.actor.reach::<SessionChanges>()? == Reach::All {
            return Ok(Self::All);
        }
        let person = tx.actor.require_person()?;
        let groups = groups_organised_by(tx, person).await?;
        Ok(Self::Own { person, groups })
    }
}

/// Asks for a change of a planned session that was assigned to the caller.
pub async fn ask(
    tx: &mut Tx<'_>,
    id: Uuid,
    request: AskSessionChangeRequest,
    faults: Faults,
) -> Result<SessionChangeResponse> {
    let session = Thing::Session.require(sessions::find_for_update(tx, id).await?)?;
    let lecturers = sessions::lecturers_of(tx, id).await?;
    let person = asker(tx, id, &lecturers).await?;
    Thing::Session.require_state(session.state, [SessionState::Planned])?;
    if session.kind == SessionKind::Voluntary {
        return Err(Error::new(Code::NoNeedToAsk));
    }
    let mut found = Faults::default();
    request.check(&mut found);
    if let Some(start) = request.starts_at.filter(|_| request.kind == ChangeKind::Move) {
        found.extend(past_fault(tx, "/starts_at", start).await?);
    }
    if let Some(colleague) = request.colleague_id.filter(|_| !found.has(COLLEAGUE)) {
        check_colleague(tx, &session, colleague, &lecturers, &mut found).await?;
    }
    faults.and(found.check())?;
    let new = ChangeRequest {
        tenant_id: tx.tenant,
        id: tx.id(),
        session_id: id,
        kind: request.kind,
        starts_at: request.starts_at,
        scheduled_minutes: request.scheduled_minutes,
        colleague_id: request.colleague_id,
        reason: request.reason,
        state: ChangeState::Open,
        asked_by_id: person,
        late_after: late_after(session.scheduled_start),
        decided_at: None,
        decided_by_id: None,
        decision_note: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let asked = queries::insert(tx, &new).await;
    let open = || Error::already_exists(Thing::OpenSessionChange);
    let asked = asked.on_constraint("session_change_requests_open_key", open)?;
    record(tx, "ask_session_change", "session_change.asked", &asked);
    render(tx, asked).await
}

/// The lecturer who asks. Nobody else does: whoever may change the session has no need to, and to others it is not there.
async fn asker(tx: &mut Tx<'_>, session: Uuid, lecturers: &[Uuid]) -> Result<Uuid> {
    let person = tx.actor.person();
    if let Some(lecturer) = person.filter(|person| lecturers.contains(person)) {
        return Ok(lecturer);
    }
    if tx.actor.reach::<SessionsWrite>().is_ok() {
        let scope = Scope::to_write(tx).await?;
        if sessions::is_within(tx, session, &scope).await? {
            return Err(Error::new(Code::NoNeedToAsk));
        }
    }
    tx.actor.require_person()?;
    Err(Error::not_found(Thing::Session))
}

const COLLEAGUE: &str = "/colleague_id";

/// Adds the fault of a colleague who cannot take the session over.
async fn check_colleague(
    tx: &mut Tx<'_>,
    session: &Session,
    colleague: Uuid,
    lecturers: &[Uuid],
    faults: &mut Faults,
) -> Result<()> {
    if lecturers.contains(&colleague) {
        faults.push(Fault::not_eligible(COLLEAGUE, Refusal::GivesItAlready));
    } else if let Err(unknown) = existing_employees(tx, &[colleague]).await?.require(COLLEAGUE, colleague) {
        faults.push(unknown);
    } else {
        fit::check_fit(tx, session, session.scheduled_start, [(COLLEAGUE.to_owned(), colleague)], faults).await?;
    }
    Ok(())
}

/// `open → approved | declined`. An approval makes the change.
pub async fn decide(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    state: ChangeState,
    note: Option<Reason>,
) -> Result<SessionChangeResponse> {
    let person = tx.actor.require_person()?;
    let (request, session) = lock(tx, id, &precondition).await?;
    let lecturers = sessions::lecturers_of(tx, session.id).await?;
    let concerns = request.asked_by_id == person || request.colleague_id == Some(person) || lecturers.contains(&person);
    if concerns {
        return Err(Error::new(Code::SelfApproval));
    }
    Thing::SessionChange.require_state(request.state, [ChangeState::Open])?;
    let closed = queries::close(tx, id, Ending { state, by: Some(person), note }).await?;
    if state == ChangeState::Approved {
        apply::apply(tx, &closed, &session).await?;
        record(tx, "approve_session_change", "session_change.approved", &closed);
    } else {
        record(tx, "decline_session_change", "session_change.declined", &closed);
    }
    render(tx, closed).await
}

/// `open → withdrawn`, by who asked.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<SessionChangeResponse> {
    let person = tx.actor.require_person()?;
    let (request, _) = lock(tx, id, &precondition).await?;
    if request.asked_by_id != person {
        return Err(Error::new(Code::NotTheAsker));
    }
    Thing::SessionChange.require_state(request.state, [ChangeState::Open])?;
    let ending = Ending { state: ChangeState::Withdrawn, by: None, note: None };
    let closed = queries::close(tx, id, ending).await?;
    record(tx, "withdraw_session_change", "session_change.withdrawn", &closed);
    render(tx, closed).await
}

/// A request that the caller may see, and its session, both locked.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<(ChangeRequest, Session)> {
    let seen = Seen::of(tx).await?;
    let found = Thing::SessionChange.require(queries::find(tx, id, &seen).await?)?;
    let session = sessions::find_for_update(tx, found.session_id).await?;
    let session = session.ok_or_else(|| Error::internal("a request without its session"))?;
    let request = queries::find_for_update(tx, id).await?;
    let request = precondition.admit(Thing::SessionChange, request, |request| request.version)?;
    Ok((request, session))
}

/// Records what happened to a request, without its reason.
fn record(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, request: &ChangeRequest) {
    let details = json!({
        "session_id": request.session_id,
        "kind": request.kind,
        "asked_by_id": request.asked_by_id,
        "is_late": request.is_late(),
        "state": request.state,
    });
    tx.record(Record::told(command, topic, "session_change", request.id).details(details));
}

/// One request that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<SessionChangeResponse> {
    let seen = Seen::of(tx).await?;
    let request = Thing::SessionChange.require(queries::find(tx, id, &seen).await?)?;
    render(tx, request).await
}

/// The requests as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, requests: Vec<ChangeRequest>) -> Result<Vec<SessionChangeResponse>> {
    let named = requests.iter().flat_map(|row| [Some(row.asked_by_id), row.colleague_id, row.decided_by_id]);
    let named: Vec<Uuid> = named.flatten().collect();
    let people = employee_refs(tx, &named).await?;
    let of: Vec<Uuid> = requests.iter().map(|row| row.session_id).collect();
    let plans = queries::plans(tx, &of).await?;
    let plans: BTreeMap<Uuid, _> = plans.into_iter().map(|(id, title, start)| (id, (title, start))).collect();
    let whole = |row: ChangeRequest| {
        let plan = plans.get(&row.session_id).cloned();
        let (session_title, session_starts_at) =
            plan.ok_or_else(|| Error::internal("a request without its session"))?;
        Ok(SessionChangeResponse {
            id: row.id,
            session_id: row.session_id,
            session_title,
            session_starts_at,
            kind: row.kind,
            starts_at: row.starts_at,
            scheduled_minutes: row.scheduled_minutes,
            colleague: people.maybe(row.colleague_id)?,
            state: row.state,
            asked_by: people.get(row.asked_by_id)?,
            asked_at: row.created_at,
            late_after: row.late_after,
            is_late: row.is_late(),
            decided_at: row.decided_at,
            decided_by: people.maybe(row.decided_by_id)?,
            reason: row.reason,
            note: row.decision_note,
            updated_at: row.updated_at,
            etag: ETag(row.version),
        })
    };
    requests.into_iter().map(whole).collect()
}

async fn render(tx: &mut Tx<'_>, request: ChangeRequest) -> Result<SessionChangeResponse> {
    only(render_all(tx, vec![request]).await?)
}
