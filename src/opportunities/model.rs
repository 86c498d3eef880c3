//! Rows of training opportunities.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::Document;
use crate::db::text::text_column;
use crate::growth::OpportunityKind;
use crate::growth::criteria::PromotionCriterion;
use crate::kernel::last_day::LastDay;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Code, Description, Name, Place, Reason, Title};
use crate::kernel::words::words;
use crate::schema::training_opportunities;

words! {
    /// State of a training opportunity.
    pub enum OpportunityState {
        /// Published (`publish_training_opportunity`). Lecturers apply until `apply_until_at`.
        Open = "open",
        /// The applications are ranked (`rank_training_opportunity`, from `open`), and places are offered.
        Ranked = "ranked",
        /// Cancelled (`cancel_training_opportunity`, from `open` and `ranked`). Final.
        Cancelled = "cancelled",
    }

    /// What decides between applications with equal scores.
    pub enum TieBreaker {
        /// Who has been a lecturer for longer, in the present appointment, comes first.
        LongerTenure = "longer_tenure",
        /// Who applied earlier comes first.
        EarlierApplication = "earlier_application",
    }
}

text_column!(OpportunityState);

in_chinese!(OpportunityState { Open = "报名中", Ranked = "已排名", Cancelled = "已取消" });

/// How applications are ranked: those with precedence first, then by the mean of the latest scores, highest first. Whoever has no score
/// comes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpportunityRanking {
    /// Only scores of this programme. If absent, a month counts with the mean of its scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<Uuid>,
    /// The mean of the scores of so many of the latest rated months.
    #[serde(default = "a_quarter")]
    #[schema(minimum = 1, maximum = 120, default = 3)]
    pub periods: u32,
    /// How many calendar months before the month of the deadline are looked at.
    #[serde(default = "a_year")]
    #[schema(minimum = 1, maximum = 120, default = 12)]
    pub within_months: u32,
    /// What decides between equal scores, one after the other. What is then still equal is decided by the earlier application, and last
    /// by the lower employee number, compared by code point.
    #[serde(default)]
    #[schema(max_items = 2, default = json!([]))]
    pub ties: Vec<TieBreaker>,
}

fn a_quarter() -> u32 {
    3
}

fn a_year() -> u32 {
    12
}

impl Default for OpportunityRanking {
    fn default() -> Self {
        Self { programme_id: None, periods: a_quarter(), within_months: a_year(), ties: Vec::new() }
    }
}

/// A training opportunity.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = training_opportunities, treat_none_as_default_value = false)]
pub struct TrainingOpportunity {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub code: Code,
    pub kind: OpportunityKind,
    pub title: Title,
    pub provider: Name,
    pub description: Option<Description>,
    pub place: Option<Place>,
    pub starts_on: NaiveDate,
    pub ends_on: LastDay,
    pub apply_until_at: DateTime<Utc>,
    pub answer_days: i32,
    pub seats: i32,
    pub cost_minor: i64,
    pub currency: String,
    pub budget_minor: Option<i64>,
    pub criteria: Option<Document<PromotionCriterion>>,
    pub ranking: Document<OpportunityRanking>,
    pub competence_kind: Option<Code>,
    pub competence_months: Option<i32>,
    pub state: OpportunityState,
    pub ranked_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A step of an opportunity. What is None stays.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = training_opportunities)]
pub struct OpportunityStep {
    pub state: OpportunityState,
    pub ranked_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<Reason>,
}

/// How many can go, and what all places may cost together.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = training_opportunities, treat_none_as_null = true)]
pub struct Capacity {
    pub seats: i32,
    pub budget_minor: Option<i64>,
}
