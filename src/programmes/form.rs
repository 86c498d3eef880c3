//! The feedback form of a programme: the questions that learners answer besides the rating.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Jsonb;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::kernel::fault::Faults;
use crate::kernel::text::{Code, Line};

/// The largest number of items on a form.
const MAX_ITEMS: usize = 20;

/// An item of a feedback form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "practicality", "name": "实用性", "scale": 5}))]
pub struct FeedbackItem {
    /// Key of the item. Scoring rules refer to it as the metric `feedback_item:KEY`.
    pub key: Code,
    /// The question as learners read it.
    pub name: Line<100>,
    /// The highest answer. Answers go from 1 to this value.
    #[schema(minimum = 2, maximum = 100)]
    pub scale: i32,
}

/// Adds all faults of the items of a form.
pub fn check_items(faults: &mut Faults, pointer: &str, items: &[FeedbackItem]) {
    faults.check_length(pointer, items.len(), 0, MAX_ITEMS);
    for (i, item) in items.iter().enumerate() {
        faults.check_text(&format!("{pointer}/{i}/key"), item.key.faults());
        faults.check_text(&format!("{pointer}/{i}/name"), item.name.faults());
        faults.check_range(&format!("{pointer}/{i}/scale"), item.scale, 2, 100);
    }
    let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    faults.check_distinct(&keys, |i| format!("{pointer}/{i}/key"));
}

/// The items of a form as stored in a column.
#[derive(Debug)]
pub struct FeedbackItemsColumn(Vec<FeedbackItem>);

impl Queryable<Jsonb, Pg> for FeedbackItemsColumn {
    type Row = Value;

    fn build(items: Value) -> diesel::deserialize::Result<Self> {
        Ok(Self(serde_json::from_value(items)?))
    }
}

impl From<FeedbackItemsColumn> for Vec<FeedbackItem> {
    fn from(column: FeedbackItemsColumn) -> Self {
        column.0
    }
}
