//! Paper forms over HTTP.

use uuid::Uuid;

use super::dto::{EnterPaperFeedbackRequest, PaperFeedbackResponse};
use crate::auth::rights::FeedbackPaper;
use crate::call::{Answer, Call, answer};
use crate::error::Code::{AnonymousFeedback, NotDelivered, PersonRequired};
use crate::http::{Json, Path, Reply, operations};

operations! { enter_paper_feedback }

/// Enter a session's paper forms
///
/// For people who could not rate by themselves. Two administrators enter the same forms, each for themselves: after the first the
/// answer is `waiting`, and nothing counts; with the second the ratings count. Forms that differ in anything wait separately. Whoever
/// has rated the session already is left out. Statements say how many of their ratings come from paper. Forms say whose they are, so
/// they are refused (`anonymous_feedback`) if the programme's `feedback_mode` is `anonymous`.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/paper-feedback", responses((status = 200, body = PaperFeedbackResponse)),
    extensions(
        ("x-refuses" = json!([PersonRequired, NotDelivered, AnonymousFeedback])),
        ("x-tells-closed-periods" = json!(true))
    )
)]
async fn enter_paper_feedback(
    call: Call<FeedbackPaper>,
    Path(session): Path<Uuid>,
    body: Json<EnterPaperFeedbackRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| Reply::ok(&super::enter(tx, session, request).await?))
}
