//! An import from its files to its rows: read and judged first, stored in one transaction or not at all.

use std::sync::Arc;

use chrono_tz::Tz;
use diesel_async::SimpleAsyncConnection as _;
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use utoipa::ToSchema;
use uuid::Uuid;

use super::company::Company;
use super::pieces::{self, Piece, Reader};
use super::store::{self, Counts};
use super::{Import, ImportFault};
use crate::auth::Actor;
use crate::error::{Code, Error, Result};
use crate::http::Reply;
use crate::journal::{Audit, Circumstances, Claim, IdempotencyKey, Tx, claim, keep, read_tx, write_tx};
use crate::kernel::fault::fill;
use crate::state::State;

/// What is to be imported, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name and content of each file.
    pub files: Vec<(String, Vec<u8>)>,
    /// Zone of the local dates and times in the files.
    pub zone: Tz,
    /// Leave faulty rows out instead of refusing the import.
    pub skip_faulty: bool,
    /// Look only: report faults and store nothing.
    pub dry_run: bool,
}

/// What came of an import.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Rows stored (in a dry run: none), by file.
    pub stored: Counts,
    /// Rows that were left out for their faults, each with its reason.
    pub faults: Vec<FaultReport>,
    /// All faults, those beyond the first thousand included.
    pub fault_count: u64,
}

/// A fault of a row, for people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultReport {
    /// The file.
    #[schema(max_length = 255, examples("ratings.csv"))]
    pub file: String,
    /// Its line; 1 is the header.
    #[schema(minimum = 0, examples(17))]
    pub line: u64,
    /// The column, if the fault is one of a cell.
    #[schema(max_length = 255, examples("rating"))]
    pub column: Option<String>,
    /// The stable code of the fault.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("out_of_range"))]
    pub code: &'static str,
    /// What is wrong, in English.
    #[schema(max_length = 1000)]
    pub detail: String,
    /// What is wrong, in Chinese.
    #[schema(max_length = 1000)]
    pub detail_zh: String,
}

impl From<&ImportFault> for FaultReport {
    fn from(fault: &ImportFault) -> Self {
        let (english, chinese) = fault.code.templates();
        let words = |template: &str| fill(template, fault.params.iter().map(|(name, value)| (*name, value.as_str())));
        Self {
            file: fault.file.clone(),
            line: fault.line,
            column: fault.column.clone(),
            code: fault.code.slug(),
            detail: words(english),
            detail_zh: words(chinese),
        }
    }
}

/// Imports the files: everything in one transaction, or nothing with every fault listed (422). An import with an id is stored
/// once, however often and however much at once it is run: the id is claimed with the rows, and a twin waits for the outcome.
pub async fn import(
    state: &State,
    tenant: Uuid,
    actor: Actor,
    circumstances: Circumstances,
    order: Order,
    id: Option<Uuid>,
) -> Result<Outcome> {
    let kinds = pieces::kinds(&order);
    let known = read_tx(state, tenant, actor.clone(), move |tx| async move { Company::load(tx, &kinds).await }.boxed());
    // Whole files: shared by the reader and the journal, never copied.
    let (order, known) = (Arc::new(order), Arc::new(known.await?));
    let Reader { verdict, pieces } = pieces::start(Arc::clone(&order), Arc::clone(&known));
    let outcome = verdict.await.map_err(Error::internal)??;
    if order.dry_run {
        return Ok(outcome);
    }
    let stored =
        write_tx(state, tenant, actor, circumstances, move |tx| store_order(tx, order, known, pieces, id).boxed());
    let stored = stored.await?;
    Ok(Outcome { stored, ..outcome })
}

/// What came of the reading, when everything was read.
pub(super) fn judge(import: &Import<'_>) -> Result<Outcome> {
    let faults: Vec<FaultReport> = import.faults.faults().iter().map(FaultReport::from).collect();
    let fault_count = import.faults.total();
    if !import.is_refused() {
        return Ok(Outcome { stored: Counts::new(), faults, fault_count });
    }
    let error = if import.skips_faulty() && import.has_unnamed_faults() {
        Error::new(Code::ImportTooFaulty).with("max", faults.len())
    } else {
        Error::new(Code::ImportRefused)
    };
    let listed = serde_json::to_value(faults).map_err(Error::internal)?;
    Err(error.with("count", fault_count).member("faults", listed))
}

/// How the operation log names an import.
const COMMAND: &str = "create_import";

async fn store_order(
    tx: &mut Tx<'_>,
    order: Arc<Order>,
    known: Arc<Company>,
    pieces: mpsc::Receiver<Piece>,
    id: Option<Uuid>,
) -> Result<Counts> {
    let key = id.map(key_of);
    if let Some(key) = &key
        && let Some(stored) = find_done(tx, key).await?
    {
        return Ok(stored);
    }
    let stored = store::store(tx, &known, pieces).await?;
    let names: Vec<&str> = order.files.iter().map(|(name, _)| name.as_str()).collect();
    let details: Value = json!({"files": names, "stored": stored, "skip_faulty": order.skip_faulty});
    tx.audit(Audit::new(COMMAND, "import", id).details(details));
    if let Some(key) = &key {
        keep(tx, key, &Reply::ok(&stored)?).await?;
    }
    Ok(stored)
}

fn key_of(id: Uuid) -> IdempotencyKey {
    IdempotencyKey { key: format!("import-{id}"), operation: COMMAND.to_owned(), body_sha256: vec![0; 32] }
}

/// Claims the import for this transaction; answers what was stored if a twin has done it. A twin that is at it is waited for
/// without a limit: giving up would report an import as failed that is about to be stored. Whoever the import waits for later has
/// limits of their own.
async fn find_done(tx: &mut Tx<'_>, key: &IdempotencyKey) -> Result<Option<Counts>> {
    tx.conn.batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
    match claim(tx, key).await? {
        Claim::New => Ok(None),
        Claim::Done(reply) => Ok(Some(serde_json::from_slice(&reply.body).map_err(Error::internal)?)),
    }
}
