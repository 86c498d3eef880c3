//! Runs of good and of poor periods, as a close sees them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::computation::{Settled, Terms};
use super::provisional::{ExpectedRun, RunOutcome};
use crate::error::Result;
use crate::growth::streaks::rules::Happening;
use crate::growth::streaks::{Cause, Close, Regraded, fire, happenings, pass, replayed};
use crate::journal::Tx;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::periods::keep_all;
use crate::programmes::{ProgrammeState, policies_in_force};

/// The policies in force for a period that grants no money: its terms have none. Titles, precedences and notices cost nothing, so a pilot
/// and an imported past have them.
async fn unpaid(tx: &mut Tx<'_>, programme: Uuid, terms: &Terms) -> Result<Option<RewardPolicySet>> {
    let settings = &terms.settings;
    if settings.programme_state != ProgrammeState::Pilot {
        return Ok(None);
    }
    let version = policies_in_force(tx, programme, &settings.period).await?;
    Ok(version.map(|version| version.document.0))
}

/// The close of a period with these terms.
fn close_of<'c>(programme: Uuid, terms: &'c Terms, unpaid: Option<&'c RewardPolicySet>) -> Close<'c> {
    let Terms { settings, policies, .. } = terms;
    Close { programme, period: settings.period, set: unpaid.unwrap_or(policies), grades: &settings.grade_order }
}

/// Grants the titles, gives the precedences, and opens and closes the notices that a period brings about. Its snapshot counts already. Where a later period is
/// closed already, it may have passed a notice that is opened only now.
pub async fn at_close(tx: &mut Tx<'_>, programme: Uuid, snapshot: Uuid, settled: &Settled) -> Result<()> {
    let unpaid = unpaid(tx, programme, &settled.terms).await?;
    let close = close_of(programme, &settled.terms, unpaid.as_ref());
    // A restatement that is accepted meanwhile sees this close, or this close sees it; and so does the close of another period.
    keep_all(tx, programme).await?;
    let command = "close_period";
    fire(tx, close, (snapshot, command), &settled.graded()).await?;
    pass(tx, Cause { programme, snapshot, command }, &settled.terms.settings.grade_order).await
}

/// What runs of periods bring to lecturers.
pub type Runs = BTreeMap<Uuid, Vec<ExpectedRun>>;

/// The titles, precedences and notices that a closed period brings, as if its policies had been in force from the first period on: those of its terms,
/// or where they have none, those in force for a period that grants no money.
pub async fn tried(
    tx: &mut Tx<'_>,
    (programme, closed_at): (Uuid, DateTime<Utc>),
    settled: &Settled,
    regraded: &Regraded,
) -> Result<Runs> {
    let has_none = settled.terms.policies.policies.is_empty();
    let unpaid = if has_none { unpaid(tx, programme, &settled.terms).await? } else { None };
    let close = close_of(programme, &settled.terms, unpaid.as_ref());
    let found = replayed(tx, close, (&settled.graded(), regraded), closed_at).await?;
    let given = found.into_iter().map(|(person, own)| {
        let fired = own.into_iter().filter(|own| matches!(own, Happening::Fired(_)));
        (person, fired.map(ExpectedRun::new).collect::<Vec<_>>())
    });
    Ok(given.filter(|(_, own)| !own.is_empty()).collect())
}

/// How many titles, precedences and notices each policy brings, by its code.
pub fn by_policy(runs: &Runs) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for run in runs.values().flatten().filter(|run| run.outcome != RunOutcome::NoticeClosed) {
        *counts.entry(run.policy.as_str()).or_default() += 1;
    }
    counts
}

/// How many of them have this outcome.
pub fn count_of(runs: &Runs, outcome: RunOutcome) -> usize {
    runs.values().flatten().filter(|run| run.outcome == outcome).count()
}

/// What a close would bring about as things stand, by lecturer.
pub async fn ahead(tx: &mut Tx<'_>, programme: Uuid, settled: &Settled) -> Result<Runs> {
    let unpaid = unpaid(tx, programme, &settled.terms).await?;
    let close = close_of(programme, &settled.terms, unpaid.as_ref());
    let found = happenings(tx, close, &settled.graded()).await?;
    let told = found.into_iter().map(|(person, own)| (person, own.into_iter().map(ExpectedRun::new).collect()));
    Ok(told.collect())
}
