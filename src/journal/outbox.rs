//! The outbox: what happened, for those who are notified after the commit.

use serde_json::Value;
use uuid::Uuid;

/// Something that happened. The payload contains ids and states, never a rating or a text.
#[derive(Debug, Clone)]
pub struct Event {
    /// For example `session.delivered`: subject and past participle.
    pub topic: &'static str,
    pub subject_type: &'static str,
    pub subject_id: Uuid,
    /// An object.
    pub payload: Value,
    /// Reveals only the day, not the instant or the request.
    pub(super) day_only: bool,
}

impl Event {
    /// An event with an object as its payload.
    #[must_use]
    pub fn new(topic: &'static str, subject_type: &'static str, subject_id: Uuid, payload: Value) -> Self {
        Self { topic, subject_type, subject_id, payload, day_only: false }
    }

    /// Reveals only the day.
    #[must_use]
    pub fn day_only(self) -> Self {
        Self { day_only: true, ..self }
    }
}
