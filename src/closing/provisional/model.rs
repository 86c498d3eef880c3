//! Rows of provisional rewards.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

use super::dto::ProvisionalSummary;
use crate::db::{Document, set_row};
use crate::schema::{live_results, provisional_periods, provisional_rewards};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::scorecard::Scorecard;

/// A period whose provisional rewards are to be computed anew.
#[derive(Debug, QueryableByName)]
pub struct Stale {
    #[diesel(sql_type = SqlUuid)]
    pub live_period_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub period: String,
    #[diesel(sql_type = BigInt)]
    pub live_version: i64,
    #[diesel(sql_type = BigInt)]
    pub programme_version: i64,
}

/// What is stored of a period.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = provisional_periods)]
pub struct ProvisionalPeriod {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub period: String,
    pub live_period_id: Uuid,
    pub live_version: i64,
    pub programme_version: i64,
    pub as_of: DateTime<Utc>,
    pub next_at: DateTime<Utc>,
    pub summary: Document<ProvisionalSummary>,
}

/// The live result of a lecturer, as far as rewards depend on it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = live_results)]
pub struct LiveCard {
    pub employee_id: Uuid,
    pub inputs: Document<LecturerInputs>,
    pub card: Document<Scorecard>,
}

set_row! {
    into provisional_rewards;
    /// What is stored of a lecturer.
    #[derive(Debug, Clone)]
    pub struct NewProvisionalReward {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub provisional_period_id: Uuid,
        pub employee_id: Uuid,
        pub result: Value,
    }
}

/// The same, as it is read.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = provisional_rewards)]
pub struct ProvisionalReward {
    pub employee_id: Uuid,
    pub result: Value,
}
