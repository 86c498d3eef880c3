//! The transaction as services see it.

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::audit::{Audit, insert_audit};
use super::outbox::{Event, insert_events};
use crate::auth::Actor;
use crate::db::{Access, Connection};
use crate::error::Result;
use crate::kernel::ids::Ids;
use crate::state::State;

/// One transaction of one tenant, by one actor, at one time.
pub struct Tx<'c> {
    pub conn: &'c mut Connection,
    pub tenant: Uuid,
    pub actor: Actor,
    /// The instant at which everything in this transaction happens.
    pub now: DateTime<Utc>,
    pub circumstances: Circumstances,
    ids: Ids,
    audit: Vec<Audit>,
    events: Vec<Event>,
}

/// What a transaction is part of.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// The request that caused it; none for work of Lectern's own.
    pub request_id: Option<String>,
    /// W3C trace context, passed on with events.
    pub traceparent: Option<String>,
}

impl<'c> Tx<'c> {
    #[must_use]
    pub fn new(
        conn: &'c mut Connection,
        state: &State,
        tenant: Uuid,
        actor: Actor,
        circumstances: Circumstances,
    ) -> Self {
        Self {
            conn,
            tenant,
            actor,
            now: state.clock.now(),
            circumstances,
            ids: state.ids.clone(),
            audit: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A new id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.ids.next()
    }

    /// New ids for a set of rows.
    #[must_use]
    pub fn ids(&self, count: usize) -> Vec<Uuid> {
        (0..count).map(|_| self.id()).collect()
    }

    /// Records the command that this transaction carries out.
    pub fn audit(&mut self, audit: Audit) {
        self.audit.push(audit);
    }

    /// Tells the outbox what happened.
    pub fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Writes what was collected. Called once, before the commit.
    pub async fn write_journal(&mut self) -> Result<()> {
        let audit = std::mem::take(&mut self.audit);
        let events = std::mem::take(&mut self.events);
        insert_audit(self, audit).await?;
        insert_events(self, events).await?;
        Ok(())
    }
}

/// Runs `work` in a transaction that may write, outside of any request: jobs, the command line.
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

/// Like [`write_tx`], with everything that is read as of one instant (see [`Access::Snapshot`]).
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
    let shared = state.clone();
    state
        .db
        .transaction(access, Some(tenant), move |conn| {
            async move {
                let mut tx = Tx::new(conn, &shared, tenant, actor, circumstances);
                let value = work(&mut tx).await?;
                tx.write_journal().await?;
                Ok(value)
            }
            .boxed()
        })
        .await
}

/// Runs `work` in a transaction that only reads, outside of any request.
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
