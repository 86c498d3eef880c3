//! Requests and responses about paper forms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::feedback::dto::PutMyFeedbackRequest;
use crate::kernel::words::words;

/// The largest number of forms in one request.
pub const MAX_FORMS: usize = 200;

/// The paper forms of a session.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"forms": [
    {"learner_id": "0195a1b2-0000-7000-8000-000000000001", "feedback": {"rating": 9, "items": {"practicality": 5}}}
]}))]
pub struct EnterPaperFeedbackRequest {
    #[validate(nested)]
    #[schema(min_items = 1, max_items = 200)]
    pub forms: Vec<PaperForm>,
}

/// One paper form.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperForm {
    /// Whose form it is. The person must have attended the session.
    pub learner_id: Uuid,
    #[validate(nested)]
    pub feedback: PutMyFeedbackRequest,
}

words! {
    /// Whether paper forms count.
    pub enum PaperState {
        /// One administrator has entered them. They count when another has entered the same.
        Waiting = "waiting",
        /// Two administrators have entered them. Their ratings count.
        Confirmed = "confirmed",
    }
}

/// What became of paper forms.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaperFeedbackResponse {
    pub session_id: Uuid,
    /// Number of forms.
    #[schema(minimum = 1, maximum = 200)]
    pub forms: i32,
    pub state: PaperState,
}
