//! The statement that reads the operation log.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListAuditEntriesQuery;
use super::model::AuditEntry;
use crate::db::narrow;
use crate::journal::Tx;
use crate::people::records_of_all;
use crate::schema::audit_entries;

/// Newest first, starting after the entry `before` (its instant and id). An entry dated later than `now` is hidden until that
/// time comes.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListAuditEntriesQuery,
    before: Option<(DateTime<Utc>, Uuid)>,
    fetch: i64,
) -> QueryResult<Vec<AuditEntry>> {
    use audit_entries::dsl;
    let (subjects, actors) = (records(tx, query.subject_id).await?, records(tx, query.actor_id).await?);
    let mut page = audit_entries::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::occurred_at.le(tx.now))
        .select(AuditEntry::as_select())
        .into_boxed();
    narrow!(page; dsl {
        subject_type = &query.subject_type,
        subject_id in subjects,
        actor_id in actors,
        command = &query.command,
        occurred_at >= query.occurred_from,
        occurred_at < query.occurred_to,
    });
    if let Some((at, id)) = before {
        // The index can use only the first filter.
        let same_instant = dsl::occurred_at.eq(at).and(dsl::id.lt(id));
        page = page.filter(dsl::occurred_at.le(at)).filter(dsl::occurred_at.lt(at).or(same_instant));
    }
    page.order((dsl::occurred_at.desc(), dsl::id.desc())).limit(fetch).load(tx.conn).await
}

/// The id, and if it is an employee's those of the records that were merged into theirs.
async fn records(tx: &mut Tx<'_>, id: Option<Uuid>) -> QueryResult<Option<Vec<Uuid>>> {
    let Some(id) = id else { return Ok(None) };
    let mut ids = records_of_all(tx, &[id]).await?;
    ids.push(id);
    Ok(Some(ids))
}
