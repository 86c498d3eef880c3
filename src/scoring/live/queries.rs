//! Statements that read the results of open periods.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Ahead, LivePeriod, LiveResult};
use crate::db::{collect_column, narrow, statement};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::schema::{live_periods, live_results};

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

/// Who is ahead of each of these shortfalls on its board, in the same order. At most some two hundred rows are read for each.
pub async fn ahead(tx: &mut Tx<'_>, live_period: Uuid, of: &[(Uuid, i32)]) -> QueryResult<Vec<Ahead>> {
    const AHEAD: &str = "
SELECT whole.lecturers + own.lecturers AS lecturers, whole.scores + own.scores AS scores, everybody.lecturers AS ranked_of
  FROM unnest(:boards, :shortfalls) WITH ORDINALITY AS r (board_id, shortfall, place)
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.lecturers), 0)::bigint AS lecturers, coalesce(sum(c.scores), 0)::bigint AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id
       AND c.is_whole AND c.shortfall < r.shortfall - r.shortfall % 100) whole
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.lecturers), 0)::bigint AS lecturers, coalesce(sum(c.scores), 0)::bigint AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id
       AND NOT c.is_whole AND c.shortfall >= r.shortfall - r.shortfall % 100 AND c.shortfall < r.shortfall) own
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.lecturers), 0)::bigint AS lecturers
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id AND c.is_whole) everybody
 ORDER BY r.place";
    let found = statement(AHEAD)
        .bind("live_period", live_period)
        .bind("boards", collect_column(of, |(board, _)| *board))
        .bind("shortfalls", collect_column(of, |(_, shortfall)| *shortfall));
    tx.complete(found).load(tx.conn).await
}

/// All results, ordered by employee id.
pub async fn all_results(tx: &mut Tx<'_>, live_period: Uuid) -> QueryResult<Vec<LiveResult>> {
    page(tx, live_period, None, None, i64::MAX).await
}
