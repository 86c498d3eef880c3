//! Ratings on paper forms, for people who could not rate by themselves. Nobody can enter ratings in other people's names alone: the
//! forms count when a second administrator has entered the same ones. Until then only their digest is kept, so that there is nothing
//! to read. They are marked in the lecturer's statement. Who has rated already is left out: their own word stands. Where feedback is
//! anonymous there are none: whoever enters a form reads whose it is.

mod dto;
mod queries;
pub mod routes;

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use self::dto::{EnterPaperFeedbackRequest, MAX_FORMS, PaperFeedbackResponse, PaperState};
use self::queries::NewPaperRating;
use super::model::{Given, Terms};
use super::release::release;
use super::{parts, queries as feedback};
use crate::db::insert_new;
use crate::error::{Code, Error, Result};
use crate::http::fingerprint;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::hex::hex;
use crate::kernel::phrases::{Refusal, Thing};
use crate::people::{Existing, existing_employees};
use crate::programmes::FeedbackMode;
use crate::sessions;

/// A form: whose it is, and what it says.
type Form = (Uuid, Given);

/// Enters the paper forms of a session. If another administrator has entered the same before, their ratings count from now on.
pub async fn enter(
    tx: &mut Tx<'_>,
    session: Uuid,
    request: EnterPaperFeedbackRequest,
) -> Result<PaperFeedbackResponse> {
    let person = tx.actor.require_person()?;
    let terms: Terms = Thing::Session.require(feedback::find_terms(tx, &[session]).await?.pop())?.into();
    if terms.row.mode == FeedbackMode::Anonymous {
        return Err(Error::new(Code::AnonymousFeedback));
    }
    if terms.row.delivered_start.is_none() {
        return Err(Error::new(Code::NotDelivered));
    }
    let forms = checked(tx, session, &terms, request).await?;
    // Not only feedback changes with it: the session has ratings on paper from now on.
    tx.touch_sessions(&[session]).await?;
    let count = i32::try_from(forms.len()).map_err(Error::internal)?;
    let paper = queries::enter(tx, session, &digest_of(&forms)?, count, person).await?;
    let confirms = paper.confirmed_at.is_none() && !tx.actor.is(paper.entered_by_id);
    if confirms {
        queries::confirm(tx, paper.id, person).await?;
        store(tx, session, terms.row.mode, forms).await?;
    }
    let is_confirmed = confirms || paper.confirmed_at.is_some();
    let state = if is_confirmed { PaperState::Confirmed } else { PaperState::Waiting };
    let record = Record::logged("enter_paper_feedback", "session", session);
    tx.record(record.details(json!({"forms": count, "state": state})));
    Ok(PaperFeedbackResponse { session_id: session, forms: count, state })
}

/// The forms, ordered by learner, or all their faults.
async fn checked(
    tx: &mut Tx<'_>,
    session: Uuid,
    terms: &Terms,
    request: EnterPaperFeedbackRequest,
) -> Result<Vec<Form>> {
    let mut faults = Faults::default();
    faults.check_length("/forms", request.forms.len(), 1, MAX_FORMS);
    let learners: Vec<Uuid> = request.forms.iter().map(|form| form.learner_id).collect();
    let existing = existing_employees(tx, &learners).await?;
    let attendees = attendees(tx, session, &existing).await?;
    faults.check_distinct(&learners, |i| format!("/forms/{i}/learner_id"));
    let mut forms = Vec::new();
    for (i, form) in request.forms.into_iter().enumerate() {
        let pointer = format!("/forms/{i}/learner_id");
        if !existing.contains(&form.learner_id) {
            faults.push(existing.fault(pointer, form.learner_id));
        } else if !attendees.contains(&form.learner_id) {
            faults.push(Fault::not_eligible(pointer, Refusal::RatedByNoAttendee));
        }
        match form.feedback.on_form(&terms.served) {
            Ok(given) => forms.push((form.learner_id, given)),
            Err(refused) if refused.faults.is_empty() => return Err(refused),
            Err(refused) => {
                let place = format!("/forms/{i}/feedback");
                refused.faults.into_iter().for_each(|fault| faults.push(fault.under(&place)));
            }
        }
    }
    faults.check()?;
    forms.sort_by_key(|(learner, _)| *learner);
    Ok(forms)
}

/// Those of these people who may rate the session.
async fn attendees(tx: &mut Tx<'_>, session: Uuid, people: &Existing) -> Result<BTreeSet<Uuid>> {
    let mut attendees = BTreeSet::new();
    for person in people.people() {
        if sessions::may_take_part(tx, session, *person).await? {
            attendees.insert(*person);
        }
    }
    Ok(attendees)
}

/// SHA-256 of the forms, as 64 lower-case hexadecimal digits.
fn digest_of(forms: &[Form]) -> Result<String> {
    let written = |(learner, given): &Form| json!([learner, given.rating, given.scale, given.items, given.comment]);
    let forms: Vec<_> = forms.iter().map(written).collect();
    let bytes = serde_json::to_vec(&forms).map_err(Error::internal)?;
    Ok(hex(&fingerprint(&bytes)))
}

/// Whoever has rated the session has done so.
async fn store(tx: &mut Tx<'_>, session_id: Uuid, mode: FeedbackMode, forms: Vec<Form>) -> Result<()> {
    if mode != FeedbackMode::Named {
        feedback::lock_lecturers(tx.asking(), &[session_id]).await?;
    }
    let learners: Vec<Uuid> = forms.iter().map(|(learner, _)| *learner).collect();
    let rated = parts::rated_as(tx, session_id, &learners).await?;
    let row = |(learner, given): Form| NewPaperRating {
        tenant_id: tx.tenant,
        id: tx.id(),
        session_id,
        learner_id: rated.get(&learner).copied().unwrap_or(learner),
        rule_id: given.rule_id,
        rating: given.rating,
        scale: given.scale,
        items: given.items,
        comment: given.comment,
        received_at: tx.now,
        source: "paper",
        counts: true,
    };
    let rows: Vec<NewPaperRating> = forms.into_iter().map(row).collect();
    insert_new(tx.conn, &rows).await?;
    if mode != FeedbackMode::Named {
        for event in release(tx, &[session_id]).await? {
            tx.emit(event);
        }
    }
    Ok(())
}
