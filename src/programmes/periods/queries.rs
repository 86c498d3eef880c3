//! Statements on periods.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{PeriodRow, PeriodState};
use crate::db::statement;
use crate::journal::Tx;
use crate::kernel::period::{Interval, Period};
use crate::schema::periods;

pub async fn find(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<PeriodRow>> {
    periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period.to_string()))
        .select(PeriodRow::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// Inserts the row of an open period. Does nothing if it exists already.
pub async fn insert_missing(
    tx: &mut Tx<'_>,
    id: Uuid,
    programme: Uuid,
    period: &Period,
    interval: Interval,
) -> QueryResult<usize> {
    diesel::insert_into(periods::table)
        .values((
            periods::tenant_id.eq(tx.tenant),
            periods::id.eq(id),
            periods::programme_id.eq(programme),
            periods::period.eq(period.to_string()),
            periods::starts_on.eq(period.first_day()),
            periods::ends_on.eq(period.last_day() + chrono::Days::new(1)),
            periods::starts_at.eq(interval.start),
            periods::ends_at.eq(interval.end),
            periods::state.eq(PeriodState::Open.slug()),
            periods::created_at.eq(tx.now),
            periods::updated_at.eq(tx.now),
        ))
        // No conflict target: a twin that inserts the same period at this moment may be met in any unique index.
        .on_conflict_do_nothing()
        .execute(tx.conn)
        .await
}

/// Locked, so that of two closes of one period the second waits for the first.
pub async fn find_for_update(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<PeriodRow>> {
    periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period.to_string()))
        .select(PeriodRow::as_select())
        .for_update()
        .first(tx.conn)
        .await
        .optional()
}

/// The rows of these periods. Periods without a row are left out.
pub async fn find_all(tx: &mut Tx<'_>, programme: Uuid, of: &[Period]) -> QueryResult<Vec<PeriodRow>> {
    let names: Vec<String> = of.iter().map(ToString::to_string).collect();
    periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq_any(names))
        .select(PeriodRow::as_select())
        .load(tx.conn)
        .await
}

/// The first days of the first and the last period with a row.
pub async fn first_and_last(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<(NaiveDate, NaiveDate)>> {
    use diesel::dsl::{max, min};
    let (first, last): (Option<NaiveDate>, Option<NaiveDate>) = periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .select((min(periods::starts_on), max(periods::starts_on)))
        .first(tx.conn)
        .await?;
    Ok(first.zip(last))
}

/// The latest closed period of a programme.
pub async fn latest_closed(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<PeriodRow>> {
    periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::state.eq(PeriodState::Closed.slug()))
        .order(periods::starts_on.desc())
        .select(PeriodRow::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// The closed periods of a programme after one that begins on this day, the next one first.
pub async fn closed_after(tx: &mut Tx<'_>, programme: Uuid, starts_on: NaiveDate) -> QueryResult<Vec<PeriodRow>> {
    periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::state.eq(PeriodState::Closed.slug()))
        .filter(periods::starts_on.gt(starts_on))
        .order(periods::starts_on)
        .select(PeriodRow::as_select())
        .load(tx.conn)
        .await
}

/// Locks the closed periods of a programme, the earliest first: of two who change which of their snapshots count the second sees what
/// the first did.
pub async fn lock_closed(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<()> {
    let closed = periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::state.eq(PeriodState::Closed.slug()))
        .order(periods::starts_on)
        .select(periods::id);
    let _: Vec<Uuid> = closed.for_no_key_update().load(tx.conn).await?;
    Ok(())
}

/// Makes those who close periods of a programme wait for each other until the commit.
pub async fn lock_closes(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<()> {
    const LOCK: &str =
        "SELECT pg_advisory_xact_lock(hashtextextended(:tenant::text || ' closes ' || :programme::text, 0))";
    tx.complete(statement(LOCK).bind("programme", programme)).execute(tx.conn).await?;
    Ok(())
}

/// From here on no period of the programme is closed, and no other snapshot of a closed one counts, until the end of the transaction.
/// In a transaction that has one view of the database it fails if that has happened since that view.
pub async fn keep_all(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<()> {
    let all = periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .order(periods::starts_on)
        .select(periods::id);
    let _: Vec<Uuid> = all.for_share().load(tx.conn).await?;
    Ok(())
}

/// The row keeps the time of the first close.
pub async fn mark_closed(tx: &mut Tx<'_>, id: Uuid, snapshot: Uuid) -> QueryResult<PeriodRow> {
    let open = periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::id.eq(id))
        .filter(periods::state.eq(PeriodState::Open.slug()));
    diesel::update(open)
        .set((
            periods::state.eq(PeriodState::Closed.slug()),
            periods::closed_at.eq(tx.now),
            periods::snapshot_id.eq(snapshot),
            periods::updated_at.eq(tx.now),
            periods::version.eq(periods::version + 1),
        ))
        .returning(PeriodRow::as_returning())
        .get_result(tx.conn)
        .await
}

/// Another snapshot counts.
pub async fn restate(tx: &mut Tx<'_>, id: Uuid, snapshot: Uuid) -> QueryResult<PeriodRow> {
    let closed = periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::id.eq(id))
        .filter(periods::state.eq(PeriodState::Closed.slug()));
    diesel::update(closed)
        .set((
            periods::snapshot_id.eq(snapshot),
            periods::updated_at.eq(tx.now),
            periods::version.eq(periods::version + 1),
        ))
        .returning(PeriodRow::as_returning())
        .get_result(tx.conn)
        .await
}

/// From today on lecturers may appeal against the snapshot that counts now, for as many local days as the programme says.
pub async fn open_appeals(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<PeriodRow> {
    const OPEN: &str = "
UPDATE periods p
   SET appeals_until_at = ((:now AT TIME ZONE g.time_zone)::date + g.appeal_days + 1)::timestamp AT TIME ZONE g.time_zone
  FROM programmes g
 WHERE p.tenant_id = :tenant AND p.id = :id AND g.tenant_id = :tenant AND g.id = p.programme_id";
    tx.complete(statement(OPEN).bind("id", id)).execute(tx.conn).await?;
    let own = periods::table.filter(periods::tenant_id.eq(tx.tenant)).filter(periods::id.eq(id));
    own.select(PeriodRow::as_select()).first(tx.conn).await
}
