//! The database: one pool, and one way to open a transaction.
//!
//! A diesel-async connection belongs to the runtime that opened it, but every HTTP worker has a runtime of its own. So all
//! connections are opened on the main runtime, and a transaction runs there as a task of its own: a caller that disconnects,
//! or a time limit, ends the waiting but never the work. The work is limited by `statement_timeout` and `lock_timeout`.

mod clean;
mod code;
mod column;
mod connect;
mod constraint;
mod document;
mod joins;
mod kept;
mod large;
mod last_day;
mod like;
mod migrate;
pub mod numeric;
mod patch;
mod role;
mod row_queries;
mod row_set;
mod set;
mod shares;
mod statement;
pub mod text;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tokio::runtime::Handle;
use uuid::Uuid;

pub use crate::set_row;
pub(crate) use code::id_of_code;
pub use column::collect_column;
pub use connect::{Watch, check_language};
/// Concatenates fixed texts.
pub use constcat::concat;
pub use constraint::{Constraint, took_too_long};
pub use document::{Document, JsonText};
pub use kept::kept;
pub use large::{
    MANY_ROWS, Written, allow_large_sets, join_large_sets, join_usual_sets, look_up_as_usual, look_up_each_row,
    plan_as_usual, plan_once, read_at_once, read_in_chunks, refresh_old_statistics, refresh_statistics,
};
pub use like::containing;
pub use migrate::{Migrations, SchemaState};
pub(crate) use patch::merge_patch;
pub use role::check_role;
pub(crate) use row_queries::{load_page, narrow, row_queries};
pub use row_set::RowSet;
pub(crate) use row_set::row_set;
pub use set::{SetRow, UniqueRow, insert_new, insert_set};
pub use shares::Share;
pub use statement::{Bind, Statement, execute_together, statement};
pub use transaction::{back_to_savepoint, savepoint};

use self::connect::Statements;
use self::shares::Shares;
use self::transaction::Begin;
use crate::error::{Code, Error, Result};

/// A connection inside a transaction, as passed to query functions.
pub type Connection = AsyncPgConnection;

/// The pool, and the runtime that its connections belong to.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    runtime: Handle,
    statements: Statements,
    shares: Arc<Shares>,
    share: Share,
    keeps_plans: bool,
    lock_wait: Option<Duration>,
}

/// How long to wait before the caller is told to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For a connection while all are in use.
    pub pool: Duration,
    /// For a new connection to open.
    pub connect: Duration,
    /// For a lock.
    pub lock: Duration,
    /// For one statement to end, including the locks that it waits for.
    pub statement: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            pool: Duration::from_secs(3),
            connect: Duration::from_secs(5),
            lock: Duration::from_secs(2),
            statement: Duration::from_secs(30),
        }
    }
}

/// Whether a transaction may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
    /// It writes what follows from one consistent snapshot of the facts: everything is read as of one instant. If it would
    /// lock or change a row that somebody else has changed since then, it fails with `busy` and must be started again.
    Snapshot,
}

impl Db {
    /// A pool of `size` connections to `url`. They are opened on the current runtime when they are first needed.
    pub fn new(url: &str, size: usize, waits: Waits) -> Result<Self> {
        Self::watched(url, size, waits, None)
    }

    /// The same; `watch` sees every event of the connections.
    pub fn watched(url: &str, size: usize, waits: Waits, watch: Option<Watch>) -> Result<Self> {
        let mut manager_config = ManagerConfig::default();
        manager_config.recycling_method = RecyclingMethod::Fast;
        let statements = Statements { watch, ..Statements::default() };
        let seen = statements.clone();
        manager_config.custom_setup =
            Box::new(move |url| connect::establish(url.to_owned(), waits, seen.clone()).boxed());
        let manager = AsyncDieselConnectionManager::new_with_config(url, manager_config);
        let pool = Pool::builder(manager)
            .max_size(size)
            .wait_timeout(Some(waits.pool))
            .create_timeout(Some(waits.connect))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(Error::internal)?;
        let shares = Arc::new(Shares::new(size, waits.pool));
        Ok(Self {
            pool,
            runtime: Handle::current(),
            statements,
            shares,
            share: Share::Requests,
            keeps_plans: false,
            lock_wait: None,
        })
    }

    /// The same database for another kind of work: its transactions take the places of that share.
    #[must_use]
    pub fn in_share(&self, share: Share) -> Self {
        Self { share, ..self.clone() }
    }

    /// The same database for what is asked for all day: a connection plans its statements once, without looking at their values.
    ///
    /// Otherwise Postgres plans a statement each time where it expects more of a plan for these values. To plan what finds a few rows
    /// takes several times as long as to find them. A test looks at the plans that are kept.
    #[must_use]
    pub fn keeping_plans(&self) -> Self {
        Self { keeps_plans: true, ..self.clone() }
    }

    /// The same database for what is better refused than late: its transactions wait for a lock so long and no longer.
    #[must_use]
    pub fn waiting_for_locks(&self, wait: Duration) -> Self {
        Self { lock_wait: Some(wait), ..self.clone() }
    }

    /// Runs `work` in one transaction of `tenant` (none: only global tables). Commits on success, otherwise rolls back.
    ///
    /// The transaction runs to its end even if the returned future is dropped.
    pub async fn transaction<T, F>(&self, access: Access, tenant: Option<Uuid>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        self.transaction_then(access, tenant, work, |_| ()).await
    }

    /// The same. After the commit `committed` is called, whether or not anybody still waits for the value.
    pub async fn transaction_then<T, F, C>(
        &self,
        access: Access,
        tenant: Option<Uuid>,
        work: F,
        committed: C,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T>> + Send + 'static,
        C: FnOnce(&T) + Send + 'static,
    {
        self.transaction_asking(
            access,
            tenant,
            |_| ready(Ok(())).boxed(),
            move |connection, ()| work(connection),
            committed,
        )
        .await
    }

    /// The same for work that begins with a question. It is sent together with what begins the transaction, and takes no round trip of
    /// its own.
    pub async fn transaction_asking<Q, T, A, F, C>(
        &self,
        access: Access,
        tenant: Option<Uuid>,
        ask: A,
        work: F,
        committed: C,
    ) -> Result<T>
    where
        Q: Send + 'static,
        T: Send + 'static,
        A: for<'c> FnOnce(&'c Connection) -> BoxFuture<'c, Result<Q>> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection, Q) -> BoxFuture<'c, Result<T>> + Send + 'static,
        C: FnOnce(&T) + Send + 'static,
    {
        let Self { pool, shares, share, keeps_plans, lock_wait, .. } = self.clone();
        let begin = Begin { access, tenant, keeps_plans, lock_wait };
        let task = self.runtime.spawn(async move {
            let _place = shares.take(share, tenant).await?;
            let mut connection = pool.get().await.map_err(unavailable)?;
            let outcome = transaction::run(&mut connection, begin, ask, work).await;
            if let Ok(value) = &outcome {
                committed(value);
            }
            discard_if_doubtful(connection, &outcome);
            outcome
        });
        task.await.map_err(Error::internal)?
    }

    /// Whether the database responds.
    pub async fn ping(&self) -> Result<()> {
        self.transaction(Access::Read, None, |_| async { Ok(()) }.boxed()).await
    }

    /// The number of connections, and how many of them are idle.
    #[must_use]
    pub fn connections(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.available)
    }

    /// The number of connections that it may have.
    #[must_use]
    pub fn max_connections(&self) -> usize {
        self.pool.status().max_size
    }

    /// The name of each share, the number of its places, and how many of them are taken.
    #[must_use]
    pub fn shares(&self) -> Vec<(&'static str, usize, usize)> {
        self.shares.taken()
    }

    /// How many statements its connections have been given since it was made.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.count.load(Ordering::Relaxed)
    }

    /// The main runtime, for work that outlives a request.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Refuses new transactions. Running ones continue to their end.
    pub fn close(&self) {
        self.pool.close();
    }
}

/// A lost connection does not go back to the pool.
fn discard_if_doubtful<T>(connection: Object<AsyncPgConnection>, outcome: &Result<T>) {
    if outcome.as_ref().is_err_and(|error| error.code == Code::Unavailable) {
        drop(Object::take(connection));
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::Unavailable).caused_by(error)
}
