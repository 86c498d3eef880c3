//! The periods (考核周期) of a programme. A row is made when something has to hold on to it, the close for one; a period that
//! nobody asked for has none.

mod model;
mod queries;

pub use model::{PeriodColumn, PeriodRow, PeriodState};
pub use queries::find as find_period;

use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::programmes::Programme;

/// The row of a period, made where there is none. 404 for a period that is not one of the programme's cycle.
pub async fn ensure_period(tx: &mut Tx<'_>, programme: &Programme, period: &Period) -> Result<PeriodRow> {
    if let Some(row) = queries::find(tx.conn, tx.tenant, programme.id, period).await? {
        return Ok(row);
    }
    let interval = interval_of(programme, period)?;
    let id = tx.id();
    queries::insert_missing(tx.conn, tx.tenant, id, programme.id, period, interval, tx.now).await?;
    let row = queries::find(tx.conn, tx.tenant, programme.id, period).await?;
    row.ok_or_else(|| Error::internal("a period that was just made is not there"))
}

/// The instants that bound a period of the programme; 404 where it has no such period.
pub fn interval_of(programme: &Programme, period: &Period) -> Result<crate::kernel::period::Interval> {
    let own = if period.cycle() == programme.cycle() { period.interval(programme.time_zone()) } else { None };
    own.ok_or_else(|| Error::not_found("period"))
}
