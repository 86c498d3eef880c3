//! Statements on the ledger.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Entry, EntryEvent, EntryNow, EntryState};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::schema::{periods, reward_entries, reward_entry_events};

/// How many rows go in one statement: far below the 65,535 values that one may have.
const CHUNK: usize = 1000;

/// The state of the entry `e`, from its last event `last`: what payroll or an undone batch gives back is approved still.
pub const STATE: &str = "CASE WHEN last.event = 'released' THEN 'granted'
    WHEN last.event = 'unbatched' OR (last.event = 'rejected' AND last.line_id IS NOT NULL) THEN 'approved'
    ELSE last.event END";

/// Every entry of the tenant `$1` with its last event.
const ENTRIES: &str = "FROM reward_entries e
  CROSS JOIN LATERAL (SELECT v.seq, v.event, v.line_id, v.occurred_at FROM reward_entry_events v
                       WHERE v.tenant_id = $1 AND v.entry_id = e.id ORDER BY v.seq DESC LIMIT 1) last
 WHERE e.tenant_id = $1";

fn select_entries() -> String {
    format!("SELECT e.*, last.seq, {STATE} AS state, last.occurred_at AS state_since {ENTRIES}")
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// None: those of everybody.
    pub employees: Option<Vec<Uuid>>,
    pub employee: Option<Uuid>,
    pub programme: Option<Uuid>,
    pub period: Option<Period>,
    pub policy: Option<String>,
    pub state: Option<EntryState>,
}

/// Newest first, after the entry `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    filter: &Filter,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<EntryNow>> {
    let sql = format!(
        "{} AND ($2::uuid[] IS NULL OR e.employee_id = ANY ($2)) AND ($3::uuid IS NULL OR e.employee_id = $3)
            AND ($4::uuid IS NULL OR e.programme_id = $4) AND ($5::text IS NULL OR e.earned_period = $5)
            AND ($6::text IS NULL OR e.policy_code = $6) AND ($7::text IS NULL OR {STATE} = $7)
            AND ($8::uuid IS NULL OR e.id < $8)
          ORDER BY e.id DESC LIMIT $9",
        select_entries()
    );
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Nullable<Array<SqlUuid>>, _>(filter.employees.as_deref())
        .bind::<Nullable<SqlUuid>, _>(filter.employee)
        .bind::<Nullable<SqlUuid>, _>(filter.programme)
        .bind::<Nullable<Text>, _>(filter.period.map(|period| period.to_string()))
        .bind::<Nullable<Text>, _>(filter.policy.as_deref())
        .bind::<Nullable<Text>, _>(filter.state.map(EntryState::slug))
        .bind::<Nullable<SqlUuid>, _>(after)
        .bind::<BigInt, _>(fetch)
        .load(tx.conn)
        .await
}

pub async fn find_many(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<EntryNow>> {
    diesel::sql_query(format!("{} AND e.id = ANY ($2) ORDER BY e.id", select_entries()))
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<Array<SqlUuid>, _>(ids)
        .load(tx.conn)
        .await
}

/// Every entry that a programme granted for a period and that stands in one of `states`.
pub async fn find_of_period(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &Period,
    states: &[EntryState],
) -> QueryResult<Vec<EntryNow>> {
    let states: Vec<&str> = states.iter().map(|state| state.slug()).collect();
    let sql = format!(
        "{} AND e.programme_id = $2 AND e.earned_period = $3 AND {STATE} = ANY ($4) ORDER BY e.id",
        select_entries()
    );
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tx.tenant)
        .bind::<SqlUuid, _>(programme)
        .bind::<Text, _>(period.to_string())
        .bind::<Array<Text>, _>(states)
        .load(tx.conn)
        .await
}

/// The history of one entry, oldest first.
pub async fn history(tx: &mut Tx<'_>, entry: Uuid) -> QueryResult<Vec<EntryEvent>> {
    reward_entry_events::table
        .filter(reward_entry_events::tenant_id.eq(tx.tenant))
        .filter(reward_entry_events::entry_id.eq(entry))
        .order(reward_entry_events::seq)
        .select(EntryEvent::as_select())
        .load(tx.conn)
        .await
}

pub async fn insert_entries(tx: &mut Tx<'_>, rows: &[Entry]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(reward_entries::table).values(chunk).execute(tx.conn).await?;
    }
    Ok(())
}

pub async fn insert_events(tx: &mut Tx<'_>, rows: &[EntryEvent]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(reward_entry_events::table).values(chunk).execute(tx.conn).await?;
    }
    Ok(())
}

/// What a snapshot granted, and what its programme's budget allows now.
#[derive(Debug, Clone, QueryableByName)]
pub struct Budget {
    #[diesel(sql_type = SqlUuid)]
    pub snapshot_id: Uuid,
    /// The money that the snapshot granted.
    #[diesel(sql_type = BigInt)]
    pub granted_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// None: no limit.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub budget_minor: Option<i64>,
}

/// The budgets that these snapshots' rewards wait for; nobody lowers them before the commit.
pub async fn budgets(tx: &mut Tx<'_>, snapshots: &[Uuid]) -> QueryResult<Vec<Budget>> {
    diesel::sql_query(
        "SELECT s.id AS snapshot_id, s.reward_total_minor AS granted_minor, s.currency::text AS currency, g.budget_minor
           FROM snapshots s
           JOIN periods p ON p.tenant_id = $1 AND p.id = s.period_id
           JOIN programmes g ON g.tenant_id = $1 AND g.id = p.programme_id
          WHERE s.tenant_id = $1 AND s.id = ANY ($2) ORDER BY g.id FOR SHARE OF g",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(snapshots)
    .load(tx.conn)
    .await
}

/// Locks a period of a programme, so that two approvals of all of it come one after the other.
pub async fn lock_period(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<Uuid>> {
    periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period.to_string()))
        .select(periods::id)
        .for_update()
        .first(tx.conn)
        .await
        .optional()
}
