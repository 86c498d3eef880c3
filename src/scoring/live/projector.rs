//! The projector: it follows marks, for all tenants of the installation, in every process that serves.
//!
//! A transaction of this process that leaves marks tells it at once. What others leave (a command that was killed, another process
//! that died) it finds by one question for all tenants, at its start and every few seconds. A tenant has one round at a time, so a
//! large company keeps nobody waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

use super::aside::is_fault;
use super::round::{self, Left, Work};
use crate::auth::Actor;
use crate::db::{Access, Share, refresh_statistics, statement};
use crate::error::{Code, Error, Result};
use crate::http::Metrics;
use crate::journal::{Circumstances, snapshot_tx};
use crate::state::State;

/// How often it asks for marks that nobody told it of.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// Facts that come together are projected together: a round begins so long after the first of them, or when the round before it ends,
/// if that is later. So the more is going on, the more a round brings, and somebody who is rated ten times meanwhile is computed once.
const GATHER: Duration = Duration::from_millis(100);
/// How long a tenant rests after its rounds: while marks come all the time, results are some tenths of a second behind, and a lecturer
/// who is rated again and again is computed three times a second.
const REST: Duration = Duration::from_millis(200);
/// How long it leaves a tenant alone that somebody else projects.
const ELSEWHERE: Duration = Duration::from_millis(50);
/// How many tenants it projects at a time, at the most; its share of the pool may have fewer places.
const PLACES: usize = 4;

/// How much is done in one round. Where that fails, less is tried, until it is one lecturer, who is set aside.
#[derive(Debug, Clone, Copy)]
struct Limits {
    marks: usize,
    everybody: usize,
}

impl Limits {
    const MOST: Self = Self { marks: 2_000, everybody: 500 };
    /// To find who fails among many costs a few rounds.
    const LESS: usize = 8;

    /// What a round of this work does at the most.
    fn of(&mut self, work: Work) -> Option<(&mut usize, usize)> {
        match work {
            Work::Marks => Some((&mut self.marks, Self::MOST.marks)),
            Work::Doubtful => None,
            Work::Everybody => Some((&mut self.everybody, Self::MOST.everybody)),
        }
    }

    fn more(&mut self, work: Work) {
        if let Some((limit, most)) = self.of(work) {
            *limit = (*limit * 2).min(most);
        }
    }

    fn less(&mut self, work: Work) {
        if let Some((limit, _)) = self.of(work) {
            *limit = (*limit / Self::LESS).max(1);
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Done,
    /// There is more, of everybody's or not.
    More {
        everybody: bool,
    },
    Elsewhere,
}

/// One step for a tenant: a round of marks, one of somebody of whom something was set aside before, and one of whatever concerns
/// everybody.
async fn step(state: &State, tenant: Uuid, limits: &mut Limits) -> Result<Step> {
    let Some(mut left) = attempt(state, tenant, Work::Marks, limits).await? else { return Ok(Step::Elsewhere) };
    if left.doubtful {
        let after = attempt(state, tenant, Work::Doubtful, limits).await?;
        left.doubtful = after.is_none_or(|after| after.doubtful);
    }
    if left.everybody {
        let after = attempt(state, tenant, Work::Everybody, limits).await?;
        left.everybody = after.is_none_or(|after| after.everybody);
    }
    state.marked.tell_projected();
    let Left { marks, doubtful, everybody } = left;
    Ok(if marks || doubtful || everybody { Step::More { everybody } } else { Step::Done })
}

async fn attempt(state: &State, tenant: Uuid, work: Work, limits: &mut Limits) -> Result<Option<Left>> {
    let size = limits.of(work).map_or(1, |(limit, _)| *limit);
    let round = snapshot_tx(state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        round::run(tx, work, size).boxed()
    });
    match round.await {
        Ok(left) => {
            limits.more(work);
            Ok(left)
        }
        // Somebody has changed the same rows meanwhile.
        Err(error) if error.code == Code::Busy => Ok(Some(Left::all(work))),
        Err(error) if size > 1 && is_fault(&error) => {
            log::warn!("a round of the projector failed and is tried with less: {}", error.chain());
            limits.less(work);
            Ok(Some(Left::all(work)))
        }
        Err(error) => Err(error),
    }
}

/// Brings the live results of a tenant up to date.
pub async fn drain_tenant(state: &State, tenant: Uuid) -> Result<()> {
    let mut limits = Limits::MOST;
    loop {
        match step(state, tenant, &mut limits).await? {
            Step::Done => return Ok(()),
            Step::More { .. } => {}
            Step::Elsewhere => tokio::time::sleep(ELSEWHERE).await,
        }
    }
}

/// Brings the live results of all tenants up to date: for commands that end, and for tests.
pub async fn drain(state: &State) -> Result<()> {
    for asked in ask(state).await? {
        if asked.marked_at.is_some() {
            drain_tenant(state, asked.tenant_id).await?;
        }
    }
    Ok(())
}

/// How far the results of a tenant are behind.
#[derive(Debug, QueryableByName)]
struct Behind {
    #[diesel(sql_type = SqlUuid)]
    tenant_id: Uuid,
    /// None: only marks that are set aside are left.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    marked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    set_aside: i64,
}

/// The tenants whose results are not up to date.
async fn ask(state: &State) -> Result<Vec<Behind>> {
    let now = state.clock.now();
    let asked = state.db.transaction(Access::Read, None, move |conn| {
        async move {
            let behind = "SELECT u.tenant_id, u.marked_at, u.set_aside FROM unprojected_tenants(:now) u";
            Ok(statement(behind).bind("now", now).load::<Behind>(conn).await?)
        }
        .boxed()
    });
    asked.await
}

/// A running projector.
pub struct Projector {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Projector {
    /// Starts on the current runtime.
    #[must_use]
    pub fn start(state: &State, metrics: Metrics) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, task: tokio::spawn(Loop::new(state.in_share(Share::Projector), metrics, stopped).go()) }
    }

    /// Begins no more rounds, and waits for those that are running.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        if let Err(error) = self.task.await {
            log::error!("the projector failed: {error}");
        }
    }
}

struct Loop {
    state: State,
    metrics: Metrics,
    stopped: watch::Receiver<bool>,
    ask_at: Instant,
    /// Tenants whose next round may begin at this moment.
    due: BTreeMap<Uuid, Instant>,
    /// Tenants that rest, until this moment.
    rests: BTreeMap<Uuid, Instant>,
    running: JoinSet<(Result<Step>, Limits)>,
    /// Whose rounds are running.
    busy: BTreeMap<Id, Uuid>,
    limits: BTreeMap<Uuid, Limits>,
    /// Whose everybody is computed anew.
    renewing: BTreeSet<Uuid>,
}

impl Loop {
    fn new(state: State, metrics: Metrics, stopped: watch::Receiver<bool>) -> Self {
        Self {
            state,
            metrics,
            stopped,
            ask_at: Instant::now(),
            due: BTreeMap::new(),
            rests: BTreeMap::new(),
            running: JoinSet::new(),
            busy: BTreeMap::new(),
            limits: BTreeMap::new(),
            renewing: BTreeSet::new(),
        }
    }

    async fn go(mut self) {
        while !*self.stopped.borrow() {
            self.ask_if_due().await;
            for tenant in self.state.marked.take() {
                self.follow(tenant, Instant::now() + GATHER);
            }
            let next = self.begin();
            let state = self.state.clone();
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = state.marked.told() => {}
                changed = self.stopped.changed() => if changed.is_err() { break },
                Some(ended) = self.running.join_next_with_id() => self.end(ended),
            }
        }
        while self.running.join_next().await.is_some() {}
    }

    async fn ask_if_due(&mut self) {
        if Instant::now() < self.ask_at {
            return;
        }
        self.ask_at = Instant::now() + ASK_EVERY;
        self.rests.retain(|_, until| *until > Instant::now());
        match ask(&self.state).await {
            Ok(asked) => {
                let oldest = asked.iter().filter_map(|behind| behind.marked_at).min();
                let lag = oldest.map_or(0, |oldest| (self.state.clock.now() - oldest).num_seconds().max(0));
                self.metrics.projection(lag, asked.iter().map(|behind| behind.set_aside).sum());
                for behind in asked.into_iter().filter(|behind| behind.marked_at.is_some()) {
                    self.follow(behind.tenant_id, Instant::now());
                }
            }
            Err(error) => log::warn!("looking for marks failed: {error}"),
        }
    }

    /// The next round of a tenant begins at this moment, if it does not begin before.
    fn follow(&mut self, tenant: Uuid, at: Instant) {
        let due = self.due.entry(tenant).or_insert(at);
        *due = at.min(*due);
    }

    /// Begins the rounds that are due in the free places, those that wait longest first. Returns when the next one is.
    fn begin(&mut self) -> Instant {
        loop {
            let waiting = self.due.iter().filter(|(tenant, _)| !self.busy.values().any(|busy| busy == *tenant));
            let rested = |tenant: &Uuid, at: Instant| self.rests.get(tenant).map_or(at, |until| at.max(*until));
            let next = waiting.map(|(tenant, at)| (rested(tenant, *at), *tenant)).min();
            let next = next.filter(|_| self.busy.len() < PLACES);
            let Some((at, tenant)) = next else { return self.ask_at };
            if at > Instant::now() {
                return at.min(self.ask_at);
            }
            self.due.remove(&tenant);
            let (state, mut limits) = (self.state.clone(), self.limits.remove(&tenant).unwrap_or(Limits::MOST));
            let started = self.running.spawn(async move {
                let stepped = step(&state, tenant, &mut limits).await;
                (stepped, limits)
            });
            self.busy.insert(started.id(), tenant);
        }
    }

    /// What becomes of a tenant after its round: its next one, or nothing until somebody tells of it.
    fn end(&mut self, ended: std::result::Result<(Id, (Result<Step>, Limits)), JoinError>) {
        let (id, (stepped, limits)) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), (Err(Error::internal(error)), Limits::MOST)),
        };
        let Some(tenant) = self.busy.remove(&id) else { return };
        self.limits.insert(tenant, limits);
        match stepped {
            Ok(Step::Done) => {
                self.limits.remove(&tenant);
                self.rests.insert(tenant, Instant::now() + REST);
                if self.renewing.remove(&tenant) {
                    let db = self.state.db.clone();
                    let renewed = async move { refresh_statistics(&db, &["live_results", "live_score_counts"]).await };
                    drop(tokio::spawn(renewed));
                }
            }
            Ok(Step::Elsewhere) => self.follow(tenant, Instant::now() + ELSEWHERE),
            Ok(Step::More { everybody }) => {
                if everybody {
                    self.renewing.insert(tenant);
                }
                self.follow(tenant, Instant::now());
            }
            // It is asked for again in a few seconds.
            Err(error) => log::warn!("projecting failed: {error}"),
        }
    }
}
