use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Why there is no private server. The guard sends it through a pipe, so the fields are plain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// No usable PostgreSQL is installed.
    ProgramsMissing { least: u32, looked_at: Vec<LookedAt> },
    /// The data was written by a major version that is not installed.
    OtherMajorVersion { folder: PathBuf, data: String, installed: Vec<u32> },
    /// Another process runs a server on this folder; `holder` is the process that started it.
    InUse { folder: PathBuf, holder: Option<String> },
    /// Lectern runs as root, and the account that Postgres runs under cannot reach the folder.
    NotEnterable { folder: PathBuf, account: String, closed: PathBuf },
    /// The folder contains something that Lectern did not create.
    Foreign { folder: PathBuf, found: String },
    /// A throwaway server was requested for a folder with durable data.
    HoldsDurableData { folder: PathBuf },
    /// Lectern runs as root, and there is no account to run Postgres under.
    NoAccount { tried: Vec<String> },
    /// The operating system refused something.
    Io { doing: String, reason: String },
    /// initdb failed; `output` is its output.
    Initialise { output: String },
    /// Postgres started but did not become ready; `log` is the end of its log.
    NotReady { reason: String, log: String },
    /// The guard could not be started, or ended without giving a reason.
    Guard { reason: String },
    /// The server runs, but the database could not be reached or created.
    Database { reason: String },
}

/// A place where server programs were looked for, and the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedAt {
    /// A folder, or `PATH`.
    pub place: String,
    /// Why it cannot be used.
    pub found: String,
}

impl Error {
    /// For `map_err`: the action that the operating system refused.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        |error| Self::Io { doing: doing.into(), reason: error.to_string() }
    }

    /// The same, about one path.
    pub(super) fn at(doing: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        Self::io(format!("{doing} {}", path.display()))
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProgramsMissing { least, looked_at } => {
                write!(f, "no PostgreSQL server programs of version {least} or later are installed; looked at")?;
                looked_at.iter().try_for_each(|LookedAt { place, found }| write!(f, "\n  {place}: {found}"))?;
                write!(f, "\nrun `.ci/install-postgres`, or set LECTERN_DATABASE_URL to a running server")
            }
            Self::OtherMajorVersion { folder, data, installed } => {
                let installed = installed.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
                let folder = folder.display();
                write!(f, "the data in {folder} was written by PostgreSQL {data}; installed here: {installed}. ")?;
                write!(f, "Install PostgreSQL {data}, or move the folder away to start with an empty database")
            }
            Self::InUse { folder, holder } => {
                write!(f, "another Lectern runs its private Postgres in {}", folder.display())?;
                holder.iter().try_for_each(|holder| write!(f, " ({holder})"))?;
                write!(
                    f,
                    "; stop it, or name another folder with LECTERN_DATA_DIR (`lectern postgres`: or with --folder)"
                )
            }
            Self::NotEnterable { folder, account, closed } => {
                write!(f, "Postgres refuses to run as root and runs as `{account}`, which cannot reach ")?;
                write!(f, "{}, because {} is closed to it; ", folder.display(), closed.display())?;
                write!(f, "set LECTERN_DATA_DIR to a folder that `{account}` can enter")
            }
            Self::Foreign { folder, found } => {
                write!(
                    f,
                    "{} is not a data folder of Lectern ({found}); choose an empty or new folder",
                    folder.display()
                )
            }
            Self::HoldsDurableData { folder } => {
                write!(f, "{} contains durable data, which a throwaway server would delete", folder.display())
            }
            Self::NoAccount { tried } => {
                write!(f, "Postgres refuses to run as root, and there is no account to run it under; ")?;
                write!(f, "looked for {}", tried.join(", "))
            }
            Self::Io { doing, reason } => write!(f, "cannot {doing}: {reason}"),
            Self::Initialise { output } => write!(f, "initdb failed:\n{output}"),
            Self::NotReady { reason, log } => write!(f, "Postgres {reason}; its log ends with\n{log}"),
            Self::Guard { reason } => write!(f, "the guard of the private Postgres {reason}"),
            Self::Database { reason } => write!(f, "the private Postgres runs, but its database does not: {reason}"),
        }
    }
}
