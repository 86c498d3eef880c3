//! Rows of the ledger.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text, Timestamptz};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{reward_entries, reward_entry_events};

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// Promised; to be approved.
    Granted,
    /// Promised over budget: not payable until the budget is raised.
    Held,
    /// Approved and in no batch.
    Approved,
    /// Refused by the checker.
    Rejected,
    /// In a batch that payroll has not answered.
    Batched,
    /// Taken over by payroll.
    Accepted,
    Paid,
    /// Left out of a batch because the person's total there was negative (结转); the next batch looks at it again.
    CarriedForward,
    Voided,
}

impl EntryState {
    const ALL: [Self; 9] = [
        Self::Granted,
        Self::Held,
        Self::Approved,
        Self::Rejected,
        Self::Batched,
        Self::Accepted,
        Self::Paid,
        Self::CarriedForward,
        Self::Voided,
    ];

    /// Its name in data and on the wire.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Batched => "batched",
            Self::Accepted => "accepted",
            Self::Paid => "paid",
            Self::CarriedForward => "carried_forward",
            Self::Voided => "voided",
        }
    }

    /// From its name in data; the database holds no other.
    #[must_use]
    pub fn from_slug(slug: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.slug() == slug).unwrap_or(Self::Voided)
    }
}

/// One promised amount.
#[derive(Debug, Clone, Queryable, Selectable, QueryableByName, Insertable)]
#[diesel(table_name = reward_entries)]
pub struct Entry {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub programme_id: Uuid,
    pub snapshot_id: Option<Uuid>,
    pub policy_set_id: Option<Uuid>,
    pub policy_code: Option<String>,
    pub session_id: Option<Uuid>,
    pub earned_period: String,
    pub pay_item_code: String,
    pub kind: String,
    pub amount_minor: i64,
    pub currency: String,
    pub corrects_id: Option<Uuid>,
    pub reason_code: String,
    pub reason_params: Value,
    pub reason_text: Option<String>,
    pub maker_kind: String,
    pub maker_id: Uuid,
    pub caused_by_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// An entry with where it stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct EntryNow {
    #[diesel(embed)]
    pub entry: Entry,
    /// Number of the last event of its history.
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Timestamptz)]
    pub state_since: DateTime<Utc>,
}

impl EntryNow {
    pub fn state(&self) -> EntryState {
        EntryState::from_slug(&self.state)
    }

    /// The version that an ETag is made of.
    pub fn version(&self) -> i64 {
        i64::from(self.seq)
    }
}

/// One event of an entry's history.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = reward_entry_events)]
pub struct EntryEvent {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub entry_id: Uuid,
    pub seq: i32,
    pub event: String,
    pub maker_id: Uuid,
    pub actor_kind: String,
    pub actor_id: Uuid,
    pub self_approved: bool,
    pub batch_id: Option<Uuid>,
    pub line_id: Option<Uuid>,
    pub reason_code: Option<String>,
    pub reason: Option<String>,
    pub occurred_at: DateTime<Utc>,
}
