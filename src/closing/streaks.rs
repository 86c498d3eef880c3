//! Runs of good and of poor periods, as a close sees them.

use uuid::Uuid;

use super::computation::{Settled, Terms};
use crate::error::Result;
use crate::growth::streaks::{Close, fire};
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
