//! The commands of `lectern`.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::config::{Config, VARIABLES};
use crate::db::Migrations;
use crate::embedded::guard;
use crate::error::{Error, Result};
use crate::start::Database;

mod access;
mod demo;
mod demo_careers;
mod demo_disputes;
mod demo_files;
mod demo_mentors;
mod demo_months;
mod demo_opportunities;
mod demo_promotions;
mod demo_rules;
mod demo_steps;
mod greet;
mod import;
mod logging;
mod postgres;
mod project;
mod replay;
mod serve;
mod tenant;
mod token;

#[derive(Debug, Parser)]
#[command(
    name = "lectern",
    version,
    about,
    propagate_version = true,
    after_help = "Run `lectern variables` for its environment variables."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    /// Update the schema of the configured database
    Migrate {
        /// Revert this many migrations instead
        #[arg(long, value_name = "COUNT")]
        revert: Option<usize>,
    },
    /// Companies served by this installation
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Who may do what in a company
    #[command(subcommand)]
    Access(access::Command),
    Token(token::Args),
    Import(import::Args),
    Project(project::Args),
    Replay(replay::Args),
    /// List the files and columns that `import` reads; required columns are in bold (**)
    Columns,
    DemoFiles(demo_files::Args),
    /// Print the contract (OpenAPI), as in `openapi/openapi.json`
    Openapi,
    /// List the environment variables that Lectern reads
    Variables,
    Postgres(postgres::Args),
    /// The process between `lectern` and its private Postgres; not for people.
    #[command(hide = true)]
    Guard(guard::Args),
}

/// Runs the command given by the arguments. Invalid arguments end the process.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => configured(|config| serve::run(args, config)),
        Command::Migrate { revert } => configured(move |config| migrate(config, revert)),
        Command::Tenant(command) => configured(|config| tenant::run(command, config)),
        Command::Access(command) => configured(|config| access::run(command, config)),
        Command::Token(args) => configured(|config| token::run(args, config)),
        Command::Import(args) => configured(|config| import::run(args, config)),
        Command::Project(args) => configured(|config| project::run(args, config)),
        Command::Replay(args) => configured(|config| replay::run(args, config)),
        Command::Columns => print(&crate::imports::describe_columns()),
        Command::DemoFiles(args) => finish(demo_files::run(&args).map_err(|error| error.chain())),
        Command::Openapi => match crate::app::document_json() {
            Ok(document) => print(&document),
            Err(error) => finish(Err(error.chain())),
        },
        Command::Variables => {
            let lines = VARIABLES.iter().map(|(name, meaning)| format!("{name:<24} {meaning}\n"));
            print(&lines.collect::<String>())
        }
        Command::Postgres(args) => finish(postgres::run(args)),
        Command::Guard(args) => guard::run(&args),
    }
}

/// Reads the configuration, starts logging and the main runtime, and runs `command` on it.
fn configured<F: Future<Output = Result<()>>>(command: impl FnOnce(Config) -> F) -> ExitCode {
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => return finish(Err(error)),
    };
    logging::start(&config.log_filter, config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(command(config));
            // Work that is still running here is left to the next start.
            runtime.shutdown_timeout(Duration::from_secs(1));
            finish(outcome.map_err(|error| error.chain()))
        }
        Err(error) => finish(Err(error)),
    }
}

async fn migrate(config: Config, revert: Option<usize>) -> Result<()> {
    let database = Database::attach(&config).await?;
    let outcome = match revert {
        None => Migrations::run(&database.migration_url).await,
        Some(count) if count <= Migrations::count() => Migrations::revert(&database.migration_url, count).await,
        Some(count) => Err(Error::internal(format!("there are {} migrations, not {count}", Migrations::count()))),
    };
    database.close().await?;
    for name in outcome? {
        println!("{name}");
    }
    Ok(())
}

/// Prints a text. A reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => finish(Err(error)),
        _ => ExitCode::SUCCESS,
    }
}

fn finish<E: Display>(result: std::result::Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lectern: {error}");
            ExitCode::FAILURE
        }
    }
}
