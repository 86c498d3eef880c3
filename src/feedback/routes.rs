//! Feedback over HTTP.

use actix_web::{HttpResponse, get, post, put};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{
    ExtendFeedbackRequest, FeedbackExtensionResponse, MyFeedbackResponse, PutMyFeedbackRequest, SessionFeedbackResponse,
};
use super::service;
use crate::auth::rights::{FeedbackExtend, FeedbackRead, FeedbackSubmit};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Json, Path, Reply};

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
    params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 200, description = "The rating is kept.", body = MyFeedbackResponse)),
    security(("oauth2" = ["feedback:submit"]))
)]
#[put("/v1/sessions/{id}/my-feedback")]
pub async fn put_my_feedback(
    call: Call<FeedbackSubmit>,
    id: Path<Uuid>,
    body: Json<PutMyFeedbackRequest>,
) -> Result<HttpResponse> {
    let session = id.into_inner();
    call.write(body, move |tx, request| {
        async move { Reply::ok(&service::put_my_feedback(tx, session, request).await?) }.boxed()
    })
    .await
}

/// Ask whether one has rated a session
///
/// And until when one may, and what the form asks. What was said is not repeated. A session that one neither attended nor sees
/// is not there (404).
#[utoipa::path(
    tag = "feedback",
    params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 200, description = "Whether the caller has rated it.", body = MyFeedbackResponse)),
    security(("oauth2" = ["feedback:submit"]))
)]
#[get("/v1/sessions/{id}/my-feedback")]
pub async fn get_my_feedback(call: Call<FeedbackSubmit>, id: Path<Uuid>) -> Result<HttpResponse> {
    let session = id.into_inner();
    call.read(move |tx| async move { Reply::projection(&service::get_my_feedback(tx, session).await?) }.boxed()).await
}

/// Read a session's feedback
///
/// Number and sums of the ratings and of the answers to items, and the texts: without who, without when, and in an order that
/// tells neither. Only what counts is in it.
#[utoipa::path(
    tag = "feedback",
    params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 200, description = "What learners said.", body = SessionFeedbackResponse)),
    security(("oauth2" = ["feedback:read"]))
)]
#[get("/v1/sessions/{id}/feedback")]
pub async fn get_session_feedback(call: Call<FeedbackRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let session = id.into_inner();
    call.read(move |tx| async move { Reply::projection(&service::get_session_feedback(tx, session).await?) }.boxed())
        .await
}

/// Give a learner more time to rate
///
/// Feedback of this learner on this session counts until the given instant, even where the usual window is over. A second
/// extension replaces the first.
#[utoipa::path(
    tag = "feedback",
    params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 200, description = "The extension.", body = FeedbackExtensionResponse)),
    security(("oauth2" = ["feedback:extend"]))
)]
#[post("/v1/sessions/{id}/extend-feedback")]
pub async fn extend_feedback(
    call: Call<FeedbackExtend>,
    id: Path<Uuid>,
    body: Json<ExtendFeedbackRequest>,
) -> Result<HttpResponse> {
    let session = id.into_inner();
    call.write(body, move |tx, request| {
        async move {
            let extension = service::extend_feedback(tx, session, request).await?;
            Reply::ok(&FeedbackExtensionResponse::from(extension))
        }
        .boxed()
    })
    .await
}
