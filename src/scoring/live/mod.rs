//! Live results: the results of open periods, stored for each lecturer and computed anew when a fact moves them.
//!
//! Every fact leaves a mark in its own transaction ([`crate::journal::marks`]). The projector follows the marks, at the most one of
//! them for each tenant at a time, and computes whom they name with the same functions as the close. Reads never compute: they read
//! what is stored. The rank is not stored, so that one rating does not rewrite everybody's: it follows from counts of scores.
//!
//! A period is live from its begin, if a rule serves for it, until soon after its close.

mod model;
mod queries;

use chrono::{DateTime, Utc};
use diesel::QueryResult;

pub use model::{Ahead, LivePeriod, LiveResult, board, board_of_department};
pub use queries::{ahead, find, page, result};

use crate::journal::Tx;

/// The instant up to which all facts are in the results of the period. None until everybody's have been computed once.
pub async fn as_of(tx: &mut Tx<'_>, live_period: &LivePeriod) -> QueryResult<Option<DateTime<Utc>>> {
    if live_period.computed_at.is_none() {
        return Ok(None);
    }
    let oldest = queries::oldest_mark(tx).await?;
    let waiting = [oldest, live_period.anew_since].into_iter().flatten().min();
    Ok(Some(waiting.unwrap_or(tx.now)))
}
