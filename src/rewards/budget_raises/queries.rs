//! Statements on budget raises.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::BudgetRaise;
use crate::db::{narrow, row_queries};
use crate::journal::Tx;
use crate::schema::budget_raises;

row_queries!(BudgetRaise, budget_raises, insert(BudgetRaise), find_for_update = find(for_update));

/// Those of a period, oldest first.
pub async fn list_page(
    tx: &mut Tx<'_>,
    period: Uuid,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<BudgetRaise>> {
    let own = budget_raises::table.filter(budget_raises::tenant_id.eq(tx.tenant));
    let mut page = own.filter(budget_raises::period_id.eq(period)).select(BudgetRaise::as_select()).into_boxed();
    narrow!(page; budget_raises { id > after });
    page.order(budget_raises::id).limit(fetch).load(tx.conn).await
}

pub async fn approve(tx: &mut Tx<'_>, id: Uuid, checker: Uuid, self_approved: bool) -> QueryResult<BudgetRaise> {
    diesel::update(budget_raises::table.filter(budget_raises::tenant_id.eq(tx.tenant)).filter(budget_raises::id.eq(id)))
        .set((
            budget_raises::checker_id.eq(checker),
            budget_raises::self_approved.eq(self_approved),
            budget_raises::approved_at.eq(tx.now),
        ))
        .returning(BudgetRaise::as_returning())
        .get_result(tx.conn)
        .await
}
