//! Statements on certificates.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListCertificatesQuery;
use super::model::Certificate;
use crate::db::{insert_new, narrow, row_queries};
use crate::journal::Tx;
use crate::schema::certificates;

/// Newest first, after the certificate `after`. If people are given, only theirs.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListCertificatesQuery,
    people: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Certificate>> {
    use certificates::dsl;
    let mut page = dsl::certificates.filter(dsl::tenant_id.eq(tx.tenant)).select(Certificate::as_select()).into_boxed();
    narrow!(page; dsl {
        employee_id in people,
        employee_id = query.employee_id,
        programme_id = query.programme_id,
        earned_period = query.period.map(|period| period.to_string()),
        id < after,
    });
    page.order(dsl::id.desc()).limit(fetch).load(tx.conn).await
}

row_queries!(Certificate, certificates, find);

/// Inserts the certificates that their holder does not already have for the policy and period.
pub async fn insert_missing(tx: &mut Tx<'_>, rows: &[Certificate]) -> QueryResult<usize> {
    Ok(insert_new(tx.conn, rows).await?.len())
}
