use std::io::Write;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use crate::config;
use crate::embedded::{self, Durability, Error, Options, PrivateServer, default_folder};

/// Run the private Postgres alone, print its URL, and stop it on Ctrl-C
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The data folder, instead of the one that `serve` would use (`LECTERN_DATA_DIR`, or that of the working folder)
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Without fsync, in a folder that is deleted at the end
    #[arg(long)]
    throwaway: bool,
    /// Start nothing, but delete the data folder
    #[arg(long, conflicts_with = "throwaway")]
    remove: bool,
}

pub(super) fn run(args: Args) -> Result<(), Error> {
    let working_folder = std::env::current_dir().map_err(Error::io("find the working folder"))?;
    let folder = args.folder.or_else(config::data_dir).unwrap_or_else(|| default_folder(&working_folder));
    if args.remove {
        return embedded::remove(&folder);
    }
    let durability = if args.throwaway { Durability::Throwaway } else { Durability::Durable };
    let executable = std::env::current_exe().map_err(Error::io("find the program of this process"))?;
    let options = Options { folder, durability, executable };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Error::io("start the runtime"))?.block_on(serve(options))
}

async fn serve(options: Options) -> Result<(), Error> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::io("listen for Ctrl-C"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::io("listen for SIGTERM"))?;
    let server = PrivateServer::start(options).await?;
    let mut stdout = std::io::stdout().lock();
    let printed = writeln!(stdout, "{}", server.url()).and_then(|()| stdout.flush());
    drop(stdout);
    if printed.is_ok() {
        tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} }
    }
    server.stop().await?;
    printed.map_err(Error::io("print the URL"))
}
