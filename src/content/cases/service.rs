//! Operations on application cases.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use uuid::Uuid;

use super::dto::{CaseResponse, CreateCaseRequest};
use super::model::{Case, CaseState, NewCase, Readers};
use super::queries;
use crate::auth::Reach;
use crate::auth::rights::{CasesConfirm, CasesWrite, SessionsRead};
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::kernel::text::Reason;
use crate::people::{check_self_approval, employee_refs, refuse_merged, visible};
use crate::programmes;
use crate::sessions::{self, Scope, Session, SessionState};

impl Readers {
    /// Whose cases the caller may see.
    pub async fn of(tx: &mut Tx<'_>) -> Result<Self> {
        Ok(match visible::<SessionsRead>(tx).await?.ids() {
            None => Self::Everyone,
            Some(learners) => Self::Of { learners: learners.to_vec(), lecturer: tx.actor.person() },
        })
    }
}

/// Records a case.
pub async fn create(tx: &mut Tx<'_>, request: CreateCaseRequest, faults: Faults) -> Result<CaseResponse> {
    let (learner, session) = faults.and(participant(tx, &request).await)?;
    let (Some(start), SessionState::Delivered) = (session.delivered_start, session.state) else {
        return Err(Error::state(Thing::Session, session.state, SessionState::Delivered));
    };
    if let Some(day) = request.applied_on {
        check_day(tx, &session, start, day).await?;
    }
    let new = NewCase {
        tenant_id: tx.tenant,
        id: tx.id(),
        session_id: session.id,
        learner_id: learner,
        description: request.description,
        applied_on: request.applied_on,
        state: CaseState::Submitted.slug(),
        maker_id: tx.actor.answerable(),
        submitted_at: tx.now,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let case = queries::insert(tx, &new)
        .await
        .on_constraint("application_cases_learner_key", || Error::already_exists(Thing::CaseOfSession))?;
    tx.touch_sessions(&[session.id]).await?;
    let record = Record::told("create_application_case", "case.submitted", "application_case", case.id);
    let record = record.fields(["description", "applied_on"]);
    tx.record(record.details(json!({"session_id": session.id, "learner_id": learner})));
    render(tx, case).await
}

/// The learner of the case, and the session in which the learner took part.
async fn participant(tx: &mut Tx<'_>, request: &CreateCaseRequest) -> Result<(Uuid, Session)> {
    let learner = learner_of(tx, request)?;
    refuse_merged(tx, "/learner_id", learner).await?;
    let session = find_session(tx, request.session_id, learner, request.learner_id.is_some()).await?;
    Ok((learner, session))
}

/// The learner of the case: the caller, or the person that HR's systems give.
fn learner_of(tx: &Tx<'_>, request: &CreateCaseRequest) -> Result<Uuid> {
    match (tx.actor.reach::<CasesWrite>()?, request.learner_id, tx.actor.person()) {
        (Reach::All, Some(learner), _) => Ok(learner),
        (Reach::All, None, None) => Err(Error::fault("/learner_id", FaultCode::Required)),
        (_, None, Some(person)) => Ok(person),
        (_, Some(learner), Some(person)) if learner == person => Ok(person),
        _ => Err(Fault::not_eligible("/learner_id", Refusal::OwnCasesOnly).into()),
    }
}

/// The session, if the learner took part in it. `named` is true if the request gives the learner. Otherwise 422, with the pointer
/// to the wrong member.
async fn find_session(tx: &mut Tx<'_>, id: Uuid, learner: Uuid, named: bool) -> Result<Session> {
    let unknown = || Error::fault("/session_id", FaultCode::NotFound);
    let scope = Scope::to_read(tx).await?;
    let session = sessions::find(tx, id, &scope).await?.ok_or_else(unknown)?;
    if !sessions::may_take_part(tx, id, learner).await? {
        // The pointer must lead to something that the caller has sent: learners need not send their own id.
        let pointer = if named { "/learner_id" } else { "/session_id" };
        return Err(Fault::not_eligible(pointer, Refusal::WasNoAttendee).into());
    }
    Ok(session)
}

/// Refuses a day before the session or in the future, in the programme's time zone.
async fn check_day(tx: &mut Tx<'_>, session: &Session, start: DateTime<Utc>, day: NaiveDate) -> Result<()> {
    let programme = programmes::find(tx, session.programme_id).await?;
    let zone = programme.ok_or_else(|| Error::internal("a session without its programme"))?.time_zone;
    let (first, last) = (start.with_timezone(&zone).date_naive(), tx.now.with_timezone(&zone).date_naive());
    let mut faults = Faults::default();
    faults.check_range("/applied_on", day, first, last);
    faults.check()
}

/// A case that the caller may decide about and that stands, locked, with the lecturers of its session. It concerns neither the caller
/// nor a session of the caller.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<(Case, Vec<Uuid>)> {
    let found = queries::find_for_update(tx, id).await?;
    let seen = visible::<CasesConfirm>(tx).await?;
    let found = found.filter(|case| seen.includes(case.learner_id));
    let case = precondition.admit(Thing::ApplicationCase, found, |case| case.version)?;
    let lecturers = sessions::lecturers_of(tx, case.session_id).await?;
    let concerns = |person| case.learner_id == person || lecturers.contains(&person);
    if tx.actor.answerable().is_some_and(concerns) {
        return Err(Error::new(Code::SelfApproval));
    }
    Thing::ApplicationCase.refuse_if(case.voided_at.is_some(), Condition::Voided, Condition::NotVoided)?;
    Ok((case, lecturers))
}

/// HR voids a case that was reported or decided wrongly. The learner may then report another one.
pub async fn void(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition, reason: Reason) -> Result<CaseResponse> {
    if tx.actor.reach::<CasesConfirm>()? != Reach::All {
        return Err(Error::new(Code::HrRequired));
    }
    let (case, lecturers) = lock(tx, id, &precondition).await?;
    let by = tx.actor.answerable();
    let voided = queries::void(tx, id, by, reason.clone()).await?;
    tx.touch_sessions(&[case.session_id]).await?;
    let details = json!({
        "session_id": case.session_id, "learner_id": case.learner_id, "lecturer_ids": lecturers, "was": case.state,
    });
    let record = Record::told("void_application_case", "case.voided", "application_case", id);
    tx.record(record.fields(["voided"]).details(details).notes(json!({"reason": reason})));
    render(tx, voided).await
}

/// Confirms or rejects a case that is not decided yet. The learner and the lecturers of the session may not decide. Nor may the
/// person who reported it, unless the company allows self-approval.
pub async fn decide(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    state: CaseState,
    note: Option<Reason>,
) -> Result<CaseResponse> {
    let decider = tx.actor.require_person()?;
    let (case, lecturers) = lock(tx, id, &precondition).await?;
    let is_own = tx.actor.is(case.maker_id);
    check_self_approval(tx, is_own).await?;
    Thing::ApplicationCase.require_state(case.state, [CaseState::Submitted])?;
    let decided = queries::decide(tx, id, state, decider, note).await?;
    let (command, topic) = match state {
        CaseState::Rejected => ("reject_application_case", "case.rejected"),
        CaseState::Submitted | CaseState::Confirmed => ("confirm_application_case", "case.confirmed"),
    };
    let (session, learner) = (decided.session_id, decided.learner_id);
    tx.touch_sessions(&[session]).await?;
    let details = json!({"session_id": session, "learner_id": learner, "lecturer_ids": lecturers});
    tx.record(Record::told(command, topic, "application_case", id).fields(["note"]).details(details));
    render(tx, decided).await
}

/// One case that the caller may see.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<CaseResponse> {
    let readers = Readers::of(tx).await?;
    let case = Thing::ApplicationCase.require(queries::find(tx, id, &readers).await?)?;
    render(tx, case).await
}

/// The cases as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, cases: Vec<Case>) -> Result<Vec<CaseResponse>> {
    let mut named: Vec<Uuid> = cases.iter().map(|case| case.learner_id).collect();
    named.extend(cases.iter().flat_map(|case| [case.decided_by_id, case.voided_by_id]).flatten());
    let people = employee_refs(tx, &named).await?;
    cases.into_iter().map(|case| CaseResponse::new(case, &people)).collect()
}

async fn render(tx: &mut Tx<'_>, case: Case) -> Result<CaseResponse> {
    only(render_all(tx, vec![case]).await?)
}
