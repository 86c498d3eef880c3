//! The private Postgres of `make run` and `make test`: a server of its own, in a folder of its own, for one Lectern process.
//!
//! ```text
//! lectern ──starts──▶ lectern guard ──starts──▶ postgres
//!     └──── pipe ────────▶ │ holds the folder's lock, initialises the data, starts Postgres again when it dies,
//!                          │ and ends it in order as soon as the pipe closes, which even kill -9 of `lectern` does
//! ```
//!
//! The guard lives in a session of its own, so a Ctrl-C in the terminal reaches neither it nor Postgres: the service
//! drains first and then calls [`PrivateServer::stop`].
//!
//! The folder holds
//!
//! | entry | what |
//! |---|---|
//! | `lock` | held (flock) by the guard that runs here; its text says whether that guard is stopping |
//! | `state` | `initialising`, `durable` or `throwaway`; the last two are written when initdb has succeeded |
//! | `password` | of the superuser `lectern`, mode 0600 |
//! | `data/` | what Postgres calls its data directory |
//! | `secret-key` | of the installation, mode 0600 |
//! | `socket/` | the Unix socket, absent when its path would be too long |
//! | `postgres.log`, `postgres.1.log` | what Postgres and the guard said since this start, and in the one before |
//!
//! States: no folder → `initialising` → `durable`, or → `throwaway` → removed at the stop. `initialising` and a `throwaway`
//! that somebody left behind are begun again from nothing; a folder that Lectern did not make is never written to.

mod account;
mod cluster;
mod error;
mod folder;
/// The process between Lectern and Postgres: `lectern guard`.
pub mod guard;
mod postmaster;
mod programs;
mod server;

pub use error::{Error, LookedAt};
pub use folder::default_folder;
pub use server::{Options, PrivateServer};

use std::path::Path;

use serde::{Deserialize, Serialize};

use folder::DataFolder;

/// What a private server promises about its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// A commit survives a power failure, and the data stays when the server stops.
    Durable,
    /// Without fsync, and the folder is removed when the server stops: for tests.
    Throwaway,
}

impl Durability {
    /// The word on the command line and in the file `state`.
    const fn word(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Throwaway => "throwaway",
        }
    }
}

/// Deletes the data of a private server that does not run, and its folder unless there is something else in it.
///
/// # Errors
/// [`Error::InUse`] while a server runs on it, [`Error::Foreign`] when it is no data folder, [`Error::Io`].
pub fn remove(folder: &Path) -> Result<(), Error> {
    if !folder.exists() {
        return Ok(());
    }
    let folder = DataFolder::open(folder)?;
    postmaster::end_leftover(&folder.data())?;
    folder.remove()
}

/// The URL of the private server that runs on `folder` for another process, if one does: for commands beside a serving Lectern.
#[must_use]
pub fn running(folder: &Path) -> Option<String> {
    let port = postmaster::running_port(&folder.join("data"))?;
    let password = std::fs::read_to_string(folder.join("password")).ok()?;
    Some(format!("postgres://{OWNER}:{password}@127.0.0.1:{port}/{DATABASE}"))
}

/// A file in the folder that is Lectern's and not the server's: the key of the installation. It goes with the data.
pub const SECRET_KEY: &str = "secret-key";

/// The role that owns everything in the private server, and the database made in it, have the product's name.
const OWNER: &str = "lectern";
const DATABASE: &str = "lectern";
