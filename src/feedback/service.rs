//! Operations on feedback.

use serde_json::json;
use uuid::Uuid;

use super::dto::{ExtendFeedbackRequest, MAX_TEXTS, MyFeedbackResponse, PutMyFeedbackRequest, SessionFeedbackResponse};
use super::model::{Extension, Given, OccasionRow};
use super::queries;
use crate::auth::rights::{FeedbackRead, SessionsRead};
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::journal::{Record, Tx};
use crate::kernel::fault::FaultCode;
use crate::kernel::phrases::Thing;
use crate::people::{time_zone, unemployed};
use crate::sessions::{self, Scope};

/// Stores the caller's feedback on a session. The same feedback sent again gets the same response at any time; different feedback
/// is refused.
pub async fn put_my_feedback(
    tx: &mut Tx<'_>,
    session: Uuid,
    request: PutMyFeedbackRequest,
) -> Result<MyFeedbackResponse> {
    let learner = tx.actor.require_person()?;
    let (known, before) = occasion(tx, session, learner).await?;
    if known.is_anonymous {
        return Err(Error::new(Code::AnonymousFeedbackUnavailable));
    }
    let given = request.on_scale(known.scale, &known.items()?)?;
    let answer = answer(session, &known, true)?;
    if before.as_ref() == Some(&given) {
        return Ok(answer);
    }
    let until = known.occasion().admit(tx.now)?;
    check_employed(tx, learner, &known).await?;
    if before.is_none() && queries::insert(tx, session, learner, &given, until).await? {
        // The operation log shows that a person rated and on which day, but neither the session nor the time. Anyone can watch
        // the number of ratings; together with it, either would show who gave which rating.
        tx.record(Record::told("put_my_feedback", "feedback.received", "session", session).day_only());
        return Ok(answer);
    }
    // Given before, or at the same moment by an identical request.
    let before = queries::find_given(tx, session, learner).await?;
    if before.as_ref() == Some(&given) { Ok(answer) } else { Err(Error::new(Code::AlreadyRated)) }
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
    let (known, given) = occasion(tx, session, learner).await?;
    answer(session, &known, given.is_some())
}

fn answer(session_id: Uuid, known: &OccasionRow, rated: bool) -> Result<MyFeedbackResponse> {
    Ok(MyFeedbackResponse {
        session_id,
        rated,
        window_ends_at: known.occasion().window_ends_at(),
        rating_scale: known.scale,
        items: known.items()?,
    })
}

/// The facts about the person and the session, and the person's feedback on it. 404 if the session does not concern the person
/// and the person may not see it.
async fn occasion(tx: &mut Tx<'_>, session: Uuid, person: Uuid) -> Result<(OccasionRow, Option<Given>)> {
    let unknown = || Error::not_found(Thing::Session);
    let known = queries::find_occasion(tx, session, person).await?.ok_or_else(unknown)?;
    let given = queries::find_given(tx, session, person).await?;
    if known.concerns() || given.is_some() || may_read(tx, session).await? {
        return Ok((known, given));
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

/// Grants a learner a longer feedback window.
pub async fn extend_feedback(tx: &mut Tx<'_>, session: Uuid, request: ExtendFeedbackRequest) -> Result<Extension> {
    request.check(tx.now)?;
    Thing::Session.require(sessions::is_within(tx, session, &Scope::All).await?.then_some(()))?;
    let extension = queries::upsert_extension(tx, session, request.learner_id, request.extended_until, &request.reason)
        .await
        .on_constraint("feedback_extensions_learner_fkey", || Error::fault("/learner_id", FaultCode::NotFound))?;
    let record = Record::told("extend_feedback", "feedback.extended", "session", session).fields(["extended_until"]);
    let details = json!({"learner_id": request.learner_id, "extended_until": request.extended_until});
    tx.record(record.details(details));
    Ok(extension)
}

/// The feedback of learners on a session that the caller may see.
pub async fn get_session_feedback(tx: &mut Tx<'_>, session: Uuid) -> Result<SessionFeedbackResponse> {
    let scope = Scope::of(tx, tx.actor.reach::<FeedbackRead>()?, None).await?;
    Thing::Session.require(sessions::is_within(tx, session, &scope).await?.then_some(()))?;
    let ratings = queries::rating_totals(tx, session).await?;
    let items = queries::item_totals(tx, session).await?;
    let texts = queries::texts(tx, session, MAX_TEXTS).await?;
    let texts = texts.into_iter().map(|row| row.comment).collect();
    Ok(SessionFeedbackResponse::new(session, ratings, items, texts))
}
