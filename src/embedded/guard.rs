//! The guard outlives its Lectern for as long as Postgres needs to stop. It detects that its Lectern is gone by the end of its
//! standard input, whose other end nobody else holds. It reports once, on its standard output.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ExitCode};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{Pid, setsid};
use serde::{Deserialize, Serialize};

use super::Durability;
use super::cluster;
use super::error::Error;
use super::folder::DataFolder;
use super::postmaster::{Postmaster, end_leftover};
use super::programs::Search;

/// The arguments of `lectern guard`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data folder, as an absolute path.
    #[arg(long)]
    pub folder: PathBuf,
    #[arg(long, value_enum)]
    pub durability: Durability,
}

/// What the guard reports when the server is ready.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) port: u16,
    pub(super) password: String,
    pub(super) socket_folder: Option<PathBuf>,
}

/// How long Postgres may take to stop in order, and then to stop at once (it replays its log at the next start).
const IN_ORDER: Duration = Duration::from_secs(20);
const AT_ONCE: Duration = Duration::from_secs(5);
/// A Postgres that dies is started again as long as its Lectern runs, because the cause may be temporary, such as a full disk
/// or leftover shared memory. Each pause is twice the previous one, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

enum Event {
    ParentGone,
    PostgresEnded,
}

/// Runs a private server until standard input ends. Succeeds if the server was stopped in order.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    leave_the_terminal();
    let (sender, events) = channel();
    let parent = sender.clone();
    thread::spawn(move || {
        let mut rest = Vec::new();
        // An error also counts as the end. Whether the guard still listens does not matter.
        let _ = std::io::stdin().read_to_end(&mut rest);
        let _ = parent.send(Event::ParentGone);
    });
    match Server::start(args) {
        Ok((server, postgres)) => {
            report(&Ok(&server.ready));
            server.keep(postgres, &sender, &events)
        }
        Err(error) => {
            report(&Err(error));
            ExitCode::FAILURE
        }
    }
}

/// The guard ends only when its Lectern ends, not because of a key pressed in the terminal or a signal sent to all processes.
fn leave_the_terminal() {
    // This fails for the leader of a process group, which keys in the terminal do not reach either.
    let _ = setsid();
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    let _ = signals.thread_block();
}

fn report(outcome: &Result<&Ready, Error>) {
    let line = serde_json::to_string(outcome).unwrap_or_else(|error| error.to_string());
    let mut stdout = std::io::stdout().lock();
    // If Lectern is gone, nobody reads it; an event reports that.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

struct Server {
    folder: DataFolder,
    postmaster: Postmaster,
    ready: Ready,
}

impl Server {
    fn start(args: &Args) -> Result<(Self, Child), Error> {
        let folder = DataFolder::open(&args.folder)?;
        end_leftover(&folder.data())?;
        let programs = cluster::prepare(&folder, Search::run("/".as_ref()), args.durability)?;
        folder.begin_log()?;
        let password = folder.read_password()?;
        let socket_folder = folder.socket_folder()?;
        let postmaster = Postmaster { programs, durability: args.durability, socket_folder: socket_folder.clone() };
        let (child, port) = postmaster.start(&folder)?;
        Ok((Self { folder, postmaster, ready: Ready { port, password, socket_folder } }, child))
    }

    /// Keeps Postgres running until the Lectern is gone.
    fn keep(self, mut postgres: Child, sender: &Sender<Event>, events: &Receiver<Event>) -> ExitCode {
        loop {
            let pid = watch(postgres, sender.clone());
            match events.recv() {
                Ok(Event::ParentGone) | Err(_) => return self.stop(Some(pid), events),
                Ok(Event::PostgresEnded) => self.note("Postgres ended; starting it again"),
            }
            postgres = match self.start_again(events) {
                Some(postgres) => postgres,
                None => return self.stop(None, events),
            };
        }
    }

    /// `None` if Lectern has ended in the meantime.
    fn start_again(&self, events: &Receiver<Event>) -> Option<Child> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.postmaster.start_on(self.ready.port, &self.folder) {
                Ok(postgres) => return Some(postgres),
                Err(failure) => self.note(&failure.into_error().to_string()),
            }
            match events.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => pause = LONGEST_PAUSE.min(pause * 2),
                _ => return None,
            }
        }
    }

    /// Stops Postgres, first in order, and removes what was never meant to stay.
    fn stop(mut self, postgres: Option<Pid>, events: &Receiver<Event>) -> ExitCode {
        if let Err(error) = self.folder.say_stopping() {
            self.note(&format!("cannot say in the lock that it stops: {error}"));
        }
        let in_order = postgres.is_none_or(|pid| end(pid, events));
        if self.postmaster.durability == Durability::Throwaway {
            return if self.folder.remove().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        if in_order { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// Writes into Postgres's log, next to its own messages.
    fn note(&self, text: &str) {
        let written = self.folder.append_log().map(|mut log| writeln!(log, "lectern guard: {text}"));
        // A full disk must not end the guard, and there is no other place to report it.
        drop(written);
    }
}

/// Waits for the end of Postgres in a separate thread.
fn watch(mut postgres: Child, sender: Sender<Event>) -> Pid {
    let pid = Pid::from_raw(postgres.id().cast_signed());
    thread::spawn(move || {
        let _ = postgres.wait();
        let _ = sender.send(Event::PostgresEnded);
    });
    pid
}

/// Whether Postgres ended without being killed.
fn end(pid: Pid, events: &Receiver<Event>) -> bool {
    for (signal, patience) in [(Signal::SIGINT, IN_ORDER), (Signal::SIGQUIT, AT_ONCE), (Signal::SIGKILL, AT_ONCE)] {
        // It may have ended just before; then the event is on its way.
        let _ = kill(pid, signal);
        match events.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return signal != Signal::SIGKILL,
        }
    }
    false
}
