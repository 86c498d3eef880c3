//! Rows of the operation log.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::auth::ActorKind;
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
