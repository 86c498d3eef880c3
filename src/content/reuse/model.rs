//! Rows of reuse.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::set_row;
use crate::db::text::text_column;
use crate::kernel::text::{Reason, Source, SourceRef};
use crate::kernel::words::words;
use crate::schema::reuse_events;

words! {
    /// What a person did with a content.
    pub enum ReuseEventKind {
        /// Viewed it. Views are shown, but never counted.
        View = "view",
        /// Downloaded it.
        Download = "download",
        /// Forwarded it to others.
        Forward = "forward",
        /// Taught it, without being one of its authors.
        Taught = "taught",
    }
}

text_column!(ReuseEventKind);

/// A reuse event: a person used a content.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = reuse_events)]
pub struct ReuseEvent {
    pub id: Uuid,
    pub content_id: Uuid,
    pub employee_id: Uuid,
    pub kind: ReuseEventKind,
    pub occurred_at: DateTime<Utc>,
    pub source: Source,
    pub source_ref: Option<SourceRef>,
    pub received_at: DateTime<Utc>,
    pub voided_at: Option<DateTime<Utc>>,
    pub voided_by_id: Option<Uuid>,
    pub void_reason: Option<Reason>,
}

set_row! {
    into reuse_events unique by (tenant_id, source, source_ref);
    /// A reuse event to be inserted.
    #[derive(Debug, Clone)]
    pub struct NewReuseEvent {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub content_id: Uuid,
        pub employee_id: Uuid,
        pub kind: &'static str,
        pub occurred_at: DateTime<Utc>,
        pub source: Source,
        pub source_ref: Option<SourceRef>,
        pub received_at: DateTime<Utc>,
    }
}
