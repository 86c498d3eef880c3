//! Rows of absences.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::text::{Source, SourceRef};
use crate::kernel::words::words;
use crate::schema::absences;

words! {
    /// Why a person is excused.
    pub enum AbsenceKind {
        /// Leave of any kind (休假).
        Leave = "leave",
        /// Suspended as a lecturer (停职). These days also delay the tenure in a promotion check.
        Suspension = "suspension",
    }
}

text_column!(AbsenceKind);

/// Days on which a person is excused.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = absences, treat_none_as_default_value = false)]
pub struct Absence {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub kind: AbsenceKind,
    pub starts_on: NaiveDate,
    /// Last day of the absence (included).
    pub ends_on: NaiveDate,
    pub source: Source,
    pub source_ref: Option<SourceRef>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}
