//! The operation log: one entry a command, never a rating or a text of feedback.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use super::tx::Tx;
use crate::error::Result;
use crate::schema::audit_entries;

/// A command that was carried out.
#[derive(Debug, Clone)]
pub struct Audit {
    command: &'static str,
    subject_type: &'static str,
    subject_id: Option<Uuid>,
    fields: Vec<String>,
    details: Value,
}

impl Audit {
    /// `command` is the operation's name, `subject_type` the resource's in the singular (`session`).
    #[must_use]
    pub fn new(command: &'static str, subject_type: &'static str, subject_id: impl Into<Option<Uuid>>) -> Self {
        Self { command, subject_type, subject_id: subject_id.into(), fields: Vec::new(), details: json!({}) }
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
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct NewAuditEntry<'a> {
    tenant_id: Uuid,
    id: Uuid,
    occurred_at: chrono::DateTime<chrono::Utc>,
    actor_kind: &'static str,
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
            id: tx.id(),
            occurred_at: tx.now,
            actor_kind: tx.actor.identity.kind(),
            actor_id: tx.actor.identity.id(),
            command: entry.command,
            subject_type: entry.subject_type,
            subject_id: entry.subject_id,
            fields: entry.fields,
            details: entry.details,
            request_id: request_id.as_deref(),
        })
        .collect();
    diesel::insert_into(audit_entries::table).values(&rows).execute(tx.conn).await?;
    Ok(())
}
