//! The operation log: one entry a command, never a rating or a text of feedback.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use super::tx::Tx;
use crate::auth::ActorKind;
use crate::error::Result;
use crate::kernel::clock::end_of_day;
use crate::kernel::ids::Ids;
use crate::schema::audit_entries;

/// A command that was carried out.
#[derive(Debug, Clone)]
pub struct Audit {
    command: &'static str,
    subject_type: &'static str,
    subject_id: Option<Uuid>,
    fields: Vec<String>,
    details: Value,
    day_only: bool,
}

impl Audit {
    /// `command` is the operation's name, `subject_type` the resource's in the singular (`session`).
    #[must_use]
    pub fn new(command: &'static str, subject_type: &'static str, subject_id: impl Into<Option<Uuid>>) -> Self {
        Self {
            command,
            subject_type,
            subject_id: subject_id.into(),
            fields: Vec::new(),
            details: json!({}),
            day_only: false,
        }
    }

    /// Names of the fields that were set or changed.
    #[must_use]
    pub fn fields<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Circumstances, as an object: counts, reasons, values that are not personal.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Tells the day, and nothing that leads to the instant: no request, and a place by chance among the entries of that day. It
    /// is dated with the day's end, and the log shows it from then on, so that nobody sees it come.
    #[must_use]
    pub fn day_only(mut self) -> Self {
        self.day_only = true;
        self
    }
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct NewAuditEntry<'a> {
    tenant_id: Uuid,
    id: Uuid,
    occurred_at: chrono::DateTime<chrono::Utc>,
    actor_kind: ActorKind,
    actor_id: Uuid,
    command: &'static str,
    subject_type: &'static str,
    subject_id: Option<Uuid>,
    fields: Vec<String>,
    details: Value,
    request_id: Option<&'a str>,
}

pub(super) async fn insert_audit(tx: &mut Tx<'_>, entries: Vec<Audit>) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let request_id = tx.circumstances.request_id.clone();
    let rows: Vec<NewAuditEntry<'_>> = entries
        .into_iter()
        .map(|entry| NewAuditEntry {
            tenant_id: tx.tenant,
            id: if entry.day_only { Ids::random() } else { tx.id() },
            occurred_at: if entry.day_only { end_of_day(tx.now) } else { tx.now },
            actor_kind: tx.actor.identity.kind(),
            actor_id: tx.actor.identity.id(),
            command: entry.command,
            subject_type: entry.subject_type,
            subject_id: entry.subject_id,
            fields: entry.fields,
            details: entry.details,
            request_id: request_id.as_deref().filter(|_| !entry.day_only),
        })
        .collect();
    diesel::insert_into(audit_entries::table).values(&rows).execute(tx.conn).await?;
    Ok(())
}
