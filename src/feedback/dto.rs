//! Requests and responses about feedback.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{Extension, Given, ItemAnswer, ItemTotal, RatingTotal, ServedForm};
use crate::error::{Error, Result};
use crate::http::unknown_name;
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults, pointer_segment};
use crate::kernel::fixed::Fixed;
use crate::kernel::phrases::RequestProblem;
use crate::kernel::ratio::{divide, whole};
use crate::kernel::text::{Comment, Reason};
use crate::kernel::wire;
use crate::people::EmployeeRef;
use crate::programmes::{FeedbackForm, FeedbackMode};

/// The largest number of texts in one response.
pub const MAX_TEXTS: i32 = 1_000;

/// A learner's feedback on a session.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rating": 9, "items": {"practicality": 5, "clarity": 4}, "text": "Used it the same day."}))]
pub struct PutMyFeedbackRequest {
    /// 0 to the scale of the form.
    #[schema(minimum = 0, maximum = 100)]
    pub rating: i32,
    /// Answers to the items of the form, by key, each from 1 to the item's scale. An item that is not required may be left out.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, i32>, default = json!({}))]
    pub items: BTreeMap<String, i32>,
    pub text: Option<Comment>,
}

impl PutMyFeedbackRequest {
    /// The feedback as stored, on the form that is served now, or all its faults.
    pub fn on_form(&self, served: &ServedForm) -> Result<Given> {
        let ServedForm { form, rule_id } = served;
        let mut faults = Faults::default();
        faults.check_range("/rating", self.rating, 0, form.scale);
        check_answers(&mut faults, &self.items, form);
        if let Some(text) = &self.text {
            faults.check_text("/text", text.faults());
        }
        faults.check()?;
        let answer = |(key, value): (&String, &i32)| {
            let scale = form.item(key).map_or(form.scale, |item| item.scale);
            ItemAnswer { key: key.clone(), value: *value, scale }
        };
        let items: Vec<ItemAnswer> = self.items.iter().map(answer).collect();
        let items = serde_json::to_value(items).map_err(Error::internal)?;
        Ok(Given { rule_id: *rule_id, rating: self.rating, scale: form.scale, items, comment: self.text.clone() })
    }
}

/// Refuses answers to what the form does not ask, answers off the scale of their item, and missing answers to what is required.
fn check_answers(faults: &mut Faults, answers: &BTreeMap<String, i32>, form: &FeedbackForm) {
    let known: Vec<String> = form.items.iter().map(|item| item.key.to_string()).collect();
    for (key, value) in answers {
        let pointer = format!("/items/{}", pointer_segment(key));
        match form.item(key) {
            Some(item) => faults.check_range(&pointer, *value, 1, item.scale),
            None if known.is_empty() => {
                faults.push(Fault::new(pointer, FaultCode::UnknownField).with("hint", RequestProblem::NoItems));
            }
            None => faults.push(unknown_name(pointer, key, &known)),
        }
    }
    for item in form.items.iter().filter(|item| item.required && !answers.contains_key(item.key.as_str())) {
        faults.push(Fault::new(format!("/items/{}", pointer_segment(&item.key)), FaultCode::Required));
    }
}

/// What a front end needs to ask the caller about a session. The feedback itself is not shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyFeedbackResponse {
    pub session_id: Uuid,
    /// Whether the caller has rated the session.
    pub rated: bool,
    /// Whether the lecturer sees who gave which rating, and whether the first one stands (`anonymous`). Show it before anything is
    /// typed.
    pub feedback_mode: FeedbackMode,
    /// Until when the session can be rated, and a rating be changed unless it is anonymous. Null as long as the session is not
    /// delivered.
    pub window_ends_at: Option<DateTime<Utc>>,
    /// What is asked: the form of the rule that is in force for the period of the session.
    pub form: FeedbackForm,
}

/// A longer feedback window for a session.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"extended_until": "2026-03-09T16:00:00Z", "reason": "The network was down on the day"}))]
pub struct ExtendFeedbackRequest {
    /// New end of the window, for everybody who may rate the session. It must be in the future. If it is before the usual end, the
    /// usual end still applies.
    pub extended_until: DateTime<Utc>,
    pub reason: Reason,
}

impl ExtendFeedbackRequest {
    /// Refuses the request with all its faults.
    pub fn check(&self, now: DateTime<Utc>, zone: Tz) -> Result<()> {
        let mut faults = Faults::default();
        let (pointer, until) = ("/extended_until", self.extended_until);
        faults.extend(wire::instant_fault(pointer, until).or_else(|| wire::past_fault(pointer, until, now, zone)));
        faults.check_text("/reason", self.reason.faults());
        faults.check()
    }
}

/// The longer feedback window of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedbackExtensionResponse {
    pub session_id: Uuid,
    pub extended_until: DateTime<Utc>,
    pub reason: Reason,
}

impl From<Extension> for FeedbackExtensionResponse {
    fn from(extension: Extension) -> Self {
        let Extension { session_id, extended_until, reason } = extension;
        Self { session_id, extended_until, reason }
    }
}

/// The feedback of learners on a session. Outside the mode `named`, only what stands apart: batches of at least `feedback_min_k`
/// ratings of this session alone. Only in the mode `named` does it say who gave what; it never says when.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionFeedbackResponse {
    pub session_id: Uuid,
    /// Mean of these ratings on a scale of 10. Null if none are shown.
    pub rating: Option<Fixed<6>>,
    /// Number of ratings that are shown.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub n: i64,
    /// The ratings, grouped by the scale on which they were given.
    #[schema(max_items = 100)]
    pub ratings: Vec<RatingTotalResponse>,
    /// The answers, grouped by item and scale.
    #[schema(max_items = 10_000)]
    pub items: Vec<ItemTotalResponse>,
    /// The texts in random order, at most 1000.
    #[schema(max_items = 1000, value_type = Vec<FeedbackText>)]
    pub texts: Vec<FeedbackText>,
    /// In the mode `named`: who gave what, ordered by the learners' ids, at most 1000. Null in every other mode.
    #[schema(max_items = 1000)]
    pub by_learner: Option<Vec<LearnerFeedback>>,
    /// Number of people who may rate the session. Null until its window is over.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub invited: Option<i64>,
    /// Number of people whose rating counts, shown or not. Null until the window is over.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub rated: Option<i64>,
}

/// What one learner gave, in the mode `named`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LearnerFeedback {
    pub learner: EmployeeRef,
    #[schema(minimum = 0, maximum = 100)]
    pub rating: i32,
    /// The highest possible rating.
    #[schema(minimum = 1, maximum = 100)]
    pub scale: i32,
    #[schema(max_items = 30)]
    pub items: Vec<LearnerItem>,
    pub text: Option<Comment>,
}

/// One learner's answer to one item, in the mode `named`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LearnerItem {
    #[schema(max_length = 64)]
    pub key: String,
    /// The highest possible answer.
    #[schema(minimum = 1, maximum = 100)]
    pub scale: i32,
    #[schema(minimum = 0, maximum = 100)]
    pub value: i32,
}

/// A learner's text.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedbackText {
    pub text: Comment,
}

/// Number and sum of the ratings on one scale.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingTotalResponse {
    /// The highest possible rating.
    #[schema(minimum = 1, maximum = 100)]
    pub scale: i32,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub n: i64,
    pub sum: Decimal,
}

/// Number and sum of the answers to one item on one scale.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemTotalResponse {
    #[schema(max_length = 64)]
    pub key: String,
    /// The highest possible answer.
    #[schema(minimum = 1, maximum = 100)]
    pub scale: i32,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub n: i64,
    pub sum: Decimal,
}

/// What is shown of what was said about a session.
#[derive(Default)]
pub struct Said {
    pub ratings: Vec<RatingTotal>,
    pub items: Vec<ItemTotal>,
    pub texts: Vec<Comment>,
    pub by_learner: Option<Vec<LearnerFeedback>>,
}

impl LearnerFeedback {
    /// Feedback as it is stored.
    pub fn new(learner: EmployeeRef, given: Given) -> Result<Self> {
        let items = Vec::<ItemAnswer>::deserialize(given.items).map_err(Error::internal)?;
        let item = |ItemAnswer { key, value, scale }| LearnerItem { key, scale, value };
        let items = items.into_iter().map(item).collect();
        Ok(Self { learner, rating: given.rating, scale: given.scale, items, text: given.comment })
    }
}

impl SessionFeedbackResponse {
    /// Combines the totals. The mean is that of the ratings converted to a scale of 10.
    pub fn new(session_id: Uuid, said: Said, turnout: Option<(i64, i64)>) -> Result<Self> {
        let Said { ratings, items, texts, by_learner } = said;
        let n = ratings.iter().map(|total| total.n).sum();
        let on_ten = ratings.iter().filter_map(|total| divide(&whole(total.sum * 10), &whole(total.scale)));
        let sum = on_ten.fold(whole(0), |sum, term| sum + term);
        let decimal = |sum: i64| Decimal::try_from(sum).map_err(Error::internal);
        let of_rating = |RatingTotal { scale, n, sum }: RatingTotal| -> Result<RatingTotalResponse> {
            Ok(RatingTotalResponse { scale, n, sum: decimal(sum)? })
        };
        let of_item = |ItemTotal { key, scale, n, sum }: ItemTotal| -> Result<ItemTotalResponse> {
            Ok(ItemTotalResponse { key, scale, n, sum: decimal(sum)? })
        };
        Ok(Self {
            session_id,
            rating: divide(&sum, &whole(n)).map(|mean| Fixed::round(&mean)),
            n,
            ratings: ratings.into_iter().map(of_rating).collect::<Result<_>>()?,
            items: items.into_iter().map(of_item).collect::<Result<_>>()?,
            texts: texts.into_iter().map(|text| FeedbackText { text }).collect(),
            by_learner,
            invited: turnout.map(|(invited, _)| invited),
            rated: turnout.map(|(_, rated)| rated),
        })
    }
}
