//! Statements on snapshots.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::model::{FrozenInputs, FrozenLecturer, FrozenResult, FrozenReward, Snapshot};
use crate::db::{Document, SetRow as _, statement};
use crate::journal::{Asking, Tx};
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::{
    periods, programmes, restatements, reward_policy_sets, scoring_rules, session_lecturers, snapshot_lecturers,
    snapshots,
};
use crate::scoring::Member;

/// Number of rows per statement: each row has a few kilobytes of JSON.
const CHUNK: usize = 500;

pub async fn insert(tx: &mut Tx<'_>, row: &Snapshot) -> QueryResult<usize> {
    diesel::insert_into(snapshots::table).values(row).execute(tx.conn).await
}

/// Inserts rows. While the database works on some, the next ones are already sent.
pub async fn insert_lecturers(tx: &mut Tx<'_>, rows: &[FrozenLecturer]) -> QueryResult<()> {
    let asking = tx.asking();
    try_join_all(rows.chunks(CHUNK).map(|chunk| insert_some(asking, chunk))).await?;
    Ok(())
}

async fn insert_some(mut asking: Asking<'_>, rows: &[FrozenLecturer]) -> QueryResult<usize> {
    FrozenLecturer::bind(statement(FrozenLecturer::INSERT), rows).execute(&mut asking.conn).await
}

/// Where the lecturers of a snapshot stand, on the board of the programme and on those of its departments.
pub async fn insert_standings(tx: &mut Tx<'_>, snapshot: Uuid, programme: Uuid) -> QueryResult<usize> {
    let insert = statement(STANDINGS).bind("snapshot", snapshot).bind("programme", programme);
    tx.complete(insert).execute(tx.conn).await
}

const STANDINGS: &str = "
INSERT INTO snapshot_standings (tenant_id, snapshot_id, board_id, shortfall, lecturers, better, better_scores)
SELECT :tenant, :snapshot, b.board_id, b.shortfall, b.lecturers, coalesce(sum(b.lecturers) OVER above, 0), count(*) OVER above
  FROM (SELECT :programme AS board_id, l.shortfall, count(*) AS lecturers
          FROM snapshot_lecturers l
         WHERE l.tenant_id = :tenant AND l.snapshot_id = :snapshot AND l.score IS NOT NULL
         GROUP BY l.shortfall
         UNION ALL
        SELECT l.board_id, l.shortfall, count(*)
          FROM snapshot_lecturers l
         WHERE l.tenant_id = :tenant AND l.snapshot_id = :snapshot AND l.score IS NOT NULL
         GROUP BY l.board_id, l.shortfall) b
WINDOW above AS (PARTITION BY b.board_id ORDER BY b.shortfall ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)";

/// The snapshots of a period that nobody reads: those of restatements that wait or were declined.
async fn unread(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Vec<Uuid>> {
    restatements::table
        .filter(restatements::tenant_id.eq(tx.tenant))
        .filter(restatements::programme_id.eq(programme))
        .filter(restatements::period.eq(period.to_string()))
        .filter(restatements::state.ne("accepted"))
        .select(restatements::snapshot_id)
        .load(tx.conn)
        .await
}

/// A snapshot of a period that may be read, by its number.
pub async fn find_readable(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &Period,
    number: i32,
) -> QueryResult<Option<Snapshot>> {
    let found = find(tx, programme, period, number).await?;
    let unread = unread(tx, programme, period).await?;
    Ok(found.filter(|snapshot| !unread.contains(&snapshot.id)))
}

/// A snapshot of a period, by its number, whether it may be read or not.
pub async fn find(tx: &mut Tx<'_>, programme: Uuid, period: &Period, number: i32) -> QueryResult<Option<Snapshot>> {
    snapshots::table
        .inner_join(
            periods::table.on(periods::tenant_id.eq(snapshots::tenant_id).and(periods::id.eq(snapshots::period_id))),
        )
        .filter(snapshots::tenant_id.eq(tx.tenant))
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period.to_string()))
        .filter(snapshots::number.eq(number))
        .select(Snapshot::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// The snapshot of a period that counts; none while it is open.
pub async fn find_latest(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<Snapshot>> {
    snapshots::table
        .inner_join(
            periods::table
                .on(periods::tenant_id.eq(snapshots::tenant_id).and(periods::snapshot_id.eq(snapshots::id.nullable()))),
        )
        .filter(snapshots::tenant_id.eq(tx.tenant))
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period.to_string()))
        .select(Snapshot::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// All snapshots of a period that may be read, the first one first.
pub async fn list(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &Period,
    after: i32,
    fetch: i64,
) -> QueryResult<Vec<Snapshot>> {
    let unread = unread(tx, programme, period).await?;
    snapshots::table
        .inner_join(
            periods::table.on(periods::tenant_id.eq(snapshots::tenant_id).and(periods::id.eq(snapshots::period_id))),
        )
        .filter(snapshots::tenant_id.eq(tx.tenant))
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::period.eq(period.to_string()))
        .filter(snapshots::number.gt(after))
        .filter(snapshots::id.ne_all(unread))
        .order(snapshots::number)
        .limit(fetch)
        .select(Snapshot::as_select())
        .load(tx.conn)
        .await
}

/// A snapshot, with its programme and period as people call them.
#[derive(Debug, Clone)]
pub struct Kept {
    pub programme: String,
    pub period: String,
    pub snapshot: Snapshot,
}

/// The snapshots of a company, the oldest period of each programme first. If a programme (by its code) or a period is given, only
/// its own.
pub async fn kept(tx: &mut Tx<'_>, programme: Option<&str>, period: Option<&Period>) -> QueryResult<Vec<Kept>> {
    let mut all = snapshots::table
        .inner_join(
            periods::table.on(periods::tenant_id.eq(snapshots::tenant_id).and(periods::id.eq(snapshots::period_id))),
        )
        .inner_join(
            programmes::table
                .on(programmes::tenant_id.eq(periods::tenant_id).and(programmes::id.eq(periods::programme_id))),
        )
        .filter(snapshots::tenant_id.eq(tx.tenant))
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(programmes::tenant_id.eq(tx.tenant))
        .select((programmes::code, periods::period, Snapshot::as_select()))
        .order((programmes::code, periods::starts_on, snapshots::number))
        .into_boxed();
    if let Some(code) = programme {
        all = all.filter(programmes::code.eq(code));
    }
    if let Some(period) = period {
        all = all.filter(periods::period.eq(period.to_string()));
    }
    let found: Vec<(String, String, Snapshot)> = all.load(tx.conn).await?;
    Ok(found.into_iter().map(|(programme, period, snapshot)| Kept { programme, period, snapshot }).collect())
}

/// Who is in a snapshot, with the numbers that order them in its digest; without their sessions, which are in their inputs.
pub async fn members(tx: &mut Tx<'_>, snapshot: Uuid) -> QueryResult<Vec<Member>> {
    const MEMBERS: &str = "
SELECT l.employee_id, l.inputs ->> 'employee_number' AS employee_number, '{}'::uuid[] AS sessions
  FROM snapshot_lecturers l WHERE l.tenant_id = :tenant AND l.snapshot_id = :snapshot";
    tx.complete(statement(MEMBERS).bind("snapshot", snapshot)).load(tx.conn).await
}

/// The inputs of some members of a snapshot.
pub async fn inputs(tx: &mut Tx<'_>, snapshot: Uuid, members: &[Uuid]) -> QueryResult<Vec<FrozenInputs>> {
    snapshot_lecturers::table
        .filter(snapshot_lecturers::tenant_id.eq(tx.tenant))
        .filter(snapshot_lecturers::snapshot_id.eq(snapshot))
        .filter(snapshot_lecturers::employee_id.eq_any(members))
        .select(FrozenInputs::as_select())
        .load(tx.conn)
        .await
}

/// The results of some members of a snapshot.
pub async fn results(tx: &mut Tx<'_>, snapshot: Uuid, members: &[Uuid]) -> QueryResult<Vec<FrozenResult>> {
    snapshot_lecturers::table
        .filter(snapshot_lecturers::tenant_id.eq(tx.tenant))
        .filter(snapshot_lecturers::snapshot_id.eq(snapshot))
        .filter(snapshot_lecturers::employee_id.eq_any(members))
        .select(FrozenResult::as_select())
        .load(tx.conn)
        .await
}

/// How somebody stands in a snapshot, with the rewards.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = snapshot_lecturers)]
pub struct Stood {
    pub employee_id: Uuid,
    pub score: Option<Decimal>,
    pub grade: Option<String>,
    pub rank: Option<i32>,
    pub ranked_of: Option<i32>,
    pub rewards: Document<Vec<FrozenReward>>,
}

/// How some members of a snapshot stand in it.
pub async fn stood(tx: &mut Tx<'_>, snapshot: Uuid, members: &[Uuid]) -> QueryResult<Vec<Stood>> {
    snapshot_lecturers::table
        .filter(snapshot_lecturers::tenant_id.eq(tx.tenant))
        .filter(snapshot_lecturers::snapshot_id.eq(snapshot))
        .filter(snapshot_lecturers::employee_id.eq_any(members))
        .select(Stood::as_select())
        .load(tx.conn)
        .await
}

/// The members of a snapshot none of whose sessions is shown apart.
pub async fn shown_together(tx: &mut Tx<'_>, snapshot: Uuid) -> QueryResult<Vec<Uuid>> {
    const TOGETHER: &str = "
SELECT l.employee_id AS id FROM snapshot_lecturers l
 WHERE l.tenant_id = :tenant AND l.snapshot_id = :snapshot AND l.apart = '[]'";
    tx.complete(statement(TOGETHER).bind("snapshot", snapshot)).load_ids(tx.conn).await
}

/// The number of the last snapshot of a period, whether it counts or not.
pub async fn last_number(tx: &mut Tx<'_>, period: Uuid) -> QueryResult<i32> {
    let own = snapshots::table.filter(snapshots::tenant_id.eq(tx.tenant)).filter(snapshots::period_id.eq(period));
    own.select(snapshots::number).order(snapshots::number.desc()).first(tx.conn).await
}

/// Whether the company has so many credited sessions, at the least.
pub async fn has_sessions(tx: &mut Tx<'_>, least: usize) -> QueryResult<bool> {
    let least = i64::try_from(least).unwrap_or(i64::MAX);
    let some = session_lecturers::table
        .filter(session_lecturers::tenant_id.eq(tx.tenant))
        .select(session_lecturers::id)
        .offset(least.saturating_sub(1))
        .limit(1);
    let found: Option<Uuid> = some.first(tx.conn).await.optional()?;
    Ok(found.is_some())
}

/// Number and document of a rule version.
pub async fn rule(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<(i32, Document<ScoringRule>)> {
    let own = scoring_rules::table.filter(scoring_rules::tenant_id.eq(tx.tenant)).filter(scoring_rules::id.eq(id));
    own.select((scoring_rules::version, scoring_rules::document)).first(tx.conn).await
}

/// Numbers of rule versions.
pub async fn rule_versions(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, i32)>> {
    let own = scoring_rules::table.filter(scoring_rules::tenant_id.eq(tx.tenant)).filter(scoring_rules::id.eq_any(ids));
    own.select((scoring_rules::id, scoring_rules::version)).load(tx.conn).await
}

/// The document of a version of the policies.
pub async fn policies(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Document<RewardPolicySet>> {
    let own = reward_policy_sets::table.filter(reward_policy_sets::tenant_id.eq(tx.tenant));
    own.filter(reward_policy_sets::id.eq(id)).select(reward_policy_sets::document).first(tx.conn).await
}
