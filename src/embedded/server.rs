//! The handle of a private server.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tokio::task::spawn_blocking;
use tokio_postgres::NoTls;

use super::error::Error;
use super::guard::Ready;
use super::login::Urls;
use super::{DATABASE, Durability, OWNER};

/// How to start a private server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of its data: of an earlier server, empty, or not yet existing.
    pub folder: PathBuf,
    pub durability: Durability,
    /// The `lectern` program, which is started again as the guard.
    pub executable: PathBuf,
}

/// A Postgres that runs only for this process and ends with it. If dropped without [`stop`](Self::stop), it also ends, but
/// nobody waits for that.
pub struct PrivateServer {
    guard: Child,
    /// The guard waits for its end.
    pipe: ChildStdin,
    ready: Ready,
}

impl PrivateServer {
    /// Starts Postgres, initialises the folder if needed, and makes sure that the database exists. On an idle machine it takes
    /// a few seconds for a new folder, and well under one second afterwards.
    ///
    /// # Errors
    /// Every [`Error`] tells the user what to do.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let started = spawn_blocking(move || Self::start_guard(&options)).await;
        let server = started.map_err(|error| Error::Guard { reason: error.to_string() })??;
        server.ensure_database().await?;
        Ok(server)
    }

    fn start_guard(options: &Options) -> Result<Self, Error> {
        let folder = std::path::absolute(&options.folder).map_err(Error::at("find", &options.folder))?;
        let mut command = Command::new(&options.executable);
        command.arg("guard").arg("--folder").arg(folder).args(["--durability", options.durability.word()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut guard = command.spawn().map_err(Error::at("run", &options.executable))?;
        let (Some(pipe), Some(stdout)) = (guard.stdin.take(), guard.stdout.take()) else {
            return Err(Error::Guard { reason: "has no pipes".into() });
        };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(Error::io("read the report of the guard"))?;
        match serde_json::from_str::<Result<Ready, Error>>(&line) {
            Ok(Ok(ready)) => Ok(Self { guard, pipe, ready }),
            failed => {
                drop(pipe);
                let status = guard.wait().map_err(Error::io("wait for the guard"))?;
                let reason = format!("ended without a report ({status})");
                Err(failed.ok().and_then(Result::err).unwrap_or(Error::Guard { reason }))
            }
        }
    }

    /// The URL of the database `lectern`, for the server's superuser, who owns it. It contains the password.
    #[must_use]
    pub fn url(&self) -> String {
        self.urls().owner
    }

    /// The URLs of the database `lectern`, for its owner and for the service.
    #[must_use]
    pub fn urls(&self) -> Urls {
        Urls::new(self.ready.port, &self.ready.password)
    }

    /// The owner's URL of another database of this server. The name must not need escaping.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        let Ready { port, password, .. } = &self.ready;
        format!("postgres://{OWNER}:{password}@127.0.0.1:{port}/{database}")
    }

    /// The folder of its Unix socket, unless the data folder's path is too long for one.
    #[must_use]
    pub fn socket_folder(&self) -> Option<&Path> {
        self.ready.socket_folder.as_deref()
    }

    async fn ensure_database(&self) -> Result<(), Error> {
        let ensure = async {
            let (client, connection) = tokio_postgres::connect(&self.url_of("postgres"), NoTls).await?;
            let connection = tokio::spawn(connection);
            let found = client.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&DATABASE]).await?;
            if found.is_none() {
                client.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await?;
            }
            drop(client);
            Ok(connection.await)
        };
        let ended: Result<_, tokio_postgres::Error> = ensure.await;
        ended.map(drop).map_err(|error| Error::Database { reason: with_causes(&error) })
    }

    /// Stops Postgres in order and waits for it. Open connections are cut, so close them before. The folder of a throwaway
    /// server is then gone.
    ///
    /// # Errors
    /// [`Error::Guard`] if Postgres had to be killed, or if a throwaway folder could not be removed.
    pub async fn stop(self) -> Result<(), Error> {
        let Self { mut guard, pipe, .. } = self;
        drop(pipe);
        let waited = spawn_blocking(move || guard.wait()).await;
        let status = waited.map_err(|error| Error::Guard { reason: error.to_string() })?;
        match status.map_err(Error::io("wait for the guard"))? {
            status if status.success() => Ok(()),
            status => Err(Error::Guard { reason: format!("could not stop it in order ({status})") }),
        }
    }
}

/// tokio-postgres keeps the server's message in the source.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
