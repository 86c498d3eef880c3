//! Rows of certificates, and the statements on them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{insert_new, set_row};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::schema::certificates;

set_row! {
    into certificates unique by (tenant_id, employee_id, programme_id, policy_code, earned_period);
    /// A certificate that a person holds.
    #[derive(Debug, Clone, Queryable, Selectable)]
    #[diesel(table_name = certificates)]
    pub struct Certificate {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_id: Uuid,
        pub programme_id: Uuid,
        pub snapshot_id: Option<Uuid>,
        pub policy_code: Option<String>,
        pub earned_period: String,
        pub certificate_code: String,
        pub public_code: String,
        pub issued_at: DateTime<Utc>,
        pub revoked_at: Option<DateTime<Utc>>,
        pub revoke_reason: Option<Reason>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub version: i64,
    }
}

/// Filters of certificates.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// None: the certificates of everybody.
    pub employees: Option<Vec<Uuid>>,
    pub employee: Option<Uuid>,
    pub programme: Option<Uuid>,
    pub period: Option<Period>,
}

/// Newest first, after the certificate `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    filter: &Filter,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Certificate>> {
    use certificates::dsl;
    let mut page = dsl::certificates.filter(dsl::tenant_id.eq(tx.tenant)).select(Certificate::as_select()).into_boxed();
    if let Some(employees) = &filter.employees {
        page = page.filter(dsl::employee_id.eq_any(employees.clone()));
    }
    if let Some(employee) = filter.employee {
        page = page.filter(dsl::employee_id.eq(employee));
    }
    if let Some(programme) = filter.programme {
        page = page.filter(dsl::programme_id.eq(programme));
    }
    if let Some(period) = filter.period {
        page = page.filter(dsl::earned_period.eq(period.to_string()));
    }
    if let Some(after) = after {
        page = page.filter(dsl::id.lt(after));
    }
    page.order(dsl::id.desc()).limit(fetch).load(tx.conn).await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Certificate>> {
    let own = certificates::table.filter(certificates::tenant_id.eq(tx.tenant)).filter(certificates::id.eq(id));
    own.select(Certificate::as_select()).first(tx.conn).await.optional()
}

/// Inserts the certificates that their holder does not already have for the policy and period.
pub async fn insert_missing(tx: &mut Tx<'_>, rows: &[Certificate]) -> QueryResult<usize> {
    Ok(insert_new(tx.conn, rows).await?.len())
}
