//! The feedback form (反馈表) of a rule: what learners are asked about a session.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::fault::Faults;
use crate::kernel::text::{Code, Line};

/// The largest number of items on a form.
const MAX_ITEMS: usize = 30;
/// The largest scale.
const MAX_SCALE: i32 = 100;

/// What learners are asked about a session. Answers keep the scales of the form on which they were given: a later form changes none
/// of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scale": 10, "items": [
    {"key": "practicality", "name_zh": "内容实用，能用到工作中", "name_en": "I can use it in my work", "scale": 5, "required": true},
    {"key": "clarity", "name_zh": "讲解清楚", "name_en": "It was clear", "scale": 5, "required": false}
]}))]
pub struct FeedbackForm {
    /// Highest rating. Ratings go from 0 to this value; a rating on a scale of S counts as rating × 10 / S.
    #[schema(minimum = 1, maximum = 100)]
    pub scale: i32,
    /// What is asked besides the rating, in the order in which it is shown.
    #[schema(max_items = 30)]
    pub items: Vec<FeedbackItem>,
}

/// An item of a feedback form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackItem {
    /// Key of the item. The mean of its answers is the metric `feedback_item:KEY`.
    pub key: Code,
    /// The question as learners read it, in Chinese.
    pub name_zh: Line<100>,
    /// The question in English.
    pub name_en: Line<100>,
    /// The highest answer. Answers go from 1 to this value.
    #[schema(minimum = 2, maximum = 100)]
    pub scale: i32,
    /// Whether feedback without an answer to it is refused.
    pub required: bool,
}

/// A rating on a scale of 10, and nothing else.
impl Default for FeedbackForm {
    fn default() -> Self {
        Self { scale: 10, items: Vec::new() }
    }
}

impl FeedbackForm {
    /// The item with this key.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&FeedbackItem> {
        self.items.iter().find(|item| *item.key == *key)
    }

    /// Adds all faults of the form.
    pub fn check(&self, faults: &mut Faults, pointer: &str) {
        faults.check_range(&format!("{pointer}/scale"), self.scale, 1, MAX_SCALE);
        faults.check_length(&format!("{pointer}/items"), self.items.len(), 0, MAX_ITEMS);
        for (i, item) in self.items.iter().enumerate() {
            let place = format!("{pointer}/items/{i}");
            faults.check_text(&format!("{place}/key"), item.key.faults());
            faults.check_text(&format!("{place}/name_zh"), item.name_zh.faults());
            faults.check_text(&format!("{place}/name_en"), item.name_en.faults());
            faults.check_range(&format!("{place}/scale"), item.scale, 2, MAX_SCALE);
        }
        let keys: Vec<&str> = self.items.iter().map(|item| item.key.as_str()).collect();
        faults.check_distinct(&keys, |i| format!("{pointer}/items/{i}/key"));
    }
}
