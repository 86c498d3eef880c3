//! Versioned documents of a programme: its scoring rule (规则版本) and its reward policies.
//!
//! A published version is in force from its first period until a later one starts.

mod check;
mod dto;
mod fulfilment;
mod model;
mod queries;
mod routes_policies;
mod routes_rules;
mod service;

pub use model::{PolicyVersion, RuleVersion, Start};

use crate::http::Operations;
use chrono::NaiveDate;
use diesel::QueryResult;
use uuid::Uuid;

use self::queries::Serving as _;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;

pub fn routes(operations: &mut Operations<'_>) {
    routes_rules::routes(operations);
    routes_policies::routes(operations);
}

/// The first day for which a programme has a published rule.
pub async fn first_rule_start(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<NaiveDate>> {
    ScoringRule::first_start(tx, programme).await
}

/// The scoring rule in force for the whole of a period: the published version with the latest start on or before its first day.
pub async fn rule_in_force(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<RuleVersion>> {
    ScoringRule::in_force(tx, programme, period.first_day()).await
}

/// The reward policies in force for the whole of a period.
pub async fn policies_in_force(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &Period,
) -> QueryResult<Option<PolicyVersion>> {
    RewardPolicySet::in_force(tx, programme, period.first_day()).await
}
