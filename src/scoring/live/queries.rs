//! Statements that read the results of open periods.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::LiveResult;
use crate::db::narrow;
use crate::journal::Tx;
use crate::schema::live_results;

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
