//! Versioned documents of a programme: its scoring rule (规则版本) and its reward policies.
//!
//! A version is a draft until somebody other than its maker publishes it; from then on it is in force from its first period on,
//! until a later one starts, and never changes.

mod check;
mod dto;
mod model;
mod queries;
mod routes_policies;
mod routes_rules;
pub mod service;

pub use model::{PolicyVersion, RuleVersion};
pub use service::{Kind, Proposal};

use chrono::NaiveDate;
use diesel::QueryResult;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::period::Period;

pub fn routes(config: &mut ServiceConfig) {
    routes_rules::routes(config);
    routes_policies::routes(config);
}

/// The first day for which a programme has a published rule.
pub async fn first_rule_start(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<NaiveDate>> {
    queries::rules::first_start(tx, programme).await
}

/// The scoring rule that serves for the whole of a period: the published version with the latest start up to its first day.
pub async fn rule_in_force(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> Result<Option<RuleVersion>> {
    let row = queries::rules::in_force(tx, programme, period.first_day()).await?;
    row.map(RuleVersion::try_from).transpose()
}

/// The reward policies that serve for the whole of a period.
pub async fn policies_in_force(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> Result<Option<PolicyVersion>> {
    let row = queries::policies::in_force(tx, programme, period.first_day()).await?;
    row.map(PolicyVersion::try_from).transpose()
}
