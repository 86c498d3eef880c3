//! Runs of good and of poor periods, as a close sees them.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::computation::{Settled, Terms};
use super::provisional::ExpectedRun;
use crate::error::Result;
use crate::growth::streaks::{Close, fire, happenings};
use crate::journal::Tx;

/// The close of a period with these terms.
fn close_of(programme: Uuid, terms: &Terms) -> Close<'_> {
    let Terms { settings, policies, .. } = terms;
    Close { programme, period: settings.period, set: policies, grades: &settings.grade_order }
}

/// Grants the titles, and opens and closes the notices that a period brings about. Its snapshot counts already.
pub async fn at_close(tx: &mut Tx<'_>, programme: Uuid, snapshot: Uuid, settled: &Settled) -> Result<()> {
    fire(tx, close_of(programme, &settled.terms), (snapshot, "close_period"), &settled.graded()).await
}

/// What a close would bring about as things stand, by lecturer.
pub async fn ahead(tx: &mut Tx<'_>, programme: Uuid, settled: &Settled) -> Result<BTreeMap<Uuid, Vec<ExpectedRun>>> {
    let found = happenings(tx, close_of(programme, &settled.terms), &settled.graded()).await?;
    let told = found.into_iter().map(|(person, own)| (person, own.into_iter().filter_map(ExpectedRun::new).collect()));
    Ok(told.collect())
}
