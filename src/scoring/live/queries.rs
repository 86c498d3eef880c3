//! Statements that read the results of open periods.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::LiveResult;
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
