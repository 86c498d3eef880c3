//! Approving everything that a period granted. One statement finds, judges and approves, because it may be the rewards of a whole
//! company; it judges as [`super::service`] and [`super::release`] do for single entries.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;

use super::model::Approved;
use super::queries::{self, BUDGETS, GATED, LAST_EVENT, STATE, WAITS_FOR};
use super::release::Budgets;
use super::service::find;
use super::set::{TELL, telling, undisturbed};
use crate::db::{allow_large_sets, concat, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::people;

/// Everything of the period that is granted or held has one fate. Nothing is approved if somebody must be refused.
const APPROVE: &str = concat!(
    "WITH found AS MATERIALIZED (
    SELECT e.id, e.maker_id, e.currency, e.amount_minor, last.seq, ",
    WAITS_FOR,
    " AS waits_for_id, ",
    STATE,
    " = 'held' AS is_held, ",
    GATED,
    " AS is_gated, e.employee_id = ANY (:records) AS is_paid,
           e.snapshot_id IS NULL AND coalesce(ARRAY[e.maker_id, e.caused_by_id] && :records, false) AS is_entered,
           coalesce(ARRAY[e.maker_id, e.caused_by_id, (
               SELECT v.actor_id FROM reward_entry_events v
                WHERE v.tenant_id = :tenant AND v.entry_id = e.id AND v.event = 'reconsidered'
                ORDER BY v.seq DESC LIMIT 1)] && :records, false) AS has_made
      FROM reward_entries e",
    LAST_EVENT,
    " WHERE e.tenant_id = :tenant AND e.programme_id = :programme AND e.earned_period = :earned_period AND ",
    STATE,
    " IN ('granted', 'held')
), budget AS MATERIALIZED (",
    BUDGETS,
    "s.period_id = :period
), judged AS MATERIALIZED (
    SELECT f.*, CASE
               WHEN f.is_gated THEN 'gated'
               WHEN f.is_held AND NOT coalesce((SELECT b.budget_minor IS NULL OR b.budget_minor >= b.granted_minor
                                                  FROM budget b WHERE b.snapshot_id = f.waits_for_id), false) THEN 'held'
               WHEN (f.is_paid OR f.is_entered) AND NOT :allows_own THEN 'own'
               WHEN f.has_made AND NOT :allows_own THEN 'refused'
               ELSE 'approved' END AS fate
      FROM found f
), approved AS (
    SELECT * FROM judged WHERE fate = 'approved' AND NOT EXISTS (SELECT FROM judged WHERE fate = 'refused')
), told AS (
    SELECT id AS entry_id, seq + 1 AS seq, 'released' AS event, maker_id, NULL::uuid AS batch_id, false AS self_approved,
           'budget_raised' AS reason_code
      FROM approved WHERE is_held
    UNION ALL
    SELECT id, seq + 1 + is_held::integer, 'approved', maker_id, NULL, is_paid OR has_made, NULL FROM approved
), written AS (",
    TELL,
    ")
SELECT fate, currency::text AS currency, count(*) AS entry_count, sum(amount_minor)::bigint AS total_minor,
       min(id::text)::uuid AS first_id
  FROM judged GROUP BY fate, currency"
);

/// The entries with one fate and currency.
#[derive(Debug, QueryableByName)]
struct Part {
    #[diesel(sql_type = Text)]
    fate: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    entry_count: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    total_minor: Option<i64>,
    #[diesel(sql_type = SqlUuid)]
    first_id: Uuid,
}

/// Approves what a programme granted for a period, except what stays held, and what pays the person who approves or was entered by that person.
pub async fn approve(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> Result<Approved> {
    let locked = queries::lock_period(tx, programme, period).await?;
    let locked = locked.ok_or_else(|| Error::state(Thing::Period, Condition::Open, Condition::Closed))?;
    let allows_own = people::allows_self_approval(tx).await?;
    allow_large_sets(tx.conn).await?;
    let approval = telling(tx, statement(APPROVE))
        .bind("records", tx.actor.records())
        .bind("programme", programme)
        .bind("earned_period", period.to_string())
        .bind("period", locked)
        .bind("allows_own", allows_own);
    let parts: Vec<Part> = undisturbed(approval.load(tx.conn).await)?;
    let mut approved = Approved::default();
    let mut first_held: Option<Uuid> = None;
    for part in parts {
        let count = usize::try_from(part.entry_count).map_err(Error::internal)?;
        match part.fate.as_str() {
            "approved" => {
                approved.count += count;
                approved.first = approved.first.into_iter().chain([part.first_id]).min();
                approved.totals.insert(part.currency, part.total_minor.unwrap_or_default());
            }
            "held" => {
                approved.held += count;
                first_held = first_held.into_iter().chain([part.first_id]).min();
            }
            "gated" => approved.gated += count,
            "own" => approved.own += count,
            _ => {
                people::check_self_approval(tx, true).await?;
            }
        }
    }
    if let Some(id) = first_held {
        let held = find(tx, id).await?;
        approved.needed_budget = Budgets::of(tx, std::slice::from_ref(&held)).await?.needed(&held)?;
    }
    Ok(approved)
}
