//! Training opportunities on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{OpportunityRanking, OpportunityState, TrainingOpportunity};
use super::queries::{self, Counts};
use crate::auth::Reach;
use crate::auth::rights::OpportunitiesRead;
use crate::db::merge_patch;
use crate::error::{Error, Result};
use crate::growth::OpportunityKind;
use crate::growth::criteria::PromotionCriterion;
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::fault::Faults;
use crate::kernel::last_day::LastDay;
use crate::kernel::money::{Currency, Money};
use crate::kernel::patch::Patch;
use crate::kernel::text::{Code, Description, Name, Place, Reason, Title};
use crate::kernel::wire;

/// The certificate of competence that whoever attends gets.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpportunityCertificate {
    /// Code of the kind: one of the company's (`competences` in `GET /v1/display-names`).
    #[validate(nested)]
    pub kind: Code,
    /// For how many months from the last day of the opportunity on it is valid. Null: it has no end.
    #[validate(range(min = 1, max = 600))]
    #[schema(minimum = 1, maximum = 600)]
    pub months: Option<i32>,
}

/// A training opportunity to publish.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "industry-summit", "kind": "summit", "title": "企业学习行业峰会", "provider": "中国企业培训协会",
    "description": "两天主论坛与一天案例参访。", "place": "上海世博中心", "starts_on": "2031-03-18", "ends_on": "2031-03-19",
    "apply_until_at": "2031-02-20T10:00:00Z", "answer_days": 5, "seats": 2,
    "cost": {"amount_minor": 380_000, "currency": "CNY"}, "budget": {"amount_minor": 760_000, "currency": "CNY"},
    "criteria": {"kind": "all", "criteria": [
        {"kind": "grades", "periods": 3, "every": "excellent"}, {"kind": "score_average", "periods": 3, "at_least": "85"}
    ]},
    "ranking": {"periods": 3, "ties": ["longer_tenure"]}, "certificate": null
}))]
pub struct PublishTrainingOpportunityRequest {
    /// What kind of occasion it is. Reward policies (`streak` with an `opportunity`) give precedence for the next one with a code.
    #[validate(nested)]
    pub code: Code,
    pub kind: OpportunityKind,
    #[validate(nested)]
    pub title: Title,
    /// Who holds it, and issues the certificate.
    #[validate(nested)]
    pub provider: Name,
    /// What it is about. Null: nothing is said.
    #[validate(nested)]
    pub description: Option<Description>,
    /// Where it takes place. Null: nothing is said.
    #[validate(nested)]
    pub place: Option<Place>,
    /// First day of the opportunity.
    #[validate(custom(function = "wire::day"))]
    pub starts_on: NaiveDate,
    /// Last day of the opportunity (included).
    #[validate(custom(function = "wire::day"))]
    pub ends_on: LastDay,
    /// Applications are taken before this instant, which is not later than the first day.
    #[validate(custom(function = "wire::instant"))]
    pub apply_until_at: DateTime<Utc>,
    /// For how many days an offer stands, at most until the end of the first day of the opportunity.
    #[serde(default = "a_week")]
    #[validate(range(min = 1, max = 90))]
    #[schema(minimum = 1, maximum = 90, default = 7)]
    pub answer_days: i32,
    /// How many can go.
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub seats: i32,
    /// What each place costs the company, including travel.
    pub cost: Money,
    /// What all places may cost together, in the same currency: at least what one costs. Null: no limit.
    pub budget: Option<Money>,
    /// What a lecturer must meet to apply, as in a promotion policy: grades in a row, titles, scores. Null: nothing.
    pub criteria: Option<PromotionCriterion>,
    /// By what the applications are ranked. If absent, by the mean score of the latest three rated months.
    #[serde(default)]
    pub ranking: OpportunityRanking,
    /// The certificate of competence that whoever attends gets. Null: none.
    #[validate(nested)]
    pub certificate: Option<OpportunityCertificate>,
}

fn a_week() -> i32 {
    7
}

merge_patch! {
    into training_opportunities as OpportunityChange, checked by check_instants;
    /// Changes to a training opportunity. Absent members stay unchanged. What it asks for, how it ranks and what a place costs were said
    /// when it was published, and stay.
    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({"place": "上海世博中心 3 号厅"}))]
    pub struct UpdateTrainingOpportunityRequest {
        #[validate(nested)]
        pub title: Title,
        /// Who holds it, and issues the certificate.
        #[validate(nested)]
        pub provider: Name,
        /// What it is about. Null: nothing is said.
        #[validate(nested)]
        pub description: Option<Description>,
        /// Where it takes place. Null: nothing is said.
        #[validate(nested)]
        pub place: Option<Place>,
        /// First day of the opportunity.
        #[validate(custom(function = "wire::day"))]
        pub starts_on: NaiveDate,
        /// Last day of the opportunity (included).
        #[validate(custom(function = "wire::day"))]
        pub ends_on: LastDay,
        /// Applications are taken before this instant, which is still to come. Only while it is open.
        pub apply_until_at: DateTime<Utc>,
        /// For how many days an offer stands that is made from now on.
        #[validate(range(min = 1, max = 90))]
        #[schema(minimum = 1, maximum = 90)]
        pub answer_days: i32,
    }
}

impl UpdateTrainingOpportunityRequest {
    fn check_instants(&self, faults: &mut Faults) {
        if let Patch::Value(instant) = self.apply_until_at {
            faults.extend(wire::instant_fault("/apply_until_at", instant));
        }
    }
}

/// How many can go, and what all places may cost together.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seats": 3, "budget": {"amount_minor": 1_140_000, "currency": "CNY"}}))]
pub struct SetOpportunityCapacityRequest {
    /// How many can go: not fewer than are taken or on offer.
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub seats: i32,
    /// What all places may cost together, in the currency of the cost: not less than what is taken or on offer. Null: no limit.
    pub budget: Option<Money>,
}

/// Why an opportunity is cancelled.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "主办方取消了本届峰会"}))]
pub struct CancelTrainingOpportunityRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// The budget of an opportunity.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpportunityBudget {
    /// What all places may cost together. Null: no limit.
    pub limit: Option<Money>,
    /// What the places cost that are on offer, accepted or used. A place that somebody accepted and did not use is paid for too.
    pub committed: Money,
    /// What is left of the limit. Null: there is none.
    pub left: Option<Money>,
}

response! {
    /// A training opportunity (外部培训机会).
    #[derive(Debug, Clone, Serialize, ToSchema)]
    pub struct TrainingOpportunityResponse: try new(row: TrainingOpportunity, counts: Counts, sees_budget: bool) {
        pub id: Uuid,
        /// Example: industry-summit
        pub code: Code,
        pub kind: OpportunityKind,
        pub state: OpportunityState,
        pub title: Title,
        /// Who holds it, and issues the certificate.
        pub provider: Name,
        pub description: Option<Description>,
        pub place: Option<Place>,
        /// First day of the opportunity.
        pub starts_on: NaiveDate,
        /// Last day of the opportunity (included).
        pub ends_on: LastDay,
        /// Applications are taken before this instant.
        pub apply_until_at: DateTime<Utc>,
        /// For how many days an offer stands.
        #[schema(minimum = 1, maximum = 90)]
        pub answer_days: i32,
        /// How many can go.
        #[schema(minimum = 1, maximum = 10_000)]
        pub seats: i32,
        /// How many places are on offer, accepted or used.
        #[schema(minimum = 0, maximum = 10_000)]
        pub taken_count: i64 = counts.taken,
        /// How many applications wait to be ranked.
        #[schema(minimum = 0, maximum = 10_000_000)]
        pub applied_count: i64 = counts.applied,
        /// How many are ranked and have no place.
        #[schema(minimum = 0, maximum = 10_000_000)]
        pub waiting_count: i64 = counts.waiting,
        /// What a place costs the company.
        pub cost: Money = Money::new(row.cost_minor, currency(&row)?),
        /// Null for those who do not see the whole company.
        pub budget: Option<OpportunityBudget> =
            sees_budget.then(|| budget(&row, counts.committed_minor)).transpose()?,
        /// What a lecturer must meet to apply. Null: nothing.
        pub criteria: Option<PromotionCriterion> = row.criteria.map(|criteria| criteria.0),
        pub ranking: OpportunityRanking = row.ranking.0,
        /// The certificate of competence that whoever attends gets. Null: none.
        pub certificate: Option<OpportunityCertificate> =
            row.competence_kind.map(|kind| OpportunityCertificate { kind, months: row.competence_months }),
        pub published_at: DateTime<Utc> = row.created_at,
        /// When the applications were ranked. Null: not yet.
        pub ranked_at: Option<DateTime<Utc>>,
        pub cancelled_at: Option<DateTime<Utc>>,
        pub cancel_reason: Option<Reason>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

/// The currency of the cost and the budget.
pub fn currency(row: &TrainingOpportunity) -> Result<Currency> {
    row.currency.parse().map_err(Error::internal)
}

fn budget(row: &TrainingOpportunity, committed: i64) -> Result<OpportunityBudget> {
    let currency = currency(row)?;
    let money = |minor: i64| Money::new(minor, currency);
    let left = row.budget_minor.map(|limit| money(limit.saturating_sub(committed)));
    Ok(OpportunityBudget { limit: row.budget_minor.map(money), committed: money(committed), left })
}

/// A page of training opportunities.
pub type TrainingOpportunityPage = Page<TrainingOpportunityResponse>;

/// Filters of training opportunities.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTrainingOpportunitiesQuery {
    /// Only those in this state.
    pub state: Option<OpportunityState>,
    /// Only those of this kind.
    pub kind: Option<OpportunityKind>,
    /// Only those with this code.
    #[validate(nested)]
    pub code: Option<Code>,
    /// Only those that changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}

/// The opportunities as responses.
pub async fn responses(tx: &mut Tx<'_>, rows: Vec<TrainingOpportunity>) -> Result<Vec<TrainingOpportunityResponse>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut counts: BTreeMap<Uuid, Counts> = queries::counts(tx, &ids).await?;
    let sees_budget = tx.actor.reach::<OpportunitiesRead>().is_ok_and(|reach| reach == Reach::All);
    let response = |row: TrainingOpportunity| {
        let own = counts.remove(&row.id).unwrap_or_default();
        TrainingOpportunityResponse::new(row, own, sees_budget)
    };
    rows.into_iter().map(response).collect()
}
