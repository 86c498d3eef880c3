//! Rows of the operation log and the statement that reads them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::auth::ActorKind;
use crate::journal::Tx;
use crate::kernel::text::Code;
use crate::schema::audit_entries;

/// An entry of the operation log.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_entries)]
pub struct AuditEntry {
    pub id: Uuid,
    pub occurred_at: DateTime<Utc>,
    pub actor_kind: ActorKind,
    pub actor_id: Uuid,
    pub command: String,
    pub subject_type: String,
    pub subject_id: Option<Uuid>,
    pub fields: Vec<String>,
    pub details: Value,
    pub request_id: Option<String>,
}

/// Filters of a list of entries.
#[derive(Debug, Default)]
pub struct Filter {
    pub subject_type: Option<Code>,
    pub subject_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub command: Option<Code<100>>,
    pub occurred_from: Option<DateTime<Utc>>,
    pub occurred_to: Option<DateTime<Utc>>,
}

/// Newest first, starting after the entry `before` (its instant and id). An entry dated later than `now` is hidden until that
/// time comes.
pub async fn list_page(
    tx: &mut Tx<'_>,
    filter: Filter,
    before: Option<(DateTime<Utc>, Uuid)>,
    fetch: i64,
) -> QueryResult<Vec<AuditEntry>> {
    use audit_entries::dsl;
    let mut page = audit_entries::table
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::occurred_at.le(tx.now))
        .select(AuditEntry::as_select())
        .into_boxed();
    if let Some(subject_type) = filter.subject_type {
        page = page.filter(dsl::subject_type.eq(subject_type));
    }
    if let Some(subject) = filter.subject_id {
        page = page.filter(dsl::subject_id.eq(subject));
    }
    if let Some(actor) = filter.actor_id {
        page = page.filter(dsl::actor_id.eq(actor));
    }
    if let Some(command) = filter.command {
        page = page.filter(dsl::command.eq(command));
    }
    if let Some(from) = filter.occurred_from {
        page = page.filter(dsl::occurred_at.ge(from));
    }
    if let Some(to) = filter.occurred_to {
        page = page.filter(dsl::occurred_at.lt(to));
    }
    if let Some((at, id)) = before {
        // The index can use only the first filter.
        let same_instant = dsl::occurred_at.eq(at).and(dsl::id.lt(id));
        page = page.filter(dsl::occurred_at.le(at)).filter(dsl::occurred_at.lt(at).or(same_instant));
    }
    page.order((dsl::occurred_at.desc(), dsl::id.desc())).limit(fetch).load(tx.conn).await
}
