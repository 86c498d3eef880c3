//! Operations on feedback.

use serde_json::json;
use uuid::Uuid;

use super::anonymous::{self, Answer};
use super::dto::{
    ExtendFeedbackRequest, LearnerFeedback, MAX_TEXTS, MyFeedbackResponse, PutMyFeedbackRequest, Said,
    SessionFeedbackResponse,
};
use super::model::{Extension, Extent, OccasionRow};
use super::queries;
use super::release::{release, revise};
use crate::auth::rights::{FeedbackRead, SessionsRead};
use crate::error::{Error, Result};
use crate::journal::{Record, Tx};
use crate::kernel::phrases::Thing;
use crate::people::{employee_refs, existing_employees, time_zone, unemployed};
use crate::programmes::{FeedbackMode, begin_live_feedback};
use crate::sessions::{self, Scope};

/// Stores the caller's feedback on a session. Within the window it may be given again, and the last one counts; in the mode
/// `anonymous` the first one stands. The answer is the same whatever was given before, so that nobody who can act for a learner finds
/// out what that was.
pub async fn put_my_feedback(
    tx: &mut Tx<'_>,
    session: Uuid,
    request: PutMyFeedbackRequest,
) -> Result<MyFeedbackResponse> {
    let learner = tx.actor.require_person()?;
    // A merge of the record may be about to commit.
    let learner = existing_employees(tx, &[learner]).await?.surviving(learner);
    let (known, rated) = occasion(tx, session, learner).await?;
    let given = request.on_form(&known.form())?;
    let until = known.occasion().admit(tx.now)?;
    check_employed(tx, learner, &known).await?;
    tx.touch_sessions(&[session]).await?;
    let stored = match known.mode {
        FeedbackMode::Anonymous => {
            let taken = anonymous::take(tx, vec![Answer { session, learner, given }]).await?;
            taken.contains(&true).then_some(None)
        }
        _ => queries::upsert(tx, session, rated.unwrap_or(learner), &given, until).await?,
    };
    if let Some(replaced) = stored {
        record(tx, known.mode, session);
        if let Some(day) = known.begins_live_on {
            begin_live_feedback(tx, known.programme_id, day).await?;
        }
        if known.mode != FeedbackMode::Named {
            show(tx, &known, session, replaced).await?;
        }
    }
    Ok(answer(session, &known, true))
}

/// Records that a rating was taken. Outside the mode `named`, the operation log shows the day and nothing else: not by whom, not
/// of which session, not when. Anyone can watch the number of ratings; together with it, each of these would show who gave which.
/// Events tell of what is released.
fn record(tx: &mut Tx<'_>, mode: FeedbackMode, session: Uuid) {
    tx.record(match mode {
        FeedbackMode::Named => Record::told("put_my_feedback", "feedback.received", "session", session),
        _ => Record::logged("put_my_feedback", "session", None).day_only().nameless(),
    });
}

/// Shows what a new or changed rating allows to show: a new one with those that wait, a changed one with the others of its batch.
async fn show(tx: &mut Tx<'_>, known: &OccasionRow, session: Uuid, replaced: Option<Uuid>) -> Result<()> {
    if let Some(batch) = replaced {
        return revise(tx, session, batch, known.min_k).await;
    }
    for event in release(tx, &[session]).await? {
        tx.emit(event);
    }
    Ok(())
}

/// Refuses a rating by somebody who was not employed on the day of the session.
async fn check_employed(tx: &mut Tx<'_>, learner: Uuid, known: &OccasionRow) -> Result<()> {
    let Some(start) = known.delivered_start else { return Ok(()) };
    let day = start.with_timezone(&time_zone(tx).await?).date_naive();
    Error::refuse(unemployed(tx, &[(String::new(), learner, day)]).await?)
}

/// Whether the caller has rated a session.
pub async fn get_my_feedback(tx: &mut Tx<'_>, session: Uuid) -> Result<MyFeedbackResponse> {
    let learner = tx.actor.require_person()?;
    let (known, rated) = occasion(tx, session, learner).await?;
    Ok(answer(session, &known, rated.is_some()))
}

fn answer(session_id: Uuid, known: &OccasionRow, rated: bool) -> MyFeedbackResponse {
    MyFeedbackResponse {
        session_id,
        rated,
        feedback_mode: known.mode,
        window_ends_at: known.occasion().window_ends_at(),
        form: known.form().form,
    }
}

/// The facts about the person and the session, and the record of the person that has rated it. 404 if the session does not concern
/// the person and the person may not see it.
async fn occasion(tx: &mut Tx<'_>, session: Uuid, person: Uuid) -> Result<(OccasionRow, Option<Uuid>)> {
    let unknown = || Error::not_found(Thing::Session);
    let known = queries::find_occasion(tx, session, person).await?.ok_or_else(unknown)?;
    let rated = match known.mode {
        FeedbackMode::Anonymous => anonymous::took_part(tx, session, person).await?.then_some(person),
        _ => queries::rated_as(tx, session, &[person]).await?.remove(&person),
    };
    if known.concerns() || rated.is_some() || may_read(tx, session).await? {
        return Ok((known, rated));
    }
    Err(unknown())
}

/// Whether the caller may read the session in another way. A token that only allows rating reads nothing.
async fn may_read(tx: &mut Tx<'_>, session: Uuid) -> Result<bool> {
    if tx.actor.reach::<SessionsRead>().is_err() {
        return Ok(false);
    }
    let scope = Scope::to_read(tx).await?;
    Ok(sessions::is_within(tx, session, &scope).await?)
}

/// Grants a longer feedback window for a session: to everybody at once, because whoever rates in a window of their own is known.
pub async fn extend_feedback(tx: &mut Tx<'_>, session: Uuid, request: ExtendFeedbackRequest) -> Result<Extension> {
    request.check(tx.now)?;
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
    Ok(SessionFeedbackResponse::new(session, said, standing.turnout(tx.now)))
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
