//! What a yearly statement reads.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl as _;
use serde_json::Value;
use uuid::Uuid;

use crate::db::{concat, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::period::Interval;
use crate::kernel::text::{Code, Name, OutsideCode, PaymentRef};
use crate::rewards::ledger::{EntryState, RewardKind, STATE};

/// Whose rewards, and in which year.
#[derive(Debug)]
pub struct Sought {
    /// All records of the person.
    pub records: Vec<Uuid>,
    pub interval: Interval,
}

/// An entry of the ledger as it was at the end of the year.
#[derive(Debug, QueryableByName)]
pub struct Row {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub programme_code: Code,
    #[diesel(sql_type = Text)]
    pub programme_name: Name,
    #[diesel(sql_type = Text)]
    pub earned_period: String,
    #[diesel(sql_type = Text)]
    pub kind: RewardKind,
    #[diesel(sql_type = Text)]
    pub pay_item_code: OutsideCode,
    #[diesel(sql_type = Nullable<Text>)]
    pub pay_item_name_zh: Option<Name>,
    #[diesel(sql_type = Nullable<Text>)]
    pub pay_item_name_en: Option<Name>,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub corrects_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub policy_code: Option<String>,
    #[diesel(sql_type = Text)]
    pub reason_code: String,
    #[diesel(sql_type = Jsonb)]
    pub reason_params: Value,
    #[diesel(sql_type = Nullable<Text>)]
    pub reason_text: Option<String>,
    #[diesel(sql_type = Text)]
    pub state: EntryState,
    #[diesel(sql_type = Timestamptz)]
    pub granted_at: DateTime<Utc>,
    /// When payroll reported that it is paid.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub paid_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub pay_period: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub external_reference: Option<PaymentRef>,
}

/// What was paid in the year, in the order of payment; then what was not paid by its end, in the order in which it was earned. An entry
/// that is rejected, carried forward or released from a batch has left its batch.
pub async fn rows(tx: &mut Tx<'_>, sought: &Sought) -> Result<Vec<Row>> {
    const ROWS: &str = concat!(
        "
SELECT e.id, e.programme_id, g.code AS programme_code, g.name AS programme_name, e.earned_period, e.kind, e.pay_item_code,
       i.name_zh AS pay_item_name_zh, i.name_en AS pay_item_name_en, e.amount_minor, e.currency::text AS currency, e.corrects_id,
       e.policy_code, e.reason_code, e.reason_params, e.reason_text, s.state, e.created_at AS granted_at,
       CASE WHEN s.state = 'paid' THEN last.occurred_at END AS paid_at,
       CASE WHEN s.state IN ('batched', 'accepted', 'paid') THEN b.pay_period END AS pay_period,
       CASE WHEN s.state = 'paid' THEN (
           SELECT a.external_reference FROM payroll_acknowledgement_lines a
            WHERE a.tenant_id = :tenant AND a.line_id = last.line_id AND a.outcome = 'paid'
            ORDER BY a.id LIMIT 1) END AS external_reference
  FROM reward_entries e
  JOIN programmes g ON g.tenant_id = :tenant AND g.id = e.programme_id
  LEFT JOIN pay_items i ON i.tenant_id = :tenant AND i.code = e.pay_item_code
 CROSS JOIN LATERAL (SELECT v.event, v.line_id, v.batch_id, v.occurred_at FROM reward_entry_events v
                      WHERE v.tenant_id = :tenant AND v.entry_id = e.id AND v.occurred_at < :until
                      ORDER BY v.seq DESC LIMIT 1) last
 CROSS JOIN LATERAL (SELECT ",
        STATE,
        " AS state) s
  LEFT JOIN payroll_batches b ON b.tenant_id = :tenant AND b.id = last.batch_id
 WHERE e.tenant_id = :tenant AND e.employee_id = ANY (:records) AND s.state NOT IN ('rejected', 'voided')
   AND NOT (s.state = 'paid' AND last.occurred_at < :since)
 ORDER BY CASE WHEN s.state = 'paid' THEN last.occurred_at END NULLS LAST,
          e.earned_period COLLATE \"C\", e.pay_item_code COLLATE \"C\", e.id"
    );
    let asked = statement(ROWS)
        .bind("tenant", tx.tenant)
        .bind("records", &sought.records)
        .bind("since", sought.interval.start)
        .bind("until", sought.interval.end);
    Ok(asked.load(tx.conn).await?)
}
