//! Statements on lines.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Line, Payable};
use crate::db::Connection;
use crate::schema::payroll_lines;

/// How many rows go in one statement: far below the 65,535 values that one may have.
const CHUNK: usize = 1000;

/// Everything that the lines of a batch say, from its claims. The cost centre is that of the department on `today`.
pub async fn find_payable(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    today: NaiveDate,
) -> QueryResult<Vec<Payable>> {
    let sql = "SELECT e.*, p.employee_number, p.name AS employee_name,
               coalesce((SELECT jsonb_agg(jsonb_build_object('system', x.system, 'kind', x.kind, 'value', x.value)
                                          ORDER BY x.system, x.kind, x.value)
                           FROM employee_external_ids x WHERE x.tenant_id = $1 AND x.employee_id = e.employee_id), '[]') AS external_ids,
               i.issuance_way, i.tax_mode, i.tax_category, d.cost_centre, r.version AS rule_version, q.version AS policy_version,
               approval.actor_id AS approved_by_id, rejected.line_id AS previous_line_id, corrected.id AS corrects_line_id
          FROM payroll_claims c
          JOIN reward_entries e ON e.tenant_id = $1 AND e.id = c.entry_id
          JOIN employees p ON p.tenant_id = $1 AND p.id = e.employee_id
          JOIN pay_items i ON i.tenant_id = $1 AND i.code = e.pay_item_code
          LEFT JOIN department_memberships m ON m.tenant_id = $1 AND m.employee_id = e.employee_id
                AND m.valid_from <= $3 AND (m.valid_to IS NULL OR m.valid_to > $3)
          LEFT JOIN departments d ON d.tenant_id = $1 AND d.id = m.department_id
          LEFT JOIN snapshots n ON n.tenant_id = $1 AND n.id = e.snapshot_id
          LEFT JOIN scoring_rules r ON r.tenant_id = $1 AND r.id = n.rule_id
          LEFT JOIN reward_policy_sets q ON q.tenant_id = $1 AND q.id = e.policy_set_id
         CROSS JOIN LATERAL (SELECT v.actor_id FROM reward_entry_events v
                              WHERE v.tenant_id = $1 AND v.entry_id = e.id AND v.event = 'approved' ORDER BY v.seq DESC LIMIT 1) approval
          LEFT JOIN LATERAL (SELECT v.line_id FROM reward_entry_events v
                              WHERE v.tenant_id = $1 AND v.entry_id = e.id AND v.event = 'rejected' AND v.line_id IS NOT NULL
                              ORDER BY v.seq DESC LIMIT 1) rejected ON true
          LEFT JOIN LATERAL (SELECT l.id FROM payroll_lines l JOIN payroll_batches b ON b.tenant_id = $1 AND b.id = l.batch_id
                              WHERE l.tenant_id = $1 AND l.entry_id = e.corrects_id AND b.state <> 'void'
                              ORDER BY l.created_at DESC, l.id DESC LIMIT 1) corrected ON true
         WHERE c.tenant_id = $1 AND c.batch_id = $2";
    diesel::sql_query(sql).bind::<SqlUuid, _>(tenant).bind::<SqlUuid, _>(batch).bind::<Date, _>(today).load(conn).await
}

pub async fn insert(conn: &mut Connection, rows: &[Line]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(payroll_lines::table).values(chunk).execute(conn).await?;
    }
    Ok(())
}

/// In their order, after the line with number `after`.
pub async fn list_page(
    conn: &mut Connection,
    tenant: Uuid,
    batch: Uuid,
    after: i32,
    fetch: i64,
) -> QueryResult<Vec<Line>> {
    payroll_lines::table
        .filter(payroll_lines::tenant_id.eq(tenant))
        .filter(payroll_lines::batch_id.eq(batch))
        .filter(payroll_lines::number.gt(after))
        .order(payroll_lines::number)
        .limit(fetch)
        .select(Line::as_select())
        .load(conn)
        .await
}
