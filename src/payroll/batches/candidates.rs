//! The entries that could be in a draft. They are judged person by person, and moved in sets: they may be the rewards of a whole
//! company, and never pass through the service.

use std::pin::pin;

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl as _;
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::model::{Batch, ExclusionReason};
use super::rules::{Division, MAX_EXACT_MINOR, PersonFacts};
use crate::db::{Statement, concat, join_large_sets, join_usual_sets, statement};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::payroll::groups::PayGroup;
use crate::people::{person_of, records_of_all};
use crate::rewards::ledger::{LAST_EVENT, STATE, TELL, telling, undisturbed};

/// A draft and the pay group that it is for.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'b> {
    pub batch: &'b Batch,
    pub group: &'b PayGroup,
}

/// Every approved entry of the currency and of the group's people, approved by the cut-off and in no other live batch than the draft.
/// What the draft has claimed is always among them. Includes the entries of people without a pay group if no group is the default:
/// every draft lists them, so that they are not forgotten.
///
/// What other batches have claimed is nearly everything after some years. It is left out first (`OFFSET 0`), before anybody looks into
/// the histories of entries. Nobody looks into that of an entry that the draft has claimed: its `seq` is none here.
const CANDIDATES: &str = concat!(
    "candidate AS MATERIALIZED (
    SELECT e.id AS entry_id, ",
    person_of!("o"),
    " AS employee_id, e.maker_id, e.amount_minor, e.pay_item_code, last.seq,
           e.is_claimed, m.pay_group_id IS NOT NULL OR :is_default AS has_pay_group
      FROM (SELECT e.id, e.employee_id, e.maker_id, e.amount_minor, e.pay_item_code, c.entry_id IS NOT NULL AS is_claimed
              FROM reward_entries e
              LEFT JOIN payroll_claims c ON c.tenant_id = :tenant AND c.entry_id = e.id
             WHERE e.tenant_id = :tenant AND e.currency = :currency::bpchar
               AND (c.entry_id IS NULL OR c.batch_id = :batch) OFFSET 0) e
      JOIN employees o ON o.tenant_id = :tenant AND o.id = e.employee_id
      LEFT JOIN pay_group_members m ON m.tenant_id = :tenant AND m.employee_id = ",
    person_of!("o"),
    "
      LEFT JOIN LATERAL (SELECT v.seq, v.event, v.line_id FROM reward_entry_events v
                          WHERE v.tenant_id = :tenant AND v.entry_id = e.id AND NOT e.is_claimed
                          ORDER BY v.seq DESC LIMIT 1) last ON true
     WHERE e.is_claimed
        OR ((m.pay_group_id = :group
             OR m.pay_group_id IS NULL
                AND (:is_default OR NOT EXISTS (SELECT FROM pay_groups d WHERE d.tenant_id = :tenant AND d.is_default)))
       AND ",
    STATE,
    " IN ('approved', 'carried_forward')
       AND (SELECT a.occurred_at FROM reward_entry_events a
             WHERE a.tenant_id = :tenant AND a.entry_id = e.id AND a.event = 'approved'
             ORDER BY a.seq DESC LIMIT 1) <= :cut_off_at)
)"
);

/// [`MARK`](PersonFacts::mark) of the entries of a group.
const MARK: &str = "bit_xor(uuid_hash_extended(c.entry_id, 0))";

fn of_draft<'q>(statement: Statement<'q>, draft: Draft<'q>) -> Statement<'q> {
    statement
        .bind("currency", draft.batch.currency.as_str())
        .bind("group", draft.group.id)
        .bind("batch", draft.batch.id)
        .bind("is_default", draft.group.is_default)
        .bind("cut_off_at", draft.batch.cut_off_at)
}

/// Judges everybody with candidates.
pub async fn divide(tx: &mut Tx<'_>, draft: Draft<'_>) -> Result<Division> {
    const FACTS: &str = concat!(
        "WITH ",
        CANDIDATES,
        "
SELECT c.employee_id, count(*)::integer AS entry_count, (count(*) FILTER (WHERE c.is_claimed))::integer AS claimed_count,
       least(greatest(sum(c.amount_minor), -9223372036854775807), 9223372036854775807)::bigint AS total_minor,
       bool_and(c.amount_minor BETWEEN -:exact AND :exact) AS has_exact_amounts, bool_and(c.has_pay_group) AS has_pay_group,
       bool_and(p.employee_number IS NOT NULL) AS has_employee_number,
       string_agg(DISTINCT c.pay_item_code COLLATE \"C\", ', ' ORDER BY c.pay_item_code COLLATE \"C\")
           FILTER (WHERE i.id IS NULL) AS undefined_items, ",
        MARK,
        " AS mark
  FROM candidate c
  JOIN employees p ON p.tenant_id = :tenant AND p.id = c.employee_id
  LEFT JOIN pay_items i ON i.tenant_id = :tenant AND i.code = c.pay_item_code
 GROUP BY c.employee_id ORDER BY c.employee_id"
    );
    let facts = of_draft(tx.complete(statement(FACTS)), draft).bind("exact", MAX_EXACT_MINOR).planned_anew();
    join_large_sets(tx.conn).await?;
    let division = {
        let mut people = pin!(facts.load_stream::<PersonFacts>(tx.conn).await?);
        let mut division = Division::default();
        while let Some(person) = people.try_next().await? {
            let judged = division.with(person, draft.group.recoverable);
            division = judged.ok_or_else(|| Error::internal("a sum beyond 64 bits"))?;
        }
        division
    };
    join_usual_sets(tx.conn).await?;
    Ok(division)
}

/// What became of the candidates.
#[derive(Debug, QueryableByName)]
struct Settled {
    #[diesel(sql_type = BigInt)]
    entry_count: i64,
    #[diesel(sql_type = BigInt)]
    mark: i64,
    /// Number of entries to be claimed.
    #[diesel(sql_type = BigInt)]
    free_count: i64,
    #[diesel(sql_type = BigInt)]
    claimed_count: i64,
}

/// Claims what a division takes, releases what it leaves out, and adds both to the histories of the entries. `turned` are those
/// people left out whose total has become negative. Fails with `busy` if the entries are no longer those that were judged.
pub async fn settle(tx: &mut Tx<'_>, draft: Draft<'_>, division: &Division, turned: Vec<Uuid>) -> Result<()> {
    const SETTLE: &str = concat!(
        "WITH ",
        CANDIDATES,
        ", placed AS MATERIALIZED (
    SELECT c.*, c.employee_id IN (SELECT unnest(:out)) AS stays_out FROM candidate c
), claimed AS (
    INSERT INTO payroll_claims (tenant_id, entry_id, batch_id, claimed_at)
    SELECT :tenant, entry_id, :batch, :now FROM placed WHERE NOT stays_out AND NOT is_claimed ORDER BY entry_id
    ON CONFLICT DO NOTHING RETURNING 1
), told AS (
    SELECT entry_id,
           coalesce(seq, (SELECT max(v.seq) FROM reward_entry_events v WHERE v.tenant_id = :tenant AND v.entry_id = placed.entry_id)) + 1 AS seq,
           maker_id, :batch AS batch_id, false AS self_approved, NULL AS reason_code,
           CASE WHEN NOT stays_out THEN 'batched' WHEN employee_id IN (SELECT unnest(:negative)) THEN 'carried_forward'
                ELSE 'unbatched' END AS event
      FROM placed
     WHERE is_claimed = stays_out OR employee_id IN (SELECT unnest(:turned))
), written AS (",
        TELL,
        ")
SELECT count(*) AS entry_count, coalesce(",
        MARK,
        ", 0) AS mark, count(*) FILTER (WHERE NOT c.stays_out AND NOT c.is_claimed) AS free_count,
       (SELECT count(*) FROM claimed) AS claimed_count
  FROM placed c"
    );
    let negative = division.out.iter().filter(|out| out.reason == ExclusionReason::NegativeTotal);
    let negative: Vec<Uuid> = negative.map(|out| out.employee_id).collect();
    let out: Vec<Uuid> = division.out.iter().map(|out| out.employee_id).collect();
    let settle = of_draft(telling(tx, statement(SETTLE)), draft);
    let settle = settle.bind("out", out).bind("negative", negative).bind("turned", turned).planned_anew();
    join_large_sets(tx.conn).await?;
    let settled: Settled = undisturbed(settle.get_result(tx.conn).await)?;
    let is_as_judged = (settled.entry_count, settled.mark) == (division.entry_count(), division.mark);
    tx.wrote("payroll_claims", usize::try_from(settled.claimed_count).map_err(Error::internal)?);
    if !is_as_judged || settled.claimed_count != settled.free_count {
        return Err(Error::new(Code::Busy));
    }
    release_left_out(tx, draft.batch.id, division).await?;
    join_usual_sets(tx.conn).await?;
    Ok(())
}

/// Releases the draft's claims on entries of people who are left out.
async fn release_left_out(tx: &mut Tx<'_>, batch: Uuid, division: &Division) -> Result<()> {
    let claimed = division.out.iter().filter(|out| out.claimed_count > 0);
    let claimed: Vec<Uuid> = claimed.map(|out| out.employee_id).collect();
    if claimed.is_empty() {
        return Ok(());
    }
    let records = records_of_all(tx, &claimed).await?;
    let release = statement(
        "DELETE FROM payroll_claims c USING reward_entries e
          WHERE c.tenant_id = :tenant AND c.batch_id = :batch AND e.tenant_id = :tenant AND e.id = c.entry_id
            AND e.employee_id = ANY (:people)",
    );
    let release = release.bind("tenant", tx.tenant).bind("batch", batch).bind("people", records);
    release.planned_anew().execute(tx.conn).await?;
    Ok(())
}

/// Releases all claims of a batch that is voided, and adds that to the histories of the entries. Returns how many.
pub async fn release_all(tx: &mut Tx<'_>, batch: Uuid) -> Result<usize> {
    const TELL_ALL: &str = concat!(
        "WITH told AS (
    SELECT e.id AS entry_id, last.seq + 1 AS seq, 'unbatched' AS event, e.maker_id, c.batch_id, false AS self_approved,
           NULL AS reason_code
      FROM payroll_claims c JOIN reward_entries e ON e.tenant_id = :tenant AND e.id = c.entry_id",
        LAST_EVENT,
        " WHERE c.tenant_id = :tenant AND c.batch_id = :batch
)",
        TELL
    );
    let told = telling(tx, statement(TELL_ALL)).bind("batch", batch).planned_anew();
    join_large_sets(tx.conn).await?;
    let told = undisturbed(told.execute(tx.conn).await)?;
    join_usual_sets(tx.conn).await?;
    let release = statement("DELETE FROM payroll_claims WHERE tenant_id = :tenant AND batch_id = :batch");
    let released = release.bind("tenant", tx.tenant).bind("batch", batch).execute(tx.conn).await?;
    if released == told { Ok(released) } else { Err(Error::new(Code::Busy)) }
}
