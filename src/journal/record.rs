//! The record of a command: one entry in the operation log and, for most commands, one event. Both have the same details. A
//! record never contains a rating or a text of feedback.

use serde_json::{Value, json};
use uuid::Uuid;

use super::outbox::Event;

/// A command that was executed.
#[derive(Debug, Clone)]
pub struct Record {
    pub(super) command: &'static str,
    pub(super) subject_type: &'static str,
    pub(super) subject_id: Option<Uuid>,
    pub(super) fields: Vec<String>,
    details: Value,
    notes: Value,
    /// The topic of the event and the subject's id; none for a command without an event.
    told: Option<(&'static str, Uuid)>,
    pub(super) day_only: bool,
    pub(super) nameless: bool,
}

impl Record {
    /// A command that only the log shows: it has many subjects, or no event. `command` is the name of the operation,
    /// `subject_type` the name of the resource in the singular (`session`).
    #[must_use]
    pub fn logged(command: &'static str, subject_type: &'static str, subject_id: impl Into<Option<Uuid>>) -> Self {
        Self {
            command,
            subject_type,
            subject_id: subject_id.into(),
            fields: Vec::new(),
            details: json!({}),
            notes: json!({}),
            told: None,
            day_only: false,
            nameless: false,
        }
    }

    /// A command that also has an event in the outbox. `topic` is the subject and a past participle (`session.delivered`).
    #[must_use]
    pub fn told(command: &'static str, topic: &'static str, subject_type: &'static str, subject_id: Uuid) -> Self {
        Self { told: Some((topic, subject_id)), ..Self::logged(command, subject_type, subject_id) }
    }

    /// Names of the fields that were set or changed.
    #[must_use]
    pub fn fields<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Details for the log and the event, as an object: ids, states, counts.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Details that only the log shows, as an object: reasons, texts, digests.
    #[must_use]
    pub fn notes(mut self, notes: Value) -> Self {
        self.notes = notes;
        self
    }

    /// Reveals only the day, not the instant: there is no request id, and the order among the entries of the day is random. The
    /// entry does not name the subject. It is dated with the end of the day and shown from then on, so that nobody can watch it
    /// appear.
    #[must_use]
    pub fn day_only(mut self) -> Self {
        self.day_only = true;
        self
    }

    /// Does not reveal who it was: the log names the system.
    #[must_use]
    pub fn nameless(mut self) -> Self {
        self.nameless = true;
        self
    }

    /// The event. Its payload is the details with the names of the fields.
    pub(super) fn event(&self) -> Option<Event> {
        let (topic, subject_id) = self.told?;
        let fields = if self.fields.is_empty() { json!({}) } else { json!({"fields": self.fields}) };
        let payload = joined(self.details.clone(), fields);
        Some(Event { day_only: self.day_only, ..Event::new(topic, self.subject_type, subject_id, payload) })
    }

    /// The details for the log, with the notes.
    pub(super) fn all_details(&mut self) -> Value {
        joined(self.details.take(), self.notes.take())
    }
}

/// One object with the members of both.
fn joined(mut object: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut object, more) {
        members.extend(more);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_has_the_details_and_the_fields_and_the_log_has_the_notes_too() {
        let record = Record::told("void_batch", "batch.voided", "batch", Uuid::nil()).fields(["reason"]);
        let mut record = record.details(json!({"was": "draft"})).notes(json!({"reason_code": "none"}));
        let event = record.event().unwrap();
        assert_eq!((event.topic, event.subject_id), ("batch.voided", Uuid::nil()));
        assert_eq!(event.payload, json!({"was": "draft", "fields": ["reason"]}));
        assert_eq!(record.all_details(), json!({"was": "draft", "reason_code": "none"}));
        assert_eq!(record.fields, ["reason"]);
    }

    #[test]
    fn what_is_logged_only_makes_no_event() {
        assert!(Record::logged("batch_rows", "row", None).details(json!({"rows": 3})).event().is_none());
    }

    #[test]
    fn the_event_of_a_record_of_a_day_is_one_of_that_day() {
        let event = Record::told("rate", "rating.received", "session", Uuid::nil()).day_only().event().unwrap();
        assert!(event.day_only);
        assert_eq!(event.payload, json!({}));
    }
}
