//! The tour of the README, pasted as it stands against the served demonstration company.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The README in each language, with the heading of its tour.
const ENGLISH: (&str, &str) = ("README.md", "\n## A tour of the month\n");
const CHINESE: (&str, &str) = ("README.zh-CN.md", "\n## 一个月的导览\n");

/// The blocks of the section, in their order.
fn tour((readme, heading): (&str, &str)) -> String {
    let text = fs::read_to_string(readme).unwrap();
    let (_, section) = text.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks: Vec<&str> = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 4, "the section has its blocks");
    blocks.join("\n")
}

/// Both languages tell the same tour.
#[test]
fn the_tour_is_the_same_in_both_languages() {
    let commands = |readme| -> Vec<String> {
        tour(readme).lines().map(|line| line.split("  #").next().unwrap().trim_end().to_owned()).collect()
    };
    assert_eq!(commands(ENGLISH), commands(CHINESE));
}

#[expect(clippy::disallowed_methods, reason = "the shell finds its programs where the tester's does")]
fn path() -> String {
    std::env::var("PATH").unwrap()
}

struct Served {
    child: Child,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_tour_runs_as_it_is_pasted_and_the_service_stops_when_told() {
    let data = std::env::temp_dir().join(format!("lectern-tour-{}", std::process::id()));
    // A port that is free now; nobody else on this machine takes ports at the same moment on purpose.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let lectern = Path::new(env!("CARGO_BIN_EXE_lectern"));
    let environment = |command: &mut Command| {
        command
            .env_remove("LECTERN_DATABASE_URL")
            .env("LECTERN_DATA_DIR", &data)
            .env("LECTERN_BIND", format!("127.0.0.1:{port}"))
            .env("LECTERN_LOG", "warn")
            .env("BASE", format!("http://127.0.0.1:{port}"));
    };
    let mut serve = Command::new(lectern);
    environment(serve.args(["serve", "--demo"]).stdout(Stdio::piped()));
    let mut served = Served { child: serve.spawn().unwrap() };
    let mut greeting = BufReader::new(served.child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("Three lines to try") {
        line.clear();
        assert!(greeting.read_line(&mut line).unwrap() > 0, "it ended before it served");
    }
    let mut bash = Command::new("bash");
    let path = format!("{}:{}", lectern.parent().unwrap().display(), path());
    let script = tour(ENGLISH);
    environment(bash.args(["-euo", "pipefail", "-c", &script]).env("PATH", path));
    let pasted = bash.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&pasted.stdout), String::from_utf8_lossy(&pasted.stderr));
    assert!(pasted.status.success(), "{err}\n{out}");
    for expected in ["\"provisional\":true", "line_id", "\"verdict\"", "create_payroll_batch"] {
        assert!(out.contains(expected), "the tour shows {expected}: {out}");
    }
    kill(Pid::from_raw(i32::try_from(served.child.id()).unwrap()), Signal::SIGINT).unwrap();
    let mut rest = String::new();
    greeting.read_to_string(&mut rest).unwrap();
    assert!(served.child.wait().unwrap().success(), "it stops in order: {rest}");
    lectern::embedded::remove(&data).unwrap();
}
