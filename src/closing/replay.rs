//! Computes a closed period again from its frozen inputs, to show that nothing has changed since.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::computation::{FrozenSettings, Outcome, Terms};
use super::model::{FrozenResult, Snapshot, frozen_rewards};
use super::queries;
use super::sheets::{FirstPass, Results, Sheet};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::{CHUNK, in_order};

/// The result of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The digest computed now.
    pub digest: String,
    /// Number of lecturers whose stored card, rank or rewards differ from those computed now.
    pub differing_count: usize,
}

impl Replay {
    /// Whether it gave what the snapshot has.
    #[must_use]
    pub fn matches(&self, snapshot: &Snapshot) -> bool {
        snapshot.digest == self.digest && self.differing_count == 0
    }
}

/// Everything besides the inputs that the results of a snapshot depend on.
pub async fn terms(tx: &mut Tx<'_>, snapshot: &Snapshot) -> Result<Terms> {
    let settings: FrozenSettings = serde_json::from_value(snapshot.settings.clone()).map_err(Error::internal)?;
    let (_, rule) = queries::rule(tx, snapshot.rule_id).await?;
    let mut policies = match snapshot.policy_set_id {
        Some(id) => queries::policies(tx, id).await?.0,
        None => RewardPolicySet::default(),
    };
    policies.budget_minor = settings.raised_budget_minor.or(policies.budget_minor);
    Ok(Terms { settings, rule: rule.0, policies })
}

/// Computes everything again, a chunk of lecturers after the other.
pub async fn replay(tx: &mut Tx<'_>, snapshot: &Snapshot) -> Result<Replay> {
    let terms = terms(tx, snapshot).await?;
    let members = in_order(queries::members(tx, snapshot.id).await?);
    let members: Vec<Uuid> = members.into_iter().map(|member| member.employee_id).collect();
    let mut pass = FirstPass::new(Arc::new(terms));
    for chunk in members.chunks(CHUNK) {
        pass = pass.add(inputs(tx, snapshot, chunk).await?).await?;
    }
    let results = pass.settle().await?;
    let mut differing_count = 0;
    for (number, chunk) in members.chunks(CHUNK).enumerate() {
        let stored = queries::results(tx, snapshot.id, chunk).await?;
        let results = Arc::clone(&results);
        let differing = spawn_blocking(move || count_differing(&results, number, stored));
        differing_count += differing.await.map_err(Error::internal)??;
    }
    Ok(Replay { digest: results.digest.clone(), differing_count })
}

/// The frozen inputs of these members, in the same order.
pub async fn inputs(tx: &mut Tx<'_>, snapshot: &Snapshot, members: &[Uuid]) -> Result<Vec<LecturerInputs>> {
    let found = queries::inputs(tx, snapshot.id, members).await?;
    let mut found: BTreeMap<Uuid, LecturerInputs> =
        found.into_iter().map(|row| (row.employee_id, row.inputs.0)).collect();
    Ok(members.iter().filter_map(|member| found.remove(member)).collect())
}

fn count_differing(results: &Results, chunk: usize, stored: Vec<FrozenResult>) -> Result<usize> {
    let stored: BTreeMap<Uuid, FrozenResult> = stored.into_iter().map(|own| (own.employee_id, own)).collect();
    let computed = results.chunk(chunk)?;
    let differs = |(sheet, outcome): &(Sheet, Outcome<'_>)| {
        !stored.get(&outcome.own.employee_id).is_some_and(|stored| is_same(stored, sheet, outcome))
    };
    Ok(computed.filter(differs).count())
}

fn is_same(stored: &FrozenResult, sheet: &Sheet, outcome: &Outcome<'_>) -> bool {
    let rank = stored.rank.zip(stored.ranked_of);
    let standing = outcome.standing.map(|standing| (i64::from(standing.rank), i64::from(standing.ranked_of)));
    rank.map(|(rank, of)| (i64::from(rank), i64::from(of))) == standing
        && serde_json::from_str::<Value>(sheet.card.get()).is_ok_and(|card| card == stored.card)
        && frozen_rewards(outcome).is_ok_and(|rewards| rewards == stored.rewards)
}
