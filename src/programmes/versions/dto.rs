//! Requests and responses about versions.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{PolicyVersion, RuleVersion, Start};
use super::warnings;
use crate::error::Result;
use crate::http::{ETag, Page};
use crate::journal::Tx;
use crate::kernel::fault::Fault;
use crate::kernel::language::Language;
use crate::kernel::limits::OverBudget;
use crate::kernel::period::Period;
use crate::kernel::words::words;
use crate::people::EmployeeRef;
use crate::programmes::TakeBack;
use crate::programmes::documents::policy::{RewardPolicy, RewardPolicySet, default_over_budget};
use crate::programmes::documents::rule::ScoringRule;
use crate::versioned::{Proposal, people_of};

words! {
    /// State of a version of a scoring rule or of reward policies.
    pub enum VersionState {
        /// Proposed and not in force. It can still be replaced or deleted.
        Draft = "draft",
        /// In force from its first period until a later version starts. It never changes again. Someone other than its maker
        /// publishes it (`publish_scoring_rule`, `publish_reward_policy_set`).
        Published = "published",
    }
}

/// A proposed scoring rule.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_period": "2026-04", "rule": {
    "components": [
        {"metric": "session_count", "weight_bp": 5000, "curve": {"kind": "linear", "to": "2"}, "when_missing": "zero"},
        {"metric": "feedback_rating", "weight_bp": 5000, "curve": {"kind": "linear", "from": "5", "to": "9"}}
    ],
    "grades": [
        {"code": "excellent", "at_least": "90"}, {"code": "good", "at_least": "75"},
        {"code": "pass", "at_least": "60"}, {"code": "fail", "at_least": "0"}
    ],
    "gates": [{"metric": "session_count", "at_least": "1", "else_grade": "fail", "required": true}],
    "feedback": {"min_responses": 5, "form": {"scale": 10, "items": [
        {"key": "practicality", "name_zh": "内容实用", "name_en": "Practical", "scale": 5, "required": true},
        {"key": "clarity", "name_zh": "讲解清楚", "name_en": "Clear", "scale": 5, "required": false}
    ]}}, "min_session_minutes": 30, "min_weight_present_bp": 5000,
    "rank_scope": "department", "appraisal_weight_bp": 1500
}}))]
pub struct ScoringRuleRequest {
    /// The first period in which the rule is in force.
    pub starts_period: Period,
    pub rule: ScoringRule,
}

/// Proposed reward policies.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_period": "2026-04", "policies": [
    {"kind": "top_n", "code": "top3", "priority": 1, "metric": "score", "places_minor": [100_000, 80000, 50000],
     "pay_item_code": "TRAINING_ALLOWANCE"},
    {"kind": "grade_bonus", "code": "bonus", "priority": 2, "amounts_minor": {"excellent": 100_000}, "pay_item_code": "LECTURER_BONUS"}
], "budget_minor": 500_000, "over_budget": "hold"}))]
pub struct RewardPoliciesRequest {
    /// The first period in which the policies are in force.
    pub starts_period: Period,
    #[schema(max_items = 50)]
    pub policies: Vec<RewardPolicy>,
    /// Budget of one period, in minor units of the programme's currency. Null: no limit.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub budget_minor: Option<i64>,
    #[serde(default = "default_over_budget")]
    #[schema(default = default_over_budget)]
    pub over_budget: OverBudget,
    /// The most that one person can get in one period, in minor units. Null: no limit.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub person_cap_minor: Option<i64>,
    /// What a restatement does about money granted in excess.
    #[serde(default)]
    #[schema(default = TakeBack::default)]
    pub take_back: TakeBack,
}

impl ScoringRuleRequest {
    /// The request as a proposal to the programme.
    #[must_use]
    pub fn proposal(self, programme_id: Uuid) -> Proposal<ScoringRule> {
        let heading = Start { programme_id, starts_period: self.starts_period };
        Proposal { heading, document: self.rule }
    }
}

impl RewardPoliciesRequest {
    /// The request as a proposal to the programme.
    #[must_use]
    pub fn proposal(self, programme_id: Uuid) -> Proposal<RewardPolicySet> {
        let heading = Start { programme_id, starts_period: self.starts_period };
        let document = RewardPolicySet {
            policies: self.policies,
            budget_minor: self.budget_minor,
            over_budget: self.over_budget,
            person_cap_minor: self.person_cap_minor,
            take_back: self.take_back,
        };
        Proposal { heading, document }
    }
}

/// A version of a programme's scoring rule (规则版本).
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoringRuleResponse {
    pub id: Uuid,
    pub programme_id: Uuid,
    /// Version number in the programme.
    #[schema(minimum = 1)]
    pub version: i32,
    pub state: VersionState,
    pub starts_period: Period,
    /// First local day of the first period.
    pub starts_on: NaiveDate,
    pub rule: ScoringRule,
    /// Questionable settings that the maker should reconsider, and why a draft could not be published now.
    #[schema(max_items = 100)]
    pub warnings: Vec<RuleWarning>,
    /// Who proposed it. For a machine client: the person responsible for it. Null: the client has no responsible person.
    pub maker: Option<EmployeeRef>,
    /// Who published it.
    pub checker: Option<EmployeeRef>,
    /// Published by its maker, in a company that allows self-approval.
    pub self_approved: bool,
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// Something in a version that its maker should reconsider. A questionable setting does not prevent publication. What publication of a
/// draft would refuse as things are now does: its start, if it is too early (`starts_too_early`) or that of a published version
/// (`period_taken`), a pay item that is not defined (`unknown_pay_item`), a question that is not on the form (`unknown_item`), a grade
/// that the rule never gives (`unknown_grade`), a minimum that no value reaches (`never_reached`).
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleWarning {
    /// JSON pointer to the place in the request.
    #[schema(max_length = 1000, examples("/rule/gates"))]
    pub pointer: String,
    /// Stable code of the warning.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("no_session_gate"))]
    pub code: &'static str,
    #[schema(max_length = 2000)]
    pub detail: String,
}

/// A version of a programme's reward policies (奖励政策版本).
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardPoliciesResponse {
    pub id: Uuid,
    pub programme_id: Uuid,
    /// Version number in the programme.
    #[schema(minimum = 1)]
    pub version: i32,
    pub state: VersionState,
    pub starts_period: Period,
    /// First local day of the first period.
    pub starts_on: NaiveDate,
    #[schema(max_items = 50)]
    pub policies: Vec<RewardPolicy>,
    /// Budget of one period, in minor units of the programme's currency. Null: no limit.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub budget_minor: Option<i64>,
    pub over_budget: OverBudget,
    /// The most that one person can get in one period, in minor units. Null: no limit.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub person_cap_minor: Option<i64>,
    /// What a restatement does about money granted in excess.
    pub take_back: TakeBack,
    /// Why a draft could not be published now.
    #[schema(max_items = 100)]
    pub warnings: Vec<RuleWarning>,
    /// Who proposed them. For a machine client: the person responsible for it. Null: the client has no responsible person.
    pub maker: Option<EmployeeRef>,
    /// Who published them.
    pub checker: Option<EmployeeRef>,
    /// Published by their maker, in a company that allows self-approval.
    pub self_approved: bool,
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

/// A page of scoring rules.
pub type ScoringRulePage = Page<ScoringRuleResponse>;

/// A page of versions of reward policies.
pub type RewardPoliciesPage = Page<RewardPoliciesResponse>;

/// Filters for versions.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListVersionsQuery {
    /// Only those in this state.
    pub state: Option<VersionState>,
}

impl ListVersionsQuery {
    /// Only published versions, only drafts, or both.
    #[must_use]
    pub fn published(&self) -> Option<bool> {
        self.state.map(|state| state == VersionState::Published)
    }
}

pub(super) fn state(published_at: Option<DateTime<Utc>>) -> VersionState {
    if published_at.is_some() { VersionState::Published } else { VersionState::Draft }
}

pub(super) fn told(warnings: Vec<Fault>, language: Language) -> Vec<RuleWarning> {
    let warning =
        |fault: Fault| RuleWarning { code: fault.code.slug(), detail: fault.detail(language), pointer: fault.pointer };
    warnings.into_iter().map(warning).collect()
}

/// Versions of the rule as responses.
pub async fn rule_responses(
    tx: &mut Tx<'_>,
    versions: Vec<RuleVersion>,
    language: Language,
) -> Result<Vec<ScoringRuleResponse>> {
    let people = people_of(tx, &versions).await?;
    let warnings = warnings::of_rules(tx, &versions).await?;
    let response = |(version, warnings): (RuleVersion, Vec<Fault>)| {
        Ok(ScoringRuleResponse {
            id: version.id,
            programme_id: version.heading.programme_id,
            version: version.number,
            state: state(version.published_at),
            etag: version.etag(),
            starts_period: version.heading.starts_period,
            starts_on: version.heading.starts_period.first_day(),
            warnings: told(warnings, language),
            rule: version.document.0,
            maker: people.maybe(version.maker_id)?,
            checker: people.maybe(version.checker_id)?,
            self_approved: version.self_approved,
            published_at: version.published_at,
            created_at: version.created_at,
            updated_at: version.updated_at,
        })
    };
    versions.into_iter().zip(warnings).map(response).collect()
}

/// Versions of the policies as responses.
pub async fn policies_responses(
    tx: &mut Tx<'_>,
    versions: Vec<PolicyVersion>,
    language: Language,
) -> Result<Vec<RewardPoliciesResponse>> {
    let people = people_of(tx, &versions).await?;
    let warnings = warnings::of_policies(tx, &versions).await?;
    let response = |(version, warnings): (PolicyVersion, Vec<Fault>)| {
        Ok(RewardPoliciesResponse {
            id: version.id,
            programme_id: version.heading.programme_id,
            version: version.number,
            state: state(version.published_at),
            etag: version.etag(),
            starts_period: version.heading.starts_period,
            starts_on: version.heading.starts_period.first_day(),
            budget_minor: version.document.budget_minor,
            over_budget: version.document.over_budget,
            person_cap_minor: version.document.person_cap_minor,
            take_back: version.document.take_back,
            warnings: told(warnings, language),
            policies: version.document.0.policies,
            maker: people.maybe(version.maker_id)?,
            checker: people.maybe(version.checker_id)?,
            self_approved: version.self_approved,
            published_at: version.published_at,
            created_at: version.created_at,
            updated_at: version.updated_at,
        })
    };
    versions.into_iter().zip(warnings).map(response).collect()
}
