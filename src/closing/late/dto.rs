//! Late facts on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::changes::LateFact;
use crate::closing::computation::Outcome;
use crate::closing::model::FrozenReward;
use crate::closing::queries::Stood;
use crate::error::{Error, Result};
use crate::http::Page;
use crate::kernel::money::{Currency, Money};
use crate::people::EmployeeRef;
use crate::rewards::entitlement::Award;
use crate::rewards::fees::HoldReason;
use crate::rewards::rules::RewardLine;
use crate::scoring::Score;
use crate::scoring::scorecard::ScoreStatus;

/// What came or changed for one lecturer since the latest snapshot of a period, and what it would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct LateLecturerResponse {
    pub employee: EmployeeRef,
    /// Empty if only the facts of others change the result.
    #[schema(max_items = 10_000)]
    pub facts: Vec<LateFact>,
    /// The result in the snapshot; null if the lecturer is not in it.
    pub before: Option<LateResult>,
    /// The result of today's facts under the same rule and policies; null if the lecturer no longer belongs to the period.
    pub after: Option<LateResult>,
}

/// A page of lecturers with late facts.
pub type LateFactsPage = Page<LateLecturerResponse>;

/// A result to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateResult {
    pub status: ScoreStatus,
    /// Null if not rated.
    pub score: Option<Score>,
    #[schema(min_length = 1, max_length = 64)]
    pub grade: Option<String>,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: Option<u32>,
    /// Number of rated lecturers on the same board.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub ranked_of: Option<u32>,
    /// What the policies grant: of a fee, each session. Null if the caller may not see the lecturer's money.
    #[schema(max_items = 10_000)]
    pub rewards: Option<Vec<LateReward>>,
}

/// What a policy grants: money or a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateReward {
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    /// Null for a certificate.
    pub amount: Option<Money>,
    /// The certificate's code; null for money.
    #[schema(min_length = 1, max_length = 64)]
    pub certificate: Option<String>,
    /// The session of a fee. Absent for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub session_id: Option<Uuid>,
    /// The gates of the fee that hold it, in their order. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 4)]
    pub held_reasons: Vec<HoldReason>,
}

impl LateReward {
    pub fn new(line: &RewardLine, currency: Currency) -> Self {
        let (amount, certificate) = match &line.award {
            Award::Money(money) => (Some(Money::new(money.amount_minor, currency)), None),
            Award::Certificate(award) => (None, Some(award.certificate.clone())),
        };
        let (session_id, held_reasons) = (line.session_id, line.held_reasons.clone());
        Self { policy: line.policy.clone(), amount, certificate, session_id, held_reasons }
    }
}

impl LateResult {
    pub fn new(outcome: &Outcome<'_>, currency: Currency) -> Self {
        let reward = |line: &RewardLine| LateReward::new(line, currency);
        Self {
            status: if outcome.own.is_rated { ScoreStatus::Rated } else { ScoreStatus::NotRated },
            score: outcome.own.score,
            grade: outcome.own.grade.clone(),
            rank: outcome.standing.map(|standing| standing.rank),
            ranked_of: outcome.standing.map(|standing| standing.ranked_of),
            rewards: Some(outcome.lines.iter().map(reward).collect()),
        }
    }

    /// As it is in a snapshot.
    pub fn stored(row: Stood, currency: Currency) -> Result<Self> {
        let lines = row.rewards.0.iter().filter_map(|reward| match reward {
            FrozenReward::Granted(line) => Some(LateReward::new(line, currency)),
            FrozenReward::Decided(_) => None,
        });
        let count = |stored: Option<i32>| stored.map(u32::try_from).transpose().map_err(Error::internal);
        let score = row.score.map(|score| score.to_string().parse()).transpose();
        Ok(Self {
            status: if row.score.is_some() { ScoreStatus::Rated } else { ScoreStatus::NotRated },
            score: score.map_err(Error::internal)?,
            grade: row.grade,
            rank: count(row.rank)?,
            ranked_of: count(row.ranked_of)?,
            rewards: Some(lines.collect()),
        })
    }

    pub fn without_money(self) -> Self {
        Self { rewards: None, ..self }
    }
}
