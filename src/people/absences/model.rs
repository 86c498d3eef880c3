//! Rows of absences.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::absences;

/// Why a person is excused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceKind {
    /// Leave of any sort (休假).
    Leave,
    /// Suspended as lecturer: these days also move the tenure of a promotion check.
    Suspension,
}

impl AbsenceKind {
    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Suspension => "suspension",
        }
    }

    /// From its name in data; the database holds no other.
    #[must_use]
    pub fn from_slug(slug: &str) -> Self {
        if slug == Self::Suspension.slug() { Self::Suspension } else { Self::Leave }
    }
}

/// Days on which a person is excused.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = absences)]
pub struct Absence {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub kind: String,
    pub starts_on: NaiveDate,
    /// Last day, inclusive.
    pub ends_on: NaiveDate,
    pub source: String,
    pub source_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}
