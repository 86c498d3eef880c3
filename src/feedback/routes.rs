//! Feedback over HTTP.

use uuid::Uuid;

use super::dto::{
    ExtendFeedbackRequest, FeedbackExtensionResponse, MyFeedbackResponse, PutMyFeedbackRequest, SessionFeedbackResponse,
};
use super::{papers, service};
use crate::auth::rights::{FeedbackExtend, FeedbackRead, FeedbackSubmit};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    FeedbackNotLive, FeedbackWindowClosed, NotAttendee, NotDelivered, OwnSession, PersonRequired, QueueFull,
};
use crate::http::{IF_MATCH, Json, Path, Reply, operations};

operations! {
    put_my_feedback, get_my_feedback, get_session_feedback, extend_feedback;
    papers::routes::routes
}

/// Rate a session
///
/// People who attended a delivered session rate it within its feedback window. Until attendance is recorded, people who are
/// registered may rate. They may change it until the window ends: the last rating counts, once. The answer is the same whatever
/// was sent before. What is taken is what the form asks that `get_my_feedback` shows; the rating keeps that form. Refusals:
/// `own_session`, `not_delivered`, `not_attendee` (absent, or not registered), `feedback_not_live` (outside the mode `named`: the
/// session is of a period before `live_feedback_from_on`), `feedback_window_closed`. Whether the rating counts
/// is decided now: no later change of attendance, lecturers, registration or window takes it out. If the programme's
/// `feedback_mode` is `named`, the lecturer sees who gave which rating; otherwise nobody is ever told. If it is `anonymous`, the
/// first rating stands, because nothing stored says which one is whose: a later one gets the same answer and changes nothing.
///
/// Requests that arrive together are stored together, and each gets an answer of its own. While too many of the company wait, more
/// are refused (`queue_full`).
#[utoipa::path(
    put, path = "/v1/sessions/{id}/my-feedback",
    responses((status = 200, description = "The rating is stored.", body = MyFeedbackResponse)),
    extensions(
        ("x-refuses" = json!([
            PersonRequired, NotDelivered, FeedbackNotLive, FeedbackWindowClosed, NotAttendee, OwnSession, QueueFull
        ])),
        ("x-without" = json!([IF_MATCH])),
        ("x-tells-closed-periods" = json!(true))
    )
)]
async fn put_my_feedback(
    call: Call<FeedbackSubmit>,
    Path(session): Path<Uuid>,
    body: Json<PutMyFeedbackRequest>,
) -> Answer {
    call.share(session, body).await
}

/// Get my feedback on a session
///
/// All that a front end needs to ask: whether the caller has rated the session, until when they may, whether the lecturer will see
/// who gave which rating (and whether the first one stands: `feedback_mode` `anonymous`), and the form: the scale of the rating, and
/// the items with their names in Chinese and English, their scales and whether they are required. It is there before anything was
/// rated, for planned sessions too. The rating itself is not returned. 404 if the caller neither attended the session nor may see it.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/my-feedback",
    responses((status = 200, body = MyFeedbackResponse, headers(("ETag")))),
    extensions(("x-refuses" = json!([PersonRequired])))
)]
async fn get_my_feedback(call: Call<FeedbackSubmit>, Path(session): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&service::get_my_feedback(tx, session).await?))
}

/// Read a session's feedback
///
/// Number and sums of the ratings and of the answers to each item, and the comments. It does not show when something was given, and
/// who gave it only in the mode `named`. In the other modes a lecturer's new ratings are held back until there are
/// `feedback_min_k`, then released together, and only batches of this session alone are in this report: ratings that were released
/// together with those of other sessions are in the lecturer's statement. Once the period is closed, a session stands apart if it
/// has `feedback_min_k` ratings and the rest of each of its lecturers' period has as many or none; its report is what the close
/// counted, as on the lecturer's card.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/feedback",
    responses((status = 200, body = SessionFeedbackResponse, headers(("ETag"))))
)]
async fn get_session_feedback(call: Call<FeedbackRead>, Path(session): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&service::get_session_feedback(tx, session).await?))
}

/// Extend the feedback window of a session
///
/// Everybody who may rate this session may do so until the given time, even if the usual window is over. A second extension
/// replaces the first. A window is never extended for one learner: the next rating would name its author.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/extend-feedback", responses((status = 200, body = FeedbackExtensionResponse))
)]
async fn extend_feedback(
    call: Call<FeedbackExtend>,
    Path(session): Path<Uuid>,
    body: Json<ExtendFeedbackRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| {
        let extension = service::extend_feedback(tx, session, request).await?;
        Reply::ok(&FeedbackExtensionResponse::from(extension))
    })
}
