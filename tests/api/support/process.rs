//! `lectern serve` as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use lectern::kernel::clock::Clock;
use lectern::kernel::ids::Ids;
use lectern::keys::{InstallationKey, OutsideIssuers};
use lectern::start;
use lectern::state::{Marked, Parts, State, TenantCodes, Walks};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::server::TestServer;

/// `lectern serve` beside the test's server, on the same database, until it is killed.
pub struct Process {
    child: Child,
    /// Open until the end, for what else it has to say.
    _said: BufReader<ChildStdout>,
    pub base: String,
}

impl Process {
    pub fn serve(server: &TestServer) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
        command.arg("serve").env_clear().envs([
            ("LECTERN_DATABASE_URL", server.database.url.as_str()),
            ("LECTERN_SECRET_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
            ("LECTERN_BIND", "127.0.0.1:0"),
        ]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut said, mut line) = (BufReader::new(child.stdout.take().unwrap()), String::new());
        while !line.contains("serves at http://") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it has ended");
        }
        let (_, base) = line.split_once("serves at ").unwrap();
        let base = base.split_whitespace().next().unwrap().to_owned();
        Self { child, _said: said, base }
    }

    /// Asks it to stop (SIGTERM).
    pub fn ask_to_stop(&self) {
        let child = i32::try_from(self.child.id()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child), nix::sys::signal::SIGTERM).unwrap();
    }

    /// Waits for its end, and returns whether it ended well.
    pub fn ended_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// What makes tokens that it takes.
    pub async fn issuer(&self, server: &TestServer) -> State {
        let (db, clock) = (server.state.db.clone(), Clock::system());
        let (ids, public_url) = (Ids::new(clock.clone()), self.base.clone());
        let installation = Arc::new(InstallationKey::from_bytes([7; 32]));
        let signing = start::open_signing_keys(&db, &installation, ids.next(), &clock).await.unwrap();
        let outside = OutsideIssuers::new(Vec::new(), db.runtime()).unwrap();
        let tenants = TenantCodes::default();
        let marked = Marked::default();
        State::new(
            db,
            Parts { clock, ids, public_url, installation, signing, outside, tenants, marked, walks: Walks::default() },
        )
    }
}

impl Drop for Process {
    /// SIGKILL.
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A thousand clients at once need a thousand sockets on both sides.
pub fn open_more_files() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(8192)), hard).unwrap();
}
