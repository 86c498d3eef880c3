//! `lectern serve`: starts everything, and stops it in reverse order.

use std::net::TcpListener;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{demo, greet, token};
use crate::app::{self, Settings};
use crate::call::SharedLimits;
use crate::closing::provisional::Keeper;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::http::{BodyLimits, Cors, Metrics, RateLimits, TrustedProxies, serve_metrics};
use crate::kernel::clock::Clock;
use crate::scoring::live::Projector;
use crate::scoring::{Feeds, Pace};
use crate::start::{self, Database};
use crate::state::State;

/// Serve the API
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Load the demonstration company if the private server has no company (never into your own database)
    #[arg(long)]
    demo: bool,
}

/// How long running requests may take when the service stops.
const DRAIN: Duration = Duration::from_secs(20);

/// The requests to stop: Ctrl-C and SIGTERM.
struct Stops {
    interrupt: Signal,
    terminate: Signal,
}

impl Stops {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::internal);
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {} _ = self.terminate.recv() => {} }
    }
}

pub(super) async fn run(args: Args, config: Config) -> Result<()> {
    let mut stops = Stops::listen()?;
    let bind_failed = |error: std::io::Error| Error::internal(format!("cannot listen on {}: {error}", config.bind));
    let listener = TcpListener::bind(config.bind).map_err(bind_failed)?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let public_url = start::public_url(&config, address);
    let database = Database::open(&config).await?;
    let demo = args.demo && database.is_private();
    let loaded = tokio::select! {
        loaded = prepare(demo, &config, &database) => Some(loaded),
        () = stops.next() => None,
    };
    let served = match loaded {
        Some(Ok(())) => serve_until(&mut stops, &config, &database, listener, public_url, demo).await,
        Some(Err(error)) => Err(error),
        None => Ok(()),
    };
    let closed = database.close().await;
    served.and(closed)
}

/// Updates the schema, and loads the demonstration company if requested and if there is no company yet.
async fn prepare(with_demo: bool, config: &Config, database: &Database) -> Result<()> {
    start::migrate(config, database).await?;
    if with_demo { demo::ensure(config, database, Clock::system().now()).await } else { Ok(()) }
}

async fn serve_until(
    stops: &mut Stops,
    config: &Config,
    database: &Database,
    listener: TcpListener,
    public_url: String,
    demo: bool,
) -> Result<()> {
    let state = start::state(config, database, public_url, Clock::system()).await?;
    let worker = app::jobs().start(state.clone());
    let metrics = Metrics::new()?;
    let metrics_server = start_metrics(config, &metrics, &state)?;
    let projector = Projector::start(&state, metrics.clone());
    let keeper = Keeper::start(&state);
    let feeds = Feeds::start(&state, metrics.listeners(), Pace::default());
    let settings = Settings {
        workers: config.workers,
        bodies: BodyLimits { bytes: config.max_body_bytes, ..BodyLimits::default() },
        cors: Cors::new(config.cors_origins.clone()),
        proxies: TrustedProxies::new(config.trusted_proxies.clone()),
        rate_limits: RateLimits::per_minute(config.rate_limit, config.address_rate_limit),
        shared: SharedLimits::default(),
        feeds: feeds.clone(),
        drain: DRAIN,
    };
    let server = app::serve(listener, state.clone(), metrics, &settings)?;
    let handle = server.handle();
    let running = tokio::spawn(server);
    let company = if demo { token::only_tenant(&state).await? } else { None };
    greet::greet(&state, config, company.as_deref()).await?;
    stops.next().await;
    log::info!("stopping: running work has {} seconds; stop again to end it at once", DRAIN.as_secs());
    // Streams would go on for as long as their tokens.
    feeds.stop();
    keeper.stop();
    // The worker first, so that it starts nothing new while the last requests are answered.
    let projected = tokio::time::timeout(DRAIN, projector.stop());
    let drained = async { tokio::join!(worker.stop_within(DRAIN), projected, handle.stop(true)) };
    tokio::select! {
        _ = drained => running.await.map_err(Error::internal)?.map_err(Error::internal)?,
        () = stops.next() => log::warn!("stopping at once"),
    }
    if let Some(handle) = metrics_server {
        handle.stop(false).await;
    }
    state.db.close();
    Ok(())
}

fn start_metrics(config: &Config, metrics: &Metrics, state: &State) -> Result<Option<actix_web::dev::ServerHandle>> {
    let Some(bind) = config.metrics_bind else { return Ok(None) };
    let failed = |error: std::io::Error| Error::internal(format!("cannot listen on {bind}: {error}"));
    let listener = TcpListener::bind(bind).map_err(failed)?;
    let server = serve_metrics(listener, metrics.clone(), state.db.clone()).map_err(failed)?;
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Some(handle))
}
