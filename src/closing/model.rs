//! Rows of snapshots.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::computation::Outcome;
use super::sheets::Sheet;
use crate::auth::ActorKind;
use crate::db::{Document, JsonText, set_row};
use crate::error::{Error, Result};
use crate::kernel::decimal::Decimal;
use crate::kernel::text::Reason;
use crate::rewards::rules::{RewardDecision, RewardLine};
use crate::schema::{snapshot_lecturers, snapshots};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::scorecard::{NotRatedReason, ScoreStatus};

/// The snapshot of a closed period, without its lecturers.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = snapshots, treat_none_as_default_value = false)]
pub struct Snapshot {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub period_id: Uuid,
    pub number: i32,
    pub rule_id: Uuid,
    pub policy_set_id: Option<Uuid>,
    pub settings: Value,
    pub digest: String,
    pub lecturer_count: i32,
    pub rated_count: i32,
    pub reward_total_minor: i64,
    pub currency: String,
    pub forced: bool,
    pub reason: Option<Reason>,
    pub closed_at: DateTime<Utc>,
    pub closed_by_kind: ActorKind,
    pub closed_by_id: Uuid,
}

set_row! {
    into snapshot_lecturers;
    /// One lecturer in a snapshot: inputs and results.
    #[derive(Debug, Clone)]
    pub struct FrozenLecturer {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub snapshot_id: Uuid,
        pub employee_id: Uuid,
        pub employee_number: Option<String>,
        pub department_id: Option<Uuid>,
        pub inputs: JsonText,
        pub card: JsonText,
        pub rewards: Value,
        pub status: &'static str,
        pub reason: Option<&'static str>,
        pub score: Option<Decimal>,
        pub grade: Option<String>,
        pub rank: Option<i32>,
        pub ranked_of: Option<i32>,
        pub apart: Value,
    }
}

/// The inputs of a frozen lecturer.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = snapshot_lecturers)]
pub struct FrozenInputs {
    pub employee_id: Uuid,
    pub inputs: Document<LecturerInputs>,
}

/// The results of a frozen lecturer, to compare them with those computed again.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = snapshot_lecturers)]
pub struct FrozenResult {
    pub employee_id: Uuid,
    pub card: Value,
    pub rewards: Value,
    pub rank: Option<i32>,
    pub ranked_of: Option<i32>,
}

/// An element of a lecturer's frozen rewards: what was granted, or why something was reduced or lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrozenReward {
    Granted(RewardLine),
    Decided(RewardDecision),
}

/// A lecturer's granted lines and decisions, in the form in which they are stored.
pub fn frozen_rewards(outcome: &Outcome<'_>) -> Result<Value> {
    let granted = outcome.lines.iter().cloned().map(FrozenReward::Granted);
    let decided = outcome.decisions.iter().cloned().map(FrozenReward::Decided);
    serde_json::to_value(granted.chain(decided).collect::<Vec<_>>()).map_err(Error::internal)
}

fn stored_count(count: u32) -> Result<i32> {
    i32::try_from(count).map_err(Error::internal)
}

/// The ids of a row.
#[derive(Debug, Clone, Copy)]
pub struct RowIds {
    pub tenant_id: Uuid,
    pub snapshot_id: Uuid,
    pub id: Uuid,
}

impl FrozenLecturer {
    /// The row for a lecturer's results. `apart`: the lecturer's sessions whose ratings may be shown apart.
    pub fn new(ids: RowIds, sheet: Sheet, outcome: &Outcome<'_>, apart: &[Uuid]) -> Result<Self> {
        let own = outcome.own;
        let RowIds { tenant_id, snapshot_id, id } = ids;
        let number = Some(own.employee_number.clone()).filter(|number| !number.is_empty());
        let score = own.score.map(|score| score.to_string().parse()).transpose();
        let status = if own.is_rated { ScoreStatus::Rated } else { ScoreStatus::NotRated };
        Ok(Self {
            tenant_id,
            id,
            snapshot_id,
            employee_id: own.employee_id,
            employee_number: number,
            department_id: own.department_id,
            inputs: JsonText(sheet.inputs),
            card: JsonText(sheet.card),
            rewards: frozen_rewards(outcome)?,
            status: status.slug(),
            reason: sheet.reason.map(NotRatedReason::slug),
            score: score.map_err(Error::internal)?,
            grade: own.grade.clone(),
            rank: outcome.standing.map(|standing| stored_count(standing.rank)).transpose()?,
            ranked_of: outcome.standing.map(|standing| stored_count(standing.ranked_of)).transpose()?,
            apart: serde_json::to_value(apart).map_err(Error::internal)?,
        })
    }
}
