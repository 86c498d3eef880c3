//! Requests of one operation that arrive together share a commit: one transaction of their tenant writes them with statements on
//! sets, and each is answered after the commit that holds it.
//!
//! Each tenant has a line. Nobody waits on purpose: a request that finds its tenant's line empty starts a task, which writes what
//! stands in the line, again and again until nobody does; meanwhile the next ones gather. Where many do, a second task writes beside
//! the first: while one commit waits for the disk, the other one computes, about other subjects as long as there are any. Tenants take
//! turns at a small share of the pool. A line has a bounded length: beyond it, requests are refused (503). What stands in the line is
//! written even if its client has gone.
//!
//! A commit that waits for a lock gives its turn back and goes on aside, in another small share of the pool. What it is about waits for
//! it in the line; the tenant's other requests, and other tenants, do not.
//!
//! In the transaction, everything is as if each request had its own ([`Call::write`]): who the callers are and what they may do, the
//! work, the operation log and the events. A refusal is the fate of one request. An error of a shared transaction is not: nothing
//! was written, and the requests are tried one by one, by the same code. Two requests by one person about the same are never under way
//! together.

mod line;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;
use uuid::Uuid;
use validator::Validate;

use self::line::{About, Line, Waiting};
use super::{Admit, Answer, Call, reach};
use crate::auth::{Actor, Caller, Right};
use crate::db::{Access, Db};
use crate::error::{Code, Error, Result};
use crate::http::{CommitMeter, Json, Reply};
use crate::journal::{Circumstances, Tx, tell_marked};
use crate::state::State;

/// One of so many connections is for shared commits.
const SHARE_OF_POOL: usize = 4;

/// How long a commit holds its turn. One that takes longer waits for a lock.
const TURN: Duration = Duration::from_millis(250);

/// How long the requests of a failed commit are tried one by one. The others are told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long each of them waits for a lock, for which all may have waited together.
const LOCK_ONCE_MORE: Duration = Duration::from_millis(100);

/// How many requests of a tenant there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedLimits {
    /// In the line.
    pub waiting: usize,
    /// In one commit.
    pub together: usize,
    /// In the line when a second commit begins beside the first.
    pub beside: usize,
}

impl Default for SharedLimits {
    fn default() -> Self {
        Self { waiting: 2048, together: 256, beside: 16 }
    }
}

/// The work of a shared commit: tells the fate of each request, in their order. Those that it refuses have written nothing.
pub type SharedWork<B> = for<'t, 'c> fn(&'t mut Tx<'c>, &'t [Part<B>]) -> BoxFuture<'t, Result<Vec<Result<Reply>>>>;

/// A request in a shared commit, whose caller has the right that it requires.
pub struct Part<B> {
    actor: Arc<Actor>,
    asked: Arc<Asked<B>>,
}

impl<B> Part<B> {
    /// The caller.
    #[must_use]
    pub fn person(&self) -> Uuid {
        self.asked.person
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Uuid {
        self.asked.subject
    }

    #[must_use]
    pub fn request(&self) -> &B {
        &self.asked.request
    }

    /// Lets the transaction act for the caller of this request.
    pub fn take_over(&self, tx: &mut Tx<'_>) {
        tx.act_for(&self.actor, &self.asked.circumstances);
    }
}

/// What a person asks, as far as it is known without the database.
struct Asked<B> {
    caller: Caller,
    person: Uuid,
    circumstances: Arc<Circumstances>,
    admit: Admit,
    subject: Uuid,
    request: B,
}

/// The shared commits of one operation, whose bodies are `B`.
pub struct SharedCommits<B>(Arc<Parts<B>>);

struct Parts<B> {
    state: State,
    work: SharedWork<B>,
    limits: SharedLimits,
    meter: CommitMeter,
    lines: Mutex<BTreeMap<Uuid, Line<B>>>,
    turns: Semaphore,
    /// Places for commits that wait for a lock. In a small pool there is none, and they keep their turn.
    aside: Arc<Semaphore>,
}

impl<B> Clone for SharedCommits<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Right> Call<R> {
    /// Writes what the body requests about `subject`, in a commit that it shares with other requests of its kind. For persons, and
    /// for a PUT, which takes no `Idempotency-Key`.
    pub async fn share<B>(self, subject: Uuid, body: Json<B>) -> Answer
    where
        B: DeserializeOwned + Validate + Send + Sync + 'static,
    {
        let known = self.known;
        let parsed = body.read().await?.parse(&known.body_form());
        let request = parsed.and_then(|(request, found)| Error::refuse(found).map(|()| request));
        let person = known.caller.person().ok_or_else(|| Error::new(Code::PersonRequired));
        let (person, request) = match person.and_then(|person| Ok((person, request?))) {
            Ok(asked) => asked,
            Err(refused) => {
                // Whether the caller may call is told before what is wrong with the request.
                known.admitted(reach::<R>).await?;
                return Err(refused);
            }
        };
        let shared = known.request.app_data::<SharedCommits<B>>().cloned();
        let shared = shared.ok_or_else(|| Error::internal("an operation without shared commits"))?;
        let circumstances = Arc::new(known.circumstances);
        let asked = Asked { caller: known.caller, person, circumstances, admit: reach::<R>, subject, request };
        Ok(shared.write(asked).await?.into_response())
    }
}

impl<B: Send + Sync + 'static> SharedCommits<B> {
    #[must_use]
    pub fn new(mut state: State, work: SharedWork<B>, limits: SharedLimits, meter: CommitMeter) -> Self {
        state.db = state.db.keeping_plans();
        let share = state.db.max_connections() / SHARE_OF_POOL;
        let (turns, aside) = (Semaphore::new(share.max(1)), Arc::new(Semaphore::new(share)));
        Self(Arc::new(Parts { state, work, limits, meter, lines: Mutex::default(), turns, aside }))
    }

    /// Puts the request into the line of its tenant, and waits for its fate.
    async fn write(&self, asked: Asked<B>) -> Result<Reply> {
        let told = self.stand_in_line(asked)?;
        told.await.map_err(|lost| Error::new(Code::Unavailable).caused_by(lost))?
    }

    fn stand_in_line(&self, asked: Asked<B>) -> Result<oneshot::Receiver<Result<Reply>>> {
        let Parts { limits, meter, .. } = &*self.0;
        let (tell, told) = oneshot::channel();
        let tenant = asked.caller.tenant;
        let mut lines = self.lines();
        let line = lines.entry(tenant).or_default();
        if line.waiting.len() >= limits.waiting {
            return Err(Error::new(Code::QueueFull));
        }
        line.waiting.push_back(Waiting { asked: Arc::new(asked), tell });
        meter.came();
        self.have_written(tenant, line);
        Ok(told)
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<Uuid, Line<B>>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a task that writes the line, if there is none, or a second one if many wait.
    fn have_written(&self, tenant: Uuid, line: &mut Line<B>) {
        let is_enough = match line.writers {
            0 => true,
            1 => line.waiting.len() >= self.0.limits.beside,
            _ => false,
        };
        if is_enough {
            line.writers += 1;
            self.0.state.db.runtime().spawn(self.clone().write_line(tenant));
        }
    }

    /// Writes what stands in the line, commit by commit, until nobody does.
    async fn write_line(self, tenant: Uuid) {
        while let Ok(_turn) = self.0.turns.acquire().await {
            let batch = self.take(tenant);
            if batch.is_empty() {
                return;
            }
            self.0.meter.took(batch.len());
            let about: About = batch.iter().map(|one| (one.asked.person, one.asked.subject)).collect();
            let mut settling = Box::pin(self.clone().settle(tenant, batch));
            match timeout(TURN, settling.as_mut()).await {
                Ok(()) => self.finish(tenant, |line| line.forget(&about)),
                Err(_) => self.go_on_aside(tenant, about, settling).await,
            }
        }
    }

    /// Takes the requests of the next commit out of the line. If there are none, the task ends.
    fn take(&self, tenant: Uuid) -> Vec<Waiting<B>> {
        let mut lines = self.lines();
        let Some(line) = lines.get_mut(&tenant) else { return Vec::new() };
        let batch = line.first_of_each(self.0.limits.together);
        if batch.is_empty() {
            line.writers -= 1;
            if line.is_over() {
                lines.remove(&tenant);
            }
        }
        batch
    }

    /// Lets a commit that takes long go on aside if there is a place, otherwise here.
    async fn go_on_aside(&self, tenant: Uuid, about: About, settling: impl Future<Output = ()> + Send + 'static) {
        let Ok(place) = Arc::clone(&self.0.aside).try_acquire_owned() else {
            settling.await;
            return self.finish(tenant, |line| line.forget(&about));
        };
        if let Some(line) = self.lines().get_mut(&tenant) {
            line.goes_aside(&about);
        }
        let commits = self.clone();
        self.0.state.db.runtime().spawn(async move {
            settling.await;
            drop(place);
            commits.finish(tenant, |line| {
                line.comes_back(&about);
                line.forget(&about);
            });
        });
    }

    /// A commit is done: what has waited for it is written.
    fn finish(&self, tenant: Uuid, done: impl FnOnce(&mut Line<B>)) {
        let mut lines = self.lines();
        let Some(line) = lines.get_mut(&tenant) else { return };
        done(line);
        if line.is_over() {
            lines.remove(&tenant);
        } else if !line.waiting.is_empty() {
            self.have_written(tenant, line);
        }
    }

    /// Writes the requests, and tells each its fate.
    async fn settle(self, tenant: Uuid, batch: Vec<Waiting<B>>) {
        let asked: Vec<Arc<Asked<B>>> = batch.iter().map(|one| Arc::clone(&one.asked)).collect();
        match self.commit(&self.0.state.db, tenant, asked).await {
            Ok(fates) => {
                for (one, fate) in batch.into_iter().zip(fates) {
                    one.told(fate);
                }
            }
            Err(error) if batch.len() > 1 && error.code != Code::Unavailable => {
                log::warn!("{} requests are tried one by one: {}", batch.len(), error.chain());
                self.settle_each(tenant, batch).await;
            }
            Err(error) => {
                let cause = error.chain();
                let again = |_| Error::new(error.code).caused_by(cause.clone());
                let mut errors: VecDeque<Error> = (1..batch.len()).map(again).collect();
                errors.push_front(error);
                batch.into_iter().zip(errors).for_each(|(one, error)| one.told(Err(error)));
            }
        }
    }

    /// The same one by one. While the database is away, and after some time, nothing more is tried, nor is what is about the same as
    /// one that has waited for a lock in vain.
    async fn settle_each(&self, tenant: Uuid, batch: Vec<Waiting<B>>) {
        let (started, mut is_away, mut locked) = (Instant::now(), false, BTreeSet::new());
        let db = self.0.state.db.waiting_for_locks(LOCK_ONCE_MORE);
        for one in batch {
            let subject = one.asked.subject;
            if locked.contains(&subject) {
                one.told(Err(Error::new(Code::Busy)));
                continue;
            }
            if is_away || started.elapsed() > PATIENCE {
                one.told(Err(Error::new(Code::Unavailable).caused_by("what came before it took too long")));
                continue;
            }
            let alone = self.commit(&db, tenant, vec![Arc::clone(&one.asked)]).await;
            let fate = alone.and_then(|fates| fates.into_iter().next().unwrap_or_else(|| Err(without_fate())));
            match &fate {
                Err(error) if error.code == Code::Unavailable => is_away = true,
                Err(error) if error.code == Code::Busy => {
                    locked.insert(subject);
                }
                _ => {}
            }
            one.told(fate);
        }
    }

    /// Writes the requests in one transaction. Returns the fate of each, in their order.
    async fn commit(&self, db: &Db, tenant: Uuid, asked: Vec<Arc<Asked<B>>>) -> Result<Vec<Result<Reply>>> {
        let (state, work) = (self.0.state.clone(), self.0.work);
        let told = tell_marked(&state, tenant);
        let (people, now): (Vec<Uuid>, _) = (asked.iter().map(|one| one.person).collect(), state.clock.now());
        let transaction = db.transaction_asking(
            Access::Write,
            Some(tenant),
            move |conn| async move { Ok(Actor::find_people(conn, tenant, &people, now).await?) }.boxed(),
            move |conn, found| {
                async move {
                    let mut tx = Tx::new(conn, &state, tenant, Actor::nobody(), Circumstances::default());
                    let (parts, refusals) = admitted(asked, &found);
                    let done = if parts.is_empty() { Vec::new() } else { work(&mut tx, &parts).await? };
                    tx.write_journal().await?;
                    let mut done = done.into_iter();
                    let fate = |refused: Option<Error>| match refused {
                        Some(refused) => Err(refused),
                        None => done.next().unwrap_or_else(|| Err(without_fate())),
                    };
                    Ok((refusals.into_iter().map(fate).collect::<Vec<Result<Reply>>>(), tx.has_marked()))
                }
                .boxed()
            },
            told,
        );
        let (fates, _) = transaction.await?;
        Ok(fates)
    }
}

/// The requests whose callers have the right that they require, and for each request why it is refused, if it is.
fn admitted<B>(asked: Vec<Arc<Asked<B>>>, found: &BTreeMap<Uuid, Actor>) -> (Vec<Part<B>>, Vec<Option<Error>>) {
    let (mut parts, mut refusals) = (Vec::with_capacity(asked.len()), Vec::with_capacity(asked.len()));
    for one in asked {
        let actor = one.caller.acting(found.get(&one.person).cloned());
        match actor.and_then(|actor| (one.admit)(&actor).map(|()| actor)) {
            Ok(actor) => {
                parts.push(Part { actor: Arc::new(actor), asked: one });
                refusals.push(None);
            }
            Err(refused) => refusals.push(Some(refused)),
        }
    }
    (parts, refusals)
}

fn without_fate() -> Error {
    Error::internal("a request of a shared commit has no fate")
}
