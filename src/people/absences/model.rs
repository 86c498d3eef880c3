//! Rows of absences.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::last_day::LastDay;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Reason, Source, SourceRef};
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

in_chinese!(AbsenceKind { Leave = "休假", Suspension = "停职" });

/// Days on which a person is excused.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = absences, treat_none_as_default_value = false)]
pub struct Absence {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub employee_id: Uuid,
    pub kind: AbsenceKind,
    pub starts_on: NaiveDate,
    /// Last day of the absence (included). None: a suspension until further notice.
    pub ends_on: Option<NaiveDate>,
    pub source: Source,
    pub source_ref: Option<SourceRef>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    /// Why the person was suspended.
    pub reason: Option<Reason>,
    pub lifted_at: Option<DateTime<Utc>>,
    pub lift_reason: Option<Reason>,
}

impl Absence {
    /// The first day after it.
    #[must_use]
    pub fn end(&self) -> Option<NaiveDate> {
        self.ends_on.map(|last| LastDay::new(last).day_after())
    }
}
