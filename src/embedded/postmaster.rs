//! One run of Postgres: started on a free port, and ready when it reports so.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getppid};

use super::Durability;
use super::error::Error;
use super::folder::DataFolder;
use super::programs::Programs;

/// A start may first have to replay the log after a crash.
const UNTIL_READY: Duration = Duration::from_secs(120);
/// How long a leftover Postgres has to stop, first in order, then at once.
const ENDING: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
/// How often another process may take the port between choosing it and starting Postgres.
const PORTS: usize = 10;

/// What all starts of one server have in common.
#[derive(Debug)]
pub(super) struct Postmaster {
    pub(super) programs: Programs,
    pub(super) durability: Durability,
    pub(super) socket_folder: Option<PathBuf>,
}

/// Why a start failed.
pub(super) enum Failure {
    /// Another process listens on the port.
    PortTaken(Error),
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::PortTaken(error) | Self::Other(error) => error,
        }
    }
}

impl Postmaster {
    /// Starts Postgres on a free port, and waits until it is ready.
    pub(super) fn start(&self, folder: &DataFolder) -> Result<(Child, u16), Error> {
        let mut tries = PORTS;
        loop {
            let port = free_port().map_err(Error::io("find a free port"))?;
            tries -= 1;
            match self.start_on(port, folder) {
                Ok(child) => return Ok((child, port)),
                Err(Failure::PortTaken(_)) if tries > 0 => {}
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    /// Starts Postgres on this port, and waits until it is ready.
    pub(super) fn start_on(&self, port: u16, folder: &DataFolder) -> Result<Child, Failure> {
        let log = folder.append_log()?;
        let offset = log.metadata().map_err(Error::at("look at", &folder.log()))?.len();
        let mut command = self.programs.command("postgres");
        command.arg("-D").arg(folder.data()).arg("-p").arg(port.to_string());
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        if let Some(account) = &folder.account {
            account.run(&mut command);
        }
        // After a crash in a container, the process number of the old Postgres may now belong to Lectern. Postgres takes that
        // into account for itself, its parent, and the process given here.
        command.env("PG_GRANDPARENT_PID", getppid().to_string());
        command.current_dir(&folder.path).stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(Error::at("open", &folder.log()))?).stderr(log);
        let mut child = command.spawn().map_err(Error::io("run postgres"))?;
        let Err(reason) = wait_until_ready(&mut child, &folder.data()) else { return Ok(child) };
        let log = folder.log_since(offset);
        let taken = log.contains("could not bind");
        let error = Error::NotReady { reason, log };
        Err(if taken { Failure::PortTaken(error) } else { Failure::Other(error) })
    }

    fn settings(&self) -> Vec<String> {
        // The list of folders is split at commas outside quotes.
        let quoted = |folder: &PathBuf| format!("\"{}\"", folder.display().to_string().replace('"', "\"\""));
        let socket = self.socket_folder.as_ref().map_or_else(String::new, quoted);
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={socket}"),
            "cluster_name=lectern".to_owned(),
            format!("max_connections={}", self.connections()),
            // Some failures can only be recognised by their text.
            "lc_messages=C".to_owned(),
        ];
        if self.durability == Durability::Throwaway {
            let fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
            settings.extend(fast.map(str::to_owned));
        }
        settings
    }

    /// A throwaway server serves many tests at a time, each with the whole pool of a service and connections of its own.
    fn connections(&self) -> u32 {
        match self.durability {
            Durability::Durable => 200,
            Durability::Throwaway => 500,
        }
    }
}

/// A port of the loopback interface that nobody is listening on at this moment.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Postgres writes to its `postmaster.pid` when it accepts connections; `pg_ctl` relies on this too.
fn wait_until_ready(child: &mut Child, data: &Path) -> Result<(), String> {
    let deadline = Instant::now() + UNTIL_READY;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Err(format!("ended while it started ({status})")),
            Ok(None) if says_ready(data, child.id()) => return Ok(()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(POLL),
            Ok(None) => {
                let ended = child.kill().and_then(|()| child.wait());
                return Err(format!("was not ready after {} s ({ended:?})", UNTIL_READY.as_secs()));
            }
            Err(error) => return Err(format!("was lost sight of: {error}")),
        }
    }
}

/// The port of the Postgres that serves this data, if there is one.
pub(super) fn running_port(data: &Path) -> Option<u16> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let pid: i32 = lines.first()?.parse().ok()?;
    let lives = kill(Pid::from_raw(pid), None).is_ok_and(|()| lines.get(7) == Some(&"ready"));
    lines.get(3).filter(|_| lives)?.parse().ok()
}

fn says_ready(data: &Path, pid: u32) -> bool {
    let Ok(text) = fs::read_to_string(data.join("postmaster.pid")) else { return false };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.first() == Some(&pid.to_string().as_str()) && lines.get(7) == Some(&"ready")
}

/// Stops a Postgres that still runs on this data although its guard is gone. Its working folder distinguishes it from a
/// process that has got the same number since. On systems that do not show the working folder, Postgres's own check refuses
/// the start.
pub(super) fn end_leftover(data: &Path) -> Result<(), Error> {
    let Some(pid) = leftover(data) else { return Ok(()) };
    let started = Instant::now();
    for (signal, patience) in [(Signal::SIGINT, ENDING / 2), (Signal::SIGQUIT, ENDING)] {
        match kill(pid, signal) {
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(errno) => return Err(Error::io(format!("signal process {pid}"))(errno.into())),
        }
        while leftover(data) == Some(pid) && started.elapsed() < patience {
            std::thread::sleep(POLL);
        }
    }
    match leftover(data) {
        None => Ok(()),
        Some(pid) => {
            let doing = "end the Postgres that was left running on this data".into();
            Err(Error::Io { doing, reason: format!("process {pid} stays") })
        }
    }
}

fn leftover(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: i32 = text.lines().next()?.trim().parse().ok()?;
    let works_in = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (works_in == data.canonicalize().ok()?).then(|| Pid::from_raw(pid))
}
