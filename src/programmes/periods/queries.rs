//! Statements on periods.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{PeriodRow, PeriodState};
use crate::db::Connection;
use crate::kernel::period::{Interval, Period};
use crate::schema::periods;

pub async fn find(
    connection: &mut Connection,
    tenant: Uuid,
    programme: Uuid,
    period: &Period,
) -> QueryResult<Option<PeriodRow>> {
    periods::table
        .filter(periods::tenant_id.eq(tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period.to_string()))
        .select(PeriodRow::as_select())
        .first(connection)
        .await
        .optional()
}

/// Makes the row of an open period; does nothing where somebody else has made it.
pub async fn insert_missing(
    connection: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    programme: Uuid,
    period: &Period,
    interval: Interval,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(periods::table)
        .values((
            periods::tenant_id.eq(tenant),
            periods::id.eq(id),
            periods::programme_id.eq(programme),
            periods::period.eq(period.to_string()),
            periods::starts_on.eq(period.first_day()),
            periods::ends_on.eq(period.last_day() + chrono::Days::new(1)),
            periods::starts_at.eq(interval.start),
            periods::ends_at.eq(interval.end),
            periods::state.eq(PeriodState::Open.slug()),
            periods::created_at.eq(now),
            periods::updated_at.eq(now),
        ))
        .on_conflict((periods::tenant_id, periods::programme_id, periods::period))
        .do_nothing()
        .execute(connection)
        .await
}
