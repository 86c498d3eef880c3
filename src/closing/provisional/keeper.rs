//! Who computes provisional rewards, and when.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{compute, queries};
use crate::auth::Actor;
use crate::db::{Access, Share, allow_large_sets, read_in_chunks, statement};
use crate::error::{Code, Result};
use crate::journal::{Circumstances, snapshot_tx};
use crate::state::State;

/// How often a process asks whose rewards are to be computed anew.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// Keeps the provisional rewards of all tenants.
pub struct Keeper {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Starts on the current runtime.
    #[must_use]
    pub fn start(state: &State) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let state = state.in_share(Share::Jobs);
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(ASK_EVERY) => {}
                    _ = stopped.changed() => return,
                }
                if let Err(error) = renew_all(&state).await {
                    log::warn!("looking for provisional rewards failed: {}", error.chain());
                }
            }
        });
        Self { stop, task }
    }

    /// Begins nothing more. What it is working on is not finished: the next process computes it.
    pub fn stop(self) {
        let _ = self.stop.send(true);
        self.task.abort();
    }
}

/// Computes what is to be computed anew, for all tenants. What fails for one keeps no other from its turn.
pub async fn renew_all(state: &State) -> Result<()> {
    let now = state.clock.now();
    let asked = state.db.transaction(Access::Read, None, move |conn| {
        async move {
            let stale = "SELECT t.id FROM tenants_with_stale_rewards(:now) AS t (id)";
            Ok(statement(stale).bind("now", now).load_ids(conn).await?)
        }
        .boxed()
    });
    for tenant in asked.await? {
        if let Err(error) = renew_tenant(state, tenant).await {
            log::warn!("provisional rewards were not computed: {}", error.chain());
        }
    }
    Ok(())
}

async fn renew_tenant(state: &State, tenant: Uuid) -> Result<()> {
    while renew_next(state, tenant).await? {}
    Ok(())
}

/// Computes the next period of a tenant. Returns whether there was one.
async fn renew_next(state: &State, tenant: Uuid) -> Result<bool> {
    let done = snapshot_tx(state, tenant, Actor::system(), Circumstances::default(), |tx| {
        async move {
            allow_large_sets(tx.conn).await?;
            read_in_chunks(tx.conn).await?;
            if let Some(gone) = queries::gone(tx).await? {
                queries::remove(tx, gone).await?;
                return Ok(true);
            }
            let Some(stale) = queries::stale(tx).await? else { return Ok(false) };
            compute::renew(tx, &stale).await?;
            Ok(true)
        }
        .boxed()
    });
    match done.await {
        // Another process has computed it meanwhile.
        Err(error) if error.code == Code::Busy => Ok(false),
        done => done,
    }
}
