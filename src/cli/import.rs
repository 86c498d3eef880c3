//! `lectern import`: imports the files of a folder, as over HTTP.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::auth::Actor;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::imports::{self, Order, Outcome};
use crate::journal::Circumstances;
use crate::kernel::clock::Clock;
use crate::start::{self, Database};

/// Import the CSV files of a folder: all rows in one transaction, or none, with every fault listed
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder with departments.csv, employees.csv, sessions.csv, ratings.csv …
    folder: PathBuf,
    /// Code of the company
    #[arg(long)]
    tenant: String,
    /// Time zone of the local dates and times in the files
    #[arg(long, default_value = "Asia/Shanghai")]
    time_zone: Tz,
    /// Leave out faulty rows instead of refusing the import
    #[arg(long)]
    skip_faulty: bool,
    /// Report the faults and store nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(args: Args, config: Config) -> Result<()> {
    let files = read_folder(&args.folder)?;
    let database = Database::attach(&config).await?;
    let outcome = import(args, &config, &database, files).await;
    database.close().await?;
    match outcome {
        Ok(outcome) => report(&outcome),
        Err(error) if matches!(error.code, Code::ImportRefused | Code::ImportTooFaulty) => {
            list(error.members.get("faults"));
            Err(Error::internal(error.detail(Default::default())))
        }
        Err(error) => Err(error),
    }
}

async fn import(args: Args, config: &Config, database: &Database, files: Vec<(String, Vec<u8>)>) -> Result<Outcome> {
    start::migrate_private(config, database).await?;
    let state = start::state(config, database, start::public_url(config, config.bind), Clock::system()).await?;
    let tenant = state.tenants.find(&state.db, &args.tenant).await?;
    let tenant = tenant.ok_or_else(|| Error::internal(format!("there is no tenant {:?}", args.tenant)))?;
    let order = Order { files, zone: args.time_zone, skip_faulty: args.skip_faulty, dry_run: args.dry_run };
    imports::import(&state, tenant, Actor::system(), Circumstances::default(), order, None).await
}

/// The CSV files of the folder, by name. A file that is not part of an import is a fault and is not skipped.
fn read_folder(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let failed =
        |path: &Path, error: std::io::Error| Error::internal(format!("{} cannot be read: {error}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.to_lowercase().ends_with(".csv") {
            files.push((name.to_owned(), std::fs::read(&path).map_err(|error| failed(&path, error))?));
        }
    }
    if files.is_empty() {
        return Err(Error::internal(format!("{} contains no CSV file", folder.display())));
    }
    files.sort();
    Ok(files)
}

fn report(outcome: &Outcome) -> Result<()> {
    for (file, rows) in &outcome.stored {
        println!("{file:<16} {rows:>8}");
    }
    list(Some(&serde_json::to_value(&outcome.faults).map_err(Error::internal)?));
    if outcome.fault_count > 0 {
        println!("{} faulty rows were left out", outcome.fault_count);
    }
    if !outcome.waiting_changes.is_empty() {
        println!("{} changes wait for a second person (GET /v1/access-changes)", outcome.waiting_changes.len());
    }
    Ok(())
}

/// Prints the faults, one per line: file, line, column, reason.
fn list(faults: Option<&serde_json::Value>) {
    for fault in faults.and_then(serde_json::Value::as_array).into_iter().flatten() {
        let text = |name: &str| fault.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let line = fault.get("line").and_then(serde_json::Value::as_u64).unwrap_or_default();
        eprintln!("{}:{line}: {} {}", text("file"), text("column"), text("detail"));
    }
}
