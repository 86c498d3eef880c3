//! Facts about the whole company, set by the operator.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::Fault;
use crate::kernel::wire;
use crate::schema::tenants;

/// Refuses the approver if the proposal is their `own`, unless the company is too small for two people. Returns `own`, which is
/// stored as `self_approved` with what is approved.
pub async fn check_self_approval(tx: &mut Tx<'_>, own: bool) -> Result<bool> {
    if own && !allows_self_approval(tx).await? {
        return Err(Error::new(Code::SelfApproval));
    }
    Ok(own)
}

/// Whether the company is too small for two people.
pub async fn allows_self_approval(tx: &mut Tx<'_>) -> QueryResult<bool> {
    tenants::table.filter(tenants::id.eq(tx.tenant)).select(tenants::self_approval).first(tx.conn).await
}

/// The time zone in which the company's days begin.
pub async fn time_zone(tx: &mut Tx<'_>) -> QueryResult<Tz> {
    let zone = tenants::table.filter(tenants::id.eq(tx.tenant)).select(tenants::time_zone);
    let zone: String = zone.first(tx.conn).await?;
    zone.parse().map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))
}

/// The fault of an instant that is later than now, which is told in the company's time zone.
pub async fn future_fault(tx: &mut Tx<'_>, pointer: &str, given: DateTime<Utc>) -> QueryResult<Option<Fault>> {
    if given <= tx.now {
        return Ok(None);
    }
    Ok(wire::future_fault(pointer, given, tx.now, time_zone(tx).await?))
}

/// The fault of an instant that is not later than now, which is told in the company's time zone.
pub async fn past_fault(tx: &mut Tx<'_>, pointer: &str, given: DateTime<Utc>) -> QueryResult<Option<Fault>> {
    if given > tx.now {
        return Ok(None);
    }
    Ok(wire::past_fault(pointer, given, tx.now, time_zone(tx).await?))
}

/// Today in the company's time zone.
pub async fn today(tx: &mut Tx<'_>) -> QueryResult<NaiveDate> {
    let zone = time_zone(tx).await?;
    Ok(tx.now.with_timezone(&zone).date_naive())
}
