//! The range of a programme's periods.

use super::queries;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes::{Programme, versions};

/// The first and the last period with anything to show: from the first one with a row or a published rule to the current one, or
/// to a later one with a row.
pub async fn span(tx: &mut Tx<'_>, programme: &Programme) -> Result<(Period, Period)> {
    let current = Thing::Period.require(programme.period_at(tx.now))?;
    let rows = queries::first_and_last(tx, programme.id).await?;
    let rule = versions::first_rule_start(tx, programme.id).await?;
    let days = rows.into_iter().chain(rule.map(|day| (day, current.first_day())));
    let known = days.flat_map(|(first, last)| [first, last]).filter_map(|day| Period::containing(day, programme.cycle));
    Ok(known.fold((current, current), |(first, last), period| (first.min(period), last.max(period))))
}
