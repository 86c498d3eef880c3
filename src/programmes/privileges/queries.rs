//! Statements on privileges.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{ContentAccess, Privileges, Stored};
use crate::db::row_queries;
use crate::journal::Tx;
use crate::schema::programme_privileges;

row_queries!(Stored, programme_privileges, create(Privileges), update(Privileges));

/// The row of a programme, if it has set anything.
pub async fn find_of(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<Stored>> {
    programme_privileges::table
        .filter(programme_privileges::tenant_id.eq(tx.tenant))
        .filter(programme_privileges::programme_id.eq(programme))
        .select(Stored::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// Those of these programmes in which the content of others is earned.
pub async fn with_earned_content(tx: &mut Tx<'_>, programmes: &[Uuid]) -> QueryResult<Vec<Stored>> {
    programme_privileges::table
        .filter(programme_privileges::tenant_id.eq(tx.tenant))
        .filter(programme_privileges::programme_id.eq_any(programmes))
        .filter(programme_privileges::content_access.eq(ContentAccess::Earned.slug()))
        .select(Stored::as_select())
        .load(tx.conn)
        .await
}
