//! The tour of the README, pasted as it stands against the served demonstration company.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::io::{BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

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

/// A program of Lectern's, served with the demonstration company from a data folder and on a port of its own.
struct Served {
    data: PathBuf,
    port: u16,
    child: Child,
    greeting: BufReader<ChildStdout>,
}

impl Served {
    fn start(data: &Path) -> Self {
        // A port that is free now; nobody else on this machine takes ports at the same moment on purpose.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut serve = Command::new(lectern());
        environment(serve.args(["serve", "--demo"]).stdout(Stdio::piped()), data, port);
        let mut child = serve.spawn().unwrap();
        let greeting = BufReader::new(child.stdout.take().unwrap());
        Self { data: data.to_owned(), port, child, greeting }
    }

    /// Reads what it says up to these words.
    fn until(&mut self, words: &str) -> String {
        let mut said = Vec::new();
        while !said.ends_with(words.as_bytes()) {
            let mut byte = [0];
            self.greeting.read_exact(&mut byte).expect("it ended before it said so");
            said.extend(byte);
        }
        String::from_utf8_lossy(&said).into_owned()
    }

    /// What a shell says that runs the script beside it.
    fn shell(&self, script: &str) -> Output {
        let mut bash = Command::new("bash");
        let path = format!("{}:{}", lectern().parent().unwrap().display(), path());
        environment(bash.args(["-euo", "pipefail", "-c", script]).env("PATH", path), &self.data, self.port);
        bash.output().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Tells it to stop, and deletes its data.
    fn stop(mut self) {
        self.signal(Signal::SIGINT);
        let mut rest = String::new();
        self.greeting.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "it stops in order: {rest}");
        lectern::embedded::remove(&self.data).unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lectern() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_lectern"))
}

fn data_folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("lectern-{name}-{}", std::process::id()))
}

fn environment(command: &mut Command, data: &Path, port: u16) {
    command
        .env_remove("LECTERN_DATABASE_URL")
        .env("LECTERN_DATA_DIR", data)
        .env("LECTERN_BIND", format!("127.0.0.1:{port}"))
        .env("LECTERN_LOG", "warn")
        .env("BASE", format!("http://127.0.0.1:{port}"));
}

#[test]
fn the_tour_runs_as_it_is_pasted_and_the_service_stops_when_told() {
    let mut served = Served::start(&data_folder("tour"));
    served.until("Three lines to try");
    let pasted = served.shell(&tour(ENGLISH));
    let (out, err) = (String::from_utf8_lossy(&pasted.stdout), String::from_utf8_lossy(&pasted.stderr));
    assert!(pasted.status.success(), "{err}\n{out}");
    for expected in ["\"provisional\":true", "line_id", "\"verdict\"", "create_payroll_batch", "department-manager"] {
        assert!(out.contains(expected), "the tour shows {expected}: {out}");
    }
    a_misnamed_file_is_not_passed_over(&served);
    served.stop();
}

fn a_misnamed_file_is_not_passed_over(served: &Served) {
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("departments.csv"), "code,name\nNEW,New\n").unwrap();
    fs::write(folder.path().join("employes.csv"), "employee_number,name\nE1,Ann\n").unwrap();
    fs::write(folder.path().join("notes.txt"), "not for the import").unwrap();
    let imported = served.shell(&format!("lectern import '{}' --tenant yunling", folder.path().display()));
    let err = String::from_utf8_lossy(&imported.stderr);
    assert!(!imported.status.success(), "{imported:?}");
    assert!(err.contains("employes.csv:1:") && err.contains("is not a file of an import"), "{err}");
    assert!(!err.contains("notes.txt"), "{err}");
}

/// Killed while it loads the company, it begins again from nothing: the company is there once, with every month closed.
#[test]
fn a_load_that_was_cut_off_is_begun_again() {
    let data = data_folder("cut");
    let mut cut = Served::start(&data);
    cut.until("closing ");
    cut.signal(Signal::SIGKILL);
    drop(cut);
    let mut served = Served::start(&data);
    served.until("Loading the demonstration company");
    served.until("Three lines to try");
    let look = "TOKEN=$(lectern token --tenant yunling --employee YL0576)
        get() { curl -sS --fail-with-body \"$BASE$1\" -H \"Authorization: Bearer $TOKEN\"; }
        PROGRAMMES=$(get /v1/programmes)
        echo \"$PROGRAMMES\" | grep -o '\"time_zone\"' | wc -l
        ID=$(echo \"$PROGRAMMES\" | grep -o '\"id\":\"[^\"]*' | head -n 1 | cut -d '\"' -f 4)
        get \"/v1/programmes/$ID/periods\" | grep -o '\"state\":\"closed\"' | wc -l";
    let looked = served.shell(look);
    let out = String::from_utf8_lossy(&looked.stdout);
    assert_eq!(out.split_whitespace().collect::<Vec<_>>(), ["1", "11"], "{looked:?}");
    served.stop();
}
