//! Statements on precedences.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListOpportunityPrecedencesQuery;
use super::model::{OpportunityPrecedence, Withdrawal};
use crate::db::{row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::opportunity_precedences;

row_queries!(
    OpportunityPrecedence,
    opportunity_precedences,
    find,
    find_for_update = find(for_update),
    update(Withdrawal),
    /// Newest first.
    list_page = list(
        latest id; query: &ListOpportunityPrecedencesQuery, people: Option<&[Uuid]>, records: Option<&[Uuid]>;
        employee_id in people, employee_id in records, programme_id = query.programme_id, code = &query.code,
        used_at has query.used, withdrawn_at has query.withdrawn
    ),
);

/// Of each of these people the oldest precedence for opportunities with this code that was neither used nor withdrawn. They are locked.
pub async fn usable(tx: &mut Tx<'_>, code: &str, people: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        person_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    const USABLE: &str = "
SELECT asked.id AS person_id, c.id
  FROM unnest(:people) AS asked (id)
 CROSS JOIN LATERAL (SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.id = asked.id
                     UNION ALL
                     SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.merged_into_id = asked.id) r
  JOIN opportunity_precedences c ON c.tenant_id = :tenant AND c.employee_id = r.id
 WHERE c.code = :code AND c.used_at IS NULL AND c.withdrawn_at IS NULL
 ORDER BY c.id DESC
   FOR UPDATE OF c";
    if people.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked = statement(USABLE).bind("people", people).bind("code", code);
    let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
    // The oldest comes last, and stays.
    Ok(rows.into_iter().map(|row| (row.person_id, row.id)).collect())
}

/// The codes of the opportunities for which a person has a precedence that was neither used nor withdrawn.
pub async fn codes_of(tx: &mut Tx<'_>, records: &[Uuid]) -> QueryResult<Vec<String>> {
    opportunity_precedences::table
        .filter(opportunity_precedences::tenant_id.eq(tx.tenant))
        .filter(opportunity_precedences::employee_id.eq_any(records))
        .filter(opportunity_precedences::used_at.is_null())
        .filter(opportunity_precedences::withdrawn_at.is_null())
        .select(opportunity_precedences::code)
        .distinct()
        .load(tx.conn)
        .await
}

/// It brings the offer of a place, if it was neither used nor withdrawn. Returns whether it does.
pub async fn spend(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<bool> {
    const SPEND: &str = "
UPDATE opportunity_precedences c SET used_at = :now, updated_at = :now, version = c.version + 1
 WHERE c.tenant_id = :tenant AND c.id = :id AND c.used_at IS NULL AND c.withdrawn_at IS NULL";
    let spent = tx.complete(statement(SPEND).bind("id", id)).execute(tx.conn).await?;
    Ok(spent == 1)
}

/// HR has cancelled the opportunities, or revoked the places, that they were used for: they can be used again.
pub async fn give_back(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    const GIVE_BACK: &str = "
UPDATE opportunity_precedences c SET used_at = NULL, updated_at = :now, version = c.version + 1
 WHERE c.tenant_id = :tenant AND c.id = ANY (:ids) AND c.used_at IS NOT NULL";
    if ids.is_empty() {
        return Ok(0);
    }
    tx.complete(statement(GIVE_BACK).bind("ids", ids)).execute(tx.conn).await
}
