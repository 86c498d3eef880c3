//! A database of its own for each test, cloned from a migrated template on one throw-away server for the whole run.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use lectern::db::Migrations;
use lectern::embedded::{Durability, Options, PrivateServer};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use super::until::{MOMENT, until};

/// The runtime of what all tests share. Tests have runtimes of their own, and those end with them. It has threads to spare on a
/// small machine too: what one test computes there must not keep the connections of another waiting.
pub fn shared_runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let threads = std::thread::available_parallelism().map_or(4, |cores| cores.get().max(4));
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap()
    })
}

/// The server, and the name of the template on it. It ends with this process, because its guard sees that.
struct Cluster {
    base: String,
    _server: Option<PrivateServer>,
    template: String,
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| std::thread::spawn(|| shared_runtime().block_on(start())).join().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a test reads what the tester says")]
async fn start() -> Cluster {
    let (base, server) = match std::env::var("LECTERN_TEST_DATABASE_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let folder = std::env::temp_dir().join(format!("lectern-test-{}", std::process::id()));
            let executable = env!("CARGO_BIN_EXE_lectern").into();
            let options = Options { folder, durability: Durability::Throwaway, executable };
            let server = PrivateServer::start(options).await.unwrap();
            (server.url_of("postgres"), Some(server))
        }
    };
    let template = format!("lectern_template_{}", std::process::id());
    execute(&base, &format!("CREATE DATABASE {template}")).await;
    let url = with_database(&base, &template);
    tokio::spawn(async move { Migrations::run(&url).await }).await.unwrap().unwrap();
    // A database that somebody is connected to cannot be cloned.
    let client = connect(&base).await;
    until("nobody is connected to the template", MOMENT, async || none_left(&client, &template, "true").await).await;
    Cluster { base, _server: server, template }
}

async fn execute(url: &str, sql: &str) {
    let client = connect(url).await;
    client.batch_execute(sql).await.unwrap();
}

/// Cuts the connections to the database that `whose` says, all of them at once. Returns their processes, which may not be gone yet.
async fn terminate(client: &Client, database: &str, whose: &str) -> Vec<i32> {
    let cut = format!("SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND {whose}");
    client.query(&cut, &[&database]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Whether no client is connected to the database; `whose` says which of them count.
async fn none_left(client: &Client, database: &str, whose: &str) -> Result<(), String> {
    let left = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend' AND {whose}"
    );
    match client.query_one(&left, &[&database]).await.unwrap().get::<_, i64>(0) {
        0 => Ok(()),
        left => Err(format!("{left} connections")),
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn with_database(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}

/// A migrated database that is dropped with its test.
pub struct TestDatabase {
    /// As its owner.
    pub url: String,
    name: String,
}

impl TestDatabase {
    pub async fn new() -> Self {
        Self::of(|template| format!(" TEMPLATE {template} STRATEGY file_copy")).await
    }

    /// Without any schema.
    pub async fn empty() -> Self {
        Self::of(|_| String::new()).await
    }

    async fn of(options: impl FnOnce(&str) -> String) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let cluster = tokio::task::spawn_blocking(cluster).await.unwrap();
        let name = format!("lectern_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let url = with_database(&cluster.base, &name);
        let sql = format!("CREATE DATABASE {name}{}", options(&cluster.template));
        shared_runtime().spawn(async move { execute(&cluster.base, &sql).await }).await.unwrap();
        Self { url, name }
    }

    /// A connection as the schema's owner, whom row security does not bind on the test's server (a superuser).
    pub async fn owner(&self) -> Client {
        connect(&self.url).await
    }

    /// A connection to the server that is not cut when everybody is [shut out](Self::shut_out).
    pub async fn outside(&self) -> Client {
        connect(&cluster().base).await
    }

    /// Cuts every connection but `outside`, and lets nobody in until [`Self::let_in`]. The service is cut first, all of it at once,
    /// and gone before anybody else is cut: were who holds a lock gone before who waits for it, what waits would go on in between.
    pub async fn shut_out(&self, outside: &Client) {
        let name = &self.name;
        outside.batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await.unwrap();
        for whose in ["application_name = 'lectern'", "true"] {
            until("nobody is connected any more", MOMENT, async || {
                terminate(outside, name, whose).await;
                none_left(outside, name, whose).await
            })
            .await;
        }
    }

    /// Cuts those connections of the service that `whose` says, and waits until their processes are gone. Those that were idle by then are
    /// still in the pool: [`super::TestServer::cut`] has them found.
    pub async fn cut(&self, owner: &Client, whose: &str) {
        let cut = terminate(owner, &self.name, &format!("application_name = 'lectern' AND {whose}")).await;
        until("what was cut is gone", MOMENT, async || {
            let left = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY ($1)";
            match owner.query_one(left, &[&cut]).await.unwrap().get::<_, i64>(0) {
                0 => Ok(()),
                left => Err(format!("{left} of {}", cut.len())),
            }
        })
        .await;
    }

    pub async fn let_in(&self) {
        execute(&cluster().base, &format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name)).await;
    }

    /// Waits until so many statements of the service wait for a lock; `owner` is in no transaction, which would go on seeing the
    /// connections of its first look.
    pub async fn until_blocked(&self, owner: &Client, count: i64) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name = 'lectern' AND wait_event_type = 'Lock'";
        until(&format!("{count} statements wait for a lock"), MOMENT, async || {
            match owner.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) {
                found if found >= count => Ok(()),
                found => Err(found.to_string()),
            }
        })
        .await;
    }

    /// Waits until no connection of the service has a transaction.
    pub async fn until_idle(&self, owner: &Client) {
        let open = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'lectern' AND xact_start IS NOT NULL";
        until("no transaction is open", MOMENT, async || {
            match owner.query_one(open, &[]).await.unwrap().get::<_, i64>(0) {
                0 => Ok(()),
                found => Err(found.to_string()),
            }
        })
        .await;
    }

    /// A connection as the service has it.
    pub async fn service(&self) -> Client {
        let client = connect(&self.url).await;
        client.batch_execute("SET ROLE lectern_service").await.unwrap();
        client
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        shared_runtime().spawn(async move { execute(&cluster().base, &sql).await });
    }
}
