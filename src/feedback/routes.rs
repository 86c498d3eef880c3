//! Feedback over HTTP.

use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ExtendFeedbackRequest, FeedbackExtensionResponse, MyFeedbackResponse, PutMyFeedbackRequest, SessionFeedbackResponse,
};
use super::service;
use crate::auth::rights::{FeedbackExtend, FeedbackRead, FeedbackSubmit};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    AlreadyRated, AnonymousFeedbackUnavailable, FeedbackWindowClosed, NotAttendee, NotDelivered, OwnSession,
    PersonRequired,
};
use crate::http::{IF_MATCH, Json, Path, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config.service(put_my_feedback).service(get_my_feedback).service(get_session_feedback).service(extend_feedback);
}

/// Rate a session
///
/// Who attended a delivered session rates it once, within its window; until attendance is recorded, who was registered. Sending
/// the same again is safe; another rating is refused (`already_rated`). Other refusals: `own_session`, `not_delivered`,
/// `not_attendee` (registered and absent), `feedback_window_closed`. Unless the programme's feedback is `named`, nobody is ever told who gave which
/// rating.
#[utoipa::path(
    tag = "feedback",
    responses((status = 200, description = "The rating is kept.", body = MyFeedbackResponse)),
    security(("oauth2" = ["feedback:submit"])),
    extensions(
        ("x-refuses" = json!([
            PersonRequired, NotDelivered, FeedbackWindowClosed, AlreadyRated, AnonymousFeedbackUnavailable, NotAttendee,
            OwnSession
        ])),
        ("x-without" = json!([IF_MATCH]))
    )
)]
#[put("/v1/sessions/{id}/my-feedback")]
async fn put_my_feedback(
    call: Call<FeedbackSubmit>,
    Path(session): Path<Uuid>,
    body: Json<PutMyFeedbackRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| Reply::ok(&service::put_my_feedback(tx, session, request).await?))
}

/// Ask whether one has rated a session
///
/// And until when one may, and what the form asks. What was said is not repeated. A session that one neither attended nor sees
/// is not there (404).
#[utoipa::path(
    tag = "feedback",
    responses((
        status = 200, description = "Whether the caller has rated it.", body = MyFeedbackResponse, headers(("ETag"))
    )),
    security(("oauth2" = ["feedback:submit"])),
    extensions(("x-refuses" = json!([PersonRequired])))
)]
#[get("/v1/sessions/{id}/my-feedback")]
async fn get_my_feedback(call: Call<FeedbackSubmit>, Path(session): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&service::get_my_feedback(tx, session).await?))
}

/// Read a session's feedback
///
/// Number and sums of the ratings and of the answers to items, and the texts: without who, without when, and in an order that
/// tells neither. Only what counts is in it.
#[utoipa::path(
    tag = "feedback",
    responses((status = 200, description = "What learners said.", body = SessionFeedbackResponse, headers(("ETag")))),
    security(("oauth2" = ["feedback:read"]))
)]
#[get("/v1/sessions/{id}/feedback")]
async fn get_session_feedback(call: Call<FeedbackRead>, Path(session): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&service::get_session_feedback(tx, session).await?))
}

/// Give a learner more time to rate
///
/// Feedback of this learner on this session counts until the given instant, even where the usual window is over. A second
/// extension replaces the first.
#[utoipa::path(
    tag = "feedback",
    responses((status = 200, description = "The extension.", body = FeedbackExtensionResponse)),
    security(("oauth2" = ["feedback:extend"]))
)]
#[post("/v1/sessions/{id}/extend-feedback")]
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
