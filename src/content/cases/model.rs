//! Rows of application cases.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::schema::application_cases;

/// Where an application case stands; only confirmed ones count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    Submitted,
    Confirmed,
    Rejected,
}

impl CaseState {
    pub const ALL: [Self; 3] = [Self::Submitted, Self::Confirmed, Self::Rejected];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }
}

text_column!(CaseState);

/// An application case (应用案例).
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = application_cases)]
pub struct Case {
    pub id: Uuid,
    pub session_id: Uuid,
    pub learner_id: Uuid,
    pub description: String,
    pub applied_on: Option<NaiveDate>,
    pub state: CaseState,
    pub submitted_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_id: Option<Uuid>,
    pub decision_note: Option<String>,
    pub maker_id: Option<Uuid>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A case to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = application_cases)]
pub struct NewCase {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub session_id: Uuid,
    pub learner_id: Uuid,
    pub description: String,
    pub applied_on: Option<NaiveDate>,
    pub state: &'static str,
    pub maker_id: Option<Uuid>,
    pub submitted_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
