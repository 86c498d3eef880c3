//! The lists on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::lists::{DisplayName, Entries, Lists};
use super::rules;
use crate::http::ETag;
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::Faults;
use crate::kernel::patch::Patch;

/// The lists that are replaced.
pub type Change = BTreeMap<CodeList, Entries>;

/// Changes of display names. A list that is mentioned replaces the one before, in the order given; the others stay as they are.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "policies": [{"code": "excellent-bonus", "name_zh": "优秀讲师奖", "name_en": "Excellence bonus"}],
    "titles": [{"code": "senior-lecturer", "name_zh": "高级讲师", "name_en": "Senior lecturer"}]
}))]
pub struct UpdateDisplayNamesRequest {
    /// Grades, best first. Those that published rules or policies use stay, and stay in their order.
    #[serde(default)]
    #[schema(value_type = Vec<DisplayName>, required = false, min_items = 2, max_items = 20)]
    pub grades: Patch<Entries>,
    /// Metrics, and `score`. `feedback_item:KEY` and `external:KEY` may be named too. A built-in metric that is left out has its
    /// built-in name, and that of an item of the feedback form the name of its question.
    #[serde(default)]
    #[schema(value_type = Vec<DisplayName>, required = false, max_items = 500)]
    pub metrics: Patch<Entries>,
    /// Reward policies.
    #[serde(default)]
    #[schema(value_type = Vec<DisplayName>, required = false, max_items = 500)]
    pub policies: Patch<Entries>,
    /// Levels of lecturers: the ladder, lowest first.
    #[serde(default)]
    #[schema(value_type = Vec<DisplayName>, required = false, max_items = 500)]
    pub levels: Patch<Entries>,
    /// Titles. Grants and policies name one of them; while none is listed, `senior-lecturer`.
    #[serde(default)]
    #[schema(value_type = Vec<DisplayName>, required = false, max_items = 500)]
    pub titles: Patch<Entries>,
    /// Kinds of certificates of competence. `ttt` (train the trainer) is always one; it may be given another name.
    #[serde(default)]
    #[schema(value_type = Vec<DisplayName>, required = false, max_items = 500)]
    pub competences: Patch<Entries>,
}

impl UpdateDisplayNamesRequest {
    /// The lists that it replaces. What is wrong with them is added to the faults.
    pub fn into_change(self, faults: &mut Faults) -> Change {
        let members = [
            (CodeList::Grades, self.grades),
            (CodeList::Metrics, self.metrics),
            (CodeList::Policies, self.policies),
            (CodeList::Levels, self.levels),
            (CodeList::Titles, self.titles),
            (CodeList::Competences, self.competences),
        ];
        let mut change = Change::new();
        for (list, member) in members {
            if let Some(entries) = member.into_value(&format!("/{}", list.slug()), faults) {
                rules::check(faults, list, &entries);
                change.insert(list, entries);
            }
        }
        change
    }
}

/// What the company calls its codes, each list in its order. A code that is in no list is shown as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisplayNamesResponse {
    /// Grades, best first. Rules set thresholds for them; policies and promotions refer to them.
    #[schema(max_items = 20)]
    pub grades: Vec<DisplayName>,
    /// Metrics, and `score`. All built-in metrics are there.
    #[schema(max_items = 520)]
    pub metrics: Vec<DisplayName>,
    /// Reward policies.
    #[schema(max_items = 500)]
    pub policies: Vec<DisplayName>,
    /// Levels of lecturers: the ladder, lowest first.
    #[schema(max_items = 500)]
    pub levels: Vec<DisplayName>,
    /// Titles. Grants and policies name one of them; while none is listed, `senior-lecturer`.
    #[schema(max_items = 500)]
    pub titles: Vec<DisplayName>,
    /// Kinds of certificates of competence. Those that every company has are there.
    #[schema(max_items = 501)]
    pub competences: Vec<DisplayName>,
    pub etag: ETag,
}

impl DisplayNamesResponse {
    #[must_use]
    pub fn new((lists, version): (Lists, i64)) -> Self {
        let Lists { grades, metrics, policies, levels, titles, competences } = lists.complete();
        Self {
            grades: grades.0,
            metrics: metrics.0,
            policies: policies.0,
            levels: levels.0,
            titles: titles.0,
            competences: competences.0,
            etag: ETag(version),
        }
    }
}
