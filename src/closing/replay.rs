//! Computes a closed period again from its frozen inputs, to show that nothing has changed since.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::computation::{Computation, FrozenSettings, LecturerOutcome, Terms, compute};
use super::model::{Snapshot, StoredLecturer, frozen_rewards};
use super::queries;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rule::ScoringRule;

/// The result of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The digest computed now.
    pub digest: String,
    /// Number of lecturers whose stored card, rank or rewards differ from those computed now.
    pub differing_count: usize,
}

/// The frozen inputs of a snapshot, and the results stored with it.
pub struct Frozen {
    terms: Terms,
    lecturers: Vec<StoredLecturer>,
}

/// Reads what a replay needs.
pub async fn load(tx: &mut Tx<'_>, snapshot: &Snapshot) -> Result<Frozen> {
    let settings: FrozenSettings = serde_json::from_value(snapshot.settings.clone()).map_err(Error::internal)?;
    let (_, rule) = queries::rule(tx, snapshot.rule_id).await?;
    let policies = match snapshot.policy_set_id {
        Some(id) => Some(queries::policies(tx, id).await?.0),
        None => None,
    };
    let lecturers = queries::find_lecturers(tx, snapshot.id).await?;
    Ok(Frozen { terms: Terms { settings, rule: rule.0, policies }, lecturers })
}

impl Frozen {
    pub fn rule(&self) -> &ScoringRule {
        &self.terms.rule
    }

    /// The records of the lecturers.
    pub fn lecturers(&self) -> Vec<Uuid> {
        self.lecturers.iter().map(|own| own.employee_id).collect()
    }

    /// The terms and the frozen inputs, without the results.
    pub fn into_inputs(self) -> Result<(Terms, Vec<LecturerInputs>)> {
        let inputs = inputs(&self.lecturers)?;
        Ok((self.terms, inputs))
    }
}

fn inputs(lecturers: &[StoredLecturer]) -> Result<Vec<LecturerInputs>> {
    let inputs = lecturers.iter().map(|stored| serde_json::from_value(stored.inputs.clone()));
    inputs.collect::<std::result::Result<_, _>>().map_err(Error::internal)
}

/// Computes everything again, on threads other than those that serve connections.
pub async fn replay(frozen: Frozen) -> Result<Replay> {
    tokio::task::spawn_blocking(move || computed_again(&frozen)).await.map_err(Error::internal)?
}

fn computed_again(frozen: &Frozen) -> Result<Replay> {
    let inputs = inputs(&frozen.lecturers)?;
    let Computation { lecturers, digest, .. } = compute(&frozen.terms, inputs).map_err(Error::internal)?;
    let stored: BTreeMap<Uuid, &StoredLecturer> = frozen.lecturers.iter().map(|own| (own.employee_id, own)).collect();
    let differs = |outcome: &&LecturerOutcome| {
        !stored.get(&outcome.inputs.employee_id).is_some_and(|stored| is_same(stored, outcome))
    };
    Ok(Replay { digest, differing_count: lecturers.iter().filter(differs).count() })
}

fn is_same(stored: &StoredLecturer, outcome: &LecturerOutcome) -> bool {
    let rank = stored.rank.zip(stored.ranked_of);
    let standing = outcome.standing.map(|standing| (i64::from(standing.rank), i64::from(standing.ranked_of)));
    rank.map(|(rank, of)| (i64::from(rank), i64::from(of))) == standing
        && serde_json::to_value(&outcome.card).is_ok_and(|card| card == stored.card)
        && frozen_rewards(outcome).is_ok_and(|rewards| rewards == stored.rewards)
}
