//! Rows of acknowledgements.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::schema::{payroll_acknowledgement_lines, payroll_acknowledgements};

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Taken over.
    Accepted,
    /// Refused: it goes back to the pool.
    Rejected,
    Paid,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Rejected, Self::Paid];

    /// Its name in data and on the wire, and of the event in the history of the entry.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Paid => "paid",
        }
    }
}

text_column!(Outcome);

/// An answer.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payroll_acknowledgements)]
pub struct Acknowledgement {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub batch_id: Uuid,
    pub consumer: String,
    pub external_run_id: String,
    pub is_final: bool,
    pub line_count: i32,
    pub total_minor: i64,
    pub body_sha256: Vec<u8>,
    pub received_at: DateTime<Utc>,
}

/// What an answer says about a line, to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payroll_acknowledgement_lines)]
pub struct NewAnswer {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub acknowledgement_id: Uuid,
    pub line_id: Uuid,
    pub outcome: &'static str,
    pub reason: Option<String>,
    pub external_reference: Option<String>,
}

/// What an answer says about a line.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payroll_acknowledgement_lines)]
pub struct Answer {
    pub acknowledgement_id: Uuid,
    pub line_id: Uuid,
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub external_reference: Option<String>,
}

/// A line of the batch, with the end of its entry's history.
#[derive(Debug, Clone, QueryableByName)]
pub struct KnownLine {
    #[diesel(sql_type = SqlUuid)]
    pub line_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub entry_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub maker_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
}
