//! Statements on training opportunities and the people who may go.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{ListTrainingOpportunitiesQuery, OpportunityChange};
use super::model::{Capacity, OpportunityState, OpportunityStep, TrainingOpportunity};
use crate::db::{concat, load_page, row_queries, statement};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::people::employed_days;
use crate::schema::training_opportunities;

row_queries!(
    TrainingOpportunity,
    training_opportunities,
    insert(TrainingOpportunity),
    find,
    find_for_update = find(for_update),
    update(OpportunityChange),
    go_on = update(OpportunityStep),
    set_capacity = update(Capacity),
    touch,
    /// Newest first.
    list_page = list(
        latest id; query: &ListTrainingOpportunitiesQuery;
        state = query.state, kind = query.kind, code = &query.code, updated_at >= query.updated_since
    ),
);

/// These opportunities.
pub async fn find_all(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<TrainingOpportunity>> {
    training_opportunities::table
        .filter(training_opportunities::tenant_id.eq(tx.tenant))
        .filter(training_opportunities::id.eq_any(ids))
        .select(TrainingOpportunity::as_select())
        .load(tx.conn)
        .await
}

/// A page of those for which lecturers can apply, newest first.
pub async fn list_open(tx: &mut Tx<'_>, paging: &Paging) -> Result<Listed<TrainingOpportunity>> {
    let open = training_opportunities::table
        .filter(training_opportunities::tenant_id.eq(tx.tenant))
        .filter(training_opportunities::state.eq(OpportunityState::Open))
        .filter(training_opportunities::apply_until_at.gt(tx.now));
    let page = open.select(TrainingOpportunity::as_select()).into_boxed();
    load_page!(tx, paging, page, TrainingOpportunity => latest training_opportunities::id)
}

/// How many applications of an opportunity there are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// To be ranked.
    pub applied: i64,
    /// Ranked, without a place.
    pub waiting: i64,
    /// With a place that is on offer, accepted or used.
    pub taken: i64,
    /// What those places cost.
    pub committed_minor: i64,
}

/// The counts of these opportunities. Those without applications are left out.
pub async fn counts(tx: &mut Tx<'_>, opportunities: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Counts>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        opportunity_id: Uuid,
        #[diesel(sql_type = BigInt)]
        applied: i64,
        #[diesel(sql_type = BigInt)]
        waiting: i64,
        #[diesel(sql_type = BigInt)]
        taken: i64,
        #[diesel(sql_type = BigInt)]
        committed_minor: i64,
    }
    const COUNTS: &str = "
SELECT a.opportunity_id, count(*) FILTER (WHERE a.state = 'applied') AS applied, count(*) FILTER (WHERE a.state = 'waiting') AS waiting,
       count(*) FILTER (WHERE a.state IN ('offered', 'accepted', 'attended', 'no_show')) AS taken,
       coalesce(sum(a.cost_minor) FILTER (WHERE a.state IN ('offered', 'accepted', 'attended', 'no_show')), 0)::bigint AS committed_minor
  FROM opportunity_applications a
 WHERE a.tenant_id = :tenant AND a.opportunity_id = ANY (:opportunities)
 GROUP BY a.opportunity_id";
    if opportunities.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked = statement(COUNTS).bind("opportunities", opportunities);
    let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
    let counts = |row: Row| {
        let Row { opportunity_id, applied, waiting, taken, committed_minor } = row;
        (opportunity_id, Counts { applied, waiting, taken, committed_minor })
    };
    Ok(rows.into_iter().map(counts).collect())
}

/// What decides whether somebody may go at all.
#[derive(Debug, Clone, QueryableByName)]
pub struct Person {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub employee_number: Option<String>,
    #[diesel(sql_type = Bool)]
    pub is_employed: bool,
    /// The first day of the appointment as a lecturer that is valid on the day; none: not a lecturer.
    #[diesel(sql_type = Nullable<Date>)]
    pub appointed_on: Option<NaiveDate>,
    /// Whether the person is suspended on the day.
    #[diesel(sql_type = Bool)]
    pub is_suspended: bool,
}

impl Person {
    /// Whether a place may be offered.
    #[must_use]
    pub fn may_go(&self) -> bool {
        self.is_employed && self.appointed_on.is_some() && !self.is_suspended
    }
}

/// How these people stand on a day.
pub async fn people(tx: &mut Tx<'_>, ids: &[Uuid], on: NaiveDate) -> QueryResult<BTreeMap<Uuid, Person>> {
    const STAND: &str = concat!(
        "
SELECT e.id, e.employee_number, ",
        employed_days!("e"),
        " @> :day AS is_employed,
       (SELECT min(l.appointed_on) FROM lecturers l
         WHERE l.tenant_id = :tenant AND l.employee_id = e.id AND l.appointed_on <= :day AND (l.ended_on IS NULL OR l.ended_on > :day))
           AS appointed_on,
       EXISTS (SELECT FROM absences s
                WHERE s.tenant_id = :tenant AND s.employee_id = e.id AND s.kind = 'suspension' AND s.starts_on <= :day
                  AND (s.ends_on IS NULL OR s.ends_on >= :day)) AS is_suspended
  FROM unnest(:ids) AS asked (id)
 CROSS JOIN LATERAL (SELECT * FROM employees e WHERE e.tenant_id = :tenant AND e.id = asked.id OFFSET 0) e"
    );
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked = statement(STAND).bind("ids", ids).bind("day", on);
    let rows: Vec<Person> = tx.complete(asked).load(tx.conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
