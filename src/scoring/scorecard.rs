//! The scorecard: the whole derivation of one score, with everything that a statement (得分明细单) shows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::metric::Metric;
use super::metrics::Measurements;
use super::rule::{Curve, WhenMissing};
use super::{MetricValue, Points, Score};
use crate::kernel::decimal::Decimal;
use crate::kernel::words::words;

/// One lecturer's result in one period. If the lecturer is not rated, the card has no score, grade, gates or share. If that is
/// because the lecturer was exempt on every day, it has no components either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Scorecard {
    pub status: ScoreStatus,
    /// Why the lecturer is not rated; null if rated.
    pub reason: Option<NotRatedReason>,
    /// Calendar days of the period.
    #[schema(minimum = 28, maximum = 366)]
    pub days: u32,
    /// Days of leave, suspension or time outside the appointment.
    #[schema(minimum = 0, maximum = 366)]
    pub exempt_days: u32,
    pub metrics: Measurements,
    #[schema(max_items = 30)]
    pub components: Vec<ComponentResult>,
    /// The total weight of the counted components, in basis points.
    #[schema(minimum = 0, maximum = 10_000)]
    pub counted_weight_bp: u32,
    /// Σ weight × points / Σ weight over the counted components.
    pub score: Option<Score>,
    /// The grade by score alone.
    #[schema(min_length = 1, max_length = 64)]
    pub grade_by_score: Option<String>,
    /// The grade after gates and missing metrics are applied.
    #[schema(min_length = 1, max_length = 64)]
    pub grade: Option<String>,
    /// Every gate of the rule, passed or failed.
    #[schema(max_items = 30)]
    pub gates: Vec<GateResult>,
    /// What the overall appraisal takes from this: score × the programme's weight in it.
    pub share_of_appraisal: Option<Score>,
}

words! {
    /// Whether there is a score.
    pub enum ScoreStatus {
        /// There is a score, with a grade and a rank.
        Rated = "rated",
        /// There is no score, and `reason` says why. This is neither good nor bad.
        NotRated = "not_rated",
    }

    /// Why there is no score.
    pub enum NotRatedReason {
        /// The lecturer was excused on every day of the period.
        Exempt = "exempt",
        /// No component counts, or their weight is less than the rule requires.
        InsufficientData = "insufficient_data",
    }
}

/// One component: from the value of the metric to the points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComponentResult {
    pub metric: Metric,
    /// Null if the metric is missing.
    pub value: Option<MetricValue>,
    /// The number of facts that the value is based on.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub n: u64,
    #[schema(minimum = 1, maximum = 10_000)]
    pub weight_bp: u32,
    /// The curve as defined in the rule.
    pub curve: Curve,
    /// The thresholds of the curve after adjustment for leave, in the order of the rule: both ends of a linear curve, every step
    /// of a step curve. They are rounded for display; the points are computed from the exact thresholds.
    #[schema(max_items = 50)]
    pub effective_thresholds: Vec<MetricValue>,
    pub when_missing: WhenMissing,
    /// Null if the component does not count.
    pub points: Option<Points>,
    /// Whether the weight counts in the score.
    pub counted: bool,
}

/// The result of one gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateResult {
    pub metric: Metric,
    /// The minimum as defined in the rule.
    pub at_least: Decimal,
    /// The minimum after adjustment for leave, rounded for display. The comparison uses the exact minimum.
    pub effective_at_least: MetricValue,
    /// Null if the metric is missing.
    pub value: Option<MetricValue>,
    pub required: bool,
    #[schema(min_length = 1, max_length = 64)]
    pub else_grade: String,
    pub passed: bool,
}

impl Scorecard {
    #[must_use]
    pub fn is_rated(&self) -> bool {
        self.status == ScoreStatus::Rated
    }

    pub fn failed_gates(&self) -> impl Iterator<Item = &GateResult> {
        self.gates.iter().filter(|gate| !gate.passed)
    }
}
