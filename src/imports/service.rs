//! An import from its files to its rows: read and judged first, stored in one transaction or not at all.

use std::sync::Arc;

use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::{self, Counts};
use super::{Import, ImportFault, ImportFile, KnownKeys, Reading, Reference, read};
use crate::auth::Actor;
use crate::error::{Code, Error, Result};
use crate::journal::{Audit, Circumstances, Tx, read_tx, write_tx};
use crate::kernel::fault::fill;
use crate::schema::{audit_entries, departments, employees, lecturer_groups, programmes};
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
/// once, however often it is run: its audit entry, written with the rows, says that it was.
pub async fn import(
    state: &State,
    tenant: Uuid,
    actor: Actor,
    circumstances: Circumstances,
    order: Order,
    id: Option<Uuid>,
) -> Result<Outcome> {
    let known = read_tx(state, tenant, actor.clone(), |tx| known_keys(tx).boxed()).await?;
    // Whole files: shared by the two readings, never copied.
    let (order, known) = (Arc::new(order), Arc::new(known));
    let judging = (Arc::clone(&order), Arc::clone(&known));
    let verdict =
        tokio::task::spawn_blocking(move || judge(&judging.0, &judging.1)).await.map_err(Error::internal)??;
    if order.dry_run {
        return Ok(verdict);
    }
    let stored =
        write_tx(state, tenant, actor, circumstances, move |tx| store_order(tx, order, known, id).boxed()).await?;
    Ok(Outcome { stored, ..verdict })
}

/// What the company has already that rows may refer to.
async fn known_keys(tx: &mut Tx<'_>) -> Result<KnownKeys> {
    let tenant = tx.tenant;
    let codes = programmes::table.filter(programmes::tenant_id.eq(tenant)).select(programmes::code);
    let programmes: Vec<String> = codes.load(tx.conn).await?;
    let codes = departments::table.filter(departments::tenant_id.eq(tenant)).select(departments::code);
    let departments: Vec<String> = codes.load(tx.conn).await?;
    let codes = lecturer_groups::table.filter(lecturer_groups::tenant_id.eq(tenant)).select(lecturer_groups::code);
    let groups: Vec<String> = codes.load(tx.conn).await?;
    let numbers = employees::table
        .filter(employees::tenant_id.eq(tenant))
        .filter(employees::employee_number.is_not_null())
        .select(employees::employee_number.assume_not_null());
    let numbers: Vec<String> = numbers.load(tx.conn).await?;
    Ok(KnownKeys::default()
        .with(Reference::Programme, programmes)
        .with(Reference::Department, departments)
        .with(Reference::LecturerGroup, groups)
        .with(Reference::Employee, numbers))
}

fn files(order: &Order) -> Vec<ImportFile<'_>> {
    order.files.iter().map(|(name, bytes)| ImportFile { name, bytes }).collect()
}

fn reading(order: &Order) -> Reading {
    Reading { skip_faulty: order.skip_faulty, ..Reading::new(order.zone) }
}

/// Reads everything once for its faults alone.
fn judge(order: &Order, known: &KnownKeys) -> Result<Outcome> {
    let (files, reading) = (files(order), reading(order));
    let mut import = read(&files, &reading, known);
    import.check_streams();
    let (faults, fault_count) = reports(&import);
    if import.is_refused() {
        let error = Error::new(Code::ImportRefused).with("count", fault_count);
        return Err(error.member("faults", serde_json::to_value(faults).map_err(Error::internal)?));
    }
    Ok(Outcome { stored: Counts::new(), faults, fault_count })
}

fn reports(import: &Import<'_>) -> (Vec<FaultReport>, u64) {
    (import.faults.faults().iter().map(FaultReport::from).collect(), import.faults.total())
}

/// How the operation log names an import.
const COMMAND: &str = "create_import";

/// What the operation log says of the import with this id, if it was stored.
async fn find_done(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Value>> {
    let entries = audit_entries::table
        .filter(audit_entries::tenant_id.eq(tx.tenant))
        .filter(audit_entries::subject_type.eq("import"))
        .filter(audit_entries::subject_id.eq(id));
    entries.select(audit_entries::details).first(tx.conn).await.optional()
}

async fn store_order(tx: &mut Tx<'_>, order: Arc<Order>, known: Arc<KnownKeys>, id: Option<Uuid>) -> Result<Counts> {
    if let Some(id) = id
        && let Some(details) = find_done(tx, id).await?
    {
        let stored = details.get("stored").and_then(Value::as_object).into_iter().flatten();
        let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
        return Ok(stored.map(|(name, value)| (name.clone(), count(value))).collect());
    }
    let (files, reading) = (files(&order), reading(&order));
    let import = read(&files, &reading, known.as_ref());
    let stored = store::store(tx, &import).await?;
    let names: Vec<&str> = order.files.iter().map(|(name, _)| name.as_str()).collect();
    let details: Value = json!({"files": names, "stored": stored, "skip_faulty": order.skip_faulty});
    tx.audit(Audit::new(COMMAND, "import", id).details(details));
    Ok(stored)
}
