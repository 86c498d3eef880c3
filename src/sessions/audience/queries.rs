//! Statements on registered audiences.

use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::journal::Tx;
use crate::schema::session_audience;

/// Registers (session, learner) pairs that are not registered yet.
pub async fn insert_all(tx: &mut Tx<'_>, pairs: &[(Uuid, Uuid)]) -> QueryResult<usize> {
    if pairs.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = pairs.iter().map(|_| tx.id()).collect();
    let sessions: Vec<Uuid> = pairs.iter().map(|pair| pair.0).collect();
    let learners: Vec<Uuid> = pairs.iter().map(|pair| pair.1).collect();
    diesel::sql_query(
        "INSERT INTO session_audience (tenant_id, id, session_id, employee_id, created_at)
         SELECT $1, u.id, u.session_id, u.employee_id, $5 FROM unnest($2, $3, $4) AS u (id, session_id, employee_id)",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(sessions)
    .bind::<Array<SqlUuid>, _>(learners)
    .bind::<Timestamptz, _>(tx.now)
    .execute(tx.conn)
    .await
}

/// Takes these people off the list of a session.
pub async fn remove(tx: &mut Tx<'_>, session: Uuid, learners: &[Uuid]) -> QueryResult<usize> {
    let gone = session_audience::table
        .filter(session_audience::tenant_id.eq(tx.tenant))
        .filter(session_audience::session_id.eq(session))
        .filter(session_audience::employee_id.eq_any(learners));
    diesel::delete(gone).execute(tx.conn).await
}

pub async fn all(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<Uuid>> {
    session_audience::table
        .filter(session_audience::tenant_id.eq(tx.tenant))
        .filter(session_audience::session_id.eq(session))
        .select(session_audience::employee_id)
        .load(tx.conn)
        .await
}

/// In the order of the learners' ids, after the learner `after`; of one learner only where `only` says so.
pub async fn list_page(
    tx: &mut Tx<'_>,
    session: Uuid,
    only: Option<Uuid>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Uuid>> {
    let mut page = session_audience::table
        .filter(session_audience::tenant_id.eq(tx.tenant))
        .filter(session_audience::session_id.eq(session))
        .select(session_audience::employee_id)
        .into_boxed();
    if let Some(only) = only {
        page = page.filter(session_audience::employee_id.eq(only));
    }
    if let Some(after) = after {
        page = page.filter(session_audience::employee_id.gt(after));
    }
    page.order(session_audience::employee_id).limit(fetch).load(tx.conn).await
}
