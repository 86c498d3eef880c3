//! Statements on certificates.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListCertificatesQuery;
use super::model::Certificate;
use crate::db::{insert_new, row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::schema::certificates;

/// What a revocation changes.
#[derive(AsChangeset)]
#[diesel(table_name = certificates)]
pub struct Revocation {
    pub revoked_at: DateTime<Utc>,
    pub revoke_reason: Reason,
}

row_queries!(
    Certificate,
    certificates,
    find,
    find_for_update = find(for_no_key_update),
    update(Revocation),
    /// Newest first. If people are given, only theirs.
    list_page = list(
        latest id; query: &ListCertificatesQuery, people: Option<&[Uuid]>;
        employee_id in people, employee_id = query.employee_id, programme_id = query.programme_id,
        earned_period = query.period.map(|period| period.to_string())
    ),
);

/// Those of a programme's period, revoked ones included.
pub async fn issued(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Vec<Certificate>> {
    certificates::table
        .filter(certificates::tenant_id.eq(tx.tenant))
        .filter(certificates::programme_id.eq(programme))
        .filter(certificates::earned_period.eq(period.to_string()))
        .filter(certificates::policy_code.is_not_null())
        .select(Certificate::as_select())
        .load(tx.conn)
        .await
}

/// Inserts the certificates that their holder does not already have for the policy and period.
pub async fn insert_missing(tx: &mut Tx<'_>, rows: &[Certificate]) -> QueryResult<usize> {
    Ok(insert_new(tx.conn, rows).await?.len())
}

/// Makes those who choose places in the company's status lists wait for each other until the commit.
pub async fn lock_places(tx: &mut Tx<'_>) -> QueryResult<()> {
    const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended(:tenant::text || 'certificates', 0))";
    tx.complete(statement(LOCK)).execute(tx.conn).await?;
    Ok(())
}

/// How many the company has issued.
pub async fn count(tx: &mut Tx<'_>) -> QueryResult<i64> {
    certificates::table.filter(certificates::tenant_id.eq(tx.tenant)).count().get_result(tx.conn).await
}

/// Those of these places in the status lists that certificates have.
pub async fn taken(tx: &mut Tx<'_>, places: Vec<i32>) -> QueryResult<BTreeSet<i32>> {
    let own = certificates::table.filter(certificates::tenant_id.eq(tx.tenant));
    let taken = own.filter(certificates::status_index.eq_any(places)).select(certificates::status_index);
    let taken: Vec<Option<i32>> = taken.load(tx.conn).await?;
    Ok(taken.into_iter().flatten().collect())
}

/// The places in this part of the status lists that revoked certificates have.
pub async fn revoked_places(tx: &mut Tx<'_>, places: Range<i32>) -> QueryResult<Vec<i32>> {
    let own = certificates::table.filter(certificates::tenant_id.eq(tx.tenant));
    let there =
        own.filter(certificates::status_index.ge(places.start)).filter(certificates::status_index.lt(places.end));
    let revoked = there.filter(certificates::revoked_at.is_not_null()).select(certificates::status_index);
    let revoked: Vec<Option<i32>> = revoked.load(tx.conn).await?;
    Ok(revoked.into_iter().flatten().collect())
}

/// Gives a certificate a place. It is no other version for that: nothing that is shown of it changes.
pub async fn give_place(tx: &mut Tx<'_>, id: Uuid, place: i32) -> QueryResult<usize> {
    let own = certificates::table.filter(certificates::tenant_id.eq(tx.tenant)).filter(certificates::id.eq(id));
    diesel::update(own).set(certificates::status_index.eq(place)).execute(tx.conn).await
}

/// Whether a certificate has a place in this part of the status lists.
pub async fn has_places(tx: &mut Tx<'_>, places: Range<i32>) -> QueryResult<bool> {
    let own = certificates::table.filter(certificates::tenant_id.eq(tx.tenant));
    let there =
        own.filter(certificates::status_index.ge(places.start)).filter(certificates::status_index.lt(places.end));
    diesel::select(diesel::dsl::exists(there)).get_result(tx.conn).await
}
