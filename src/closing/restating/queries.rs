//! Statements on restatements.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{ListRestatementLinesQuery, ListRestatementsQuery};
use super::model::{
    Decision, NewLine, NewRestatement, Proposal, ProposalKind, Restatement, RestatementLine, RestatementState,
};
use crate::db::{Constraint as _, row_queries, statement};
use crate::error::{Code, Error, Result};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::people::records_of_all;
use crate::schema::{restatement_proposals, restatements};

row_queries!(
    Restatement,
    restatements,
    find,
    find_for_update = find(for_update),
    /// Newest first.
    list_page = list(
        latest id; query: &ListRestatementsQuery;
        programme_id = query.programme_id, period = query.period.map(|period| period.to_string()), state = query.state
    ),
);

/// Fails with `busy` if the period has got another one in the meantime.
pub async fn insert(tx: &mut Tx<'_>, new: &NewRestatement) -> Result<Restatement> {
    let inserted = diesel::insert_into(restatements::table)
        .values(new)
        .returning(Restatement::as_returning())
        .get_result(tx.conn)
        .await;
    inserted.on_constraint("restatements_waiting_key", || Error::new(Code::Busy))
}

/// The restatement of a period that nobody has decided on.
pub async fn waiting(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<Restatement>> {
    restatements::table
        .filter(restatements::tenant_id.eq(tx.tenant))
        .filter(restatements::programme_id.eq(programme))
        .filter(restatements::period.eq(period.to_string()))
        .filter(restatements::state.eq(RestatementState::Proposed.slug()))
        .select(Restatement::as_select())
        .first(tx.conn)
        .await
        .optional()
}

pub async fn insert_lines(tx: &mut Tx<'_>, rows: &[NewLine]) -> QueryResult<usize> {
    tx.insert_set(rows).await
}

pub async fn insert_proposals(tx: &mut Tx<'_>, rows: &[Proposal]) -> QueryResult<usize> {
    tx.insert_set(rows).await
}

/// The lines of a restatement, ordered by id.
pub async fn list_lines(
    tx: &mut Tx<'_>,
    restatement: Uuid,
    query: &ListRestatementLinesQuery,
    paging: &Paging,
) -> Result<Listed<RestatementLine>> {
    const LINES: &str = "
SELECT l.id, l.employee_id, l.facts, l.before, l.after
  FROM restatement_lines l
 WHERE l.tenant_id = :tenant AND l.restatement_id = :restatement
   AND (:records IS NULL OR l.employee_id = ANY (:records))
   AND (:kind IS NULL OR EXISTS (SELECT FROM restatement_proposals p
                                  WHERE p.tenant_id = :tenant AND p.line_id = l.id AND p.kind = :kind))
   AND (:after IS NULL OR l.id > :after)
 ORDER BY l.id LIMIT :fetch";
    let records = match query.employee_id {
        Some(employee) => Some(records_of_all(tx, &[employee]).await?),
        None => None,
    };
    let page = statement(LINES)
        .bind("restatement", restatement)
        .bind("records", records)
        .bind("kind", query.proposal.map(ProposalKind::slug))
        .bind("after", paging.after::<Uuid>()?)
        .bind("fetch", paging.fetch());
    let rows: Vec<RestatementLine> = tx.complete(page).load(tx.conn).await?;
    paging.cut(rows, |line| line.id)
}

/// What these lines propose, in the order in which it was found.
pub async fn proposals_of(tx: &mut Tx<'_>, lines: &[Uuid]) -> QueryResult<Vec<Proposal>> {
    restatement_proposals::table
        .filter(restatement_proposals::tenant_id.eq(tx.tenant))
        .filter(restatement_proposals::line_id.eq_any(lines))
        .order(restatement_proposals::id)
        .select(Proposal::as_select())
        .load(tx.conn)
        .await
}

/// The next proposals of some kinds of a restatement, ordered by id.
pub async fn next_proposals(
    tx: &mut Tx<'_>,
    restatement: Uuid,
    kinds: &[ProposalKind],
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Proposal>> {
    let mut page = restatement_proposals::table
        .filter(restatement_proposals::tenant_id.eq(tx.tenant))
        .filter(restatement_proposals::restatement_id.eq(restatement))
        .filter(restatement_proposals::kind.eq_any(kinds.iter().map(|kind| kind.slug())))
        .select(Proposal::as_select())
        .into_boxed();
    if let Some(after) = after {
        page = page.filter(restatement_proposals::id.gt(after));
    }
    page.order(restatement_proposals::id).limit(fetch).load(tx.conn).await
}

/// Somebody whose grade a restatement moves. Who is not rated has none.
#[derive(Debug, Clone, QueryableByName)]
pub struct RegradedLine {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub was: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub becomes: Option<String>,
}

/// The next lines of a restatement that move a grade, ordered by id.
pub async fn next_regraded(
    tx: &mut Tx<'_>,
    restatement: Uuid,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<RegradedLine>> {
    const REGRADED: &str = "
SELECT l.id, l.employee_id, g.was, g.becomes
  FROM restatement_lines l
 CROSS JOIN LATERAL (SELECT CASE WHEN l.before ->> 'status' = 'rated' THEN l.before ->> 'grade' END AS was,
                            CASE WHEN l.after ->> 'status' = 'rated' THEN l.after ->> 'grade' END AS becomes) g
 WHERE l.tenant_id = :tenant AND l.restatement_id = :restatement AND g.was IS DISTINCT FROM g.becomes
   AND (:after IS NULL OR l.id > :after)
 ORDER BY l.id LIMIT :fetch";
    let page = statement(REGRADED).bind("restatement", restatement).bind("after", after).bind("fetch", fetch);
    tx.complete(page).load(tx.conn).await
}

/// Those of these proposals that the restatement has.
pub async fn existing_proposals(tx: &mut Tx<'_>, restatement: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Proposal>> {
    restatement_proposals::table
        .filter(restatement_proposals::tenant_id.eq(tx.tenant))
        .filter(restatement_proposals::restatement_id.eq(restatement))
        .filter(restatement_proposals::id.eq_any(ids))
        .select(Proposal::as_select())
        .load(tx.conn)
        .await
}

/// Whether a restatement has parts of these kinds about one of these records.
pub async fn concerns(tx: &mut Tx<'_>, id: Uuid, kinds: &[ProposalKind], records: &[Uuid]) -> QueryResult<bool> {
    let own = restatement_proposals::table
        .filter(restatement_proposals::tenant_id.eq(tx.tenant))
        .filter(restatement_proposals::restatement_id.eq(id))
        .filter(restatement_proposals::kind.eq_any(kinds.iter().map(|kind| kind.slug())))
        .filter(restatement_proposals::employee_id.eq_any(records));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
}

/// Declines parts, each with its reason.
pub async fn decline_parts(tx: &mut Tx<'_>, ids: Vec<Uuid>, reasons: Vec<String>) -> QueryResult<usize> {
    const DECLINE: &str = "
UPDATE restatement_proposals p SET decline_reason = d.reason
  FROM unnest(:ids, :reasons) AS d (id, reason)
 WHERE p.tenant_id = :tenant AND p.id = d.id";
    tx.complete(statement(DECLINE).bind("ids", ids).bind("reasons", reasons)).execute(tx.conn).await
}

pub async fn decide(tx: &mut Tx<'_>, id: Uuid, decision: Decision) -> QueryResult<Restatement> {
    let own = restatements::table.filter(restatements::tenant_id.eq(tx.tenant)).filter(restatements::id.eq(id));
    diesel::update(own)
        .set((
            restatements::state.eq(decision.state.slug()),
            restatements::checker_id.eq(decision.by),
            restatements::self_approved.eq(decision.self_approved),
            restatements::decided_at.eq(tx.now),
            restatements::decision_reason.eq(decision.reason),
        ))
        .returning(Restatement::as_returning())
        .get_result(tx.conn)
        .await
}

/// What the proposals of one kind come to.
#[derive(Debug, Clone, QueryableByName)]
pub struct Sum {
    #[diesel(sql_type = SqlUuid)]
    pub restatement_id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: ProposalKind,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Of these, declined.
    #[diesel(sql_type = BigInt)]
    pub declined: i64,
    /// What they move, without what was declined.
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    /// What the lecturers have above what is due.
    #[diesel(sql_type = BigInt)]
    pub excess_minor: i64,
}

pub async fn sums(tx: &mut Tx<'_>, restatements: &[Uuid]) -> QueryResult<Vec<Sum>> {
    const SUMS: &str = "
SELECT p.restatement_id, p.kind, count(*) AS count, count(p.decline_reason) AS declined,
       coalesce(sum(p.amount_minor) FILTER (WHERE p.decline_reason IS NULL), 0)::bigint AS amount_minor,
       sum(greatest(p.had_minor - p.due_minor, 0))::bigint AS excess_minor
  FROM restatement_proposals p
 WHERE p.tenant_id = :tenant AND p.restatement_id = ANY (:restatements)
 GROUP BY p.restatement_id, p.kind";
    tx.complete(statement(SUMS).bind("restatements", restatements)).load(tx.conn).await
}
