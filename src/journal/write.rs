//! Transactions outside of requests, and the rows that every transaction writes at its end.

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;

use super::outbox::Event;
use super::record::Record;
use super::tx::{Author, Circumstances, Tx};
use crate::auth::{Actor, ActorKind, Identity};
use crate::db::{Access, SetRow as _, execute_together, row_set, set_row, statement};
use crate::error::Result;
use crate::kernel::clock::{end_of_day, start_of_day};
use crate::kernel::ids::Ids;
use crate::state::State;

/// Runs `work` in a transaction that may write, outside of any request: for jobs and the command line.
pub async fn write_tx<T, W>(
    state: &State,
    tenant: Uuid,
    actor: Actor,
    circumstances: Circumstances,
    work: W,
) -> Result<T>
where
    T: Send + 'static,
    W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
{
    writing(Access::Write, state, tenant, actor, circumstances, work).await
}

/// Like [`write_tx`], but reads everything as of one instant (see [`Access::Snapshot`]).
pub async fn snapshot_tx<T, W>(
    state: &State,
    tenant: Uuid,
    actor: Actor,
    circumstances: Circumstances,
    work: W,
) -> Result<T>
where
    T: Send + 'static,
    W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
{
    writing(Access::Snapshot, state, tenant, actor, circumstances, work).await
}

async fn writing<T, W>(
    access: Access,
    state: &State,
    tenant: Uuid,
    actor: Actor,
    circumstances: Circumstances,
    work: W,
) -> Result<T>
where
    T: Send + 'static,
    W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
{
    let (shared, told) = (state.clone(), tell_marked(state, tenant));
    let done = state.db.transaction_then(
        access,
        Some(tenant),
        move |conn| {
            async move {
                let mut tx = Tx::new(conn, &shared, tenant, actor, circumstances);
                let value = work(&mut tx).await?;
                tx.write_journal().await?;
                Ok(((value, tx.take_written()), tx.has_marked()))
            }
            .boxed()
        },
        told,
    );
    let ((value, written), _) = done.await?;
    written.refresh_statistics(&state.db).await;
    Ok(value)
}

/// What follows the commit of a transaction with a value, and whether it may have left marks: the projector of this process is told.
pub fn tell_marked<T: 'static>(state: &State, tenant: Uuid) -> impl FnOnce(&(T, bool)) + Send + use<T> {
    let state = state.clone();
    move |(_, has_marked): &(T, bool)| {
        if *has_marked {
            state.marked.tell(tenant);
        }
    }
}

/// Runs `work` in a read-only transaction, outside of any request.
pub async fn read_tx<T, W>(state: &State, tenant: Uuid, actor: Actor, work: W) -> Result<T>
where
    T: Send + 'static,
    W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
{
    let shared = state.clone();
    state
        .db
        .transaction(Access::Read, Some(tenant), move |conn| {
            async move { work(&mut Tx::new(conn, &shared, tenant, actor, Circumstances::default())).await }.boxed()
        })
        .await
}

impl Tx<'_> {
    /// Writes what was collected. Called once, just before the commit.
    pub async fn write_journal(&mut self) -> Result<()> {
        const ENTRIES: &str = "
INSERT INTO audit_entries (fields, :columns)
SELECT CASE WHEN r.names = '[]' THEN '{}' ELSE ARRAY(SELECT jsonb_array_elements_text(r.names)) END, :fields FROM :rows";
        let records = std::mem::take(&mut self.records).into_iter();
        let entries: Vec<NewAuditEntry> = records.map(|(author, record)| entry(self, author, record)).collect();
        let (authors, events): (Vec<Author>, Vec<Event>) = std::mem::take(&mut self.events).into_iter().unzip();
        let events = events.into_iter().zip(&authors);
        let events: Vec<NewOutboxEvent<'_>> = events.map(|(event, author)| told(self, author, event)).collect();
        let mut statements = Vec::with_capacity(2);
        if !entries.is_empty() {
            statements.push(statement(ENTRIES).rows(&entries));
        }
        if !events.is_empty() {
            statements.push(NewOutboxEvent::bind(statement(NewOutboxEvent::INSERT), &events));
        }
        execute_together(self.conn, statements).await?;
        Ok(())
    }
}

row_set! {
    /// An entry of the operation log.
    pub struct NewAuditEntry into audit_entries {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub occurred_at: DateTime<Utc>,
        pub actor_kind: ActorKind,
        pub actor_id: Uuid,
        pub command: &'static str,
        pub subject_type: &'static str,
        pub subject_id: Option<Uuid>,
        pub details: Value,
        pub request_id: Option<String>,
    } by {
        /// An array: `unnest` would flatten the column's own.
        pub names: Value,
    }
}

/// The entry of a record.
fn entry(tx: &Tx<'_>, author: Author, mut record: Record) -> NewAuditEntry {
    let actor = if record.nameless { Identity::System } else { author.identity };
    NewAuditEntry {
        tenant_id: tx.tenant,
        id: if record.day_only { Ids::random() } else { tx.id() },
        occurred_at: if record.day_only { end_of_day(tx.now) } else { tx.now },
        actor_kind: actor.kind(),
        actor_id: actor.id(),
        command: record.command,
        subject_type: record.subject_type,
        subject_id: record.subject_id.filter(|_| !record.day_only),
        details: record.all_details(),
        request_id: author.circumstances.request_id.clone().filter(|_| !record.day_only),
        names: json!(record.fields),
    }
}

set_row! {
    into outbox_events;
    struct NewOutboxEvent<'a> {
        tenant_id: Uuid,
        id: Uuid,
        topic: &'static str,
        subject_type: &'static str,
        subject_id: Uuid,
        payload: Value,
        occurred_at: DateTime<Utc>,
        request_id: Option<&'a str>,
        traceparent: Option<&'a str>,
    }
}

/// The event as it is told.
fn told<'a>(tx: &Tx<'_>, author: &'a Author, event: Event) -> NewOutboxEvent<'a> {
    let of_request = |own: &'a Option<String>| own.as_deref().filter(|_| !event.day_only);
    NewOutboxEvent {
        tenant_id: tx.tenant,
        id: if event.day_only { Ids::random() } else { tx.id() },
        topic: event.topic,
        subject_type: event.subject_type,
        subject_id: event.subject_id,
        occurred_at: if event.day_only { start_of_day(tx.now) } else { tx.now },
        request_id: of_request(&author.circumstances.request_id),
        traceparent: of_request(&author.circumstances.traceparent),
        payload: event.payload,
    }
}
