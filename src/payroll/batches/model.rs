//! Rows of batches.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{payroll_batches, payroll_claims, payroll_exclusions};

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// It can change.
    Draft,
    /// Its lines stand and payroll may take them.
    Locked,
    /// Payroll has answered for all of it.
    Acknowledged,
    /// Undone.
    Void,
}

impl BatchState {
    const ALL: [Self; 4] = [Self::Draft, Self::Locked, Self::Acknowledged, Self::Void];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Locked => "locked",
            Self::Acknowledged => "acknowledged",
            Self::Void => "void",
        }
    }

    /// From its name in data; the database holds no other.
    #[must_use]
    pub fn from_slug(slug: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.slug() == slug).unwrap_or(Self::Void)
    }
}

/// A batch.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payroll_batches)]
pub struct Batch {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub pay_group_id: Uuid,
    pub currency: String,
    pub state: String,
    pub pay_period: String,
    pub cut_off_at: DateTime<Utc>,
    pub line_count: Option<i32>,
    pub people_count: Option<i32>,
    pub total_minor: Option<i64>,
    pub lines_sha256: Option<String>,
    pub locked_at: Option<DateTime<Utc>>,
    pub locked_by_kind: Option<String>,
    pub locked_by_id: Option<Uuid>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub voided_at: Option<DateTime<Utc>>,
    pub void_reason: Option<String>,
    pub created_by_kind: String,
    pub created_by_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl Batch {
    pub fn state(&self) -> BatchState {
        BatchState::from_slug(&self.state)
    }
}

/// An entry's place in a live batch.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payroll_claims)]
pub struct Claim {
    pub tenant_id: Uuid,
    pub entry_id: Uuid,
    pub batch_id: Uuid,
    pub claimed_at: DateTime<Utc>,
}

/// A person who stays out of a batch.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payroll_exclusions)]
pub struct ExclusionRow {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub batch_id: Uuid,
    pub employee_id: Uuid,
    pub reason_code: String,
    pub detail: Option<String>,
    pub entry_count: i32,
    pub total_minor: i64,
    pub explanation: Option<String>,
    pub explained_at: Option<DateTime<Utc>>,
    pub explained_by_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An approved entry that is in no batch, with what decides whether it can be paid.
#[derive(Debug, Clone, QueryableByName)]
pub struct PoolRow {
    #[diesel(sql_type = SqlUuid)]
    pub entry_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub maker_id: Uuid,
    /// Number of the last event of its history.
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<String>,
    #[diesel(sql_type = Text)]
    pub pay_item_code: String,
    #[diesel(sql_type = Bool)]
    pub pay_item_defined: bool,
}

/// What is in a draft.
#[derive(Debug, Clone, Copy, Default, QueryableByName)]
pub struct ClaimTotals {
    #[diesel(sql_type = SqlUuid)]
    pub batch_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub line_count: i64,
    #[diesel(sql_type = BigInt)]
    pub people_count: i64,
    #[diesel(sql_type = BigInt)]
    pub total_minor: i64,
}
