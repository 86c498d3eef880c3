//! The answer to a promotion check: a verdict on every criterion, with the evidence.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::decimal::Decimal;
use crate::kernel::last_day::LastDay;
use crate::kernel::period::Period;
use crate::kernel::text::Name;
use crate::kernel::words::words;
use crate::scoring::{MetricValue, Score};

words! {
    /// The verdict on a criterion.
    pub enum Verdict {
        /// The criterion is met.
        Met = "met",
        /// The criterion is not met; the evidence says what is missing.
        NotMet = "not_met",
        /// The criterion is not met, but waived for this person; or, of several, it is met only because one of them is waived.
        Waived = "waived",
    }

    /// What is known about a month.
    pub enum MonthState {
        /// Closed with a score and a grade.
        Rated = "rated",
        /// Closed without a score: counts neither for nor against the person.
        NotRated = "not_rated",
        /// No closed period of this person contains the month.
        NoResult = "no_result",
    }
}

impl Verdict {
    #[must_use]
    pub fn when(met: bool) -> Self {
        if met { Self::Met } else { Self::NotMet }
    }

    /// Whether the verdict does not stand in the way of the promotion.
    #[must_use]
    pub fn passes(self) -> bool {
        self != Self::NotMet
    }
}

/// The verdict on one criterion, with its evidence.
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
    External(ExternalResult),
}

/// Met if every criterion in it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllResult {
    pub verdict: Verdict,
    #[schema(no_recursion, max_items = 20)]
    pub criteria: Vec<CriterionResult>,
}

/// Met if at least one criterion in it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnyResult {
    pub verdict: Verdict,
    #[schema(no_recursion, max_items = 20)]
    pub criteria: Vec<CriterionResult>,
}

/// How long the person has been a lecturer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenureResult {
    pub verdict: Verdict,
    /// The required number of months.
    #[schema(minimum = 1, maximum = 600)]
    pub months: u32,
    /// Null if the person is not a lecturer on that day.
    pub appointed_on: Option<NaiveDate>,
    /// Days of suspension from the appointment to the day of the check.
    #[schema(minimum = 0, maximum = 100_000)]
    pub suspended_days: u32,
    /// The first day on which the criterion is met, as things stand.
    pub met_on: Option<NaiveDate>,
}

/// The grades month by month, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GradesResult {
    pub verdict: Verdict,
    /// The required number of rated months.
    #[schema(minimum = 1, maximum = 120)]
    pub periods: u32,
    /// The required grade.
    #[schema(max_length = 64)]
    pub every: String,
    /// How many rated months are missing.
    #[schema(minimum = 0, maximum = 120)]
    pub missing_months: u32,
    #[schema(max_items = 120)]
    pub months: Vec<MonthEvidence>,
}

/// The mean of the scores and the months it is computed from, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScoreAverageResult {
    pub verdict: Verdict,
    /// The required number of rated months.
    #[schema(minimum = 1, maximum = 120)]
    pub periods: u32,
    pub at_least: Decimal,
    /// The mean over the rated months found; null if there are none.
    pub average: Option<Score>,
    /// How many rated months are missing.
    #[schema(minimum = 0, maximum = 120)]
    pub missing_months: u32,
    #[schema(max_items = 120)]
    pub months: Vec<MonthEvidence>,
}

/// One month that the check looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthEvidence {
    pub month: Period,
    pub state: MonthState,
    /// Whether all programmes that rated the month agree that the grade is reached. Null if no grade is required, or if no
    /// programme rated the month.
    pub reached: Option<bool>,
    /// What the closed periods that contain the month say.
    #[schema(max_items = 100)]
    pub results: Vec<MonthResult>,
}

/// A person's result in a closed period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthResult {
    pub programme_id: Uuid,
    #[schema(max_length = 64)]
    pub programme_code: String,
    /// The closed period that contains the month.
    pub period: Period,
    /// The version of the scoring rule that the period was closed with.
    #[schema(minimum = 1)]
    pub rule_version: i32,
    /// Null if the person is not rated.
    pub score: Option<Score>,
    /// Null if the person is not rated.
    #[schema(max_length = 64)]
    pub grade: Option<String>,
}

/// Whether the person holds a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TitleResult {
    pub verdict: Verdict,
    #[schema(max_length = 64)]
    pub code: String,
    /// Null if the title is not held on the day of the check.
    pub granted_at: Option<DateTime<Utc>>,
}

/// How much the person taught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionsTotalResult {
    pub verdict: Verdict,
    pub at_least: Decimal,
    pub total: MetricValue,
    /// How much is still missing.
    pub missing: MetricValue,
    /// The closed periods that the total is summed over, latest first.
    #[schema(max_items = 10_000)]
    pub periods: Vec<SessionsOfPeriod>,
}

/// What one closed period contributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionsOfPeriod {
    pub programme_id: Uuid,
    pub period: Period,
    /// The person's credits for qualifying sessions in the period since the appointment.
    pub session_count: MetricValue,
}

/// The open improvement notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoOpenNoticeResult {
    pub verdict: Verdict,
    #[schema(max_items = 1000)]
    pub open_notice_ids: Vec<Uuid>,
}

/// Whether the person has a certificate of competence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExternalResult {
    pub verdict: Verdict,
    /// Kind of the certificate.
    #[schema(max_length = 64)]
    pub key: String,
    /// Null if none of this kind is valid on the day of the check.
    pub certificate: Option<CertificateEvidence>,
}

/// A certificate of competence that is valid on the day of the check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateEvidence {
    pub id: Uuid,
    pub issuer: Name,
    /// First day on which it is valid.
    pub starts_on: NaiveDate,
    /// Last day on which it is valid (included). Null if it has no end.
    pub ends_on: Option<LastDay>,
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
            Self::External(result) => result.verdict,
        }
    }

    pub fn verdict_mut(&mut self) -> &mut Verdict {
        match self {
            Self::All(result) => &mut result.verdict,
            Self::Any(result) => &mut result.verdict,
            Self::Tenure(result) => &mut result.verdict,
            Self::Grades(result) => &mut result.verdict,
            Self::Title(result) => &mut result.verdict,
            Self::SessionsTotal(result) => &mut result.verdict,
            Self::ScoreAverage(result) => &mut result.verdict,
            Self::NoOpenNotice(result) => &mut result.verdict,
            Self::External(result) => &mut result.verdict,
        }
    }

    /// The results of the criteria that it combines; none if it is a single one.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::All(AllResult { criteria, .. }) | Self::Any(AnyResult { criteria, .. }) => criteria,
            _ => &[],
        }
    }
}
