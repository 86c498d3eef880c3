//! Statements on appeals.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{FileAppealRequest, ListAppealsQuery};
use super::model::{Appeal, AppealEvent, AppealState, Context, Known, Step};
use crate::db::{narrow, row_queries, statement};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::schema::{appeal_events, appeals, audit_entries, periods, snapshots};

row_queries!(Appeal, appeals, insert(Appeal), find, find_for_update = find(for_update), update(Step));

/// Newest first, after the appeal `after`. If people are given, only theirs; `of`: the records of one of them.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListAppealsQuery,
    people: Option<&[Uuid]>,
    of: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Appeal>> {
    const UNDECIDED: [&str; 2] = [AppealState::Open.slug(), AppealState::Asked.slug()];
    let within = periods_of(tx, query).await?;
    let mut page = appeals::table.filter(appeals::tenant_id.eq(tx.tenant)).select(Appeal::as_select()).into_boxed();
    narrow!(page; appeals {
        employee_id in people,
        employee_id in of,
        period_id in within,
        state = query.state,
        id < after,
    });
    page = match query.is_undecided {
        Some(true) => page.filter(appeals::state.eq_any(UNDECIDED)),
        Some(false) => page.filter(appeals::state.ne_all(UNDECIDED)),
        None => page,
    };
    if let Some(is_overdue) = query.is_overdue {
        let over = periods_over(tx).await?;
        page = if is_overdue {
            page.filter(appeals::state.eq_any(UNDECIDED)).filter(appeals::period_id.eq_any(over))
        } else {
            page.filter(appeals::state.ne_all(UNDECIDED).or(appeals::period_id.ne_all(over)))
        };
    }
    page.order(appeals::id.desc()).limit(fetch).load(tx.conn).await
}

/// The periods in which nobody can appeal any more.
async fn periods_over(tx: &mut Tx<'_>) -> QueryResult<Vec<Uuid>> {
    let own = periods::table.filter(periods::tenant_id.eq(tx.tenant)).filter(periods::appeals_until_at.le(tx.now));
    own.select(periods::id).load(tx.conn).await
}

/// The periods that a list is narrowed to; none: all.
async fn periods_of(tx: &mut Tx<'_>, query: &ListAppealsQuery) -> QueryResult<Option<Vec<Uuid>>> {
    if query.programme_id.is_none() && query.period.is_none() {
        return Ok(None);
    }
    let mut found = periods::table.filter(periods::tenant_id.eq(tx.tenant)).select(periods::id).into_boxed();
    narrow!(found; periods {
        programme_id = query.programme_id,
        period = query.period.map(|period| period.to_string()),
    });
    found.load(tx.conn).await.map(Some)
}

/// Those of a lecturer's records in a period, oldest first.
pub async fn of_period(tx: &mut Tx<'_>, period: Uuid, records: &[Uuid]) -> QueryResult<Vec<Appeal>> {
    appeals::table
        .filter(appeals::tenant_id.eq(tx.tenant))
        .filter(appeals::period_id.eq(period))
        .filter(appeals::employee_id.eq_any(records))
        .order(appeals::id)
        .select(Appeal::as_select())
        .load(tx.conn)
        .await
}

/// The courses of these appeals, each oldest first.
pub async fn events_of(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<AppealEvent>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    appeal_events::table
        .filter(appeal_events::tenant_id.eq(tx.tenant))
        .filter(appeal_events::appeal_id.eq_any(ids))
        .order((appeal_events::appeal_id, appeal_events::seq))
        .select(AppealEvent::as_select())
        .load(tx.conn)
        .await
}

pub async fn insert_event(tx: &mut Tx<'_>, event: &AppealEvent) -> QueryResult<usize> {
    diesel::insert_into(appeal_events::table).values(event).execute(tx.conn).await
}

/// Where these appeals belong.
pub async fn contexts(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Context>> {
    const CONTEXTS: &str = "
SELECT a.id, p.programme_id, p.period, p.appeals_until_at, d.number AS snapshot_number, s.title AS session_title,
       c.title AS content_title,
       CASE WHEN a.state = 'accepted' AND n.number > d.number AND n.closed_at >= a.decided_at THEN n.number END AS restated_by_number
  FROM appeals a
  JOIN periods p ON p.tenant_id = :tenant AND p.id = a.period_id
  JOIN snapshots d ON d.tenant_id = :tenant AND d.id = a.snapshot_id
  LEFT JOIN snapshots n ON n.tenant_id = :tenant AND n.id = p.snapshot_id
  LEFT JOIN sessions s ON s.tenant_id = :tenant AND s.id = a.session_id
  LEFT JOIN contents c ON c.tenant_id = :tenant AND c.id = a.content_id
 WHERE a.tenant_id = :tenant AND a.id = ANY (:ids)";
    tx.complete(statement(CONTEXTS).bind("ids", ids)).load(tx.conn).await
}

/// The statement that an appeal is filed against.
#[derive(Debug, Clone, Copy)]
pub struct Disputed<'d> {
    pub programme: Uuid,
    pub period: Period,
    pub snapshot: Uuid,
    /// The lecturer's.
    pub records: &'d [Uuid],
}

/// What is known of what the request is about.
pub async fn known(tx: &mut Tx<'_>, of: Disputed<'_>, request: &FileAppealRequest) -> QueryResult<Known> {
    let known = statement(KNOWN)
        .bind("programme", of.programme)
        .bind("period", of.period.to_string())
        .bind("snapshot", of.snapshot)
        .bind("records", of.records)
        .bind("session", request.session_id)
        .bind("content", request.content_id)
        .bind("metric", request.metric.as_ref().map(ToString::to_string))
        .bind("reward", request.reward_id);
    tx.complete(known).get_result(tx.conn).await
}

const KNOWN: &str = "
WITH own AS MATERIALIZED (
    SELECT l.inputs, l.card FROM snapshot_lecturers l
     WHERE l.tenant_id = :tenant AND l.snapshot_id = :snapshot AND l.employee_id = ANY (:records)
)
SELECT EXISTS (SELECT FROM own) AS card,
       :session IS NULL
       OR EXISTS (SELECT FROM session_lecturers l JOIN sessions s ON s.tenant_id = :tenant AND s.id = l.session_id
                     JOIN periods p ON p.tenant_id = :tenant AND p.programme_id = :programme AND p.period = :period
                   WHERE l.tenant_id = :tenant AND l.session_id = :session AND l.employee_id = ANY (:records)
                     AND s.programme_id = :programme
                     AND (s.scheduled_start >= p.starts_at AND s.scheduled_start < p.ends_at
                          OR s.delivered_start >= p.starts_at AND s.delivered_start < p.ends_at))
       OR EXISTS (SELECT FROM own WHERE inputs -> 'sessions' @> jsonb_build_array(jsonb_build_object('session_id', :session)))
       AS session,
       :content IS NULL
       OR EXISTS (SELECT FROM content_authors a JOIN contents c ON c.tenant_id = :tenant AND c.id = a.content_id
                   WHERE a.tenant_id = :tenant AND a.content_id = :content AND a.employee_id = ANY (:records)
                     AND c.programme_id = :programme)
       OR EXISTS (SELECT FROM own WHERE inputs -> 'contents' @> jsonb_build_array(jsonb_build_object('content_id', :content)))
       AS content,
       :metric IS NULL OR EXISTS (SELECT FROM own WHERE jsonb_exists(card -> 'metrics', :metric)) AS metric,
       :reward IS NULL
       OR EXISTS (SELECT FROM reward_entries e
                   WHERE e.tenant_id = :tenant AND e.id = :reward AND e.employee_id = ANY (:records)
                     AND e.programme_id = :programme AND e.earned_period = :period) AS reward";

#[derive(QueryableByName)]
struct Settling {
    #[diesel(sql_type = Bool)]
    settles: bool,
}

/// Whether a reward of the lecturer whose appeal it is, and of its period, settles it: it was entered by hand after the disputed
/// snapshot was made, and has not been rejected. None: there is no such reward.
pub async fn settles(tx: &mut Tx<'_>, appeal: &Appeal, records: &[Uuid], reward: Uuid) -> QueryResult<Option<bool>> {
    const SETTLES: &str = "
SELECT e.snapshot_id IS NULL AND e.created_at >= d.closed_at AND NOT last.is_rejected AS settles
  FROM reward_entries e
  JOIN periods p ON p.tenant_id = :tenant AND p.id = :period
  JOIN snapshots d ON d.tenant_id = :tenant AND d.id = :disputed
 CROSS JOIN LATERAL (SELECT v.event = 'rejected' AND v.line_id IS NULL AS is_rejected FROM reward_entry_events v
                      WHERE v.tenant_id = :tenant AND v.entry_id = e.id ORDER BY v.seq DESC LIMIT 1) last
 WHERE e.tenant_id = :tenant AND e.id = :reward AND e.employee_id = ANY (:records)
   AND e.programme_id = p.programme_id AND e.earned_period = p.period";
    let found = statement(SETTLES).bind("period", appeal.period_id).bind("disputed", appeal.snapshot_id);
    let found = tx.complete(found.bind("reward", reward).bind("records", records));
    let found: Option<Settling> = found.get_result(tx.conn).await.optional()?;
    Ok(found.map(|own| own.settles))
}

/// Whether the caller shares with the lecturer what the appeal is about, now or in the disputed snapshot: the session, or that of the
/// reward, or the content. A metric, and a reward of no session, are about all sessions of the period.
pub async fn is_party(tx: &mut Tx<'_>, appeal: &Appeal, lecturer: &[Uuid]) -> QueryResult<bool> {
    const PARTY: &str = "
WITH disputed AS MATERIALIZED (
    SELECT coalesce(:session, (SELECT e.session_id FROM reward_entries e WHERE e.tenant_id = :tenant AND e.id = :reward)) AS session_id
), about AS MATERIALIZED (
    SELECT d.session_id AS id FROM disputed d WHERE d.session_id IS NOT NULL
    UNION
    SELECT l.session_id FROM session_lecturers l
      JOIN sessions s ON s.tenant_id = :tenant AND s.id = l.session_id
      JOIN periods p ON p.tenant_id = :tenant AND p.id = :period AND p.programme_id = s.programme_id
     CROSS JOIN disputed d
     WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:lecturer) AND d.session_id IS NULL AND :content IS NULL
       AND coalesce(s.delivered_start, s.scheduled_start) >= p.starts_at
       AND coalesce(s.delivered_start, s.scheduled_start) < p.ends_at
    UNION
    SELECT (x.session ->> 'session_id')::uuid FROM snapshot_lecturers c
     CROSS JOIN LATERAL jsonb_array_elements(coalesce(c.inputs -> 'sessions', '[]')) AS x (session)
     CROSS JOIN disputed d
     WHERE c.tenant_id = :tenant AND c.snapshot_id = :snapshot AND c.employee_id = ANY (:lecturer)
       AND d.session_id IS NULL AND :content IS NULL
)
SELECT EXISTS (SELECT FROM session_lecturers l JOIN about a ON a.id = l.session_id
                WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:caller))
       OR EXISTS (SELECT FROM snapshot_lecturers c
                   CROSS JOIN LATERAL jsonb_array_elements(coalesce(c.inputs -> 'sessions', '[]')) AS x (session)
                    JOIN about a ON a.id = (x.session ->> 'session_id')::uuid
                   WHERE c.tenant_id = :tenant AND c.snapshot_id = :snapshot AND c.employee_id = ANY (:caller))
       OR EXISTS (SELECT FROM content_authors a
                   WHERE a.tenant_id = :tenant AND a.content_id = :content AND a.employee_id = ANY (:caller)) AS shares";
    let asked = statement(PARTY)
        .bind("session", appeal.session_id)
        .bind("reward", appeal.entry_id)
        .bind("content", appeal.content_id)
        .bind("period", appeal.period_id)
        .bind("snapshot", appeal.snapshot_id)
        .bind("lecturer", lecturer)
        .bind("caller", tx.actor.records());
    let found: Party = tx.complete(asked).get_result(tx.conn).await?;
    Ok(found.shares)
}

#[derive(QueryableByName)]
struct Party {
    #[diesel(sql_type = Bool)]
    shares: bool,
}

/// When an entry of the operation log was written, if there is one with this id.
pub async fn logged_at(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<DateTime<Utc>>> {
    audit_entries::table
        .filter(audit_entries::tenant_id.eq(tx.tenant))
        .filter(audit_entries::id.eq(id))
        .filter(audit_entries::occurred_at.le(tx.now))
        .select(audit_entries::occurred_at)
        .first(tx.conn)
        .await
        .optional()
}

/// When a snapshot was made.
pub async fn frozen_at(tx: &mut Tx<'_>, snapshot: Uuid) -> QueryResult<DateTime<Utc>> {
    let own = snapshots::table.filter(snapshots::tenant_id.eq(tx.tenant)).filter(snapshots::id.eq(snapshot));
    own.select(snapshots::closed_at).first(tx.conn).await
}
