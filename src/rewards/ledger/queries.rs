//! Statements on the ledger.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListRewardsQuery;
use super::holds::Regated;
use super::model::{Entry, EntryEvent, EntryNow, EntryState, RewardKind};
use crate::auth::records_of;
use crate::db::{SetRow, concat, statement};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::people::person_of;
use crate::schema::{pay_items, periods, reward_entry_events};

/// The state of the entry `e`, by its last event `last`. An entry that payroll rejects or a voided batch releases is still
/// approved.
pub const STATE: &str = "CASE WHEN last.event IN ('released', 'reconsidered') THEN 'granted'
    WHEN last.event IN ('release_asked', 'release_declined') THEN 'held'
    WHEN last.event = 'unbatched' OR (last.event = 'rejected' AND last.line_id IS NOT NULL) THEN 'approved'
    ELSE last.event END";

/// Whether a gate holds the entry `e`, by its last event `last`. What is held over budget as well says so again once it is released.
pub(super) const GATED: &str =
    "(last.event IN ('release_asked', 'release_declined') OR last.event = 'held' AND last.told_code = 'gate')";

/// The snapshot whose budget the entry `e` waits for if it is held over budget: its own. What people entered to correct an entry has none,
/// and waits with that.
pub(super) const WAITS_FOR: &str = "coalesce(e.snapshot_id, (SELECT c.snapshot_id FROM reward_entries c
                          WHERE c.tenant_id = :tenant AND c.id = e.corrects_id))";

/// The last event of the entry `e`, as `last`.
pub const LAST_EVENT: &str = "
  CROSS JOIN LATERAL (SELECT v.seq, v.event, v.line_id, v.occurred_at, v.actor_id AS told_by_id, v.reason_code AS told_code, v.hold_reasons
                        FROM reward_entry_events v
                       WHERE v.tenant_id = :tenant AND v.entry_id = e.id ORDER BY v.seq DESC LIMIT 1) last";

/// All entries of the tenant, with their last event.
const ENTRIES: &str = concat!(
    "SELECT ",
    Entry::COLUMNS,
    ", last.seq, ",
    STATE,
    " AS state, last.occurred_at AS state_since,
    (SELECT v.actor_id FROM reward_entry_events v
      WHERE v.tenant_id = :tenant AND v.entry_id = e.id AND v.event = 'reconsidered'
      ORDER BY v.seq DESC LIMIT 1) AS reconsidered_by_id,
    CASE WHEN ",
    GATED,
    " THEN 'gate' WHEN last.event = 'held' THEN 'budget' END AS hold, last.hold_reasons,
    CASE WHEN last.event = 'release_asked' THEN last.told_by_id END AS release_asked_by_id, ",
    WAITS_FOR,
    " AS waits_for_id
  FROM reward_entries e",
    LAST_EVENT,
    " WHERE e.tenant_id = :tenant"
);

/// Newest first, after the entry `after`. If people are given, only theirs.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListRewardsQuery,
    people: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<EntryNow>> {
    const PAGE: &str = concat!(
        ENTRIES,
        " AND (:employees IS NULL OR e.employee_id = ANY (:employees)) AND (:employee IS NULL OR e.employee_id IN ",
        records_of!(":employee"),
        ")
            AND (:programme IS NULL OR e.programme_id = :programme) AND (:period IS NULL OR e.earned_period = :period)
            AND (:policy IS NULL OR e.policy_code = :policy) AND (:state IS NULL OR ",
        STATE,
        " = :state) AND (:kind IS NULL OR e.kind = :kind) AND (:corrects IS NULL OR e.corrects_id = :corrects)
            AND (:snapshot IS NULL OR e.snapshot_id = :snapshot)
            AND (:after IS NULL OR e.id < :after)
          ORDER BY e.id DESC LIMIT :fetch"
    );
    statement(PAGE)
        .bind("tenant", tx.tenant)
        .bind("employees", people)
        .bind("employee", query.employee_id)
        .bind("programme", query.programme_id)
        .bind("period", query.period.map(|period| period.to_string()))
        .bind("policy", query.policy.as_deref())
        .bind("state", query.state.map(EntryState::slug))
        .bind("kind", query.kind.map(RewardKind::slug))
        .bind("corrects", query.corrects_id)
        .bind("snapshot", query.snapshot_id)
        .bind("after", after)
        .bind("fetch", fetch)
        .load(tx.conn)
        .await
}

pub async fn find_many(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<EntryNow>> {
    statement(concat!(ENTRIES, " AND e.id = ANY (:ids) ORDER BY e.id"))
        .bind("tenant", tx.tenant)
        .bind("ids", ids)
        .load(tx.conn)
        .await
}

/// The entry `root` with all that correct it.
pub async fn tree(tx: &mut Tx<'_>, root: Uuid) -> QueryResult<Vec<EntryNow>> {
    statement(concat!(ENTRIES, " AND (e.id = :root OR e.corrects_id = :root) ORDER BY e.id"))
        .bind("tenant", tx.tenant)
        .bind("root", root)
        .load(tx.conn)
        .await
}

/// What a fee has granted to a person for a session in a period, and what corrects it, by hand as well.
pub async fn of_session(tx: &mut Tx<'_>, programme: Uuid, period: &str, own: &Regated) -> QueryResult<Vec<EntryNow>> {
    const OF_SESSION: &str = concat!(
        ENTRIES,
        " AND e.programme_id = :programme AND e.earned_period = :period AND e.employee_id IN ",
        records_of!(":employee"),
        " AND EXISTS (SELECT FROM reward_entries c
                       WHERE c.tenant_id = :tenant AND c.id = coalesce(e.corrects_id, e.id)
                         AND c.session_id = :session AND c.policy_code = :policy)
          ORDER BY e.id"
    );
    statement(OF_SESSION)
        .bind("tenant", tx.tenant)
        .bind("session", own.session_id)
        .bind("policy", own.policy_code.as_str())
        .bind("programme", programme)
        .bind("period", period)
        .bind("employee", own.employee_id)
        .load(tx.conn)
        .await
}

/// Whether the company has defined this pay item.
pub async fn is_pay_item(tx: &mut Tx<'_>, code: &str) -> QueryResult<bool> {
    let own = pay_items::table.filter(pay_items::tenant_id.eq(tx.tenant)).filter(pay_items::code.eq(code));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
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

pub async fn insert_entries(tx: &mut Tx<'_>, rows: &[Entry]) -> QueryResult<usize> {
    tx.insert_set(rows).await
}

pub async fn insert_events(tx: &mut Tx<'_>, rows: &[EntryEvent]) -> QueryResult<usize> {
    tx.insert_set(rows).await
}

/// What the period of a snapshot grants, and what its budget allows now: that of the policies, or the greatest that two people have
/// agreed on since. After a restatement the total is that of the snapshot that counts.
#[derive(Debug, Clone, QueryableByName)]
pub struct Budget {
    #[diesel(sql_type = SqlUuid)]
    pub snapshot_id: Uuid,
    /// The money that the period grants.
    #[diesel(sql_type = BigInt)]
    pub granted_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// None: no limit.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub budget_minor: Option<i64>,
}

/// A budget is only ever raised, so it needs no lock.
pub(super) const BUDGETS: &str = "
SELECT s.id AS snapshot_id, n.reward_total_minor AS granted_minor, n.currency::text AS currency,
       coalesce((SELECT max(b.budget_minor) FROM budget_raises b
                  WHERE b.tenant_id = :tenant AND b.period_id = s.period_id AND b.approved_at IS NOT NULL),
                (v.document ->> 'budget_minor')::bigint) AS budget_minor
  FROM snapshots s
  JOIN periods p ON p.tenant_id = :tenant AND p.id = s.period_id
  JOIN snapshots n ON n.tenant_id = :tenant AND n.id = p.snapshot_id
  LEFT JOIN reward_policy_sets v ON v.tenant_id = :tenant AND v.id = s.policy_set_id
 WHERE s.tenant_id = :tenant AND ";

/// The budgets that these snapshots' held rewards wait for.
pub async fn budgets(tx: &mut Tx<'_>, snapshots: &[Uuid]) -> QueryResult<Vec<Budget>> {
    statement(concat!(BUDGETS, "s.id = ANY (:snapshots)"))
        .bind("tenant", tx.tenant)
        .bind("snapshots", snapshots)
        .load(tx.conn)
        .await
}

/// The budget of a closed period.
pub async fn budget_of(tx: &mut Tx<'_>, period: Uuid) -> QueryResult<Option<Budget>> {
    statement(concat!(BUDGETS, "s.period_id = :period AND s.id = p.snapshot_id"))
        .bind("tenant", tx.tenant)
        .bind("period", period)
        .get_result(tx.conn)
        .await
        .optional()
}

/// Locks a period of a programme, so that two approvals of the whole period run one after the other.
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

/// Whether one of these records of a person has changed anything about the session of the entry, or about certificates of competence
/// of whom it pays, since it was granted: by hand, or through a machine client that the person answers for.
pub async fn has_supplied(tx: &mut Tx<'_>, entry: &Entry) -> QueryResult<bool> {
    const SUPPLIED: &str = concat!(
        "
SELECT a.id
  FROM audit_entries a
 WHERE a.tenant_id = :tenant AND a.occurred_at >= :granted_at
   AND (a.actor_id = ANY (:actors)
        OR a.actor_id IN (SELECT c.id FROM api_clients c WHERE c.tenant_id = :tenant AND c.responsible_id = ANY (:actors)))
   AND (a.subject_type = 'session' AND a.subject_id = :session
        OR a.subject_type = 'competence_certificate'
           AND a.subject_id IN (SELECT q.id FROM employees o
                                 CROSS JOIN LATERAL (SELECT ",
        person_of!("o"),
        " AS id) p
                                  JOIN competence_certificates q ON q.tenant_id = :tenant AND q.employee_id IN ",
        records_of!("p.id"),
        "
                                 WHERE o.tenant_id = :tenant AND o.id = :employee))
 LIMIT 1"
    );
    let asked = statement(SUPPLIED)
        .bind("granted_at", entry.created_at)
        .bind("actors", tx.actor.records())
        .bind("session", entry.session_id)
        .bind("employee", entry.employee_id);
    Ok(!tx.complete(asked).load_ids(tx.conn).await?.is_empty())
}
