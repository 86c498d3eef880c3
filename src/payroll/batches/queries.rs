//! Statements on batches and claims.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListPayrollBatchesQuery;
use super::model::{Batch, BatchState, ControlTotals, NewBatch};
use super::rules::Candidate;
use crate::db::{concat, row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::payroll::groups::PayGroup;
use crate::rewards::ledger::{LAST_EVENT, STATE};
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
pub async fn find_draft(tx: &mut Tx<'_>, group: Uuid, currency: &str) -> QueryResult<Option<Uuid>> {
    payroll_batches::table
        .filter(payroll_batches::tenant_id.eq(tx.tenant))
        .filter(payroll_batches::pay_group_id.eq(group))
        .filter(payroll_batches::currency.eq(currency))
        .filter(payroll_batches::state.eq(BatchState::Draft.slug()))
        .select(payroll_batches::id)
        .first(tx.conn)
        .await
        .optional()
}

/// Every approved entry of the currency and of the group's people, approved by the cut-off and in no other live batch than `batch`.
/// What `batch` has claimed is always among them. Includes the entries of people without a pay group if no group is the default:
/// every draft lists them, so that they are not forgotten.
pub async fn candidates(
    tx: &mut Tx<'_>,
    (currency, cut_off_at): (&str, DateTime<Utc>),
    group: &PayGroup,
    batch: Option<Uuid>,
) -> QueryResult<Vec<Candidate>> {
    const CANDIDATES: &str = concat!(
        "SELECT e.id AS entry_id, e.employee_id, e.maker_id, last.seq, e.amount_minor, e.pay_item_code,
                p.employee_number IS NOT NULL AS has_employee_number, i.id IS NOT NULL AS has_pay_item,
                c.entry_id IS NOT NULL AS is_claimed,
                m.pay_group_id IS NOT NULL OR :is_default AS has_pay_group
           FROM reward_entries e
           JOIN employees p ON p.tenant_id = :tenant AND p.id = e.employee_id
           LEFT JOIN pay_group_members m ON m.tenant_id = :tenant AND m.employee_id = e.employee_id
           LEFT JOIN pay_items i ON i.tenant_id = :tenant AND i.code = e.pay_item_code
           LEFT JOIN payroll_claims c ON c.tenant_id = :tenant AND c.entry_id = e.id",
        LAST_EVENT,
        "
          WHERE e.tenant_id = :tenant AND e.currency = :currency
            AND (c.batch_id = :batch OR c.entry_id IS NULL AND (m.pay_group_id = :group
                 OR (m.pay_group_id IS NULL
                     AND (:is_default OR NOT EXISTS (SELECT FROM pay_groups d WHERE d.tenant_id = :tenant AND d.is_default))))
            AND ",
        STATE,
        " IN ('approved', 'carried_forward')
            AND (SELECT max(a.occurred_at) FROM reward_entry_events a
                  WHERE a.tenant_id = :tenant AND a.entry_id = e.id AND a.event = 'approved') <= :cut_off_at)
          ORDER BY e.id"
    );
    statement(CANDIDATES)
        .bind("tenant", tx.tenant)
        .bind("currency", currency)
        .bind("group", group.id)
        .bind("batch", batch)
        .bind("is_default", group.is_default)
        .bind("cut_off_at", cut_off_at)
        .load(tx.conn)
        .await
}

/// Claims entries for a batch. Returns how many were free.
pub async fn insert_claims(tx: &mut Tx<'_>, batch: Uuid, entries: &[Uuid]) -> QueryResult<usize> {
    statement(
        "INSERT INTO payroll_claims (tenant_id, entry_id, batch_id, claimed_at)
         SELECT :tenant, entry_id, :batch, :now FROM unnest(:entries) AS entry_id ORDER BY entry_id
         ON CONFLICT DO NOTHING",
    )
    .bind("tenant", tx.tenant)
    .bind("batch", batch)
    .bind("entries", entries)
    .bind("now", tx.now)
    .execute(tx.conn)
    .await
}

/// A claimed entry with the last event in its history.
#[derive(Debug, Clone, QueryableByName)]
pub struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    pub entry_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub maker_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub seq: i32,
}

/// The entries that a batch claims.
pub async fn claimed(tx: &mut Tx<'_>, batch: Uuid) -> QueryResult<Vec<Claimed>> {
    statement(concat!(
        "SELECT e.id AS entry_id, e.maker_id, last.seq
           FROM payroll_claims c JOIN reward_entries e ON e.tenant_id = :tenant AND e.id = c.entry_id",
        LAST_EVENT,
        " WHERE c.tenant_id = :tenant AND c.batch_id = :batch ORDER BY e.id"
    ))
    .bind("tenant", tx.tenant)
    .bind("batch", batch)
    .load(tx.conn)
    .await
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
