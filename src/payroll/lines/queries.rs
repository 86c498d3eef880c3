//! Statements on lines.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Line, Material, Reported};
use crate::db::{concat, narrow, statement};
use crate::journal::Tx;
use crate::kernel::text::OutsideCode;
use crate::people::person_of;
use crate::schema::payroll_lines::{self, dsl};

/// Opens the data of a draft's lines, in the order of the lines, for [`next_material`]. It stays as it is at this moment.
///
/// `coalesce` keeps the search for a rejected line from going by the index of lines: that would read all lines that payroll has ever
/// answered, for each entry.
pub async fn open_material(tx: &mut Tx<'_>, batch: Uuid) -> QueryResult<()> {
    const OPEN: &str = concat!(
        "DECLARE line_material NO SCROLL CURSOR FOR
         SELECT e.id AS entry_id, p.id AS employee_id, p.employee_number, p.name AS employee_name,
                coalesce(x.external_ids, '[]') AS external_ids,
                e.pay_item_code, e.kind, e.amount_minor, e.earned_period, i.issuance_way, i.tax_mode, i.tax_category,
                e.reason_code, e.reason_params, e.reason_text, e.policy_code, e.snapshot_id, r.version AS rule_version,
                e.policy_set_id, s.version AS policy_version, e.session_id, e.corrects_id,
                CASE WHEN e.corrects_id IS NOT NULL THEN (
                    SELECT l.id FROM payroll_lines l
                      JOIN payroll_batches b ON b.tenant_id = :tenant AND b.id = l.batch_id AND b.state <> 'void'
                     WHERE l.tenant_id = :tenant AND l.entry_id = e.corrects_id
                     ORDER BY l.created_at DESC, l.id DESC LIMIT 1) END AS corrects_line_id,
                (SELECT v.line_id FROM reward_entry_events v
                  WHERE v.tenant_id = :tenant AND v.entry_id = e.id AND v.event = 'rejected'
                    AND coalesce(v.line_id IS NOT NULL, false)
                  ORDER BY v.seq DESC LIMIT 1) AS previous_line_id,
                e.maker_kind, e.maker_id,
                (SELECT v.actor_id FROM reward_entry_events v
                  WHERE v.tenant_id = :tenant AND v.entry_id = e.id AND v.event = 'approved'
                  ORDER BY v.seq DESC LIMIT 1) AS approved_by_id
           FROM payroll_claims c
           JOIN reward_entries e ON e.tenant_id = :tenant AND e.id = c.entry_id
           JOIN employees o ON o.tenant_id = :tenant AND o.id = e.employee_id
           JOIN employees p ON p.tenant_id = :tenant AND p.id = ",
        person_of!("o"),
        "
           LEFT JOIN (SELECT x.employee_id, jsonb_agg(jsonb_build_object('system', x.system, 'kind', x.kind, 'value', x.value)
                                                      ORDER BY x.system, x.kind, x.value) AS external_ids
                        FROM employee_external_ids x WHERE x.tenant_id = :tenant GROUP BY x.employee_id) x
             ON x.employee_id = p.id
           LEFT JOIN pay_items i ON i.tenant_id = :tenant AND i.code = e.pay_item_code
           LEFT JOIN snapshots n ON n.tenant_id = :tenant AND n.id = e.snapshot_id
           LEFT JOIN scoring_rules r ON r.tenant_id = :tenant AND r.id = n.rule_id
           LEFT JOIN reward_policy_sets s ON s.tenant_id = :tenant AND s.id = e.policy_set_id
          WHERE c.tenant_id = :tenant AND c.batch_id = :batch
          ORDER BY p.employee_number COLLATE \"C\", e.earned_period COLLATE \"C\", e.pay_item_code COLLATE \"C\", e.id"
    );
    statement(OPEN).bind("tenant", tx.tenant).bind("batch", batch).execute(tx.conn).await?;
    Ok(())
}

/// The next part of it: at most 5,000 rows; none at its end.
pub async fn next_material(tx: &mut Tx<'_>) -> QueryResult<Vec<Material>> {
    statement("FETCH 5000 FROM line_material").load(tx.conn).await
}

pub async fn close_material(tx: &mut Tx<'_>) -> QueryResult<()> {
    statement("CLOSE line_material").execute(tx.conn).await?;
    Ok(())
}

/// The cost centre of each person's last department up to a day. People without a department are left out.
pub async fn cost_centres(
    tx: &mut Tx<'_>,
    wanted: &[(Uuid, NaiveDate)],
) -> QueryResult<BTreeMap<(Uuid, NaiveDate), OutsideCode>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        employee_id: Uuid,
        #[diesel(sql_type = Date)]
        day: NaiveDate,
        #[diesel(sql_type = Text)]
        cost_centre: OutsideCode,
    }
    let (employees, days): (Vec<Uuid>, Vec<NaiveDate>) = wanted.iter().copied().unzip();
    let rows: Vec<Row> = statement(
        "SELECT w.employee_id, w.day, d.cost_centre
           FROM unnest(:employees, :days) AS w (employee_id, day)
          CROSS JOIN LATERAL (SELECT m.department_id FROM department_memberships m
                               WHERE m.tenant_id = :tenant AND m.employee_id = w.employee_id AND m.valid_from <= w.day
                               ORDER BY m.valid_from DESC LIMIT 1) latest
           JOIN departments d ON d.tenant_id = :tenant AND d.id = latest.department_id
          WHERE d.cost_centre IS NOT NULL",
    )
    .bind("tenant", tx.tenant)
    .bind("employees", employees)
    .bind("days", days)
    .planned_anew()
    .load(tx.conn)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.employee_id, row.day), row.cost_centre)).collect())
}

/// Inserts lines in one statement, so that they may refer to each other in any order.
pub async fn insert(tx: &mut Tx<'_>, lines: &[Line]) -> QueryResult<usize> {
    tx.insert_set(lines).await
}

/// What payroll has reported last about these lines: paid and rejected are final. Lines without a report are left out.
pub async fn reported(tx: &mut Tx<'_>, lines: &[Uuid]) -> QueryResult<Vec<Reported>> {
    statement(
        "SELECT DISTINCT ON (a.line_id) a.line_id, a.outcome AS status, a.reason AS rejection_reason, a.external_reference
           FROM payroll_acknowledgement_lines a
          WHERE a.tenant_id = :tenant AND a.line_id = ANY (:lines)
          ORDER BY a.line_id, a.outcome = 'accepted', a.id DESC",
    )
    .bind("tenant", tx.tenant)
    .bind("lines", lines)
    .load(tx.conn)
    .await
}

/// Ordered by number, after the line numbered `after`. If the number of a person is given, only that person's.
pub async fn list_page(
    tx: &mut Tx<'_>,
    batch: Uuid,
    person: Option<&str>,
    after: i32,
    fetch: i64,
) -> QueryResult<Vec<Line>> {
    let mut page = payroll_lines::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::batch_id.eq(batch))
        .filter(dsl::number.gt(after))
        .select(Line::as_select())
        .into_boxed();
    narrow!(page; dsl { employee_number = person });
    page.order(dsl::number).limit(fetch).load(tx.conn).await
}
