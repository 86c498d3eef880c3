//! The kinds of job, and what becomes of one job: it is taken, runs on the main runtime, and ends or is tried again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::model::{Job, JobState};
use super::queries::{self, Ending};
use super::rounds::Rounds;
use crate::auth::Identity;
use crate::db::{Access, Connection, Db, Share};
use crate::error::{Code, Error, Result};
use crate::http::{Problem, RequestContext};
use crate::kernel::language::Language;
use crate::state::State;

/// A claim that was not renewed for this long is free for another worker.
pub const CLAIM_LASTS: TimeDelta = TimeDelta::seconds(60);
/// How long a worker leaves a job of a kind that it does not know to others before anybody looks again.
pub const UNKNOWN_WAITS: TimeDelta = TimeDelta::seconds(2);
/// How often a running job renews its claim.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How often a job is tried that fails because of an error of the service, or because the rows that it needs were locked.
const MAX_ATTEMPTS: i32 = 5;

/// The work of one kind of job.
type Work = Arc<dyn Fn(JobContext) -> BoxFuture<'static, Result<Value>> + Send + Sync>;

/// The kinds of job, the share of the pool that each works in, and the work.
#[derive(Clone, Default)]
pub struct Runner(BTreeMap<&'static str, (Share, Work)>);

impl Runner {
    /// Adds the work of a kind. The work may run again after it was done in part or in full.
    #[must_use]
    pub fn with<F>(
        mut self,
        kind: &'static str,
        share: Share,
        work: impl Fn(JobContext) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Value>> + Send + 'static,
    {
        self.0.insert(kind, (share, Arc::new(move |context| work(context).boxed())));
        self
    }

    /// The kinds whose work it has.
    fn kinds(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }

    /// Starts the worker on the current runtime.
    #[must_use]
    pub fn start(self, state: State) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let name = format!("{}-{}", std::process::id(), state.ids.next().simple());
        let rounds = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(Rounds::new(self, state, name, stopped, Arc::clone(&rounds)).go());
        Worker { stop, rounds, task }
    }
}

/// A running worker.
pub struct Worker {
    stop: watch::Sender<bool>,
    rounds: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Worker {
    /// How often it has looked for jobs.
    #[must_use]
    pub fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }

    /// Takes no more jobs, and waits for those that are running.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        if let Err(error) = self.task.await {
            log::error!("the job worker failed: {error}");
        }
    }

    /// The same, but waits at most `patience`. Another worker takes over jobs that take longer, once their claims have expired.
    pub async fn stop_within(self, patience: Duration) {
        let working = self.task.abort_handle();
        if tokio::time::timeout(patience, self.stop()).await.is_err() {
            working.abort();
            log::warn!("jobs did not end within {} seconds and are left to the next worker", patience.as_secs());
        }
    }
}

/// What the work of a job gets.
#[derive(Clone)]
pub struct JobContext {
    /// For the work: in the share of its kind.
    pub state: State,
    pub job: Job,
    /// For the row of the job itself: short, and never behind the work of others.
    keeping: Db,
    worker: String,
}

impl JobContext {
    pub(super) fn new(runner: &Runner, state: &State, job: Job, worker: String) -> Self {
        let share = runner.0.get(job.kind.as_str()).map_or(Share::Jobs, |(share, _)| *share);
        Self { state: state.in_share(share), job, keeping: state.db.clone(), worker }
    }

    /// Who requested the job.
    #[must_use]
    pub fn requested_by(&self) -> Identity {
        Identity::from_parts(self.job.requested_by_kind, self.job.requested_by_id)
    }

    /// Reports progress. Fails if another worker has taken the job over; the work must then stop.
    pub async fn progress(&self, done: i64, total: Option<i64>) -> Result<()> {
        self.renew(Some((done, total))).await
    }

    async fn renew(&self, progress: Option<(i64, Option<i64>)>) -> Result<()> {
        let Self { state, job, keeping, worker } = self.clone();
        let now = state.clock.now();
        let tenant = job.tenant_id;
        let stands = keeping
            .transaction(Access::Write, Some(tenant), move |conn| {
                async move { Ok(queries::renew(conn, tenant, job.id, &worker, progress, now).await?) }.boxed()
            })
            .await?;
        if stands { Ok(()) } else { Err(Error::internal("the job was taken over by another worker")) }
    }
}

/// Takes the tenant's next job of a kind that is known: while a release is rolled out, others wait for its workers. A job that has
/// killed its worker too often is given up instead.
pub(super) async fn take(runner: &Runner, state: &State, tenant: Uuid, name: &str) -> Result<Option<Job>> {
    let (now, name, kinds) = (state.clock.now(), name.to_owned(), runner.kinds());
    state
        .db
        .transaction(Access::Write, Some(tenant), move |conn| {
            async move {
                let due = queries::find_due_for_update(conn, tenant, &kinds, now, now - CLAIM_LASTS).await?;
                let Some(id) = due else {
                    queries::correct_turns(conn, tenant, &kinds, now, now - CLAIM_LASTS).await?;
                    return Ok(None);
                };
                let job = queries::mark_running(conn, tenant, id, &name, now).await?;
                if job.attempts <= MAX_ATTEMPTS {
                    return Ok(Some(job));
                }
                give_up(conn, &job, &name, now).await?;
                Ok(None)
            }
            .boxed()
        })
        .await
}

async fn give_up(conn: &mut Connection, job: &Job, name: &str, now: DateTime<Utc>) -> QueryResult<()> {
    let error = Error::internal(format!("its worker died {MAX_ATTEMPTS} times"));
    log::error!("job {} ({}) is given up: {}", job.id, job.kind, error.chain());
    let ending = Ending {
        state: JobState::Failed,
        result: None,
        problem: Some(problem(job, &error)),
        run_after: None,
        finished_at: Some(now),
    };
    queries::end(conn, job.tenant_id, job.id, name, ending, now).await?;
    queries::forget_request(conn, job.tenant_id, job.id).await?;
    Ok(())
}

/// Runs a job to its end.
pub(super) async fn run(runner: &Runner, context: JobContext) -> Result<()> {
    let outcome = match runner.0.get(context.job.kind.as_str()) {
        Some((_, work)) => {
            let work = tokio::spawn(work(context.clone()));
            with_renewal(&context, work).await
        }
        None => Err(Error::internal(format!("no work is registered for jobs of kind {}", context.job.kind))),
    };
    finish(&context, outcome).await
}

/// Renews the claim while the work runs. A panic in the work is a failure like any other.
async fn with_renewal(context: &JobContext, mut work: tokio::task::JoinHandle<Result<Value>>) -> Result<Value> {
    loop {
        tokio::select! {
            outcome = &mut work => return outcome.map_err(Error::internal)?,
            () = tokio::time::sleep(RENEW_EVERY) => {
                if let Err(error) = context.renew(None).await {
                    log::warn!("the claim of job {} was not renewed: {error}", context.job.id);
                }
            }
        }
    }
}

async fn finish(context: &JobContext, outcome: Result<Value>) -> Result<()> {
    let JobContext { state, job, keeping, worker } = context.clone();
    let now = state.clock.now();
    let ending = match outcome {
        Ok(result) => Ending {
            state: JobState::Succeeded,
            result: Some(result),
            problem: None,
            run_after: None,
            finished_at: Some(now),
        },
        Err(error) => {
            let problem = Some(problem(&job, &error));
            let ours = error.code.status() >= 500;
            if ours {
                log::error!("job {} ({}) failed: {}", job.id, job.kind, error.chain());
            }
            // Other work had locked the same rows; they may be free on the next try.
            let passes = ours || error.code == Code::Busy;
            if passes && job.attempts < MAX_ATTEMPTS {
                let wait = TimeDelta::seconds(1 << job.attempts.clamp(0, 10));
                Ending {
                    state: JobState::Queued,
                    result: None,
                    problem,
                    run_after: Some(now + wait),
                    finished_at: None,
                }
            } else {
                Ending { state: JobState::Failed, result: None, problem, run_after: None, finished_at: Some(now) }
            }
        }
    };
    let tenant = job.tenant_id;
    keeping
        .transaction(Access::Write, Some(tenant), move |conn| {
            async move {
                queries::end(conn, tenant, job.id, &worker, ending, now).await?;
                Ok(queries::forget_request(conn, tenant, job.id).await?)
            }
            .boxed()
        })
        .await?;
    Ok(())
}

/// The failure as callers who watch the job may see it: the problem in English, with its words in Chinese as a member.
fn problem(job: &Job, error: &Error) -> Value {
    let said_in = |language| {
        let context = RequestContext {
            request_id: job.request_id.clone().unwrap_or_else(|| job.id.to_string()),
            language,
            instance: format!("/v1/jobs/{}", job.id),
            traceparent: None,
            address: None,
            origin: None,
        };
        Problem::new(error, &context)
    };
    let mut document = said_in(Language::En).to_json(error);
    let Some(members) = document.as_object_mut() else { return json!({}) };
    let Problem { title, detail, errors, .. } = said_in(Language::ZhCn);
    let mut words = json!({ "title": title, "detail": detail });
    if let Some(words) = words.as_object_mut().filter(|_| !errors.is_empty()) {
        words.insert("errors".to_owned(), json!(errors));
    }
    members.insert(Language::ZhCn.tag().to_owned(), words);
    document
}
