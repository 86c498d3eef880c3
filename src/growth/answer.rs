//! The answer to a promotion check: every criterion with its verdict and the evidence that it looked at.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
use crate::kernel::words::words;
use crate::scoring::{MetricValue, Score};

words! {
    /// What a criterion answers.
    pub enum Verdict {
        /// It is satisfied.
        Met = "met",
        /// It is not; the evidence says what is missing.
        NotMet = "not_met",
        /// Not met, and two approvers let it pass. Not given yet.
        Waived = "waived",
    }

    /// What is known of a month.
    pub enum MonthState {
        /// Closed with a score and a grade.
        Rated = "rated",
        /// Closed without a score: neutral.
        NotRated = "not_rated",
        /// No closed period holds the month for this person.
        NoResult = "no_result",
    }
}

impl Verdict {
    #[must_use]
    pub fn when(met: bool) -> Self {
        if met { Self::Met } else { Self::NotMet }
    }

    /// Whether it stands in nobody's way.
    #[must_use]
    pub fn passes(self) -> bool {
        self != Self::NotMet
    }
}

/// One criterion's verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CriterionResult {
    All(AllResult),
    Any(AnyResult),
    Tenure(TenureResult),
    Grades(GradesResult),
    Title(TitleResult),
    SessionsTotal(SessionsTotalResult),
    ScoreAverage(ScoreAverageResult),
    NoOpenNotice(NoOpenNoticeResult),
}

/// Met if every one is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllResult {
    pub verdict: Verdict,
    #[schema(no_recursion, max_items = 20)]
    pub criteria: Vec<CriterionResult>,
}

/// Met if one of them is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnyResult {
    pub verdict: Verdict,
    #[schema(no_recursion, max_items = 20)]
    pub criteria: Vec<CriterionResult>,
}

/// How long somebody has been a lecturer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenureResult {
    pub verdict: Verdict,
    /// The months asked for.
    #[schema(minimum = 1, maximum = 600)]
    pub months: u32,
    /// Null: not a lecturer on the asked day.
    pub appointed_on: Option<NaiveDate>,
    /// Days of suspension from the appointment to the asked day.
    #[schema(minimum = 0, maximum = 100_000)]
    pub suspended_days: u32,
    /// The first day on which it is met, as things stand.
    pub met_on: Option<NaiveDate>,
}

/// What became of the grades, month by month, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GradesResult {
    pub verdict: Verdict,
    /// The rated months asked for.
    #[schema(minimum = 1, maximum = 120)]
    pub periods: u32,
    /// The grade asked for.
    #[schema(max_length = 64)]
    pub every: String,
    /// How many rated months there are too few.
    #[schema(minimum = 0, maximum = 120)]
    pub missing_months: u32,
    #[schema(max_items = 120)]
    pub months: Vec<MonthEvidence>,
}

/// The mean of the scores, with the months that it is taken over, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScoreAverageResult {
    pub verdict: Verdict,
    /// The rated months asked for.
    #[schema(minimum = 1, maximum = 120)]
    pub periods: u32,
    pub at_least: Decimal,
    /// Over the rated months that there are; null: none.
    pub average: Option<Score>,
    /// How many rated months there are too few.
    #[schema(minimum = 0, maximum = 120)]
    pub missing_months: u32,
    #[schema(max_items = 120)]
    pub months: Vec<MonthEvidence>,
}

/// One month that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthEvidence {
    pub month: Period,
    pub state: MonthState,
    /// Whether every programme that rated agrees; null where the grade was not asked for, or none rated.
    pub reached: Option<bool>,
    /// What the closed periods that hold the month say.
    #[schema(max_items = 100)]
    pub results: Vec<MonthResult>,
}

/// What a closed period says of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthResult {
    pub programme_id: Uuid,
    #[schema(max_length = 64)]
    pub programme_code: String,
    /// The closed period that holds the month.
    pub period: Period,
    /// The version of the scoring rule that it was closed by.
    #[schema(minimum = 1)]
    pub rule_version: i32,
    /// Null: not rated.
    pub score: Option<Score>,
    /// Null: not rated.
    #[schema(max_length = 64)]
    pub grade: Option<String>,
}

/// Whether a title is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TitleResult {
    pub verdict: Verdict,
    #[schema(max_length = 64)]
    pub code: String,
    /// Null: not held on the asked day.
    pub granted_at: Option<DateTime<Utc>>,
}

/// How much was taught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionsTotalResult {
    pub verdict: Verdict,
    pub at_least: Decimal,
    pub total: MetricValue,
    /// How much is missing.
    pub missing: MetricValue,
    /// The closed periods that it is summed over, latest first.
    #[schema(max_items = 10_000)]
    pub periods: Vec<SessionsOfPeriod>,
}

/// What one closed period adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionsOfPeriod {
    pub programme_id: Uuid,
    pub period: Period,
    /// Credits of its qualifying sessions since the appointment.
    pub session_count: MetricValue,
}

/// The improvement notices that are open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoOpenNoticeResult {
    pub verdict: Verdict,
    #[schema(max_items = 1000)]
    pub open_notice_ids: Vec<Uuid>,
}

impl CriterionResult {
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::All(result) => result.verdict,
            Self::Any(result) => result.verdict,
            Self::Tenure(result) => result.verdict,
            Self::Grades(result) => result.verdict,
            Self::Title(result) => result.verdict,
            Self::SessionsTotal(result) => result.verdict,
            Self::ScoreAverage(result) => result.verdict,
            Self::NoOpenNotice(result) => result.verdict,
        }
    }
}
