//! Advice on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::Finding;
use super::words::FindingCode;
use crate::http::{ETag, Page};
use crate::kernel::language::Language;
use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::names::Names;
use crate::people::EmployeeRef;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;

words! {
    /// State of a finding.
    pub enum FindingState {
        /// It stands. It goes by itself when it is no longer found.
        Open = "open",
        /// Somebody has dismissed it with a reason: it stays quiet (`dismiss_advice_finding`). Final.
        Dismissed = "dismissed",
    }
}

/// By what thresholds a programme is advised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"periods": 3, "easily_reached_bp": 8000, "least_lecturers": 5}))]
pub struct AdviceSettings {
    /// How many of the last closed periods are looked at.
    #[validate(range(min = 1, max = 24))]
    #[schema(minimum = 1, maximum = 24)]
    pub periods: u32,
    /// A period with fewer rated lecturers says nothing.
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000)]
    pub least_lecturers: u32,
    /// A target is low if at least so many of those with a value reach full points, in basis points.
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub easily_reached_bp: u32,
    /// A target is high if at most so many reach full points.
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000)]
    pub hardly_reached_bp: u32,
    /// A metric no longer tells lecturers apart if the points of the middle four fifths lie closer together than so many.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub least_spread_points: u32,
    /// A mean of an item below that is low, on a scale of 10.
    #[validate(range(min = 0, max = 10))]
    #[schema(minimum = 0, maximum = 10)]
    pub item_low: u32,
    /// An item is low for most if it is low for at least so many lecturers.
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub item_low_share_bp: u32,
    /// A gate always bites if at least so many fail it.
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub gate_always_bp: u32,
    /// Fewer contenders than that are too few for a contest.
    #[validate(range(min = 1, max = 1_000))]
    #[schema(minimum = 1, maximum = 1_000)]
    pub least_contenders: u32,
    /// A budget is never used up if every period used less than that part of it.
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000)]
    pub budget_unused_bp: u32,
}

impl Default for AdviceSettings {
    fn default() -> Self {
        Self {
            periods: 3,
            least_lecturers: 5,
            easily_reached_bp: 8_000,
            hardly_reached_bp: 1_000,
            least_spread_points: 5,
            item_low: 6,
            item_low_share_bp: 5_000,
            gate_always_bp: 9_000,
            least_contenders: 3,
            budget_unused_bp: 5_000,
        }
    }
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeriodFigures {
    pub period: Period,
    #[schema(max_items = 10)]
    pub figures: Vec<Figure>,
}

/// A number: how many lecturers, how many of them reach or fail something, an amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Figure {
    #[schema(max_length = 64, examples("reached"))]
    pub name: String,
    #[schema(max_length = 40, examples("52"))]
    pub value: String,
}

impl PeriodFigures {
    pub fn of<const N: usize>(period: Period, figures: [(&str, String); N]) -> Self {
        let figure = |(name, value): (&str, String)| Figure { name: name.to_owned(), value };
        Self { period, figures: figures.into_iter().map(figure).collect() }
    }
}

/// Something that the last closed periods say about a rule or about policies (指标合理性分析).
#[derive(Debug, Serialize, ToSchema)]
pub struct AdviceFindingResponse {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub code: FindingCode,
    /// What it is about: a metric, a gate, the code of a policy, or `budget`.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// The finding as a sentence.
    #[schema(max_length = 2000)]
    pub text: String,
    pub state: FindingState,
    /// The figures of each period.
    #[schema(max_items = 24)]
    pub evidence: Vec<PeriodFigures>,
    /// The scoring rule that is proposed instead. `draft_advice_finding` drafts and tries it. Null if the finding is about policies, and
    /// where no rule would say what is meant: a target or a minimum is not lowered to what nobody does, and the only component has
    /// nothing to give its weight to.
    pub rule: Option<ScoringRule>,
    /// The reward policies that are proposed instead. `draft_advice_finding` drafts and tries them. Null if the finding is about the rule.
    pub reward_policies: Option<RewardPolicySet>,
    /// When it was last found.
    pub found_at: DateTime<Utc>,
    /// Who dismissed it. Null: nobody, or a machine client that nobody is responsible for.
    pub dismissed_by: Option<EmployeeRef>,
    pub dismissed_at: Option<DateTime<Utc>>,
    pub dismiss_reason: Option<Reason>,
    /// It changes with each review that finds it again.
    pub etag: ETag,
}

/// A page of findings.
pub type AdviceFindingPage = Page<AdviceFindingResponse>;

/// Filters for findings.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAdviceQuery {
    /// Only those in this state.
    pub state: Option<FindingState>,
}

/// Why a finding is to stay quiet.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The target stays until the new groups have settled."}))]
pub struct DismissAdviceRequest {
    #[validate(nested)]
    pub reason: Reason,
}

impl AdviceFindingResponse {
    pub fn new(
        row: Finding,
        dismissed_by: Option<EmployeeRef>,
        names: &Names,
        currency: Currency,
        language: Language,
    ) -> Self {
        Self {
            id: row.id,
            programme_id: row.programme_id,
            text: row.code.text(&row.params.0, names, currency, language),
            code: row.code,
            subject: row.subject,
            state: row.state,
            evidence: row.evidence.0,
            rule: row.rule.map(|rule| rule.0),
            reward_policies: row.policies.map(|policies| policies.0),
            found_at: row.found_at,
            dismissed_by,
            dismissed_at: row.dismissed_at,
            dismiss_reason: row.dismiss_reason,
            etag: ETag(row.version),
        }
    }
}
