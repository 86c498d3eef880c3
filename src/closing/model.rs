//! Rows of snapshots.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::computation::LecturerOutcome;
use crate::auth::ActorKind;
use crate::db::set_row;
use crate::error::{Error, Result};
use crate::kernel::decimal::Decimal;
use crate::kernel::text::Reason;
use crate::rewards::rules::{RewardDecision, RewardLine};
use crate::schema::{snapshot_lecturers, snapshots};
use crate::scoring::scorecard::NotRatedReason;

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
        pub inputs: Value,
        pub card: Value,
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

/// The part of a frozen lecturer that is needed to compute the results again and to compare them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = snapshot_lecturers)]
pub struct StoredLecturer {
    pub employee_id: Uuid,
    pub inputs: Value,
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
pub fn frozen_rewards(outcome: &LecturerOutcome) -> Result<Value> {
    let granted = outcome.lines.iter().cloned().map(FrozenReward::Granted);
    let decided = outcome.decisions.iter().cloned().map(FrozenReward::Decided);
    serde_json::to_value(granted.chain(decided).collect::<Vec<_>>()).map_err(Error::internal)
}

fn stored_count(count: u32) -> Result<i32> {
    i32::try_from(count).map_err(Error::internal)
}

impl FrozenLecturer {
    /// The row for a lecturer's results.
    pub fn new(tenant_id: Uuid, id: Uuid, snapshot_id: Uuid, outcome: &LecturerOutcome) -> Result<Self> {
        let inputs = &outcome.inputs;
        let number = Some(inputs.employee_number.clone()).filter(|number| !number.is_empty());
        let score = outcome.card.score.map(|score| score.to_string().parse()).transpose();
        Ok(Self {
            tenant_id,
            id,
            snapshot_id,
            employee_id: inputs.employee_id,
            employee_number: number,
            department_id: inputs.department_id(),
            inputs: serde_json::to_value(inputs).map_err(Error::internal)?,
            card: serde_json::to_value(&outcome.card).map_err(Error::internal)?,
            rewards: frozen_rewards(outcome)?,
            status: outcome.card.status.slug(),
            reason: outcome.card.reason.map(NotRatedReason::slug),
            score: score.map_err(Error::internal)?,
            grade: outcome.card.grade.clone(),
            rank: outcome.standing.map(|standing| stored_count(standing.rank)).transpose()?,
            ranked_of: outcome.standing.map(|standing| stored_count(standing.ranked_of)).transpose()?,
            apart: serde_json::to_value(&outcome.apart).map_err(Error::internal)?,
        })
    }
}
