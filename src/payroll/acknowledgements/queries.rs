//! Rows of acknowledgements and the statements on them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Connection;
use crate::schema::{payroll_acknowledgement_lines, payroll_acknowledgements};

/// How many rows go in one statement.
const CHUNK: usize = 2000;

/// An answer of payroll.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payroll_acknowledgements)]
pub struct Acknowledgement {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub batch_id: Uuid,
    pub consumer: String,
    pub external_run_id: String,
    pub is_final: bool,
    pub line_count: i32,
    pub total_minor: i64,
    pub body_sha256: Vec<u8>,
    pub received_at: DateTime<Utc>,
}

/// What it says about one line.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payroll_acknowledgement_lines)]
pub struct AcknowledgedLine {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub acknowledgement_id: Uuid,
    pub line_id: Uuid,
    pub outcome: String,
    pub reason: Option<String>,
    pub external_reference: Option<String>,
}

/// A line as payroll has answered it so far, with its entry's history.
#[derive(Debug, Clone, QueryableByName)]
pub struct AnsweredLine {
    #[diesel(sql_type = SqlUuid)]
    pub line_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = SqlUuid)]
    pub entry_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub maker_id: Uuid,
    /// Number of the last event of the entry's history.
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    /// None: not answered yet.
    #[diesel(sql_type = Nullable<Text>)]
    pub outcome: Option<String>,
}

/// Lines and minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Sum {
    #[diesel(sql_type = BigInt)]
    pub line_count: i64,
    #[diesel(sql_type = BigInt)]
    pub total_minor: i64,
}

pub async fn find_run(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    consumer: &str,
    run: &str,
) -> QueryResult<Option<Acknowledgement>> {
    use payroll_acknowledgements::dsl;
    payroll_acknowledgements::table
        .filter(dsl::tenant_id.eq(tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::consumer.eq(consumer))
        .filter(dsl::external_run_id.eq(run))
        .select(Acknowledgement::as_select())
        .first(conn)
        .await
        .optional()
}

pub async fn insert(conn: &mut Connection, row: &Acknowledgement, lines: &[AcknowledgedLine]) -> QueryResult<()> {
    diesel::insert_into(payroll_acknowledgements::table).values(row).execute(conn).await?;
    for chunk in lines.chunks(CHUNK) {
        diesel::insert_into(payroll_acknowledgement_lines::table).values(chunk).execute(conn).await?;
    }
    Ok(())
}

/// Those of the lines that are the batch's.
pub async fn find_lines(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    lines: &[Uuid],
) -> QueryResult<Vec<AnsweredLine>> {
    let sql = "SELECT l.id AS line_id, l.amount_minor, l.entry_id, e.maker_id, last.seq, answer.event AS outcome
          FROM payroll_lines l
          JOIN reward_entries e ON e.tenant_id = $1 AND e.id = l.entry_id
         CROSS JOIN LATERAL (SELECT max(v.seq) AS seq FROM reward_entry_events v WHERE v.tenant_id = $1 AND v.entry_id = l.entry_id) last
          LEFT JOIN LATERAL (SELECT v.event FROM reward_entry_events v
                              WHERE v.tenant_id = $1 AND v.line_id = l.id ORDER BY v.seq DESC LIMIT 1) answer ON true
         WHERE l.tenant_id = $1 AND l.batch_id = $2 AND l.id = ANY ($3)";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant)
        .bind::<SqlUuid, _>(batch)
        .bind::<Array<SqlUuid>, _>(lines)
        .load(conn)
        .await
}

/// What payroll has answered of a batch, whatever it said.
pub async fn answered(conn: &mut Connection, tenant: Uuid, batch: Uuid) -> QueryResult<Sum> {
    let sql = "SELECT count(*) AS line_count, coalesce(sum(l.amount_minor), 0)::bigint AS total_minor
          FROM payroll_lines l
         WHERE l.tenant_id = $1 AND l.batch_id = $2
           AND EXISTS (SELECT FROM reward_entry_events v WHERE v.tenant_id = $1 AND v.line_id = l.id)";
    diesel::sql_query(sql).bind::<SqlUuid, _>(tenant).bind::<SqlUuid, _>(batch).get_result(conn).await
}

/// Oldest first, after the acknowledgement `after`.
pub async fn list_page(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Acknowledgement>> {
    use payroll_acknowledgements::dsl;
    let own = payroll_acknowledgements::table.filter(dsl::tenant_id.eq(tenant)).filter(dsl::batch_id.eq(batch));
    let mut page = own.select(Acknowledgement::as_select()).into_boxed();
    if let Some(after) = after {
        page = page.filter(dsl::id.gt(after));
    }
    page.order(dsl::id).limit(fetch).load(conn).await
}
