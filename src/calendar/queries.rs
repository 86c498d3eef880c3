//! Statements on the calendar.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::model::{ListedDay, NewDay};
use crate::db::insert_set;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::schema::calendar_days;

/// The days of a period that are listed, in their order.
pub async fn listed(tx: &mut Tx<'_>, period: &Period) -> QueryResult<Vec<ListedDay>> {
    calendar_days::table
        .filter(calendar_days::tenant_id.eq(tx.tenant))
        .filter(calendar_days::day.between(period.first_day(), period.last_day()))
        .order(calendar_days::day)
        .select(ListedDay::as_select())
        .load(tx.conn)
        .await
}

/// Those of these days that are listed.
pub async fn listed_among(tx: &mut Tx<'_>, days: &[NaiveDate]) -> QueryResult<Vec<ListedDay>> {
    calendar_days::table
        .filter(calendar_days::tenant_id.eq(tx.tenant))
        .filter(calendar_days::day.eq_any(days))
        .select(ListedDay::as_select())
        .load(tx.conn)
        .await
}

/// Leaves these days as usual.
pub async fn unlist(tx: &mut Tx<'_>, days: &[NaiveDate]) -> QueryResult<usize> {
    let own = calendar_days::table.filter(calendar_days::tenant_id.eq(tx.tenant));
    diesel::delete(own.filter(calendar_days::day.eq_any(days))).execute(tx.conn).await
}

/// Lists days that are not listed.
pub async fn list(tx: &mut Tx<'_>, days: &[NewDay]) -> QueryResult<usize> {
    insert_set(tx.conn, days).await
}

/// Lists these days of a period, and no others.
pub async fn replace(tx: &mut Tx<'_>, period: &Period, days: &[NewDay]) -> QueryResult<()> {
    let own = calendar_days::table.filter(calendar_days::tenant_id.eq(tx.tenant));
    let within = own.filter(calendar_days::day.between(period.first_day(), period.last_day()));
    diesel::delete(within).execute(tx.conn).await?;
    list(tx, days).await?;
    Ok(())
}
