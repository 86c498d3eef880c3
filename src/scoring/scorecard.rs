//! The scorecard: the whole derivation of one score, everything that a statement (得分明细单) shows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::metric::Metric;
use super::metrics::Measurements;
use super::rule::{Curve, WhenMissing};
use super::{MetricValue, Points, Score};
use crate::kernel::decimal::Decimal;
use crate::kernel::words::words;

/// One lecturer's result in one period. A card that is not rated has no score, grade, gates or share; one that is not rated
/// because the lecturer was exempt throughout has no components either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Scorecard {
    pub status: ScoreStatus,
    /// Why the lecturer is not rated.
    pub reason: Option<NotRatedReason>,
    /// Calendar days of the period.
    #[schema(minimum = 28, maximum = 366)]
    pub days: u32,
    /// Days of leave, suspension or outside the appointment.
    #[schema(minimum = 0, maximum = 366)]
    pub exempt_days: u32,
    pub metrics: Measurements,
    #[schema(max_items = 30)]
    pub components: Vec<ComponentResult>,
    /// The weight of the counted components, in basis points.
    #[schema(minimum = 0, maximum = 10_000)]
    pub counted_weight_bp: u32,
    /// Σ weight × points / Σ weight over the counted components.
    pub score: Option<Score>,
    /// The grade that the score alone earns.
    #[schema(min_length = 1, max_length = 64)]
    pub grade_by_score: Option<String>,
    /// The grade after gates and missing metrics.
    #[schema(min_length = 1, max_length = 64)]
    pub grade: Option<String>,
    /// Every gate of the rule, passed or failed.
    #[schema(max_items = 30)]
    pub gates: Vec<GateResult>,
    /// What the overall appraisal takes over: score × the programme's weight in it.
    pub share_of_appraisal: Option<Score>,
}

words! {
    /// Whether there is a score.
    pub enum ScoreStatus {
        /// There is a score, with its grade and rank.
        Rated = "rated",
        /// There is none, and `reason` says why: that is neither good nor bad.
        NotRated = "not_rated",
    }

    /// Why there is no score.
    pub enum NotRatedReason {
        /// Excused on every day of the period.
        Exempt = "exempt",
        /// Nothing counted, or less weight than the rule asks for.
        InsufficientData = "insufficient_data",
    }
}

/// One component's way from the metric's value to its points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComponentResult {
    pub metric: Metric,
    /// None when the metric is missing.
    pub value: Option<MetricValue>,
    /// The number of facts that the value rests on.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub n: u64,
    #[schema(minimum = 1, maximum = 10_000)]
    pub weight_bp: u32,
    /// The curve as the rule says it.
    pub curve: Curve,
    /// The curve's thresholds after leave, in the order of the rule's: both ends of a linear one, every step's. Rounded to be
    /// shown; the points are computed from the unrounded ones.
    #[schema(max_items = 50)]
    pub effective_thresholds: Vec<MetricValue>,
    pub when_missing: WhenMissing,
    /// None when the component does not count.
    pub points: Option<Points>,
    /// Whether its weight is in the score.
    pub counted: bool,
}

/// One gate's verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateResult {
    pub metric: Metric,
    /// The minimum as the rule says it.
    pub at_least: Decimal,
    /// The minimum after leave, rounded to be shown; the comparison is with the unrounded one.
    pub effective_at_least: MetricValue,
    /// None when the metric is missing.
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
