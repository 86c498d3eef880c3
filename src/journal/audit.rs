//! The operation log: one entry a command, never a rating or a text of feedback.

use serde_json::{Value, json};
use uuid::Uuid;

/// A command that was carried out.
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
