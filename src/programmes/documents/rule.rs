//! The scoring rule: one document for the wire, the database and the computation.
//!
//! A rule version is immutable and is in force for a programme from one period on. [`super::rule_check`] checks what a valid
//! document must satisfy.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::form::FeedbackForm;
use super::metric::Metric;
use crate::kernel::decimal::Decimal;
use crate::kernel::fixed::Fixed;
use crate::kernel::ratio::Ratio;
use crate::kernel::scope::Scope;
use crate::kernel::tagged::read_by_kind;
use crate::kernel::text::Code;
use crate::kernel::words::words;
use crate::programmes::ReuseKind;

/// The sum that the weights of a rule must have, in basis points.
pub const WHOLE_BP: u32 = 10_000;

/// How a lecturer's metrics become a score, a grade and a rank: everything that can move a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoringRule {
    /// The lecturer groups whose members are scored, by id; whoever gives a session of the programme is scored as well. Absent or
    /// null in a draft: the groups that the programme has at that moment. A group is scored by one programme at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    pub groups: Option<Vec<Uuid>>,
    /// The components of the score. Their weights add up to 10000.
    #[schema(min_items = 1, max_items = 30)]
    pub components: Vec<Component>,
    /// The grades, each with its lowest score. The lowest grade starts at 0.
    #[schema(min_items = 1, max_items = 20)]
    pub grades: Vec<GradeBand>,
    /// Minimums that cap the grade.
    #[serde(default)]
    #[schema(max_items = 30, default = json!([]))]
    pub gates: Vec<Gate>,
    #[serde(default)]
    #[schema(default = FeedbackTerms::default)]
    pub feedback: FeedbackTerms,
    /// A session qualifies only if it lasted at least this many minutes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1440, default = 0)]
    pub min_session_minutes: u32,
    /// A session qualifies only if it had at least this many attendees.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000, default = 0)]
    pub min_attendees: u32,
    /// A lecturer is rated only if the components that count have at least this total weight, in basis points.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10_000, default = 0)]
    pub min_weight_present_bp: u32,
    /// A content is current if it was published in the last this many local months up to the period's end, or reused in the
    /// period.
    #[serde(default = "default_content_window")]
    #[schema(minimum = 1, maximum = 120, default = default_content_window)]
    pub content_window_months: u32,
    /// Who is ranked together.
    #[serde(default)]
    #[schema(default = Scope::default)]
    pub rank_scope: Scope,
    #[serde(default)]
    #[schema(default = RankStyle::default)]
    pub rank_style: RankStyle,
    /// Weight of the score in an employee's overall appraisal, in basis points.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10_000, default = 0)]
    pub appraisal_weight_bp: u32,
    /// Kinds of reuse that count.
    #[serde(default = "default_reuse_kinds")]
    #[schema(max_items = 3, default = default_reuse_kinds)]
    pub reuse_kinds: Vec<ReuseKind>,
    /// Application cases count only up to this many days after their session. Null: all count.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 3660)]
    pub case_max_age_days: Option<u32>,
    /// Days after the end of a period before it can be closed without force.
    #[serde(default = "default_settle_days")]
    #[schema(minimum = 0, maximum = 366, default = default_settle_days)]
    pub settle_days: u32,
}

/// Months in which a content has time to find its readers.
pub const DEFAULT_CONTENT_WINDOW: u32 = 3;

/// Days in which late facts may still come before a close.
pub const DEFAULT_SETTLE_DAYS: u32 = 5;

fn default_settle_days() -> u32 {
    DEFAULT_SETTLE_DAYS
}

fn default_reuse_kinds() -> Vec<ReuseKind> {
    ReuseKind::ALL.to_vec()
}

fn default_content_window() -> u32 {
    DEFAULT_CONTENT_WINDOW
}

/// One metric's share in the score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    pub metric: Metric,
    /// Basis points: 4000 is 40 %.
    #[schema(minimum = 1, maximum = 10_000)]
    pub weight_bp: u32,
    pub curve: Curve,
    #[serde(default)]
    #[schema(default = WhenMissing::default)]
    pub when_missing: WhenMissing,
}

/// How a metric's value becomes 0 to 100 points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Curve {
    Linear(LinearCurve),
    Steps(StepCurve),
}

read_by_kind!(Curve { "linear" => Linear, "steps" => Steps });

/// 100 × (value − from) / (to − from), limited to 0..100. `from` may be greater than `to` if less is better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearCurve {
    /// The value that gives 0 points.
    #[serde(default)]
    #[schema(default = Decimal::default)]
    pub from: Decimal,
    /// The value that gives 100 points.
    pub to: Decimal,
}

/// The points of the highest step that the value reaches; 0 below all steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepCurve {
    #[schema(min_items = 1, max_items = 50)]
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The lowest value that reaches the step.
    pub at_least: Decimal,
    /// 0 to 100, with at most 4 decimals.
    pub points: Decimal,
}

words! {
    /// What happens to a component if its metric is missing.
    #[derive(Default)]
    pub enum WhenMissing {
        /// Its weight is left out: the other components decide.
        #[default]
        Exclude = "exclude",
        /// It counts with 0 points.
        Zero = "zero",
        /// It counts with 0 points, and the grade becomes the worst grade.
        Fail = "fail",
    }

    /// How equal scores affect the ranks below them.
    #[derive(Default)]
    pub enum RankStyle {
        /// Each of the equal scores takes up one rank: 1, 2, 2, 4.
        #[default]
        Competition = "competition",
        /// All equal scores together take up one rank: 1, 2, 2, 3.
        Dense = "dense",
    }
}

/// A grade (考核等级) and the lowest score that gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeBand {
    pub code: Code,
    /// 0 to 100. It is compared with the score rounded to 2 decimals.
    pub at_least: Decimal,
}

/// A minimum (门槛) that caps the grade if the metric's value is lower.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    pub metric: Metric,
    pub at_least: Decimal,
    /// The best grade possible for a lecturer who fails the gate.
    #[schema(min_length = 1, max_length = 64)]
    pub else_grade: String,
    /// Whether a missing metric fails the gate. Otherwise it passes.
    #[serde(default)]
    #[schema(default = false)]
    pub required: bool,
}

/// Which ratings are taken, and how they become the metrics `feedback_rating` and `feedback_item`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeedbackTerms {
    /// With fewer ratings (for an item: fewer answers), the metric is missing.
    #[schema(minimum = 1, maximum = 10_000)]
    pub min_responses: u32,
    /// Outside the mode `named`: from the version's first period on, so many ratings at least are shown together, and a lecturer with
    /// fewer in a period has no rating. It can only rise above what holds before (at first the programme's `feedback_min_k`). Absent
    /// or null: that stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 3, maximum = 50)]
    pub min_k: Option<u32>,
    /// The number of ratings as which the prior mean counts.
    pub prior_weight: Decimal,
    /// The rating, on a scale of 10, towards which a small number of ratings is pulled. Required if the prior weight is above 0.
    pub prior_mean: Option<Decimal>,
    /// Minutes after the end of a session during which feedback is taken.
    #[schema(minimum = 1, maximum = 525_600)]
    pub window_minutes: u32,
    /// What learners are asked about the sessions of the periods in which the rule is in force.
    pub form: FeedbackForm,
}

impl Default for FeedbackTerms {
    fn default() -> Self {
        Self {
            min_responses: 1,
            min_k: None,
            prior_weight: Decimal::ZERO,
            prior_mean: None,
            window_minutes: 1_440,
            form: FeedbackForm::default(),
        }
    }
}

impl FeedbackTerms {
    /// The prior as (weight, sum on a scale of 10).
    #[must_use]
    pub fn prior(&self) -> (Ratio, Ratio) {
        let weight = self.prior_weight.to_ratio();
        let sum = &weight * self.prior_mean.unwrap_or_default().to_ratio();
        (weight, sum)
    }
}

impl ScoringRule {
    /// The groups whose members are scored.
    #[must_use]
    pub fn scored_groups(&self) -> &[Uuid] {
        self.groups.as_deref().unwrap_or_default()
    }

    /// The rule without the ids that the service has made. Whom the groups bring in is among the inputs of a period.
    #[must_use]
    pub fn without_ids(&self) -> Self {
        Self { groups: None, ..self.clone() }
    }

    /// The rule, with at least so many ratings needed before there is a rating.
    #[must_use]
    pub fn needing_ratings(&self, least: u32) -> Self {
        let mut rule = self.clone();
        rule.feedback.min_responses = rule.feedback.min_responses.max(least);
        rule
    }

    /// The grades from best to worst, in whatever order the document lists them.
    #[must_use]
    pub fn grades_best_first(&self) -> Vec<&GradeBand> {
        let mut bands: Vec<&GradeBand> = self.grades.iter().collect();
        bands.sort_by_key(|band| Reverse(band.at_least));
        bands
    }

    /// The position of a grade below the best one (0), or `None` if the rule does not define it.
    #[must_use]
    pub fn grade_position(&self, code: &str) -> Option<usize> {
        self.grades_best_first().iter().position(|band| *band.code == *code)
    }

    /// The position, best first, of the best grade whose lower bound the score reaches. The lowest bound is 0, so every score
    /// reaches one.
    #[must_use]
    pub fn band_position(&self, score: Fixed<2>) -> usize {
        let bands = self.grades_best_first();
        let reached = bands.iter().position(|band| score.to_ratio() >= band.at_least.to_ratio());
        reached.unwrap_or(bands.len().saturating_sub(1))
    }
}
