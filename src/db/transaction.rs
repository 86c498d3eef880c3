//! How a transaction begins and ends, with as few round trips as it can.
//!
//! What begins it is sent together with the first question, without waiting for an answer between them: the database works off in
//! order what a connection is given. Nobody waits for the end of a transaction that only read, because nothing depends on it.
//!
//! From before its begin until its end has been sent, the connection counts as being in a transaction. The pool takes no such
//! connection back: whatever breaks off in between, an open transaction never gets to somebody else.

use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::TransactionDepthChange;
use diesel_async::{AnsiTransactionManager, SimpleAsyncConnection as _, TransactionManager as _};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join};
use uuid::Uuid;

use super::{Access, Connection, unavailable};
use crate::error::{Error, Result};

/// How a transaction begins.
pub(super) struct Begin {
    pub(super) access: Access,
    /// None: only global tables.
    pub(super) tenant: Option<Uuid>,
    pub(super) keeps_plans: bool,
    /// How long it waits for a lock, if not as long as its connection.
    pub(super) lock_wait: Option<Duration>,
}

impl Begin {
    /// Starts the transaction and sets the tenant at once. `SET LOCAL` is carried out as it is read; a `SELECT` would be planned first.
    fn text(&self) -> String {
        let mode = match self.access {
            // One snapshot for all reads of a request, so that they are consistent.
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Access::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Access::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        };
        let Some(tenant) = self.tenant else { return mode.to_owned() };
        let mut text = format!("{mode}; SET LOCAL app.tenant_id = '{tenant}'");
        if self.keeps_plans {
            // What is asked for all day is in memory: no table is read as a whole because it is small.
            text.push_str("; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL random_page_cost = 1");
        }
        if let Some(wait) = self.lock_wait {
            text.push_str(&format!("; SET LOCAL lock_timeout = '{}ms'", wait.as_millis()));
        }
        text
    }
}

/// Runs `work`, with what `ask` has found, in a transaction. Commits on success, otherwise rolls back.
pub(super) async fn run<Q, T, A, F>(connection: &mut Connection, begin: Begin, ask: A, work: F) -> Result<T>
where
    A: for<'c> FnOnce(&'c Connection) -> BoxFuture<'c, Result<Q>>,
    F: for<'c> FnOnce(&'c mut Connection, Q) -> BoxFuture<'c, Result<T>>,
{
    change_depth(connection, TransactionDepthChange::IncreaseDepth).map_err(unavailable)?;
    let opened = open(connection, &begin.text(), ask).await;
    let outcome = match opened {
        Ok(found) => work(connection, found).await,
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        if let Err(rollback) = AnsiTransactionManager::rollback_transaction(connection).await {
            log::warn!("rollback failed: {rollback}");
        }
    } else if begin.access == Access::Read {
        leave(connection);
    } else {
        AnsiTransactionManager::commit_transaction(connection).await.map_err(broken)?;
    }
    outcome
}

/// Sends what begins the transaction and the first question.
async fn open<Q, A>(connection: &Connection, begin: &str, ask: A) -> Result<Q>
where
    A: for<'c> FnOnce(&'c Connection) -> BoxFuture<'c, Result<Q>>,
{
    let mut first = connection;
    let (begun, found) = join(first.batch_execute(begin), ask(connection)).await;
    begun.map_err(broken)?;
    found
}

/// Ends a transaction that has only read, without waiting until it is ended. What the connection is given next comes after that.
fn leave(connection: &mut Connection) {
    let sent = connection.batch_execute("COMMIT").now_or_never();
    if !matches!(sent, Some(Err(_)))
        && let Err(fault) = change_depth(connection, TransactionDepthChange::DecreaseDepth)
    {
        log::warn!("a transaction did not end: {fault}");
    }
}

/// Counts the connection as in a transaction or not.
fn change_depth(connection: &mut Connection, change: TransactionDepthChange) -> QueryResult<()> {
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    status.transaction_state()?.change_transaction_depth(change)
}

/// An error of BEGIN or COMMIT: the database's own error if there is one, otherwise the database is unavailable.
fn broken(error: diesel::result::Error) -> Error {
    match error {
        diesel::result::Error::DatabaseError(..) => error.into(),
        other => unavailable(other),
    }
}

/// From here on what follows can be undone alone, by [`back_to_savepoint`], without the rest of the transaction.
pub async fn savepoint(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SAVEPOINT part").await
}

/// Undoes what was done since the last [`savepoint`].
pub async fn back_to_savepoint(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("ROLLBACK TO SAVEPOINT part").await
}
