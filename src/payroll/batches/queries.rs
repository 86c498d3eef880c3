//! Statements on batches, claims and exclusions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Batch, BatchState, Claim, ClaimTotals, ExclusionRow, PoolRow};
use crate::auth::Identity;
use crate::db::Connection;
use crate::rewards::ledger::STATE;
use crate::schema::{payroll_acknowledgements, payroll_batches, payroll_claims, payroll_exclusions};

/// How many rows go in one statement.
const CHUNK: usize = 2000;

/// Inserts a draft; answers whether there was none of its pay group and currency. A twin that is being made is waited for.
pub async fn insert_draft(conn: &mut Connection, row: &Batch) -> QueryResult<bool> {
    let inserted =
        diesel::insert_into(payroll_batches::table).values(row).on_conflict_do_nothing().execute(conn).await?;
    Ok(inserted == 1)
}

pub async fn find_draft(
    conn: &mut Connection,
    tenant: Uuid,
    pay_group: Uuid,
    currency: &str,
) -> QueryResult<Option<Uuid>> {
    payroll_batches::table
        .filter(payroll_batches::tenant_id.eq(tenant))
        .filter(payroll_batches::pay_group_id.eq(pay_group))
        .filter(payroll_batches::currency.eq(currency))
        .filter(payroll_batches::state.eq(BatchState::Draft.slug()))
        .select(payroll_batches::id)
        .first(conn)
        .await
        .optional()
}

pub async fn find(conn: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<Option<Batch>> {
    let own = payroll_batches::table.filter(payroll_batches::tenant_id.eq(tenant)).filter(payroll_batches::id.eq(id));
    own.select(Batch::as_select()).first(conn).await.optional()
}

pub async fn find_for_update(conn: &mut Connection, tenant: Uuid, id: Uuid) -> QueryResult<Option<Batch>> {
    let own = payroll_batches::table.filter(payroll_batches::tenant_id.eq(tenant)).filter(payroll_batches::id.eq(id));
    own.select(Batch::as_select()).for_update().first(conn).await.optional()
}

/// Newest first, after the batch `after`.
pub async fn list_page(
    conn: &mut Connection,
    tenant: Uuid,
    state: Option<BatchState>,
    pay_group: Option<Uuid>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Batch>> {
    let own = payroll_batches::table.filter(payroll_batches::tenant_id.eq(tenant));
    let mut page = own.select(Batch::as_select()).into_boxed();
    if let Some(state) = state {
        page = page.filter(payroll_batches::state.eq(state.slug()));
    }
    if let Some(pay_group) = pay_group {
        page = page.filter(payroll_batches::pay_group_id.eq(pay_group));
    }
    if let Some(after) = after {
        page = page.filter(payroll_batches::id.lt(after));
    }
    page.order(payroll_batches::id.desc()).limit(fetch).load(conn).await
}

/// Entries of the people of a pay group that were approved up to the cut-off and that no live batch has.
pub async fn find_pool(conn: &mut Connection, batch: &Batch, takes_the_rest: bool) -> QueryResult<Vec<PoolRow>> {
    let sql = format!(
        "SELECT e.id AS entry_id, e.maker_id, last.seq, e.employee_id, e.amount_minor, p.employee_number, e.pay_item_code,
                i.id IS NOT NULL AS pay_item_defined
           FROM reward_entries e
           JOIN employees p ON p.tenant_id = $1 AND p.id = e.employee_id
           LEFT JOIN pay_items i ON i.tenant_id = $1 AND i.code = e.pay_item_code
           LEFT JOIN pay_group_members m ON m.tenant_id = $1 AND m.employee_id = e.employee_id
          CROSS JOIN LATERAL (SELECT v.seq, v.event, v.line_id FROM reward_entry_events v
                               WHERE v.tenant_id = $1 AND v.entry_id = e.id ORDER BY v.seq DESC LIMIT 1) last
          CROSS JOIN LATERAL (SELECT max(v.occurred_at) AS at FROM reward_entry_events v
                               WHERE v.tenant_id = $1 AND v.entry_id = e.id AND v.event = 'approved') approval
          WHERE e.tenant_id = $1 AND e.currency = $2 AND approval.at <= $3
            AND (m.pay_group_id = $4 OR ($5 AND m.id IS NULL))
            AND {STATE} IN ('approved', 'carried_forward')
            AND NOT EXISTS (SELECT FROM payroll_claims c WHERE c.tenant_id = $1 AND c.entry_id = e.id)
          ORDER BY e.id"
    );
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(batch.tenant_id)
        .bind::<Text, _>(&batch.currency)
        .bind::<Timestamptz, _>(batch.cut_off_at)
        .bind::<SqlUuid, _>(batch.pay_group_id)
        .bind::<Bool, _>(takes_the_rest)
        .load(conn)
        .await
}

/// Entries that a batch has claimed; of one person, if one is named.
pub async fn find_claimed(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    employee: Option<Uuid>,
) -> QueryResult<Vec<PoolRow>> {
    let sql = "SELECT e.id AS entry_id, e.maker_id, last.seq, e.employee_id, e.amount_minor, p.employee_number, e.pay_item_code,
                i.id IS NOT NULL AS pay_item_defined
           FROM payroll_claims c
           JOIN reward_entries e ON e.tenant_id = $1 AND e.id = c.entry_id
           JOIN employees p ON p.tenant_id = $1 AND p.id = e.employee_id
           LEFT JOIN pay_items i ON i.tenant_id = $1 AND i.code = e.pay_item_code
          CROSS JOIN LATERAL (SELECT v.seq FROM reward_entry_events v
                               WHERE v.tenant_id = $1 AND v.entry_id = e.id ORDER BY v.seq DESC LIMIT 1) last
          WHERE c.tenant_id = $1 AND c.batch_id = $2 AND ($3::uuid IS NULL OR e.employee_id = $3)
          ORDER BY e.id";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant)
        .bind::<SqlUuid, _>(batch)
        .bind::<Nullable<SqlUuid>, _>(employee)
        .load(conn)
        .await
}

/// What these batches have claimed; one with no claims is left out.
pub async fn claim_totals(conn: &mut Connection, tenant: Uuid, batches: &[Uuid]) -> QueryResult<Vec<ClaimTotals>> {
    let sql = "SELECT c.batch_id, count(*) AS line_count, count(DISTINCT e.employee_id) AS people_count,
                      sum(e.amount_minor)::bigint AS total_minor
                 FROM payroll_claims c JOIN reward_entries e ON e.tenant_id = $1 AND e.id = c.entry_id
                WHERE c.tenant_id = $1 AND c.batch_id = ANY ($2) GROUP BY c.batch_id";
    diesel::sql_query(sql).bind::<SqlUuid, _>(tenant).bind::<Array<SqlUuid>, _>(batches).load(conn).await
}

/// Claims entries; answers how many nobody else had.
pub async fn insert_claims(conn: &mut Connection, rows: &[Claim]) -> QueryResult<usize> {
    let mut inserted = 0;
    for chunk in rows.chunks(CHUNK) {
        let insert = diesel::insert_into(payroll_claims::table).values(chunk).on_conflict_do_nothing();
        inserted += insert.execute(conn).await?;
    }
    Ok(inserted)
}

pub async fn delete_claims(conn: &mut Connection, tenant: Uuid, batch: Uuid, entries: &[Uuid]) -> QueryResult<usize> {
    diesel::delete(
        payroll_claims::table
            .filter(payroll_claims::tenant_id.eq(tenant))
            .filter(payroll_claims::batch_id.eq(batch))
            .filter(payroll_claims::entry_id.eq_any(entries)),
    )
    .execute(conn)
    .await
}

pub async fn insert_exclusions(conn: &mut Connection, rows: &[ExclusionRow]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(payroll_exclusions::table).values(chunk).execute(conn).await?;
    }
    Ok(())
}

pub async fn list_exclusions(conn: &mut Connection, tenant: Uuid, batch: Uuid) -> QueryResult<Vec<ExclusionRow>> {
    payroll_exclusions::table
        .filter(payroll_exclusions::tenant_id.eq(tenant))
        .filter(payroll_exclusions::batch_id.eq(batch))
        .order(payroll_exclusions::employee_id)
        .select(ExclusionRow::as_select())
        .load(conn)
        .await
}

/// Says what is being done about a person who stays out; answers whether there is such an exclusion.
pub async fn explain_exclusion(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    employee: Uuid,
    explanation: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let own = payroll_exclusions::table
        .filter(payroll_exclusions::tenant_id.eq(tenant))
        .filter(payroll_exclusions::batch_id.eq(batch))
        .filter(payroll_exclusions::employee_id.eq(employee));
    let updated = diesel::update(own)
        .set((
            payroll_exclusions::explanation.eq(explanation),
            payroll_exclusions::explained_at.eq(now),
            payroll_exclusions::explained_by_id.eq(by),
            payroll_exclusions::updated_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

/// Counts a change of the batch, so that its ETag says so.
pub async fn touch(conn: &mut Connection, tenant: Uuid, id: Uuid, now: DateTime<Utc>) -> QueryResult<Batch> {
    let own = payroll_batches::table.filter(payroll_batches::tenant_id.eq(tenant)).filter(payroll_batches::id.eq(id));
    diesel::update(own)
        .set((payroll_batches::updated_at.eq(now), payroll_batches::version.eq(payroll_batches::version + 1)))
        .returning(Batch::as_returning())
        .get_result(conn)
        .await
}

/// Control totals of a locked batch.
pub struct LockTotals {
    pub line_count: i32,
    pub people_count: i32,
    pub total_minor: i64,
    pub lines_sha256: String,
}

pub async fn mark_locked(
    conn: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    totals: LockTotals,
    by: Identity,
    now: DateTime<Utc>,
) -> QueryResult<Batch> {
    let own = payroll_batches::table.filter(payroll_batches::tenant_id.eq(tenant)).filter(payroll_batches::id.eq(id));
    diesel::update(own)
        .set((
            payroll_batches::state.eq(BatchState::Locked.slug()),
            payroll_batches::line_count.eq(totals.line_count),
            payroll_batches::people_count.eq(totals.people_count),
            payroll_batches::total_minor.eq(totals.total_minor),
            payroll_batches::lines_sha256.eq(totals.lines_sha256),
            payroll_batches::locked_at.eq(now),
            payroll_batches::locked_by_kind.eq(by.kind()),
            payroll_batches::locked_by_id.eq(by.id()),
            payroll_batches::updated_at.eq(now),
            payroll_batches::version.eq(payroll_batches::version + 1),
        ))
        .returning(Batch::as_returning())
        .get_result(conn)
        .await
}

pub async fn mark_acknowledged(
    conn: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Batch> {
    let own = payroll_batches::table.filter(payroll_batches::tenant_id.eq(tenant)).filter(payroll_batches::id.eq(id));
    diesel::update(own)
        .set((
            payroll_batches::state.eq(BatchState::Acknowledged.slug()),
            payroll_batches::acknowledged_at.eq(now),
            payroll_batches::updated_at.eq(now),
            payroll_batches::version.eq(payroll_batches::version + 1),
        ))
        .returning(Batch::as_returning())
        .get_result(conn)
        .await
}

pub async fn mark_void(
    conn: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> QueryResult<Batch> {
    let own = payroll_batches::table.filter(payroll_batches::tenant_id.eq(tenant)).filter(payroll_batches::id.eq(id));
    diesel::update(own)
        .set((
            payroll_batches::state.eq(BatchState::Void.slug()),
            payroll_batches::voided_at.eq(now),
            payroll_batches::void_reason.eq(reason),
            payroll_batches::updated_at.eq(now),
            payroll_batches::version.eq(payroll_batches::version + 1),
        ))
        .returning(Batch::as_returning())
        .get_result(conn)
        .await
}

/// Whether payroll has said anything about the batch.
pub async fn is_answered(conn: &mut Connection, tenant: Uuid, batch: Uuid) -> QueryResult<bool> {
    use payroll_acknowledgements::dsl;
    let own = dsl::payroll_acknowledgements.filter(dsl::tenant_id.eq(tenant)).filter(dsl::batch_id.eq(batch));
    diesel::select(diesel::dsl::exists(own)).get_result(conn).await
}
