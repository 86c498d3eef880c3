//! What begins without a fact: periods with their first day, and what the days of people bring.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::aside::{self, of_everybody};
use super::store;
use crate::db::savepoint;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::journal::marks::{self, Mark};
use crate::kernel::ids::Ids;
use crate::kernel::period::{Period, local_midnight};
use crate::programmes;
use crate::programmes::rule_in_force;
use crate::programmes::versions::first_rule_start;

/// So many open periods of a programme are live, the latest ones. It takes years without a close to have more.
const MOST_PERIODS: usize = 60;

/// Local days have begun, one at least since the last time: periods begin with them, and people change department. What was set aside
/// is tried once more. A programme whose periods cannot be found is set aside.
pub async fn begin_days(tx: &mut Tx<'_>, due_at: DateTime<Utc>) -> Result<()> {
    // A day more at both ends: it is not the same day everywhere.
    let (first, last) = (due_at.date_naive() - Days::new(1), tx.now.date_naive() + Days::new(1));
    marks::try_again(tx).await?;
    let live = store::periods(tx).await?.open.into_iter().map(|live| (live.programme_id, live.period)).collect();
    for programme in store::ruled_programmes(tx).await? {
        savepoint(tx.conn).await?;
        let begun = begin_periods(tx, programme, &live).await;
        let mark = of_everybody(tx.now, Some(programme), first);
        aside::unless_done(tx, begun, &mark).await?;
    }
    savepoint(tx.conn).await?;
    let marked = tx.mark_days_begun(first, last).await.map_err(Error::from);
    let mark = of_everybody(tx.now, None, first);
    aside::unless_done(tx, marked, &mark).await?;
    set_due(tx).await
}

async fn begin_periods(tx: &mut Tx<'_>, programme: Uuid, live: &BTreeSet<(Uuid, Period)>) -> Result<()> {
    for (period, rule) in open_periods(tx, programme).await? {
        if !live.contains(&(programme, period)) {
            store::renew(tx, programme, period, rule, tx.now).await?;
        }
    }
    Ok(())
}

/// Has everybody whom the mark names computed anew, in periods that are live or are so from now on. A programme whose periods cannot be
/// found is set aside.
pub async fn renew(tx: &mut Tx<'_>, mark: &Mark) -> Result<()> {
    let programmes = match mark.programme_id {
        Some(programme) => vec![programme],
        None => store::ruled_programmes(tx).await?,
    };
    for programme in programmes {
        savepoint(tx.conn).await?;
        let renewed = renew_periods(tx, mark, programme).await;
        let alone = Mark { id: Ids::random(), programme_id: Some(programme), ..mark.clone() };
        aside::unless_done(tx, renewed, &alone).await?;
    }
    Ok(())
}

async fn renew_periods(tx: &mut Tx<'_>, mark: &Mark, programme: Uuid) -> Result<()> {
    for (period, rule) in open_periods(tx, programme).await? {
        if mark.concerns(programme, period.first_day(), day_after(period)) {
            store::renew(tx, programme, period, rule, mark.marked_at).await?;
        }
    }
    marks::delete_set_aside_of_everybody(tx, programme).await?;
    Ok(())
}

/// Time alone moves something next when a local day begins in one of the programmes.
pub async fn set_due(tx: &mut Tx<'_>) -> Result<()> {
    let mut due_at = tx.now + TimeDelta::days(1);
    for id in store::ruled_programmes(tx).await? {
        // One that cannot be read is set aside by whatever needs it.
        let Ok(Some(programme)) = programmes::find(tx, id).await else { continue };
        let tomorrow = tx.now.with_timezone(&programme.time_zone).date_naive() + Days::new(1);
        if let Some(midnight) = local_midnight(tomorrow, programme.time_zone) {
            due_at = due_at.min(midnight);
        }
    }
    // Where clocks go back over midnight, that may be a moment that has passed.
    store::set_due(tx, due_at.max(tx.now + TimeDelta::minutes(1))).await?;
    Ok(())
}

fn day_after(period: Period) -> NaiveDate {
    period.last_day() + Days::new(1)
}

/// The periods of a programme that have begun, are not closed and have a rule, with the rule that serves.
pub async fn open_periods(tx: &mut Tx<'_>, programme: Uuid) -> Result<Vec<(Period, Uuid)>> {
    let (Some(programme), Some(first)) =
        (programmes::find(tx, programme).await?, first_rule_start(tx, programme).await?)
    else {
        return Ok(Vec::new());
    };
    let closed = store::closed_starts(tx, programme.id, first).await?;
    let is_over = |period: Period| programme.periods_end_on.is_some_and(|end| period.first_day() >= end);
    let back = std::iter::successors(programme.period_at(tx.now), |period| period.previous());
    let open: Vec<Period> = back
        .take_while(|period| period.first_day() >= first)
        .filter(|period| !closed.contains(&period.first_day()) && !is_over(*period))
        .take(MOST_PERIODS)
        .collect();
    let mut found = Vec::with_capacity(open.len());
    for period in open {
        if let Some(rule) = rule_in_force(tx, programme.id, &period).await? {
            found.push((period, rule.id));
        }
    }
    Ok(found)
}
