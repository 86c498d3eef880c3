//! Statements that read the results of open periods.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Ahead, LivePeriod, LiveResult};
use crate::db::{collect_column, narrow, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
use crate::schema::{live_marks, live_periods, live_results};
use crate::scoring::Score;

/// None until the period's first projection, and from the close on.
pub async fn find(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<LivePeriod>> {
    live_periods::table
        .filter(live_periods::tenant_id.eq(tx.tenant))
        .filter(live_periods::programme_id.eq(programme))
        .filter(live_periods::period.eq(period.to_string()))
        .select(LivePeriod::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// When the oldest fact came that is not in the results yet.
pub async fn oldest_mark(tx: &mut Tx<'_>) -> QueryResult<Option<DateTime<Utc>>> {
    live_marks::table
        .filter(live_marks::tenant_id.eq(tx.tenant))
        .filter(live_marks::set_aside_at.is_null())
        .order(live_marks::marked_at)
        .select(live_marks::marked_at)
        .first(tx.conn)
        .await
        .optional()
}

pub async fn result(tx: &mut Tx<'_>, live_period: Uuid, employee: Uuid) -> QueryResult<Option<LiveResult>> {
    live_results::table
        .filter(live_results::tenant_id.eq(tx.tenant))
        .filter(live_results::live_period_id.eq(live_period))
        .filter(live_results::employee_id.eq(employee))
        .select(LiveResult::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// Ordered by employee id. If people are given, only these.
pub async fn page(
    tx: &mut Tx<'_>,
    live_period: Uuid,
    people: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<LiveResult>> {
    let mut page = live_results::table
        .filter(live_results::tenant_id.eq(tx.tenant))
        .filter(live_results::live_period_id.eq(live_period))
        .select(LiveResult::as_select())
        .into_boxed();
    narrow!(page; live_results { employee_id in people, employee_id > after });
    page.order(live_results::employee_id).limit(fetch).load(tx.conn).await
}

/// Who is ahead of each of these scores on its board, in the same order. At most some two hundred rows are read for each.
pub async fn ahead(tx: &mut Tx<'_>, live_period: Uuid, of: &[(Uuid, Score)]) -> Result<Vec<Ahead>> {
    const AHEAD: &str = "
SELECT whole.people + own.people AS people, whole.scores + own.scores AS scores, everybody.people AS ranked_of
  FROM unnest(:boards, :scores) WITH ORDINALITY AS r (board_id, score, place)
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.people), 0)::bigint AS people, coalesce(sum(c.scores), 0)::bigint AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id
       AND c.is_whole AND c.score > r.score) whole
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.people), 0)::bigint AS people, coalesce(sum(c.scores), 0)::bigint AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id
       AND NOT c.is_whole AND c.score > r.score AND c.score < trunc(r.score) + 1) own
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.people), 0)::bigint AS people
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id AND c.is_whole) everybody
 ORDER BY r.place";
    let scores: Vec<Decimal> =
        of.iter().map(|(_, score)| Decimal::try_from(*score).map_err(Error::internal)).collect::<Result<_>>()?;
    let found = statement(AHEAD)
        .bind("tenant", tx.tenant)
        .bind("live_period", live_period)
        .bind("boards", collect_column(of, |(board, _)| *board))
        .bind("scores", scores);
    Ok(found.load(tx.conn).await?)
}
