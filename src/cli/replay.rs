//! `lectern replay`: computes closed periods again from what was frozen, and says whether that gives what was stored.

use futures_util::FutureExt as _;
use uuid::Uuid;

use super::project::companies;
use crate::auth::Actor;
use crate::closing::{self, Kept, Replay};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::journal::read_tx;
use crate::kernel::clock::Clock;
use crate::kernel::period::Period;
use crate::start::{self, Database};
use crate::state::State;

/// Compute closed periods again from their frozen inputs, as over HTTP, and fail if anything differs from what is stored
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Code of the company; if absent, all companies
    #[arg(long)]
    tenant: Option<String>,
    /// Code of the programme; if absent, all programmes
    #[arg(long)]
    programme: Option<String>,
    /// The period (2026-03, 2026-Q1 or 2026); if absent, all closed periods
    #[arg(long)]
    period: Option<Period>,
}

pub(super) async fn run(args: Args, config: Config) -> Result<()> {
    let database = Database::attach(&config).await?;
    let outcome = replay(&args, &config, &database).await;
    database.close().await?;
    outcome
}

async fn replay(args: &Args, config: &Config, database: &Database) -> Result<()> {
    start::migrate_private(config, database).await?;
    let state = start::state(config, database, start::public_url(config, config.bind), Clock::system()).await?;
    let (mut count, mut wrong) = (0, 0);
    for (tenant, code) in companies(&state, args.tenant.as_deref()).await? {
        for kept in snapshots(&state, tenant, args).await? {
            let Kept { programme, period, snapshot } = kept.clone();
            let found = replay_one(&state, tenant, kept).await?;
            let matches = found.matches(&snapshot);
            let verdict = if matches { "matches".to_owned() } else { differs(&snapshot.digest, &found) };
            println!("{code}: {programme} {period} snapshot {}: {verdict}", snapshot.number);
            count += 1;
            wrong += usize::from(!matches);
        }
    }
    match (count, wrong) {
        (0, _) if args.programme.is_some() || args.period.is_some() => {
            Err(Error::internal("there is no such snapshot".to_owned()))
        }
        (_, 0) => {
            println!("{count} snapshots replayed");
            Ok(())
        }
        _ => Err(Error::internal(format!("{wrong} of {count} snapshots are not what their inputs give"))),
    }
}

async fn snapshots(state: &State, tenant: Uuid, args: &Args) -> Result<Vec<Kept>> {
    let (programme, period) = (args.programme.clone(), args.period);
    let found = read_tx(state, tenant, Actor::system(), move |tx| {
        async move { Ok(closing::kept(tx, programme.as_deref(), period.as_ref()).await?) }.boxed()
    });
    found.await
}

async fn replay_one(state: &State, tenant: Uuid, kept: Kept) -> Result<Replay> {
    let replayed = read_tx(state, tenant, Actor::system(), move |tx| {
        async move { closing::replay(tx, &kept.snapshot).await }.boxed()
    });
    replayed.await
}

fn differs(stored: &str, found: &Replay) -> String {
    let digest = if stored == found.digest { "the digest is the same" } else { "the digest differs" };
    format!("DIFFERS: {digest}, {} stored results differ", found.differing_count)
}
