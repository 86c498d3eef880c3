//! The service in this process, on a port of its own, with a clock that the test moves.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lectern::app::{self, Settings};
use lectern::auth::Role;
use lectern::call::SharedLimits;
use lectern::db::{Db, Waits, Watch};
use lectern::http::{BodyLimits, Cors, Metrics, RateLimits, TrustedProxies};
use lectern::jobs::Runner;
use lectern::kernel::clock::Clock;
use lectern::kernel::ids::Ids;
use lectern::keys::{InstallationKey, OutsideIssuer, OutsideIssuers, TokenActor};
use lectern::scoring::{Feeds, Pace};
use lectern::start;
use lectern::state::{Marked, Parts, State, TenantCodes, Walks};
use uuid::Uuid;

use super::client::Client;
use super::database::{TestDatabase, shared_runtime};
use super::until::{MOMENT, until};

/// An instant, for test data.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// How a server differs from the usual one.
pub struct Options {
    pub issuers: Vec<OutsideIssuer>,
    pub pool: usize,
    pub rate_limits: RateLimits,
    pub bodies: BodyLimits,
    pub proxies: TrustedProxies,
    pub shared: SharedLimits,
    pub pace: Pace,
    /// Sees every event of the connections.
    pub watch: Option<Watch>,
}

impl Default for Options {
    fn default() -> Self {
        let rate_limits = RateLimits::default();
        let (bodies, proxies) = (BodyLimits::default(), TrustedProxies::default());
        let shared = SharedLimits::default();
        Self { issuers: Vec::new(), pool: 8, rate_limits, bodies, proxies, shared, pace: HASTY, watch: None }
    }
}

/// Of streams: a test does not wait for what happens every minute.
pub const HASTY: Pace = Pace {
    heartbeat: Duration::from_millis(200),
    recheck: Duration::from_millis(300),
    look: Duration::from_millis(50),
    gather: Duration::from_millis(10),
};

/// Of a service that gives up late: a test that waits for locks on purpose does not fail because the machine is busy.
pub const PATIENT: Waits = Waits {
    pool: Duration::from_secs(30),
    connect: Duration::from_secs(30),
    lock: Duration::from_secs(30),
    statement: Duration::from_secs(60),
};

pub struct TestServer {
    pub database: TestDatabase,
    pub state: State,
    pub metrics: Metrics,
    pub clock: Clock,
    pub tenant: Uuid,
    pub base: String,
    pub feeds: Feeds,
    client: Client,
    handle: actix_web::dev::ServerHandle,
    worker: Option<lectern::jobs::Worker>,
}

impl TestServer {
    /// A server with one tenant (`demo`), at 2026-03-01 09:00 in Shanghai.
    pub async fn start() -> Self {
        Self::start_as(Options::default()).await
    }

    pub async fn start_as(options: Options) -> Self {
        let database = TestDatabase::new().await;
        let url = database.url.clone();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let public_url = base.clone();
        let started = shared_runtime().spawn(async move { start_on(&url, public_url, options, listener).await });
        let (state, clock, metrics, feeds, handle, worker) = started.await.unwrap();
        let tenant = state.ids.next();
        let client = Client::anonymous(&base).of(&state);
        let worker = Some(worker);
        let server = Self { database, state, metrics, clock, tenant, base, feeds, client, handle, worker };
        server.add_tenant(tenant, "demo").await;
        server
    }

    async fn add_tenant(&self, id: Uuid, code: &str) {
        let owner = self.database.owner().await;
        let sql = "INSERT INTO tenants (id, code, name, created_at, updated_at) VALUES ($1::text::uuid, $2, $2, now(), now())";
        owner.execute(sql, &[&id.to_string(), &code]).await.unwrap();
    }

    /// Another tenant.
    pub async fn tenant(&self, code: &str) -> Uuid {
        let id = self.state.ids.next();
        self.add_tenant(id, code).await;
        id
    }

    /// A client of the tenant with these roles, with a token of its own.
    pub async fn client(&self, roles: &[Role]) -> Client {
        self.client_of(self.tenant, roles).await
    }

    pub async fn client_of(&self, tenant: Uuid, roles: &[Role]) -> Client {
        let id = self.state.ids.next();
        let slugs: Vec<&str> = roles.iter().map(|role| role.slug()).collect();
        let sql = "INSERT INTO api_clients (tenant_id, id, name, secret_sha256, roles, created_at, updated_at)
                   VALUES ($1::text::uuid, $2::text::uuid, 'test', decode(repeat('00', 32), 'hex'), $3, now(), now())";
        let owner = self.database.owner().await;
        owner.execute(sql, &[&tenant.to_string(), &id.to_string(), &slugs]).await.unwrap();
        let public = lectern::auth::public_client_id(tenant, id);
        self.with_token(
            lectern::auth::routes::issue(&self.state, tenant, TokenActor::Client, public, Vec::new()).unwrap(),
        )
    }

    /// A person of the tenant with these roles besides learner; the employee is made if it is not there.
    pub async fn person(&self, employee: Uuid, roles: &[Role]) -> Client {
        self.make_person(self.tenant, employee, roles).await
    }

    /// A new person of this tenant with these roles besides learner.
    pub async fn person_of(&self, tenant: Uuid, roles: &[Role]) -> Client {
        self.make_person(tenant, self.state.ids.next(), roles).await
    }

    async fn make_person(&self, tenant: Uuid, employee: Uuid, roles: &[Role]) -> Client {
        let owner = self.database.owner().await;
        let sql = "INSERT INTO employees (tenant_id, id, employee_number, name, created_at, updated_at)
                   VALUES ($1::text::uuid, $2::text::uuid, 'T-' || $2, 'Test person', now(), now()) ON CONFLICT DO NOTHING";
        owner.execute(sql, &[&tenant.to_string(), &employee.to_string()]).await.unwrap();
        for role in roles {
            let sql = "INSERT INTO role_grants (tenant_id, id, employee_id, role, created_at)
                       VALUES ($1::text::uuid, $2::text::uuid, $3::text::uuid, $4, now()) ON CONFLICT DO NOTHING";
            let id = self.state.ids.next().to_string();
            owner.execute(sql, &[&tenant.to_string(), &id, &employee.to_string(), &role.slug()]).await.unwrap();
        }
        self.person_token(tenant, employee)
    }

    /// A token for an employee that is there.
    pub fn person_token(&self, tenant: Uuid, employee: Uuid) -> Client {
        let actor = TokenActor::Person { employee_id: employee };
        self.with_token(
            lectern::auth::routes::issue(&self.state, tenant, actor, "test".to_owned(), Vec::new()).unwrap(),
        )
    }

    /// A second worker of jobs on the same database, as another process would have it.
    pub async fn another_worker(&self) -> lectern::jobs::Worker {
        let state = self.state.clone();
        shared_runtime().spawn(async move { app::jobs().start(state) }).await.unwrap()
    }

    /// From here on a worker with these kinds of job, instead of the one that knows the service's own.
    pub async fn replace_worker(&mut self, runner: Runner) {
        let (old, state) = (self.worker.take(), self.state.clone());
        let replaced = shared_runtime().spawn(async move {
            if let Some(old) = old {
                old.stop().await;
            }
            runner.start(state)
        });
        self.worker = Some(replaced.await.unwrap());
    }

    /// Cuts those connections of the service that `whose` says. Nobody meets one of them afterwards: the pool hands out the one that lies
    /// longest, so as many questions as it has connections find every dead one among the idle.
    pub async fn cut(&self, whose: &str) {
        self.database.cut(&self.database.owner().await, whose).await;
        until("no idle connection is dead", MOMENT, async || {
            let (connections, _) = self.state.db.connections();
            let mut dead = 0;
            for _ in 0..connections {
                dead += usize::from(self.state.db.ping().await.is_err());
            }
            if dead == 0 { Ok(()) } else { Err(format!("{dead} of {connections}")) }
        })
        .await;
    }

    /// Hands the worker over, to be stopped by the test.
    pub fn take_worker(&mut self) -> lectern::jobs::Worker {
        self.worker.take().unwrap()
    }

    /// Without a token.
    pub fn anonymous(&self) -> Client {
        self.client.clone()
    }

    pub fn with_token(&self, token: String) -> Client {
        self.client.with_token(token)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let (handle, worker, db) = (self.handle.clone(), self.worker.take(), self.state.db.clone());
        self.feeds.stop();
        shared_runtime().spawn(async move {
            handle.stop(false).await;
            if let Some(worker) = worker {
                worker.stop().await;
            }
            db.close();
        });
    }
}

async fn start_on(
    url: &str,
    public_url: String,
    options: Options,
    listener: TcpListener,
) -> (State, Clock, Metrics, Feeds, actix_web::dev::ServerHandle, lectern::jobs::Worker) {
    let Options { issuers, pool, rate_limits, bodies, proxies, shared, pace, watch } = options;
    let clock = Clock::manual(at("2026-03-01T01:00:00Z"));
    let ids = Ids::new(clock.clone());
    let db = Db::watched(url, pool, PATIENT, watch).unwrap();
    let installation = Arc::new(InstallationKey::from_bytes([7; 32]));
    let signing = start::open_signing_keys(&db, &installation, ids.next(), &clock).await.unwrap();
    let outside = OutsideIssuers::new(issuers, db.runtime()).unwrap();
    let tenants = TenantCodes::default();
    let marked = Marked::default();
    let parts = Parts {
        clock: clock.clone(),
        ids,
        public_url,
        installation,
        signing,
        outside,
        tenants,
        marked,
        walks: Walks::default(),
    };
    let state = State::new(db, parts);
    let worker = app::jobs().start(state.clone());
    let metrics = Metrics::new().unwrap();
    let feeds = Feeds::start(&state, metrics.listeners(), pace);
    let settings = Settings {
        workers: Some(1),
        bodies,
        cors: Cors::new(vec!["https://hr.example.com".to_owned()]),
        proxies,
        rate_limits,
        shared,
        feeds: feeds.clone(),
        drain: Duration::from_secs(1),
    };
    let handle = serve(listener, state.clone(), metrics.clone(), settings).await;
    (state, clock, metrics, feeds, handle, worker)
}

/// Serves from a thread of its own: making the document, and starting the first worker, hold the thread up that does it.
async fn serve(
    listener: TcpListener,
    state: State,
    metrics: Metrics,
    settings: Settings,
) -> actix_web::dev::ServerHandle {
    let (tell, told) = tokio::sync::oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let server = app::serve(listener, state, metrics, &settings).unwrap();
        tell.send(server.handle()).unwrap();
        tokio::runtime::Handle::current().block_on(server).unwrap();
    });
    told.await.unwrap()
}
