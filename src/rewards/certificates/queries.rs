//! Statements on certificates.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListCertificatesQuery;
use super::model::Certificate;
use crate::db::{insert_new, row_queries};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::schema::certificates;

row_queries!(
    Certificate,
    certificates,
    find,
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
