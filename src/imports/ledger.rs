//! Where the keys of a large file are noted that are too many for memory: in a table that one connection sees, until the file was read.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::MAX_NAMED_FAULTS;
use crate::db::{Access, Connection, Db, allow_large_sets, collect_column, statement};
use crate::error::{Code, Error, Result};

/// A key and the line of its row.
pub type NotedKey = (String, i64);

/// Opens books for keys.
#[derive(Clone)]
pub struct Ledger {
    db: Db,
    tenant: Uuid,
    /// How many keys are held in memory.
    pub(super) limit: usize,
    failure: Arc<Mutex<Option<Error>>>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// The keys of one file. For a thread that may wait.
#[derive(Debug)]
pub struct Book {
    asks: mpsc::Sender<Ask>,
    failure: Arc<Mutex<Option<Error>>>,
}

enum Ask {
    Note(Vec<NotedKey>),
    Seconds(oneshot::Sender<Vec<Second>>),
}

/// A row whose key an earlier row has.
#[derive(Debug, Clone, QueryableByName)]
pub struct Second {
    #[diesel(sql_type = BigInt)]
    pub line: i64,
    /// The line of the first row with the key.
    #[diesel(sql_type = BigInt)]
    pub first: i64,
    /// How many there are in all.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
}

/// How many pieces may wait for the table.
const WAITING: usize = 2;

impl Ledger {
    #[must_use]
    pub fn new(db: Db, tenant: Uuid, limit: usize) -> Self {
        Self { db, tenant, limit, failure: Arc::default() }
    }

    pub(super) fn open(&self) -> Book {
        let (asks, asked) = mpsc::channel(WAITING);
        let kept = self.db.clone();
        let (tenant, failure) = (self.tenant, Arc::clone(&self.failure));
        self.db.runtime().spawn(async move {
            let served = kept.transaction(Access::Write, Some(tenant), move |conn| serve(conn, asked).boxed()).await;
            if let Err(error) = served {
                log::warn!("the keys of a file could not be noted: {}", error.chain());
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        });
        Book { asks, failure: Arc::clone(&self.failure) }
    }

    /// Why a book failed, if one did: then it is not known whether there are second rows.
    pub(super) fn take_failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Book {
    pub(super) fn note(&self, keys: Vec<NotedKey>) {
        // If it has failed, that shows when the second rows are asked for.
        let _ = self.asks.blocking_send(Ask::Note(keys));
    }

    /// The second rows in the order of their lines, as many as can be named. None if the book has failed.
    pub(super) fn seconds(&self) -> Option<Vec<Second>> {
        let (answer, answered) = oneshot::channel();
        let _ = self.asks.blocking_send(Ask::Seconds(answer));
        let seconds = answered.blocking_recv().ok();
        if seconds.is_none() {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert_with(|| Error::new(Code::Unavailable));
        }
        seconds
    }
}

/// Answers until nobody asks any more.
async fn serve(conn: &mut Connection, mut asked: mpsc::Receiver<Ask>) -> Result<()> {
    allow_large_sets(conn).await?;
    conn.batch_execute(
        "CREATE TEMP TABLE import_keys (key text COLLATE \"C\" NOT NULL, line bigint NOT NULL) ON COMMIT DROP",
    )
    .await?;
    while let Some(ask) = asked.recv().await {
        match ask {
            Ask::Note(keys) => {
                let note = "INSERT INTO import_keys (key, line) SELECT k.key, k.line FROM unnest(:keys, :lines) AS k (key, line)";
                let note = statement(note)
                    .bind("keys", collect_column(&keys, |(key, _)| key.as_str()))
                    .bind("lines", collect_column(&keys, |(_, line)| *line));
                note.execute(conn).await?;
            }
            Ask::Seconds(answer) => {
                let _ = answer.send(seconds(conn).await?);
            }
        }
    }
    Ok(())
}

async fn seconds(conn: &mut Connection) -> Result<Vec<Second>> {
    let seconds = "SELECT p.line, p.first, count(*) OVER () AS total
                     FROM (SELECT n.line, min(n.line) OVER (PARTITION BY n.key) AS first FROM import_keys n) AS p
                    WHERE p.line > p.first ORDER BY p.line LIMIT :most";
    let most = i64::try_from(MAX_NAMED_FAULTS).unwrap_or(i64::MAX);
    Ok(statement(seconds).bind("most", most).load(conn).await?)
}
