//! The worker's rounds: twice a second it asks, for all tenants at once, who has a job to be looked at, and starts what is due in its
//! free places. So a job starts within a second of being ordered, however many companies there are and whatever else is running, as
//! long as a place is free; and a round that finds nothing is one question.
//!
//! A tenant has at most one place, and a tenant that had no turn lately comes first: nobody's jobs keep those of others waiting for
//! long. Which worker runs a job is decided where it is taken (`runner`): the question may be answered alike to several workers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use uuid::Uuid;

use super::queries;
use super::runner::{JobContext, Runner, run, take};
use super::uploads::delete_forgotten;
use crate::db::Access;
use crate::error::Result;
use crate::journal::{FORGET_AT_ONCE, forget_expired};
use crate::state::State;

/// How often the worker looks for jobs.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// How many jobs a worker runs at a time, if the pool has connections enough.
const MAX_PLACES: usize = 4;
/// How many connections of the pool there are for each place: jobs leave most of the pool to requests.
const CONNECTIONS_FOR_A_PLACE: usize = 4;
/// How many waiting tenants a round considers.
const CONSIDERED: i64 = 1_000;
/// How often expired data is removed.
const SWEEP_EVERY: TimeDelta = TimeDelta::hours(1);

pub(super) struct Rounds {
    runner: Runner,
    state: State,
    name: String,
    stopped: watch::Receiver<bool>,
    rounds: Arc<AtomicU64>,
    places: usize,
    running: JoinSet<()>,
    /// Whose jobs are running.
    busy: BTreeMap<Id, Uuid>,
    /// The round in which a tenant last had its turn.
    served: BTreeMap<Uuid, u64>,
    sweep_at: DateTime<Utc>,
    sweeping: Option<JoinHandle<()>>,
}

impl Rounds {
    pub(super) fn new(
        runner: Runner,
        state: State,
        name: String,
        stopped: watch::Receiver<bool>,
        rounds: Arc<AtomicU64>,
    ) -> Self {
        let places = (state.db.max_connections() / CONNECTIONS_FOR_A_PLACE).clamp(1, MAX_PLACES);
        Self {
            runner,
            state,
            name,
            stopped,
            rounds,
            places,
            running: JoinSet::new(),
            busy: BTreeMap::new(),
            served: BTreeMap::new(),
            sweep_at: DateTime::<Utc>::MIN_UTC,
            sweeping: None,
        }
    }

    /// Goes round until the worker is stopped; then waits for the running jobs.
    pub(super) async fn go(mut self) {
        while !*self.stopped.borrow() {
            self.sweep_if_due();
            if let Err(error) = self.start_due().await {
                log::warn!("looking for jobs failed: {error}");
            }
            self.rounds.fetch_add(1, Ordering::Relaxed);
            tokio::select! {
                () = tokio::time::sleep(POLL_EVERY) => {}
                _ = self.stopped.changed() => {}
                Some(ended) = self.running.join_next_with_id() => self.leave(ended),
            }
        }
        while self.running.join_next().await.is_some() {}
        if let Some(sweeping) = self.sweeping {
            let _ = sweeping.await;
        }
    }

    /// Starts jobs that are due, as many as there are free places.
    async fn start_due(&mut self) -> Result<()> {
        if self.busy.len() >= self.places {
            return Ok(());
        }
        let (now, busy) = (self.state.clock.now(), self.busy.values().copied().collect::<Vec<Uuid>>());
        let ask = self.state.db.transaction(Access::Read, None, move |conn| {
            async move { Ok(queries::due_tenants(conn, now, &busy, CONSIDERED).await?) }.boxed()
        });
        let mut due = ask.await?;
        due.sort_by_key(|tenant| self.served.get(tenant).copied());
        for tenant in due {
            if self.busy.len() >= self.places || *self.stopped.borrow() {
                break;
            }
            // Before it is known what comes of it: a tenant whose jobs cannot be taken keeps nobody else waiting in the next round.
            self.served.insert(tenant, self.rounds.load(Ordering::Relaxed));
            let Some(job) = take(&self.runner, &self.state, tenant, &self.name).await? else { continue };
            let context = JobContext::new(&self.runner, &self.state, job, self.name.clone());
            let runner = self.runner.clone();
            let started = self.running.spawn(async move {
                if let Err(error) = run(&runner, context).await {
                    log::warn!("a job could not be ended: {error}");
                }
            });
            self.busy.insert(started.id(), tenant);
        }
        Ok(())
    }

    /// The place of a job that has ended is free.
    fn leave(&mut self, ended: std::result::Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                log::error!("running a job failed: {error}");
                error.id()
            }
        };
        self.busy.remove(&id);
    }

    /// Removes expired data in the background, tenant by tenant: that takes longer the more there are, and no job waits for it.
    fn sweep_if_due(&mut self) {
        let now = self.state.clock.now();
        if now < self.sweep_at || self.sweeping.as_ref().is_some_and(|sweeping| !sweeping.is_finished()) {
            return;
        }
        self.sweep_at = now + SWEEP_EVERY;
        let (state, stopped) = (self.state.clone(), self.stopped.clone());
        self.sweeping = Some(tokio::spawn(async move {
            if let Err(error) = sweep(&state, now, &stopped).await {
                log::warn!("removing expired data failed: {error}");
            }
        }));
    }
}

/// Removes expired responses that were kept for retries, a limited number per transaction, and looks for jobs that no round finds.
async fn sweep(state: &State, now: DateTime<Utc>, stopped: &watch::Receiver<bool>) -> Result<()> {
    let tenants =
        state.db.transaction(Access::Read, None, |conn| async move { Ok(queries::tenants(conn).await?) }.boxed());
    for tenant in tenants.await? {
        loop {
            if *stopped.borrow() {
                return Ok(());
            }
            let removed = state.db.transaction(Access::Write, Some(tenant), move |conn| {
                async move {
                    queries::await_forgotten(conn, tenant, now).await?;
                    delete_forgotten(conn, tenant, now).await?;
                    Ok(forget_expired(conn, tenant, now).await?)
                }
                .boxed()
            });
            if removed.await? < FORGET_AT_ONCE {
                break;
            }
        }
    }
    Ok(())
}
