//! `lectern access`: what the operator does where a company can no longer help itself.

use futures_util::FutureExt as _;

use crate::access::{self, Recovered};
use crate::auth::Actor;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::journal::{Circumstances, write_tx};
use crate::kernel::clock::Clock;
use crate::start::{self, Database};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Recover(Recover),
}

/// End a lock-out: confirm what waits about a person, forget the accounts that sign the person in, and make the person an
/// administrator; the operation log keeps it
#[derive(Debug, clap::Args)]
pub(super) struct Recover {
    /// Code of the company
    #[arg(long)]
    tenant: String,
    /// Employee number of the person, as stored now
    #[arg(long)]
    employee: String,
}

pub(super) async fn run(command: Command, config: Config) -> Result<()> {
    let Command::Recover(args) = command;
    let database = Database::attach(&config).await?;
    let done = recover(&args, &config, &database).await;
    database.close().await?;
    let Recovered { confirmed, unbound, granted } = done?;
    println!("{confirmed} waiting changes confirmed, {unbound} accounts forgotten");
    println!("{} {}", args.employee, if granted { "is now an administrator" } else { "is an administrator" });
    Ok(())
}

async fn recover(args: &Recover, config: &Config, database: &Database) -> Result<Recovered> {
    start::migrate_private(config, database).await?;
    let state = start::state(config, database, start::public_url(config, config.bind), Clock::system()).await?;
    let tenant = state.tenants.find(&state.db, &args.tenant).await?;
    let tenant = tenant.ok_or_else(|| Error::internal(format!("there is no tenant {:?}", args.tenant)))?;
    let employee = args.employee.clone();
    let recovering = write_tx(&state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move { access::recover(tx, &employee).await }.boxed()
    });
    recovering.await
}
