//! The commands of `lectern`.

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::embedded::guard;

mod postgres;

#[derive(Debug, Parser)]
#[command(name = "lectern", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Postgres(postgres::Args),
    /// What `lectern` runs between itself and its private Postgres; not for people.
    #[command(hide = true)]
    Guard(guard::Args),
}

/// Runs the command that the arguments name; wrong arguments end the process.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Postgres(args) => finish(postgres::run(args)),
        Command::Guard(args) => guard::run(&args),
    }
}

fn finish<E: Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lectern: {error}");
            ExitCode::FAILURE
        }
    }
}
