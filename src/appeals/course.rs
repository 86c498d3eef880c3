//! What a statement shows of appeals: the deadline, and each course without what was said.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Appeal, AppealEvent, AppealEventKind, AppealState};
use super::queries;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::people::records_of_all;
use crate::programmes::find_period;

/// The appeals against a statement of a closed period.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementAppeals {
    /// Before this instant the lecturer may appeal.
    pub until_at: Option<DateTime<Utc>>,
    /// Oldest first, those against earlier snapshots of the period included.
    #[schema(max_items = 10_000)]
    pub filed: Vec<StatementAppeal>,
}

/// The course of an appeal. What was said is in the appeal itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementAppeal {
    pub id: Uuid,
    /// The session that it is about; null if it is about something else.
    pub session_id: Option<Uuid>,
    /// The content that it is about; null if it is about something else.
    pub content_id: Option<Uuid>,
    /// The metric that it is about; null if it is about something else.
    #[schema(max_length = 100, examples("session_count"))]
    pub metric: Option<String>,
    /// The reward that it is about; null if it is about something else.
    pub reward_id: Option<Uuid>,
    pub state: AppealState,
    /// Oldest first.
    #[schema(max_items = 10_000)]
    pub course: Vec<StatementAppealStep>,
}

/// A step in the course of an appeal.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementAppealStep {
    pub event: AppealEventKind,
    pub occurred_at: DateTime<Utc>,
}

/// The appeals of a lecturer against the results of a period. None while it is open.
pub async fn on_statement(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &Period,
    employee: Uuid,
) -> Result<Option<StatementAppeals>> {
    let row = find_period(tx, programme, period).await?;
    let Some(row) = row.filter(|row| row.snapshot_id.is_some()) else { return Ok(None) };
    let records = records_of_all(tx, &[employee]).await?;
    let appeals = queries::of_period(tx, row.id, &records).await?;
    let ids: Vec<Uuid> = appeals.iter().map(|appeal| appeal.id).collect();
    let mut courses: BTreeMap<Uuid, Vec<StatementAppealStep>> = BTreeMap::new();
    for AppealEvent { appeal_id, event, occurred_at, .. } in queries::events_of(tx, &ids).await? {
        courses.entry(appeal_id).or_default().push(StatementAppealStep { event, occurred_at });
    }
    let filed = appeals.into_iter().map(|appeal: Appeal| StatementAppeal {
        id: appeal.id,
        session_id: appeal.session_id,
        content_id: appeal.content_id,
        metric: appeal.metric,
        reward_id: appeal.entry_id,
        state: appeal.state,
        course: courses.remove(&appeal.id).unwrap_or_default(),
    });
    Ok(Some(StatementAppeals { until_at: row.appeals_until_at, filed: filed.collect() }))
}
