//! Operations on feedback, besides [taking](super::taking) it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::anonymous;
use super::dto::{
    ExtendFeedbackRequest, LearnerFeedback, MAX_TEXTS, MyFeedbackResponse, Said, SessionFeedbackResponse,
};
use super::model::{Extension, Extent, Known, PartRow, Terms};
use super::{parts, queries};
use crate::auth::rights::{FeedbackRead, SessionsRead};
use crate::error::Result;
use crate::journal::{Asking, Record, Tx};
use crate::kernel::phrases::Thing;
use crate::people::{employee_refs, time_zone};
use crate::programmes::FeedbackMode;
use crate::sessions::{self, Scope};

/// Whether the caller has rated a session.
pub async fn get_my_feedback(tx: &mut Tx<'_>, session: Uuid) -> Result<MyFeedbackResponse> {
    let learner = tx.actor.require_person()?;
    let terms = terms_of(tx, vec![session]).await?;
    let known = known(tx, &terms, &[(session, learner)]).await?.pop().flatten();
    let known = Thing::Session.require(visible(tx, known).await?)?;
    Ok(answer(&known, known.part.has_rated()))
}

/// What is there to tell about a session to a person.
pub fn answer(known: &Known, rated: bool) -> MyFeedbackResponse {
    let Terms { row, served } = &*known.terms;
    MyFeedbackResponse {
        session_id: row.session_id,
        rated,
        feedback_mode: row.mode,
        window_ends_at: known.occasion().window_ends_at(),
        form: served.form.clone(),
    }
}

/// How sessions are rated, by their ids.
pub type TermsOf = BTreeMap<Uuid, Arc<Terms>>;

/// How those of these sessions that are there are rated.
pub async fn terms_of(tx: &mut Tx<'_>, mut sessions: Vec<Uuid>) -> Result<TermsOf> {
    sessions.sort_unstable();
    sessions.dedup();
    let terms = queries::find_terms(tx, &sessions).await?;
    Ok(terms.into_iter().map(|row| (row.session_id, Arc::new(row.into()))).collect())
}

/// What is known about each of these pairs (session, person), in their order, with the `terms` of the sessions. None: there is no such
/// session.
pub async fn known(tx: &mut Tx<'_>, terms: &TermsOf, asked: &[(Uuid, Uuid)]) -> Result<Vec<Option<Known>>> {
    Ok(with_terms(terms, asked, parts::find_parts(tx.asking(), asked).await?))
}

/// The same for people who rate. Whether they have rated is told if it makes a difference: if the record that has may be another one of
/// theirs, and if nothing else has the session concern them.
pub async fn known_to_rate(asking: Asking<'_>, terms: &TermsOf, asked: &[(Uuid, Uuid)]) -> Result<Vec<Option<Known>>> {
    let mut known = with_terms(terms, asked, parts::find_parts_to_rate(asking, asked).await?);
    for (one, pair) in known.iter_mut().zip(asked) {
        if one.as_ref().is_some_and(|one| !one.concerns()) {
            *one = with_terms(terms, &[*pair], parts::find_parts(asking, &[*pair]).await?).pop().flatten();
        }
    }
    Ok(known)
}

fn with_terms(terms: &TermsOf, asked: &[(Uuid, Uuid)], parts: Vec<PartRow>) -> Vec<Option<Known>> {
    let parts: BTreeMap<(Uuid, Uuid), PartRow> =
        parts.into_iter().map(|part| ((part.session_id, part.person_id), part)).collect();
    let known =
        |pair: &(Uuid, Uuid)| Some(Known { terms: Arc::clone(terms.get(&pair.0)?), part: parts.get(pair)?.clone() });
    asked.iter().map(known).collect()
}

/// What is known, if the session concerns the person or the caller may see it in another way. A token that only allows rating reads
/// nothing.
pub async fn visible(tx: &mut Tx<'_>, known: Option<Known>) -> Result<Option<Known>> {
    let Some(known) = known else { return Ok(None) };
    if known.concerns() {
        return Ok(Some(known));
    }
    if tx.actor.reach::<SessionsRead>().is_err() {
        return Ok(None);
    }
    let scope = Scope::to_read(tx).await?;
    let sees = sessions::is_within(tx, known.terms.row.session_id, &scope).await?;
    Ok(Some(known).filter(|_| sees))
}

/// Grants a longer feedback window for a session: to everybody at once, because whoever rates in a window of their own is known.
pub async fn extend_feedback(tx: &mut Tx<'_>, session: Uuid, request: ExtendFeedbackRequest) -> Result<Extension> {
    let zone = time_zone(tx).await?;
    request.check(tx.now, zone)?;
    Thing::Session.require(sessions::is_within(tx, session, &Scope::All).await?.then_some(()))?;
    let extension = queries::upsert_extension(tx, session, request.extended_until, &request.reason).await?;
    let record = Record::told("extend_feedback", "feedback.extended", "session", session).fields(["extended_until"]);
    tx.record(record.details(json!({"extended_until": request.extended_until})));
    Ok(extension)
}

/// The feedback of learners on a session that the caller may see.
pub async fn get_session_feedback(tx: &mut Tx<'_>, session: Uuid) -> Result<SessionFeedbackResponse> {
    let scope = Scope::of(tx, tx.actor.reach::<FeedbackRead>()?, None).await?;
    Thing::Session.require(sessions::is_within(tx, session, &scope).await?.then_some(()))?;
    let standing = Thing::Session.require(queries::find_standing(tx, session).await?)?;
    let said = match standing.extent() {
        Extent::Nothing => Said::default(),
        extent if standing.mode == FeedbackMode::Anonymous => anonymous::said(tx, session, extent).await?,
        extent => said(tx, session, extent, standing.mode).await?,
    };
    SessionFeedbackResponse::new(session, said, standing.turnout(tx.now))
}

async fn said(tx: &mut Tx<'_>, session: Uuid, extent: Extent, mode: FeedbackMode) -> Result<Said> {
    let texts = queries::texts(tx, session, extent, MAX_TEXTS).await?;
    Ok(Said {
        ratings: queries::rating_totals(tx, session, extent).await?,
        items: queries::item_totals(tx, session, extent).await?,
        texts: texts.into_iter().map(|row| row.comment).collect(),
        by_learner: if mode == FeedbackMode::Named { Some(by_learner(tx, session).await?) } else { None },
    })
}

/// Who gave what. Only for the mode `named`.
async fn by_learner(tx: &mut Tx<'_>, session: Uuid) -> Result<Vec<LearnerFeedback>> {
    let given = queries::by_learner(tx, session, MAX_TEXTS).await?;
    let ids: Vec<Uuid> = given.iter().map(|(learner, _)| *learner).collect();
    let people = employee_refs(tx, &ids).await?;
    given.into_iter().map(|(learner, given)| LearnerFeedback::new(people.get(learner)?, given)).collect()
}
