//! Statements on registered audiences.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{insert_set, narrow, set_row};
use crate::journal::Tx;
use crate::schema::session_audience;

set_row! {
    into session_audience;
    struct NewRegistration {
        tenant_id: Uuid,
        id: Uuid,
        session_id: Uuid,
        employee_id: Uuid,
        created_at: DateTime<Utc>,
    }
}

/// Registers the (session, learner) pairs that are not registered yet.
pub async fn insert_all(tx: &mut Tx<'_>, pairs: &[(Uuid, Uuid)]) -> QueryResult<usize> {
    let row = |&(session_id, employee_id): &(Uuid, Uuid)| NewRegistration {
        tenant_id: tx.tenant,
        id: tx.id(),
        session_id,
        employee_id,
        created_at: tx.now,
    };
    let rows: Vec<NewRegistration> = pairs.iter().map(row).collect();
    insert_set(tx.conn, &rows).await
}

/// Removes these people from the audience of a session.
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

/// Ordered by the learners' ids, starting after the learner `after`. If `only` is given, only that learner.
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
    narrow!(page; session_audience { employee_id = only, employee_id > after });
    page.order(session_audience::employee_id).limit(fetch).load(tx.conn).await
}
