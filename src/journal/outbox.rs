//! The outbox: what happened, for whoever is told about it after the commit.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::tx::{Circumstances, Tx};
use crate::error::Result;
use crate::kernel::clock::start_of_day;
use crate::kernel::ids::Ids;
use crate::schema::outbox_events;

/// Something that happened. The payload holds ids and states, never a rating or a text.
#[derive(Debug, Clone)]
pub struct Event {
    /// `session.delivered`: subject and past participle.
    pub topic: &'static str,
    pub subject_type: &'static str,
    pub subject_id: Uuid,
    /// An object.
    pub payload: Value,
    day_only: bool,
}

impl Event {
    /// An event whose payload is an object.
    #[must_use]
    pub fn new(topic: &'static str, subject_type: &'static str, subject_id: Uuid, payload: Value) -> Self {
        Self { topic, subject_type, subject_id, payload, day_only: false }
    }

    /// Tells the day, and nothing that leads to the instant or the request.
    #[must_use]
    pub fn day_only(mut self) -> Self {
        self.day_only = true;
        self
    }
}

#[derive(Insertable)]
#[diesel(table_name = outbox_events)]
struct NewOutboxEvent<'a> {
    tenant_id: Uuid,
    id: Uuid,
    topic: &'static str,
    subject_type: &'static str,
    subject_id: Uuid,
    payload: Value,
    occurred_at: chrono::DateTime<chrono::Utc>,
    request_id: Option<&'a str>,
    traceparent: Option<&'a str>,
}

pub(super) async fn insert_events(tx: &mut Tx<'_>, events: Vec<Event>) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let Circumstances { request_id, traceparent } = tx.circumstances.clone();
    let rows: Vec<NewOutboxEvent<'_>> = events
        .into_iter()
        .map(|event| NewOutboxEvent {
            tenant_id: tx.tenant,
            id: if event.day_only { Ids::random() } else { tx.id() },
            topic: event.topic,
            subject_type: event.subject_type,
            subject_id: event.subject_id,
            payload: event.payload,
            occurred_at: if event.day_only { start_of_day(tx.now) } else { tx.now },
            request_id: request_id.as_deref().filter(|_| !event.day_only),
            traceparent: traceparent.as_deref().filter(|_| !event.day_only),
        })
        .collect();
    // A statement has room for 65,535 values.
    for rows in rows.chunks(5000) {
        diesel::insert_into(outbox_events::table).values(rows).execute(tx.conn).await?;
    }
    Ok(())
}
