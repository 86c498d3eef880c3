//! Operations on pairs.

use serde_json::json;
use uuid::Uuid;

use super::dto::{AskMentorshipRequest, EndMentorshipRequest, GoalsChange, MentorshipResponse};
use super::model::{Mentorship, MentorshipResult, MentorshipState, Step};
use super::queries;
use crate::auth::rights::MentorshipsWrite;
use crate::auth::{Right, Role};
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::kernel::text::Reason;
use crate::mentoring::offers::{self, MentorOffer, find_standing_for_update, refuse_full, standing};
use crate::people::{employee_refs, existing_employees, today, unemployed, visible};
use crate::programmes;
use crate::programmes::privileges::of_programme;

/// The member that names the mentor.
const MENTOR: &str = "/mentor_id";

/// The caller asks somebody whose offer stands.
pub async fn ask(tx: &mut Tx<'_>, request: AskMentorshipRequest, mut faults: Faults) -> Result<Mentorship> {
    let mentee_id = tx.actor.require_person()?;
    let offer = check_mentor(tx, &request, mentee_id, &mut faults).await?;
    faults.check()?;
    let offer = offer.ok_or_else(|| Error::internal("a mentor without an offer and without a fault"))?;
    refuse_full(tx, offer.id).await?;
    let AskMentorshipRequest { programme_id, mentor_id, goals } = request;
    let asked = Mentorship {
        tenant_id: tx.tenant,
        id: tx.id(),
        programme_id,
        mentor_id,
        mentee_id,
        state: MentorshipState::Asked,
        goals,
        answered_at: None,
        decline_reason: None,
        ended_at: None,
        ended_by_id: None,
        result: None,
        result_summary: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let made = queries::insert(tx, &asked).await;
    let asked = made.on_constraint("mentorships_live_key", || Error::already_exists(Thing::MentorshipOfMentee))?;
    note(tx, ("ask_mentorship", "mentorship.asked"), &asked, ["goals"]);
    Ok(asked)
}

/// Adds what speaks against the mentor. Returns the offer, locked; none only with a fault.
async fn check_mentor(
    tx: &mut Tx<'_>,
    request: &AskMentorshipRequest,
    mentee: Uuid,
    faults: &mut Faults,
) -> Result<Option<MentorOffer>> {
    let (programme, mentor) = (request.programme_id, request.mentor_id);
    let known = existing_employees(tx, &[mentor, mentee]).await?;
    if tx.actor.is(mentor) {
        faults.push(Fault::not_eligible(MENTOR, Refusal::OwnMentor));
    } else if let Err(unknown) = known.require(MENTOR, mentor) {
        faults.push(unknown);
    } else {
        let today = today(tx).await?;
        faults.extend(unemployed(tx, &[(MENTOR.to_owned(), mentor, today)]).await?);
    }
    if programmes::find(tx, programme).await?.is_none() {
        faults.push(Fault::new("/programme_id", FaultCode::NotFound));
        return Ok(None);
    }
    if faults.has(MENTOR) {
        return Ok(None);
    }
    let offer = find_standing_for_update(tx, programme, mentor).await?;
    if offer.is_none() {
        faults.push(Fault::not_eligible(MENTOR, Refusal::MentorsNobody));
    } else {
        let privileges = of_programme(tx, programme).await?;
        faults.extend(standing(tx, &privileges, mentor).await?.fault_for_others(MENTOR));
    }
    Ok(offer)
}

/// `asked → active`, by the mentor. What the offer needed must still be so.
pub async fn accept(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Mentorship> {
    let seen = seen_by::<MentorshipsWrite>(tx, id).await?;
    require_mentor(tx, &seen)?;
    let offer = find_standing_for_update(tx, seen.programme_id, seen.mentor_id).await?;
    let pair = lock(tx, id, precondition).await?;
    Thing::Mentorship.require_state(pair.state, [MentorshipState::Asked])?;
    let withdrawn = || Error::state(Thing::MentorOffer, Condition::Withdrawn, Condition::Standing);
    let offer = offer.ok_or_else(withdrawn)?;
    existing_employees(tx, &[pair.mentor_id, pair.mentee_id]).await?;
    let today = today(tx).await?;
    let left = unemployed(tx, &[(String::new(), pair.mentee_id, today)]).await?;
    Thing::Mentorship.refuse_if(!left.is_empty(), Condition::LeftCompany, Condition::Employed)?;
    let privileges = of_programme(tx, pair.programme_id).await?;
    let mentor = standing(tx, &privileges, pair.mentor_id).await?;
    let reached = Condition::GradeReached.with("grade", mentor.needed);
    Thing::MentorOffer.refuse_if(!mentor.is_enough, Condition::GradeNotReached, reached)?;
    Thing::MentorOffer.refuse_if(mentor.is_suspended, Condition::Suspended, Condition::NotSuspended)?;
    refuse_full(tx, offer.id).await?;
    let step = Step { answered_at: Some(tx.now), ..Step::to(MentorshipState::Active) };
    let pair = queries::update(tx, id, &step).await?;
    offers::touch(tx, offer.id).await?;
    note(tx, ("accept_mentorship", "mentorship.accepted"), &pair, ["state"]);
    Ok(pair)
}

/// `asked → declined`, by the mentor.
pub async fn decline(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    reason: Option<Reason>,
) -> Result<Mentorship> {
    let seen = seen_by::<MentorshipsWrite>(tx, id).await?;
    require_mentor(tx, &seen)?;
    let pair = lock(tx, id, precondition).await?;
    Thing::Mentorship.require_state(pair.state, [MentorshipState::Asked])?;
    let step = Step { answered_at: Some(tx.now), decline_reason: reason, ..Step::to(MentorshipState::Declined) };
    let pair = queries::update(tx, id, &step).await?;
    note(tx, ("decline_mentorship", "mentorship.declined"), &pair, ["state", "decline_reason"]);
    Ok(pair)
}

/// `asked → withdrawn`, by who asked.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Mentorship> {
    let seen = seen_by::<MentorshipsWrite>(tx, id).await?;
    if !tx.actor.is(seen.mentee_id) {
        return Err(Error::new(Code::NotTheAsker));
    }
    let pair = lock(tx, id, precondition).await?;
    Thing::Mentorship.require_state(pair.state, [MentorshipState::Asked])?;
    let step = Step { answered_at: Some(tx.now), ..Step::to(MentorshipState::Withdrawn) };
    let pair = queries::update(tx, id, &step).await?;
    note(tx, ("withdraw_mentorship", "mentorship.withdrawn"), &pair, ["state"]);
    Ok(pair)
}

/// `active → ended`, by one of the two or HR. Whoever is mentored can only break it off.
pub async fn end(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    request: EndMentorshipRequest,
    mut faults: Faults,
) -> Result<Mentorship> {
    let by = tx.actor.require_person()?;
    let seen = seen_by::<MentorshipsWrite>(tx, id).await?;
    let offer = find_standing_for_update(tx, seen.programme_id, seen.mentor_id).await?;
    let pair = lock(tx, id, precondition).await?;
    Thing::Mentorship.require_state(pair.state, [MentorshipState::Active])?;
    if tx.actor.is(pair.mentee_id) && request.result != MentorshipResult::BrokenOff {
        faults.push(Fault::not_eligible("/result", Refusal::ResultOfMentor));
    }
    faults.check()?;
    let step = Step {
        ended_at: Some(tx.now),
        ended_by_id: Some(by),
        result: Some(request.result.slug()),
        result_summary: request.summary,
        ..Step::to(MentorshipState::Ended)
    };
    let pair = queries::update(tx, id, &step).await?;
    if let Some(offer) = offer {
        offers::touch(tx, offer.id).await?;
    }
    note(tx, ("end_mentorship", "mentorship.ended"), &pair, ["state", "result", "result_summary"]);
    Ok(pair)
}

/// One of the two writes the goals anew, as long as it is not over.
pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    change: GoalsChange,
    faults: Faults,
) -> Result<Mentorship> {
    let seen = seen_by::<MentorshipsWrite>(tx, id).await?;
    require_pair(tx, &seen)?;
    let pair = lock(tx, id, precondition).await?;
    Thing::Mentorship.require_state(pair.state, [MentorshipState::Asked, MentorshipState::Active])?;
    faults.check()?;
    let pair = queries::update_goals(tx, id, &change).await?;
    note(tx, ("update_mentorship", "mentorship.updated"), &pair, change.fields());
    Ok(pair)
}

/// A pair of which the right `R` covers one of the two.
pub async fn seen_by<R: Right>(tx: &mut Tx<'_>, id: Uuid) -> Result<Mentorship> {
    let seen = visible::<R>(tx).await?;
    let found = queries::find(tx, id).await?;
    Thing::Mentorship.require(found.filter(|row| seen.includes(row.mentor_id) || seen.includes(row.mentee_id)))
}

/// The pair, locked and in the version that the caller saw.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Mentorship> {
    let found = queries::find_for_update(tx, id).await?;
    precondition.admit(Thing::Mentorship, found, |row| row.version)
}

fn require_mentor(tx: &Tx<'_>, pair: &Mentorship) -> Result<()> {
    if tx.actor.is(pair.mentor_id) { Ok(()) } else { Err(Error::new(Code::NotTheMentor)) }
}

/// Refuses everybody but the two, HR too: nobody writes in their place.
pub fn require_pair(tx: &Tx<'_>, pair: &Mentorship) -> Result<()> {
    if is_of_pair(tx, pair) { Ok(()) } else { Err(Error::new(Code::NotOfThePair)) }
}

fn is_of_pair(tx: &Tx<'_>, pair: &Mentorship) -> bool {
    tx.actor.is(pair.mentor_id) || tx.actor.is(pair.mentee_id)
}

/// Whether the caller reads what the two write: they do, and HR.
#[must_use]
pub fn reads_texts(tx: &Tx<'_>, pair: &Mentorship) -> bool {
    is_of_pair(tx, pair) || tx.actor.roles.contains(&Role::Admin)
}

/// The log and the event have no text of the two.
fn note(
    tx: &mut Tx<'_>,
    (command, topic): (&'static str, &'static str),
    pair: &Mentorship,
    fields: impl IntoIterator<Item = &'static str>,
) {
    let details = json!({
        "id": pair.id, "programme_id": pair.programme_id, "mentor_id": pair.mentor_id, "mentee_id": pair.mentee_id,
        "state": pair.state, "result": pair.result,
    });
    tx.record(Record::told(command, topic, "mentorship", pair.id).fields(fields).details(details));
}

/// The pairs as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, pairs: Vec<Mentorship>) -> Result<Vec<MentorshipResponse>> {
    let named = pairs.iter().flat_map(|row| [Some(row.mentor_id), Some(row.mentee_id), row.ended_by_id]);
    let named: Vec<Uuid> = named.flatten().collect();
    let people = employee_refs(tx, &named).await?;
    let whole = |row: Mentorship| {
        let told = reads_texts(tx, &row);
        MentorshipResponse::new(row, &people, told)
    };
    pairs.into_iter().map(whole).collect()
}

/// The pair as responses show it.
pub async fn render(tx: &mut Tx<'_>, pair: Mentorship) -> Result<MentorshipResponse> {
    only(render_all(tx, vec![pair]).await?)
}
