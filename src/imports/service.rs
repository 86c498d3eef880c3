//! An import from its files to its rows: first read and checked, then stored in one transaction or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use diesel_async::SimpleAsyncConnection as _;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::company::Company;
use super::ledger::Ledger;
use super::order::{Counts, Order, Outcome};
use super::pieces::{self, Piece, Reader};
use super::preview::{Before, Preview};
use super::store;
use crate::auth::Actor;
use crate::db::allow_large_sets;
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::journal::{Circumstances, Claim, ClosedPeriod, IdempotencyKey, Record, Tx, claim, keep, read_tx, write_tx};
use crate::people::import_store::{EndedByFile, ended_by_file};
use crate::people::keep_merges_out;
use crate::sign_in::{self, WaitingChange};
use crate::state::State;

/// Imports the files: everything in one transaction, or nothing with every fault listed (422). An import with an id is stored
/// only once, however often it is run, even at the same time: the id is claimed in the transaction of the rows, and a second
/// run waits for the outcome.
pub async fn import(
    state: &State,
    tenant: Uuid,
    actor: Actor,
    circumstances: Circumstances,
    order: Order,
    id: Option<Uuid>,
) -> Result<Outcome> {
    let kinds = order.kinds();
    let known = read_tx(state, tenant, actor.clone(), move |tx| async move { Company::load(tx, &kinds).await }.boxed());
    // Whole files: the reader and the journal share them, so they are never copied.
    let (order, known) = (Arc::new(order), Arc::new(known.await?));
    let ledger = Ledger::new(state.db.clone(), tenant, order.keys_in_memory);
    let Reader { verdict, pieces } = pieces::start(Arc::clone(&order), Arc::clone(&known), ledger);
    let outcome = verdict.await.map_err(Error::internal)??;
    if order.dry_run {
        let read = outcome.read.clone();
        let tried = preview(state, tenant, (actor, circumstances), order, (read, known, pieces)).await?;
        let (preview, Done { period_closed, ended_appointments, .. }) = tried;
        return Ok(Outcome { preview: Some(preview), period_closed, ended_appointments, ..outcome });
    }
    let stored = write_tx(state, tenant, actor, circumstances, move |tx| {
        async move {
            let stored = store_order(tx, order, known, pieces, id).await?;
            let waiting = sign_in::first_waiting(tx, MOST_WAITING).await?;
            Ok((stored, waiting.iter().map(WaitingChange::from).collect()))
        }
        .boxed()
    });
    let (Done { stored, period_closed, ended_appointments }, waiting_changes) = stored.await?;
    Ok(Outcome { stored, ended_appointments, waiting_changes, period_closed, ..outcome })
}

/// The tables that grow with the files.
const WRITTEN: &[&str] = &[
    "absences",
    "application_cases",
    "attendance_records",
    "calendar_days",
    "content_authors",
    "content_versions",
    "contents",
    "department_memberships",
    "employee_external_ids",
    "employees",
    "feedback",
    "lecturer_group_memberships",
    "lecturer_levels",
    "lecturers",
    "reuse_events",
    "session_audience",
    "session_lecturers",
    "sessions",
];

/// The most changes that wait for a second person that an import lists.
const MOST_WAITING: i64 = 1000;

/// The most appointments that end with employments that an import lists.
const MOST_ENDED: usize = 1000;

/// What an import has stored.
#[derive(Serialize, Deserialize)]
struct Done {
    stored: Counts,
    /// The closed periods that the facts belong to.
    period_closed: BTreeSet<ClosedPeriod>,
    /// The appointments that end with employments. Earlier releases kept none.
    #[serde(default)]
    ended_appointments: Vec<EndedByFile>,
}

impl Done {
    async fn of(tx: &mut Tx<'_>, stored: Counts, mut ended: Vec<Uuid>) -> Result<Self> {
        ended.truncate(MOST_ENDED);
        let ended_appointments = ended_by_file(tx, &ended).await?;
        Ok(Self { stored, period_closed: tx.closed_periods().clone(), ended_appointments })
    }

    /// What an import kept. Earlier releases kept the counts alone.
    fn read(kept: &[u8]) -> Result<Self> {
        let kept: Value = serde_json::from_slice(kept).map_err(Error::internal)?;
        if kept.get("stored").is_some_and(Value::is_object) {
            return serde_json::from_value(kept).map_err(Error::internal);
        }
        let stored = serde_json::from_value(kept).map_err(Error::internal)?;
        Ok(Self { stored, period_closed: BTreeSet::new(), ended_appointments: Vec::new() })
    }
}

/// What the import would do, and the closed periods that its facts belong to: it is stored in a transaction that is then rolled
/// back.
async fn preview(
    state: &State,
    tenant: Uuid,
    (actor, circumstances): (Actor, Circumstances),
    order: Arc<Order>,
    (read, known, pieces): (Counts, Arc<Company>, mpsc::Receiver<Piece>),
) -> Result<(Preview, Done)> {
    let (told, seen) = oneshot::channel();
    let tried: Result<()> = write_tx(state, tenant, actor, circumstances, move |tx| {
        let work = async move {
            allow_large_sets(tx.conn).await?;
            keep_merges_out(tx, known.merged).await?;
            let before = Before::load(tx, &order.kinds()).await?;
            let (stored, ended) = store::store(tx, &known, pieces, &order.progress).await?;
            let preview = before.compare(tx, &read, &stored).await?;
            // Whoever asked is gone if this cannot be sent.
            let _ = told.send((preview, Done::of(tx, stored, ended).await?));
            Err(Error::internal("a dry run is taken back"))
        };
        work.boxed()
    })
    .await;
    match (seen.await, tried) {
        (Ok(seen), _) => Ok(seen),
        (Err(_), Err(error)) => Err(error),
        (Err(gone), Ok(())) => Err(Error::internal(gone)),
    }
}

/// The name of an import in the operation log.
const COMMAND: &str = "create_import";

async fn store_order(
    tx: &mut Tx<'_>,
    order: Arc<Order>,
    known: Arc<Company>,
    pieces: mpsc::Receiver<Piece>,
    id: Option<Uuid>,
) -> Result<Done> {
    let key = id.map(key_of);
    if let Some(key) = &key
        && let Some(done) = find_done(tx, key).await?
    {
        return Ok(done);
    }
    allow_large_sets(tx.conn).await?;
    keep_merges_out(tx, known.merged).await?;
    let (stored, ended) = store::store(tx, &known, pieces, &order.progress).await?;
    for table in WRITTEN {
        tx.wrote(table, stored.values().sum());
    }
    let names: Vec<&str> = order.files.iter().map(|(name, _)| name.as_str()).collect();
    let details: Value = json!({"files": names, "stored": stored, "skip_faulty": order.skip_faulty});
    tx.record(Record::logged(COMMAND, "import", id).details(details));
    let done = Done::of(tx, stored, ended).await?;
    if let Some(key) = &key {
        keep(tx, key, &Reply::ok(&done)?).await?;
    }
    Ok(done)
}

fn key_of(id: Uuid) -> IdempotencyKey {
    IdempotencyKey { key: format!("import-{id}"), operation: COMMAND.to_owned(), body_sha256: vec![0; 32] }
}

/// Claims the import for this transaction. Returns what was stored if another run has already done it. It waits for a run in
/// progress without a limit: giving up would report an import as failed that is about to be stored. Transactions that the
/// import waits for later have limits of their own.
async fn find_done(tx: &mut Tx<'_>, key: &IdempotencyKey) -> Result<Option<Done>> {
    tx.conn.batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
    match claim(tx, key).await? {
        Claim::New => Ok(None),
        Claim::Done(reply) => Ok(Some(Done::read(&reply.body)?)),
    }
}
