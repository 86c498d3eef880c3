//! Statements on balances.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;

use super::dto::ListRewardBalancesQuery;
use crate::auth::records_of;
use crate::db::{concat, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::rewards::ledger::{LAST_EVENT, STATE};

/// What one person has of one policy, in one currency. The person is the one of the kept record.
#[derive(Debug, QueryableByName)]
pub struct Balance {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    /// Of the entry, or of the one that it corrects. None: awarded by hand.
    #[diesel(sql_type = Nullable<Text>)]
    pub policy: Option<String>,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = BigInt)]
    pub granted_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub unbatched_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub carried_forward_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub in_batch_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub paid_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub voided_minor: i64,
}

/// The people of a page are found first, by their key; then their entries are added up. A state names a place once, and whatever is
/// in no other place is not in a batch yet.
const PAGE: &str = concat!(
    "WITH person AS MATERIALIZED (
    SELECT p.id FROM employees p
     WHERE p.tenant_id = :tenant AND p.merged_into_id IS NULL
       AND (:seen IS NULL OR p.id = ANY (:seen)) AND (:after IS NULL OR p.id > :after)
       AND (:employee IS NULL OR p.id = (SELECT coalesce(k.merged_into_id, k.id) FROM employees k
                                          WHERE k.tenant_id = :tenant AND k.id = :employee))
       AND EXISTS (SELECT FROM reward_entries e
                    WHERE e.tenant_id = :tenant AND e.employee_id IN ",
    records_of!("p.id"),
    "
                      AND (:programme IS NULL OR e.programme_id = :programme) AND (:period IS NULL OR e.earned_period = :period))
     ORDER BY p.id LIMIT :fetch
), placed AS MATERIALIZED (
    SELECT person.id AS employee_id, e.programme_id, coalesce(e.policy_code, c.policy_code) AS policy, e.currency::text AS currency,
           e.amount_minor,
           CASE ",
    STATE,
    " WHEN 'carried_forward' THEN 'carried_forward'
           WHEN 'batched' THEN 'in_batch' WHEN 'accepted' THEN 'in_batch'
           WHEN 'paid' THEN 'paid'
           WHEN 'rejected' THEN 'voided' WHEN 'voided' THEN 'voided'
           ELSE 'unbatched' END AS place
      FROM person
      JOIN employees r ON r.tenant_id = :tenant AND (r.id = person.id OR r.merged_into_id = person.id)
      JOIN reward_entries e ON e.tenant_id = :tenant AND e.employee_id = r.id
      LEFT JOIN reward_entries c ON c.tenant_id = :tenant AND c.id = e.corrects_id",
    LAST_EVENT,
    "
     WHERE (:programme IS NULL OR e.programme_id = :programme) AND (:period IS NULL OR e.earned_period = :period)
)
SELECT employee_id, programme_id, policy, currency, sum(amount_minor)::bigint AS granted_minor,
       coalesce(sum(amount_minor) FILTER (WHERE place = 'unbatched'), 0)::bigint AS unbatched_minor,
       coalesce(sum(amount_minor) FILTER (WHERE place = 'carried_forward'), 0)::bigint AS carried_forward_minor,
       coalesce(sum(amount_minor) FILTER (WHERE place = 'in_batch'), 0)::bigint AS in_batch_minor,
       coalesce(sum(amount_minor) FILTER (WHERE place = 'paid'), 0)::bigint AS paid_minor,
       coalesce(sum(amount_minor) FILTER (WHERE place = 'voided'), 0)::bigint AS voided_minor
  FROM placed
 GROUP BY employee_id, programme_id, policy, currency
 ORDER BY employee_id, programme_id, policy COLLATE \"C\" NULLS LAST, currency"
);

/// The balances of the next people, ordered by person. `seen`: if given, only these.
pub async fn page(
    tx: &mut Tx<'_>,
    query: &ListRewardBalancesQuery,
    seen: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> Result<Vec<Balance>> {
    let page = statement(PAGE)
        .bind("seen", seen)
        .bind("employee", query.employee_id)
        .bind("programme", query.programme_id)
        .bind("period", query.period.map(|period| period.to_string()))
        .bind("after", after)
        .bind("fetch", fetch);
    Ok(tx.complete(page).load(tx.conn).await?)
}
