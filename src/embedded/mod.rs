//! The private Postgres of `make run` and `make test`: a separate server, in a separate folder, for one Lectern process.
//!
//! ```text
//! lectern ──starts──▶ lectern guard ──starts──▶ postgres
//!     └──── pipe ────────▶ │ holds the folder's lock, initialises the data, starts Postgres again when it dies,
//!                          │ and ends it in order as soon as the pipe closes, which even kill -9 of `lectern` does
//! ```
//!
//! The guard runs in a session of its own, so a Ctrl-C in the terminal reaches neither it nor Postgres. The service first
//! drains and then calls [`PrivateServer::stop`].
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
//! States: no folder → `initialising` → `durable`, or → `throwaway` → removed when it stops. An `initialising` folder and a
//! leftover `throwaway` folder start again from the beginning. Lectern never writes to a folder that it did not create.

mod account;
mod cluster;
mod error;
mod folder;
/// The process between Lectern and Postgres: `lectern guard`.
pub mod guard;
mod login;
mod postmaster;
mod programs;
mod server;

pub use error::{Error, LookedAt};
pub use folder::default_folder;
pub use login::{Urls, admit_service};
pub use server::{Options, PrivateServer};

use std::path::Path;

use serde::{Deserialize, Serialize};

use folder::DataFolder;

/// How a private server treats its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// A commit survives a power failure, and the data is kept when the server stops.
    Durable,
    /// Without fsync, and the folder is removed when the server stops. For tests.
    Throwaway,
}

impl Durability {
    /// The word for the command line and the file `state`.
    const fn word(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Throwaway => "throwaway",
        }
    }
}

/// Deletes the data of a private server that is not running, and its folder unless it contains something else.
///
/// # Errors
/// [`Error::InUse`] while a server runs on it, [`Error::Foreign`] if it is not a data folder, [`Error::Io`].
pub fn remove(folder: &Path) -> Result<(), Error> {
    if !folder.exists() {
        return Ok(());
    }
    let folder = DataFolder::open(folder)?;
    postmaster::end_leftover(&folder.data())?;
    folder.remove()
}

/// Whether the folder has the data of a private server.
#[must_use]
pub fn has_data(folder: &Path) -> bool {
    folder.join("data").exists()
}

/// How to reach the private server that another process runs on `folder`, if there is one: for commands next to a running
/// service.
#[must_use]
pub fn running(folder: &Path) -> Option<Urls> {
    let port = postmaster::running_port(&folder.join("data"))?;
    let password = std::fs::read_to_string(folder.join("password")).ok()?;
    Some(Urls::new(port, &password))
}

/// A file in the folder that belongs to Lectern and not to the server: the installation key. It is deleted with the data.
pub const SECRET_KEY: &str = "secret-key";

/// The name of the role that owns everything in the private server, and of the database in it.
const OWNER: &str = "lectern";
const DATABASE: &str = "lectern";
