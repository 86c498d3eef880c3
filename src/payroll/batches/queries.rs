//! Statements on batches.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListPayrollBatchesQuery;
use super::model::{Batch, BatchState, ControlTotals, NewBatch};
use crate::db::{row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::{payroll_acknowledgements, payroll_batches};

row_queries!(
    Batch,
    payroll_batches,
    insert(NewBatch),
    find,
    find_for_update = find(for_no_key_update),
    /// Newest first.
    list_page = list(
        latest id; query: &ListPayrollBatchesQuery;
        state = query.state, pay_group_id = query.pay_group_id,
        pay_period = query.pay_period.map(|period| period.to_string())
    ),
);

/// The draft of a pay group and currency.
pub async fn find_draft(tx: &mut Tx<'_>, group: Uuid, currency: &str) -> QueryResult<Option<(Uuid, String)>> {
    payroll_batches::table
        .filter(payroll_batches::tenant_id.eq(tx.tenant))
        .filter(payroll_batches::pay_group_id.eq(group))
        .filter(payroll_batches::currency.eq(currency))
        .filter(payroll_batches::state.eq(BatchState::Draft.slug()))
        .select((payroll_batches::id, payroll_batches::pay_period))
        .first(tx.conn)
        .await
        .optional()
}

/// Releases the claims of a batch on `entries`.
pub async fn release_claims(tx: &mut Tx<'_>, batch: Uuid, entries: &[Uuid]) -> QueryResult<usize> {
    statement(
        "DELETE FROM payroll_claims WHERE tenant_id = :tenant AND batch_id = :batch AND entry_id = ANY (:entries)",
    )
    .bind("tenant", tx.tenant)
    .bind("batch", batch)
    .bind("entries", entries)
    .execute(tx.conn)
    .await
}

pub async fn mark_locked(tx: &mut Tx<'_>, id: Uuid, totals: &ControlTotals) -> QueryResult<Batch> {
    use payroll_batches::dsl;
    diesel::update(payroll_batches::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .set((
            dsl::state.eq(BatchState::Locked.slug()),
            dsl::line_count.eq(totals.line_count),
            dsl::people_count.eq(totals.people_count),
            dsl::total_minor.eq(totals.total_minor),
            dsl::lines_sha256.eq(&totals.lines_sha256),
            dsl::locked_at.eq(tx.now),
            dsl::locked_by_kind.eq(tx.actor.identity.kind().slug()),
            dsl::locked_by_id.eq(tx.actor.identity.id()),
            dsl::updated_at.eq(tx.now),
            dsl::version.eq(dsl::version + 1),
        ))
        .returning(Batch::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn mark_void(tx: &mut Tx<'_>, id: Uuid, reason: &str) -> QueryResult<Batch> {
    use payroll_batches::dsl;
    diesel::update(payroll_batches::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .set((
            dsl::state.eq(BatchState::Void.slug()),
            dsl::voided_at.eq(tx.now),
            dsl::void_reason.eq(reason),
            dsl::updated_at.eq(tx.now),
            dsl::version.eq(dsl::version + 1),
        ))
        .returning(Batch::as_returning())
        .get_result(tx.conn)
        .await
}

/// Payroll has acknowledged the whole batch. The first time stays.
pub async fn mark_acknowledged(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Batch> {
    use payroll_batches::dsl;
    diesel::update(payroll_batches::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .set((
            dsl::state.eq(BatchState::Acknowledged.slug()),
            dsl::acknowledged_at.eq(tx.now),
            dsl::updated_at.eq(tx.now),
            dsl::version.eq(dsl::version + 1),
        ))
        .returning(Batch::as_returning())
        .get_result(tx.conn)
        .await
}

/// Whether payroll has acknowledged anything of the batch.
pub async fn is_acknowledged(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<bool> {
    use payroll_acknowledgements::dsl;
    let any = dsl::payroll_acknowledgements.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::batch_id.eq(id));
    diesel::select(diesel::dsl::exists(any)).get_result(tx.conn).await
}
