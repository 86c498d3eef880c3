//! `lectern token`: an access token for development, for a person or machine client of the company.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::auth::routes::issue;
use crate::auth::{Actor, public_client_id};
use crate::config::Config;
use crate::db::Access;
use crate::error::{Error, Result};
use crate::journal::read_tx;
use crate::kernel::clock::Clock;
use crate::kernel::text::EmployeeNumber;
use crate::keys::TokenActor;
use crate::people::find_holder;
use crate::schema::{api_clients, tenants};
use crate::start::{self, Database};
use crate::state::State;

/// Print an access token for development, valid for 15 minutes, for a person or a machine client of the company
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Code of the company; not needed if there is only one
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// Employee number of the person, or a former one that nobody has now
    #[arg(long)]
    employee: Option<String>,
    /// Name of the machine client
    #[arg(long)]
    client: Option<String>,
}

pub(super) async fn run(args: Args, config: Config) -> Result<()> {
    let database = Database::attach(&config).await?;
    let token = make(args, &config, &database).await;
    database.close().await?;
    println!("{}", token?);
    Ok(())
}

async fn make(args: Args, config: &Config, database: &Database) -> Result<String> {
    start::migrate_private(config, database).await?;
    let state = start::state(config, database, start::public_url(config, config.bind), Clock::system()).await?;
    let code = match args.tenant {
        Some(code) => code,
        None => only_tenant(&state).await?.ok_or_else(|| Error::internal("name the company with --tenant"))?,
    };
    let tenant = state.tenants.find(&state.db, &code).await?;
    let tenant = tenant.ok_or_else(|| Error::internal(format!("there is no tenant {code:?}")))?;
    match (args.who.employee, args.who.client) {
        (Some(number), _) => person_token(&state, tenant, number).await,
        (None, Some(name)) => client_token(&state, tenant, name).await,
        (None, None) => Err(Error::internal("give either --employee or --client")),
    }
}

/// A token for the employee with this number; if nobody has it now, for the one who had it last.
pub(super) async fn person_token(state: &State, tenant: Uuid, number: String) -> Result<String> {
    let missing = format!("there is no employee {number:?}");
    let found = read_tx(state, tenant, Actor::system(), move |tx| {
        async move {
            match EmployeeNumber::parse(number) {
                Ok(number) => Ok(find_holder(tx, &number).await?),
                Err(_) => Ok(None),
            }
        }
        .boxed()
    });
    let employee_id = found.await?.ok_or_else(|| Error::internal(missing))?;
    issue(state, tenant, TokenActor::Person { employee_id }, "lectern-token".to_owned(), Vec::new())
}

/// A token for the machine client with this name.
pub(super) async fn client_token(state: &State, tenant: Uuid, name: String) -> Result<String> {
    let missing = format!("there is no client {name:?}");
    let found = state.db.transaction(Access::Read, Some(tenant), move |conn| {
        async move {
            let own = api_clients::table
                .filter(api_clients::tenant_id.eq(tenant))
                .filter(api_clients::name.eq(name))
                .filter(api_clients::revoked_at.is_null());
            Ok(own.order(api_clients::id).select(api_clients::id).first(conn).await.optional()?)
        }
        .boxed()
    });
    let client = found.await?.ok_or_else(|| Error::internal(missing))?;
    issue(state, tenant, TokenActor::Client, public_client_id(tenant, client), Vec::new())
}

/// The code of the company, if there is exactly one.
pub(super) async fn only_tenant(state: &State) -> Result<Option<String>> {
    let codes = state.db.transaction(Access::Read, None, |conn| {
        async move { Ok(tenants::table.select(tenants::code).limit(2).load::<String>(conn).await?) }.boxed()
    });
    Ok(match codes.await?.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    })
}
