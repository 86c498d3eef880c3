//! Statements that write the results of open periods.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{LivePeriod, LiveResult, StoredFacts, board_of_department};
use crate::db::{Document, Statement, concat, statement};
use crate::error::{Error, Result};
use crate::journal::{Asking, Tx};
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Period;
use crate::programmes::periods::PeriodState;
use crate::schema::{live_periods, live_results};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::sums::Sums;
use crate::scoring::titles::Titles;

/// The turn of a tenant.
#[derive(Debug, QueryableByName)]
pub struct Turn {
    /// When time alone moves something next.
    #[diesel(sql_type = Timestamptz)]
    pub due_at: DateTime<Utc>,
    /// Whether something of anybody was set aside.
    #[diesel(sql_type = Bool)]
    pub has_set_aside: bool,
}

/// Takes the turn of the tenant until the commit. From then on no statement takes longer than `longest`, in milliseconds. None: somebody
/// else has the turn.
pub async fn take_turn(tx: &mut Tx<'_>, longest: i32) -> QueryResult<Option<Turn>> {
    const TAKE: &str = "
SELECT t.due_at,
       EXISTS (SELECT FROM live_marks m
                WHERE m.tenant_id = :tenant AND m.set_aside_at IS NOT NULL AND m.employee_id IS NOT NULL) AS has_set_aside,
       set_config('statement_timeout',
                  least(nullif(extract(epoch FROM current_setting('statement_timeout')::interval) * 1000, 0),
                        :longest)::integer::text, true) AS statement_timeout
  FROM live_turns t WHERE t.tenant_id = :tenant FOR UPDATE OF t SKIP LOCKED";
    // A new tenant has no row yet.
    const MAKE: &str = "
INSERT INTO live_turns (tenant_id, due_at) VALUES (:tenant, :now) ON CONFLICT DO NOTHING
RETURNING due_at, false AS has_set_aside";
    let taken: Option<Turn> =
        tx.complete(statement(TAKE).bind("longest", longest)).get_result(tx.conn).await.optional()?;
    match taken {
        Some(turn) => Ok(Some(turn)),
        None => tx.complete(statement(MAKE)).get_result(tx.conn).await.optional(),
    }
}

pub async fn set_due(tx: &mut Tx<'_>, due_at: DateTime<Utc>) -> QueryResult<usize> {
    const SET: &str = "UPDATE live_turns t SET due_at = :due_at WHERE t.tenant_id = :tenant";
    tx.complete(statement(SET).bind("due_at", due_at)).execute(tx.conn).await
}

/// The programmes that a rule serves.
pub async fn ruled_programmes(tx: &mut Tx<'_>) -> QueryResult<Vec<Uuid>> {
    const RULED: &str = "
SELECT DISTINCT r.programme_id AS id FROM scoring_rules r WHERE r.tenant_id = :tenant AND r.published_at IS NOT NULL";
    tx.complete(statement(RULED)).load_ids(tx.conn).await
}

/// The live periods of a tenant.
#[derive(Debug, Default)]
pub struct Periods {
    /// Earliest first.
    pub open: Vec<LivePeriod>,
    /// Those that are closed by now.
    pub closed: Vec<Uuid>,
}

impl Periods {
    /// Whether everybody of some is to be computed anew, or something is left of one that is closed.
    pub fn are_behind(&self) -> bool {
        !self.closed.is_empty() || self.open.iter().any(|live| live.anew_since.is_some())
    }
}

pub async fn periods(tx: &mut Tx<'_>) -> QueryResult<Periods> {
    periods_of(tx.asking()).await
}

/// The same, asked together with something else.
pub async fn periods_of(asking: Asking<'_>) -> QueryResult<Periods> {
    use crate::schema::periods;
    let Asking { mut conn, tenant, .. } = asking;
    let same = periods::tenant_id
        .eq(tenant)
        .and(periods::programme_id.eq(live_periods::programme_id))
        .and(periods::period.eq(live_periods::period));
    let rows: Vec<(LivePeriod, Option<PeriodState>)> = live_periods::table
        .left_join(periods::table.on(same))
        .filter(live_periods::tenant_id.eq(tenant))
        .order((live_periods::starts_on, live_periods::id))
        .select((LivePeriod::as_select(), periods::state.nullable()))
        .load(&mut conn)
        .await?;
    let mut found = Periods::default();
    for (live, state) in rows {
        if state == Some(PeriodState::Closed) { found.closed.push(live.id) } else { found.open.push(live) }
    }
    Ok(found)
}

/// Has everybody of the period computed anew, by this rule; a period that has just begun becomes live.
pub async fn renew(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    rule: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<usize> {
    const RENEW: &str = "
INSERT INTO live_periods (tenant_id, id, programme_id, period, starts_on, ends_on, rule_id, anew_since, anew_after)
VALUES (:tenant, :id, :programme, :period, :first_day, :last_day + 1, :rule, :since, '00000000-0000-0000-0000-000000000000')
ON CONFLICT (tenant_id, programme_id, period) DO UPDATE
   SET rule_id = excluded.rule_id, anew_since = least(live_periods.anew_since, excluded.anew_since),
       anew_after = excluded.anew_after";
    let row = statement(RENEW)
        .bind("id", tx.id())
        .bind("programme", programme)
        .bind("period", period.to_string())
        .bind("first_day", period.first_day())
        .bind("last_day", period.last_day())
        .bind("rule", rule)
        .bind("since", since);
    tx.complete(row).execute(tx.conn).await
}

/// The next employees, in the order of ids, who may have a result or have one in this period.
pub async fn next_people(tx: &mut Tx<'_>, live_period: Uuid, after: Uuid, limit: i64) -> QueryResult<Vec<Uuid>> {
    const NEXT: &str = "
SELECT p.id
  FROM ((SELECT DISTINCT x.employee_id AS id FROM lecturers x
          WHERE x.tenant_id = :tenant AND x.employee_id > :after ORDER BY 1 LIMIT :limit)
         UNION
        (SELECT DISTINCT x.employee_id FROM session_lecturers x
          WHERE x.tenant_id = :tenant AND x.employee_id > :after ORDER BY 1 LIMIT :limit)
         UNION
        (SELECT x.employee_id FROM live_results x
          WHERE x.tenant_id = :tenant AND x.live_period_id = :live_period AND x.employee_id > :after ORDER BY 1 LIMIT :limit)) p
 ORDER BY p.id LIMIT :limit";
    let next = statement(NEXT).bind("live_period", live_period).bind("after", after).bind("limit", limit);
    tx.complete(next).load_ids(tx.conn).await
}

/// What is stored of these people, ordered by id.
pub async fn stored(tx: &mut Tx<'_>, live_period: Uuid, people: &[Uuid]) -> QueryResult<Vec<LiveResult>> {
    live_results::table
        .filter(live_results::tenant_id.eq(tx.tenant))
        .filter(live_results::live_period_id.eq(live_period))
        .filter(live_results::employee_id.eq_any(people))
        .order(live_results::employee_id)
        .select(LiveResult::as_select())
        .load(tx.conn)
        .await
}

/// The facts of what is stored of these people.
pub async fn facts(tx: &mut Tx<'_>, live_period: Uuid, people: &[Uuid]) -> QueryResult<Vec<StoredFacts>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    live_results::table
        .filter(live_results::tenant_id.eq(tx.tenant))
        .filter(live_results::live_period_id.eq(live_period))
        .filter(live_results::employee_id.eq_any(people))
        .select(StoredFacts::as_select())
        .load(tx.conn)
        .await
}

/// Deletes the results of people who are no longer scored.
pub async fn delete(tx: &mut Tx<'_>, live_period: Uuid, people: &[Uuid]) -> QueryResult<usize> {
    let gone = live_results::table
        .filter(live_results::tenant_id.eq(tx.tenant))
        .filter(live_results::live_period_id.eq(live_period))
        .filter(live_results::employee_id.eq_any(people));
    if people.is_empty() { Ok(0) } else { diesel::delete(gone).execute(tx.conn).await }
}

/// What the counts are of the results that are stored, in the relation `fresh`. `:programme` is the programme of the period.
pub const FRESH_COUNTS: &str = "single AS (
  SELECT b.board_id, r.shortfall, count(*) AS lecturers, 1::bigint AS scores
    FROM live_results r
   CROSS JOIN LATERAL (VALUES (:programme::uuid), (r.board_id)) AS b (board_id)
   WHERE r.tenant_id = :tenant AND r.live_period_id = :live_period AND r.score IS NOT NULL
   GROUP BY b.board_id, r.shortfall),
fresh AS (
  SELECT g.board_id, false AS is_whole, g.shortfall, g.lecturers::numeric, g.scores::numeric FROM single g
   UNION ALL
  SELECT g.board_id, true, g.shortfall - g.shortfall % 100, sum(g.lecturers), sum(g.scores)
    FROM single g GROUP BY g.board_id, g.shortfall - g.shortfall % 100)";

const EMPTY_COUNTS: &str =
    "DELETE FROM live_score_counts d WHERE d.tenant_id = :tenant AND d.live_period_id = :live_period";

/// Counts anew, whatever was counted: after everybody was computed anew.
pub async fn recount(tx: &mut Tx<'_>, live: &LivePeriod) -> QueryResult<()> {
    const FILL: &str = concat!(
        "WITH ",
        FRESH_COUNTS,
        "
INSERT INTO live_score_counts (tenant_id, live_period_id, board_id, is_whole, shortfall, lecturers, scores)
SELECT :tenant, :live_period, f.board_id, f.is_whole, f.shortfall, f.lecturers, f.scores FROM fresh f"
    );
    tx.complete(statement(EMPTY_COUNTS).bind("live_period", live.id)).execute(tx.conn).await?;
    let fill = statement(FILL).bind("live_period", live.id).bind("programme", live.programme_id);
    tx.complete(fill).execute(tx.conn).await?;
    Ok(())
}

/// The result to store of a lecturer.
pub fn result(inputs: LecturerInputs, card: Scorecard, sums: Option<Sums>, titles: Titles) -> Result<LiveResult> {
    Ok(LiveResult {
        employee_id: inputs.employee_id,
        board_id: board_of_department(inputs.department_id()),
        score: card.score.map(Decimal::try_from).transpose().map_err(Error::internal)?,
        grade: card.grade.clone(),
        inputs: Document(inputs),
        card: Document(card),
        sums: sums.map(Document),
        titles: Some(Document(titles)),
    })
}

/// Writes how far the period is: its version, when it was computed, and whether everybody is still to be computed anew.
pub async fn keep(tx: &mut Tx<'_>, live: &LivePeriod) -> QueryResult<usize> {
    keeping(tx, live).execute(tx.conn).await
}

/// The statement of [`keep`].
pub fn keeping(tx: &Tx<'_>, live: &LivePeriod) -> Statement<'static> {
    const KEEP: &str = "
UPDATE live_periods p
   SET version = :version, computed_at = :computed_at, anew_since = :anew_since, anew_after = :anew_after
 WHERE p.tenant_id = :tenant AND p.id = :live_period";
    let keep = statement(KEEP)
        .bind("version", live.version)
        .bind("computed_at", live.computed_at)
        .bind("anew_since", live.anew_since)
        .bind("anew_after", live.anew_after)
        .bind("live_period", live.id);
    tx.complete(keep)
}

/// Deletes some results of a period that is closed, and with the last of them the period. Returns whether it is gone.
pub async fn remove_some(tx: &mut Tx<'_>, live_period: Uuid, limit: i64) -> QueryResult<bool> {
    const RESULTS: &str = "
DELETE FROM live_results d
 WHERE d.tenant_id = :tenant AND d.live_period_id = :live_period
   AND d.employee_id IN (SELECT x.employee_id FROM live_results x
                          WHERE x.tenant_id = :tenant AND x.live_period_id = :live_period ORDER BY x.employee_id LIMIT :limit)";
    const PERIOD: &str = "DELETE FROM live_periods d WHERE d.tenant_id = :tenant AND d.id = :live_period";
    let results = statement(RESULTS).bind("live_period", live_period).bind("limit", limit);
    let deleted = tx.complete(results).execute(tx.conn).await?;
    if i64::try_from(deleted).unwrap_or(i64::MAX) >= limit {
        return Ok(false);
    }
    for text in [EMPTY_COUNTS, PERIOD] {
        tx.complete(statement(text).bind("live_period", live_period)).execute(tx.conn).await?;
    }
    Ok(true)
}

/// The first days of the closed periods of a programme, from this day on.
pub async fn closed_starts(tx: &mut Tx<'_>, programme: Uuid, from: NaiveDate) -> QueryResult<Vec<NaiveDate>> {
    use crate::schema::periods;
    periods::table
        .filter(periods::tenant_id.eq(tx.tenant))
        .filter(periods::programme_id.eq(programme))
        .filter(periods::state.eq("closed"))
        .filter(periods::starts_on.ge(from))
        .select(periods::starts_on)
        .load(tx.conn)
        .await
}
