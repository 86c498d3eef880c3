//! `lectern project`: brings the stored live results up to date, and compares them with a fresh computation.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::auth::Actor;
use crate::closing::{self, WithoutPlaces};
use crate::config::Config;
use crate::db::Access;
use crate::error::{Error, Result};
use crate::journal::{Circumstances, Tx, read_tx, write_tx};
use crate::kernel::clock::Clock;
use crate::people::{People, employee_refs};
use crate::schema::{programmes, tenants};
use crate::scoring::live::{self, Checked, Difference};
use crate::start::{self, Database};
use crate::state::State;

/// Bring the stored results of open periods up to date, as the running service does by itself
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Code of the company; if absent, all companies
    #[arg(long)]
    tenant: Option<String>,
    /// Then compare all of them with a fresh computation, and fail if anything differs
    #[arg(long)]
    check: bool,
    /// Compute everything anew, whatever is stored, and fill what closed boards lack: after an older release has still been serving
    #[arg(long)]
    anew: bool,
}

pub(super) async fn run(args: Args, config: Config) -> Result<()> {
    let database = Database::attach(&config).await?;
    let outcome = project(&args, &config, &database).await;
    database.close().await?;
    outcome
}

async fn project(args: &Args, config: &Config, database: &Database) -> Result<()> {
    start::migrate_private(config, database).await?;
    let state = start::state(config, database, start::public_url(config, config.bind), Clock::system()).await?;
    let mut wrong = 0;
    for (tenant, code) in companies(&state, args.tenant.as_deref()).await? {
        if args.anew {
            write_tx(&state, tenant, Actor::system(), Circumstances::default(), |tx| {
                async move {
                    tx.mark_everybody(None, None, None).await?;
                    closing::fill_places(tx).await
                }
                .boxed()
            })
            .await?;
        }
        live::drain_tenant(&state, tenant).await?;
        if args.check {
            wrong += check(&state, tenant, &code).await?;
        }
    }
    if wrong == 0 { Ok(()) } else { Err(Error::internal(format!("{wrong} live results are not as they should be"))) }
}

/// The companies, by their codes.
pub(super) async fn companies(state: &State, only: Option<&str>) -> Result<Vec<(Uuid, String)>> {
    let only = only.map(str::to_owned);
    let wanted = only.clone();
    let found = state.db.transaction(Access::Read, None, move |conn| {
        async move {
            let mut all = tenants::table.order(tenants::code).select((tenants::id, tenants::code)).into_boxed();
            if let Some(code) = wanted {
                all = all.filter(tenants::code.eq(code));
            }
            Ok(all.load::<(Uuid, String)>(conn).await?)
        }
        .boxed()
    });
    let found = found.await?;
    match only {
        Some(code) if found.is_empty() => Err(Error::internal(format!("there is no tenant {code:?}"))),
        _ => Ok(found),
    }
}

/// Prints what differs. Returns how much that is.
async fn check(state: &State, tenant: Uuid, code: &str) -> Result<usize> {
    let checked = read_tx(state, tenant, Actor::system(), |tx| {
        async move {
            let checked = live::check(tx).await?;
            let without_places = closing::without_places(tx).await?;
            let names = Names::of(tx, &checked).await?;
            Ok((checked, without_places, names))
        }
        .boxed()
    });
    let (checked, without_places, names) = checked.await?;
    for difference in &checked.differences {
        println!("{code}: {}", names.say(difference)?);
    }
    if checked.different > checked.differences.len() {
        println!("{code}: and {} more", checked.different - checked.differences.len());
    }
    for aside in &checked.set_aside {
        println!("{code}: set aside: {}: {}", names.person(aside.mark.employee_id)?, aside.error);
    }
    for WithoutPlaces { programme_id, period, .. } in &without_places {
        println!("{code}: {} {period}: the places on its closed boards are not stored", names.programme(*programme_id));
    }
    println!("{code}: {} results of {} open periods compared", checked.results, checked.periods);
    Ok(checked.different + checked.set_aside.len() + without_places.len())
}

/// What the ids in a comparison are known by.
struct Names {
    programmes: BTreeMap<Uuid, String>,
    people: People,
}

impl Names {
    async fn of(tx: &mut Tx<'_>, checked: &Checked) -> Result<Self> {
        let named = programmes::table.filter(programmes::tenant_id.eq(tx.tenant));
        let named: Vec<(Uuid, String)> = named.select((programmes::id, programmes::code)).load(tx.conn).await?;
        let different = checked.differences.iter().filter_map(|difference| difference.employee_id);
        let aside = checked.set_aside.iter().filter_map(|aside| aside.mark.employee_id);
        let people: Vec<Uuid> = different.chain(aside).collect();
        Ok(Self { programmes: named.into_iter().collect(), people: employee_refs(tx, &people).await? })
    }

    fn say(&self, Difference { programme_id, period, employee_id, what }: &Difference) -> Result<String> {
        Ok(format!("{} {period}: {}: {what}", self.programme(*programme_id), self.person(*employee_id)?))
    }

    fn programme(&self, id: Uuid) -> &str {
        self.programmes.get(&id).map(String::as_str).unwrap_or_default()
    }

    fn person(&self, id: Option<Uuid>) -> Result<String> {
        let Some(id) = id else { return Ok("everybody".to_owned()) };
        let person = self.people.get(id)?;
        Ok(person.employee_number.map_or_else(|| id.to_string(), |number| number.to_string()))
    }
}
