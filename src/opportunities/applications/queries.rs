//! Statements on applications.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListOpportunityApplicationsQuery;
use super::model::{NewOpportunityApplication, OpportunityApplication, Step};
use crate::db::{collect_column, row_queries, statement};
use crate::error::{Error, Result};
use crate::growth::OpportunityApplicationState;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::opportunities::rules::Candidate;
use crate::schema::opportunity_applications;

row_queries!(
    OpportunityApplication,
    opportunity_applications,
    create(NewOpportunityApplication),
    find,
    find_for_update = find(for_update),
    update(Step),
    /// Newest first.
    list_page = list(
        latest id; query: &ListOpportunityApplicationsQuery, people: Option<&[Uuid]>, records: Option<&[Uuid]>;
        employee_id in people, employee_id in records, opportunity_id = query.opportunity_id, state = query.state
    ),
);

/// All of an opportunity in one of these states, in the order of their ranks, those without one last, then by their ids. They are locked.
pub async fn in_states(
    tx: &mut Tx<'_>,
    opportunity: Uuid,
    states: &[OpportunityApplicationState],
) -> QueryResult<Vec<OpportunityApplication>> {
    opportunity_applications::table
        .filter(opportunity_applications::tenant_id.eq(tx.tenant))
        .filter(opportunity_applications::opportunity_id.eq(opportunity))
        .filter(opportunity_applications::state.eq_any(states.iter().map(|state| state.slug())))
        .order((opportunity_applications::rank.asc().nulls_last(), opportunity_applications::id))
        .select(OpportunityApplication::as_select())
        .for_update()
        .load(tx.conn)
        .await
}

/// The next of those that wait, in the order of their ranks. They are locked.
pub async fn next_waiting(
    tx: &mut Tx<'_>,
    opportunity: Uuid,
    after: i32,
    fetch: i64,
) -> QueryResult<Vec<OpportunityApplication>> {
    opportunity_applications::table
        .filter(opportunity_applications::tenant_id.eq(tx.tenant))
        .filter(opportunity_applications::opportunity_id.eq(opportunity))
        .filter(opportunity_applications::state.eq(OpportunityApplicationState::Waiting))
        .filter(opportunity_applications::rank.gt(after))
        .order(opportunity_applications::rank.asc())
        .limit(fetch)
        .select(OpportunityApplication::as_select())
        .for_update()
        .load(tx.conn)
        .await
}

/// The offers of an opportunity whose time is over, in the order of their ranks. They are locked.
pub async fn lapsed(tx: &mut Tx<'_>, opportunity: Uuid) -> QueryResult<Vec<OpportunityApplication>> {
    opportunity_applications::table
        .filter(opportunity_applications::tenant_id.eq(tx.tenant))
        .filter(opportunity_applications::opportunity_id.eq(opportunity))
        .filter(opportunity_applications::state.eq(OpportunityApplicationState::Offered))
        .filter(opportunity_applications::respond_by_at.le(tx.now))
        .order((opportunity_applications::rank.asc().nulls_last(), opportunity_applications::id))
        .select(OpportunityApplication::as_select())
        .for_update()
        .load(tx.conn)
        .await
}

/// No offer of an opportunity stands longer than until then. Returns how many end earlier now.
pub async fn shorten(tx: &mut Tx<'_>, opportunity: Uuid, until: DateTime<Utc>) -> QueryResult<usize> {
    const SHORTEN: &str = "
UPDATE opportunity_applications a SET respond_by_at = :until, updated_at = :now, version = a.version + 1
 WHERE a.tenant_id = :tenant AND a.opportunity_id = :opportunity AND a.state = 'offered' AND a.respond_by_at > :until";
    let shorten = statement(SHORTEN).bind("opportunity", opportunity).bind("until", until);
    tx.complete(shorten).execute(tx.conn).await
}

/// The latest application of one of these records for each of these opportunities, and whether HR has taken any of them back.
pub async fn own(
    tx: &mut Tx<'_>,
    opportunities: &[Uuid],
    records: &[Uuid],
) -> QueryResult<Vec<OpportunityApplication>> {
    opportunity_applications::table
        .filter(opportunity_applications::tenant_id.eq(tx.tenant))
        .filter(opportunity_applications::opportunity_id.eq_any(opportunities))
        .filter(opportunity_applications::employee_id.eq_any(records))
        .order(opportunity_applications::id)
        .select(OpportunityApplication::as_select())
        .load(tx.conn)
        .await
}

/// Gives the candidates their ranks, in their order from 1. They wait from now on.
pub async fn set_ranks(tx: &mut Tx<'_>, ranked: &[Candidate]) -> Result<usize> {
    const RANK: &str = "
UPDATE opportunity_applications a
   SET state = 'waiting', rank = g.rank, score = g.score, appointed_on = g.appointed_on, precedence_id = g.precedence_id,
       updated_at = :now, version = a.version + 1
  FROM unnest(:ids, :ranks, :scores, :days, :precedences) AS g (id, rank, score, appointed_on, precedence_id)
 WHERE a.tenant_id = :tenant AND a.id = g.id AND a.state = 'applied'";
    if ranked.is_empty() {
        return Ok(0);
    }
    let ranks = (1..=ranked.len()).map(|rank| i32::try_from(rank).map_err(Error::internal));
    let scores = ranked.iter().map(|one| one.score.map(Decimal::try_from).transpose().map_err(Error::internal));
    let set = statement(RANK)
        .bind("ids", collect_column(ranked, |one| one.application))
        .bind("ranks", ranks.collect::<Result<Vec<i32>>>()?)
        .bind("scores", scores.collect::<Result<Vec<Option<Decimal>>>>()?)
        .bind("days", collect_column(ranked, |one| one.appointed_on))
        .bind("precedences", collect_column(ranked, |one| one.precedence));
    Ok(tx.complete(set).execute(tx.conn).await?)
}

/// Those who wait for a place in an opportunity with a precedence that another place has cost, or that was withdrawn. The precedences of
/// all who wait for one are locked.
pub async fn with_lost_precedence(tx: &mut Tx<'_>, opportunity: Uuid) -> QueryResult<BTreeSet<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Bool)]
        is_lost: bool,
    }
    const HELD: &str = "
SELECT a.id, (c.used_at IS NOT NULL OR c.withdrawn_at IS NOT NULL) AS is_lost
  FROM opportunity_applications a
  JOIN opportunity_precedences c ON c.tenant_id = :tenant AND c.id = a.precedence_id
 WHERE a.tenant_id = :tenant AND a.opportunity_id = :opportunity AND a.state = 'waiting'
 ORDER BY c.id DESC
   FOR UPDATE OF c";
    let asked = statement(HELD).bind("opportunity", opportunity);
    let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
    Ok(rows.into_iter().filter(|row| row.is_lost).map(|row| row.id).collect())
}

/// The other opportunities in which somebody waits with this precedence.
pub async fn waiting_elsewhere(tx: &mut Tx<'_>, precedence: Uuid, opportunity: Uuid) -> QueryResult<Vec<Uuid>> {
    opportunity_applications::table
        .filter(opportunity_applications::tenant_id.eq(tx.tenant))
        .filter(opportunity_applications::precedence_id.eq(precedence))
        .filter(opportunity_applications::state.eq(OpportunityApplicationState::Waiting))
        .filter(opportunity_applications::opportunity_id.ne(opportunity))
        .select(opportunity_applications::opportunity_id)
        .distinct()
        .load(tx.conn)
        .await
}

/// Gives those who wait these ranks, in this order, and the precedences that they have now.
pub async fn move_ranks(tx: &mut Tx<'_>, ranked: &[Candidate], ranks: Vec<i32>) -> QueryResult<usize> {
    const MOVE: &str = "
UPDATE opportunity_applications a
   SET rank = g.rank, precedence_id = g.precedence_id, updated_at = :now, version = a.version + 1
  FROM unnest(:ids, :ranks, :precedences) AS g (id, rank, precedence_id)
 WHERE a.tenant_id = :tenant AND a.id = g.id AND (a.rank, a.precedence_id) IS DISTINCT FROM (g.rank, g.precedence_id)";
    let moved = statement(MOVE)
        .bind("ids", collect_column(ranked, |one| one.application))
        .bind("ranks", ranks)
        .bind("precedences", collect_column(ranked, |one| one.precedence));
    tx.complete(moved).execute(tx.conn).await
}
