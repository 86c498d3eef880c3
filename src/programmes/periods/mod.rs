//! The periods (考核周期) of a programme. A period gets a row when something must refer to it, for example its close. A period that
//! nobody has used has no row.
//!
//! States of a row: `open → closed`. In responses, a period that is over and not closed is `closing`.
//!
//! A closed period has snapshots. One of them counts: that of the close, or of the last restatement that was accepted. Its row
//! names it (`snapshot_id`), and whoever reads results, anywhere, reads that one: never the one with the greatest number.

mod dto;
mod model;
mod queries;
pub mod routes;
mod span;

pub use model::{PeriodColumn, PeriodRow, PeriodState};
pub use queries::{
    closed_after, find as find_period, find_all as find_periods, find_for_update as find_period_for_update, keep_all,
    latest_closed, lock_closed, lock_closes,
};

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::period::{Cycle, Interval, Period, local_midnight};
use crate::kernel::phrases::{Form, Thing};
use crate::programmes::Programme;

/// The row of a period, created if it does not exist. 404 if the period does not belong to the programme's cycle.
pub async fn ensure_period(tx: &mut Tx<'_>, programme: &Programme, period: &Period) -> Result<PeriodRow> {
    if let Some(row) = queries::find(tx, programme.id, period).await? {
        return Ok(row);
    }
    let interval = interval_of(programme, period)?;
    let id = tx.id();
    queries::insert_missing(tx, id, programme.id, period, interval).await?;
    let row = queries::find(tx, programme.id, period).await?;
    row.ok_or_else(|| Error::internal("a period that was just made is not there"))
}

/// Marks an open period as closed with its first snapshot. Its row is already locked.
pub async fn mark_closed(tx: &mut Tx<'_>, period: Uuid, snapshot: Uuid) -> Result<PeriodRow> {
    queries::mark_closed(tx, period, snapshot).await?;
    Ok(queries::open_appeals(tx, period).await?)
}

/// From now on another snapshot of a closed period counts. Its row is already locked.
pub async fn restate(tx: &mut Tx<'_>, period: Uuid, snapshot: Uuid) -> Result<PeriodRow> {
    queries::restate(tx, period, snapshot).await?;
    Ok(queries::open_appeals(tx, period).await?)
}

/// The instants at which a period of the programme begins and ends. 404 if the programme has no such period.
pub fn interval_of(programme: &Programme, period: &Period) -> Result<Interval> {
    interval_in(programme.cycle, programme.time_zone, period)
}

/// The same for a programme with this cycle and time zone.
pub fn interval_in(cycle: Cycle, zone: Tz, period: &Period) -> Result<Interval> {
    if period.cycle() != cycle {
        let what = Thing::PeriodOfCycle.with("form", Form::from(cycle));
        return Err(Error::new(Code::NotFound).with("what", what));
    }
    Thing::Period.require(period.interval(zone))
}

/// When a period can be closed without force: the local midnight `settle_days` days (of the rule that serves for it) after its end.
#[must_use]
pub fn closable_at(programme: &Programme, settle_days: u32, period: &Period) -> Option<DateTime<Utc>> {
    let day = period.last_day().checked_add_days(Days::new(u64::from(settle_days) + 1))?;
    local_midnight(day, programme.time_zone)
}
