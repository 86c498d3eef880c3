//! Rows of advice.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::dto::{AdviceSettings, FindingState, PeriodFigures};
use super::words::FindingCode;
use crate::db::Document;
use crate::db::text::text_column;
use crate::kernel::text::Reason;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::{advice_findings, advice_settings, snapshot_lecturers};
use crate::scoring::scorecard::Scorecard;

text_column!(FindingCode, FindingState);

/// A finding as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = advice_findings, treat_none_as_default_value = false)]
pub struct Finding {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub code: FindingCode,
    pub subject: String,
    pub state: FindingState,
    pub params: Document<BTreeMap<String, String>>,
    pub evidence: Document<Vec<PeriodFigures>>,
    pub rule: Option<Document<ScoringRule>>,
    pub policies: Option<Document<RewardPolicySet>>,
    pub found_at: DateTime<Utc>,
    pub dismissed_by_id: Option<Uuid>,
    pub dismissed_at: Option<DateTime<Utc>>,
    pub dismiss_reason: Option<Reason>,
    pub version: i64,
}

/// The thresholds of a programme.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = advice_settings)]
pub struct NewSettings {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub settings: Document<AdviceSettings>,
    pub updated_at: DateTime<Utc>,
}

/// The card of a frozen lecturer, with the department in which the lecturer is ranked.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = snapshot_lecturers)]
pub struct FrozenCard {
    pub employee_id: Uuid,
    pub department_id: Option<Uuid>,
    pub card: Document<Scorecard>,
}
