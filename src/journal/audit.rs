//! The operation log: one entry per command, never a rating or a feedback text.

use serde_json::{Value, json};
use uuid::Uuid;

/// A command that was executed.
#[derive(Debug, Clone)]
pub struct Audit {
    pub(super) command: &'static str,
    pub(super) subject_type: &'static str,
    pub(super) subject_id: Option<Uuid>,
    pub(super) fields: Vec<String>,
    pub(super) details: Value,
    pub(super) day_only: bool,
}

impl Audit {
    /// `command` is the name of the operation, `subject_type` the resource in the singular (`session`).
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

    /// Sets the names of the fields that were set or changed.
    #[must_use]
    pub fn fields<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the details as an object: counts, reasons, values that are not personal.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Reveals only the day, not the instant: without the request, and at a random place among the entries of that day. The
    /// entry is dated at the end of the day, and the log shows it only from then on, so that nobody sees it appear.
    #[must_use]
    pub fn day_only(mut self) -> Self {
        self.day_only = true;
        self
    }
}
