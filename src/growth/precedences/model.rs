//! Rows of precedences.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Document;
use crate::kernel::text::{Code, Reason};
use crate::programmes::documents::runs::RatedPeriod;
use crate::schema::opportunity_precedences;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = opportunity_precedences)]
pub struct OpportunityPrecedence {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub programme_id: Uuid,
    pub code: Code,
    pub snapshot_id: Uuid,
    pub policy_code: Code,
    pub earned_period: String,
    pub run: Document<Vec<RatedPeriod>>,
    pub granted_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub withdrawn_by_id: Option<Uuid>,
    pub withdraw_reason: Option<Reason>,
    pub version: i64,
}

/// What is written when a precedence is withdrawn.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = opportunity_precedences)]
pub struct Withdrawal {
    pub withdrawn_at: DateTime<Utc>,
    pub withdrawn_by_id: Uuid,
    pub withdraw_reason: Reason,
}
