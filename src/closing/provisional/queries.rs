//! Statements on provisional rewards.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{LiveCard, NewProvisionalReward, ProvisionalPeriod, ProvisionalReward, Stale};
use crate::db::{SetRow as _, concat, load_page, statement};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::schema::{live_results, provisional_periods, provisional_rewards};

/// The next period to be computed anew, the latest one first: its results have changed, or a closed period of the programme, which
/// titles and notices rest on too. Not one that is closed: its live results are about to go.
pub async fn stale(tx: &mut Tx<'_>) -> QueryResult<Option<Stale>> {
    const STALE: &str = "
SELECT l.id AS live_period_id, l.programme_id, l.period, l.version AS live_version, p.version AS programme_version
  FROM live_periods l
  JOIN programmes p ON p.tenant_id = :tenant AND p.id = l.programme_id
  LEFT JOIN provisional_periods v ON v.tenant_id = :tenant AND v.programme_id = l.programme_id AND v.period = l.period
 WHERE l.tenant_id = :tenant AND l.computed_at IS NOT NULL AND l.anew_since IS NULL
   AND (v.id IS NULL
        OR v.next_at <= :now
           AND (v.live_period_id <> l.id OR v.live_version <> l.version OR v.programme_version <> p.version
                OR EXISTS (SELECT FROM periods c
                            WHERE c.tenant_id = :tenant AND c.programme_id = l.programme_id AND c.state = 'closed'
                              AND c.updated_at >= v.as_of)))
   AND NOT EXISTS (SELECT FROM periods d
                    WHERE d.tenant_id = :tenant AND d.programme_id = l.programme_id AND d.period = l.period AND d.state = 'closed')
 ORDER BY l.starts_on DESC, l.id LIMIT 1";
    tx.complete(statement(STALE)).get_result(tx.conn).await.optional()
}

/// A period whose live results are gone.
pub async fn gone(tx: &mut Tx<'_>) -> QueryResult<Option<Uuid>> {
    const GONE: &str = "
SELECT v.id FROM provisional_periods v
 WHERE v.tenant_id = :tenant
   AND NOT EXISTS (SELECT FROM live_periods l
                    WHERE l.tenant_id = :tenant AND l.programme_id = v.programme_id AND l.period = v.period)
 ORDER BY v.id LIMIT 1";
    Ok(tx.complete(statement(GONE)).load_ids(tx.conn).await?.into_iter().next())
}

pub async fn remove(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    let rewards = provisional_rewards::table.filter(provisional_rewards::tenant_id.eq(tx.tenant));
    diesel::delete(rewards.filter(provisional_rewards::provisional_period_id.eq(id))).execute(tx.conn).await?;
    let own = provisional_periods::table.filter(provisional_periods::tenant_id.eq(tx.tenant));
    diesel::delete(own.filter(provisional_periods::id.eq(id))).execute(tx.conn).await
}

/// The next lecturers of a live period, ordered by id.
pub async fn cards(tx: &mut Tx<'_>, live_period: Uuid, after: Uuid, limit: i64) -> QueryResult<Vec<LiveCard>> {
    live_results::table
        .filter(live_results::tenant_id.eq(tx.tenant))
        .filter(live_results::live_period_id.eq(live_period))
        .filter(live_results::employee_id.gt(after))
        .order(live_results::employee_id)
        .limit(limit)
        .select(LiveCard::as_select())
        .load(tx.conn)
        .await
}

pub async fn find(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<ProvisionalPeriod>> {
    provisional_periods::table
        .filter(provisional_periods::tenant_id.eq(tx.tenant))
        .filter(provisional_periods::programme_id.eq(programme))
        .filter(provisional_periods::period.eq(period.to_string()))
        .select(ProvisionalPeriod::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// Stores what a period comes to, in place of what was stored.
pub async fn keep(tx: &mut Tx<'_>, row: &ProvisionalPeriod) -> QueryResult<usize> {
    diesel::insert_into(provisional_periods::table)
        .values(row)
        .on_conflict((provisional_periods::tenant_id, provisional_periods::id))
        .do_update()
        .set(row)
        .execute(tx.conn)
        .await
}

/// What is stored of these people.
pub async fn stored(tx: &mut Tx<'_>, of: Uuid, people: &[Uuid]) -> QueryResult<Vec<ProvisionalReward>> {
    provisional_rewards::table
        .filter(provisional_rewards::tenant_id.eq(tx.tenant))
        .filter(provisional_rewards::provisional_period_id.eq(of))
        .filter(provisional_rewards::employee_id.eq_any(people))
        .select(ProvisionalReward::as_select())
        .load(tx.conn)
        .await
}

/// Inserts results, or replaces those that are stored.
pub async fn put(tx: &mut Tx<'_>, rows: &[NewProvisionalReward]) -> QueryResult<usize> {
    const PUT: &str = concat!(
        NewProvisionalReward::INSERT,
        " ON CONFLICT (tenant_id, provisional_period_id, employee_id) DO UPDATE SET result = excluded.result"
    );
    if rows.is_empty() { Ok(0) } else { NewProvisionalReward::bind(statement(PUT), rows).execute(tx.conn).await }
}

/// Deletes the results of people after `after`, up to and with `until`, who are not among these.
pub async fn delete_others(
    tx: &mut Tx<'_>,
    of: Uuid,
    (after, until): (Uuid, Uuid),
    people: &[Uuid],
) -> QueryResult<usize> {
    let own = provisional_rewards::table.filter(provisional_rewards::tenant_id.eq(tx.tenant));
    let others = own
        .filter(provisional_rewards::provisional_period_id.eq(of))
        .filter(provisional_rewards::employee_id.gt(after))
        .filter(provisional_rewards::employee_id.le(until))
        .filter(provisional_rewards::employee_id.ne_all(people));
    diesel::delete(others).execute(tx.conn).await
}

/// A page of the lecturers of a period.
pub async fn list_page(tx: &mut Tx<'_>, of: Uuid, paging: &Paging) -> Result<Listed<ProvisionalReward>> {
    let own = provisional_rewards::table.filter(provisional_rewards::tenant_id.eq(tx.tenant));
    let own = own.filter(provisional_rewards::provisional_period_id.eq(of));
    let page = own.select(ProvisionalReward::as_select()).into_boxed();
    load_page!(tx, paging, page, ProvisionalReward => by provisional_rewards::employee_id)
}
