//! Rows of what-ifs.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::dto::PeriodReport;
use crate::auth::ActorKind;
use crate::db::{Document, set_row};
use crate::kernel::period::Period;
use crate::schema::{what_if_lecturers, what_if_periods, what_ifs};

/// A what-if as it was ordered.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = what_ifs, treat_none_as_default_value = false)]
pub struct WhatIf {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub rule_id: Option<Uuid>,
    pub rule_digest: Option<String>,
    pub policy_set_id: Option<Uuid>,
    pub policies_digest: Option<String>,
    pub periods: Document<Vec<Period>>,
    pub job_id: Uuid,
    pub requested_by_kind: ActorKind,
    pub requested_by_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// What it found for a period.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = what_if_periods, treat_none_as_default_value = false)]
pub struct WhatIfPeriod {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub what_if_id: Uuid,
    pub period_id: Uuid,
    pub snapshot_id: Uuid,
    pub report: Document<PeriodReport>,
}

set_row! {
    into what_if_lecturers;
    /// What it found for a lecturer of a period.
    #[derive(Debug, Clone)]
    pub struct NewWhatIfLecturer {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub what_if_id: Uuid,
        pub period_id: Uuid,
        pub employee_id: Uuid,
        pub moved: bool,
        pub before: Value,
        pub after: Value,
    }
}

/// The same, as it is read.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = what_if_lecturers)]
pub struct WhatIfLecturer {
    pub id: Uuid,
    pub period_id: Uuid,
    pub employee_id: Uuid,
    pub moved: bool,
    pub before: Value,
    pub after: Value,
}
