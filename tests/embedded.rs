//! The private Postgres, started for real by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lectern::db::Migrations;
use lectern::embedded::{self, Durability, Error, Options, PrivateServer};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

const LECTERN: &str = env!("CARGO_BIN_EXE_lectern");

fn options(folder: &Path, durability: Durability) -> Options {
    Options { folder: folder.to_owned(), durability, executable: LECTERN.into() }
}

async fn start(folder: &Path, durability: Durability) -> PrivateServer {
    PrivateServer::start(options(folder, durability)).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn refused(folder: &Path, durability: Durability) -> Error {
    PrivateServer::start(options(folder, durability)).await.err().expect("the start is refused")
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    // It ends with its server, sometimes in a test that wants just that.
    tokio::spawn(connection);
    client
}

/// One value, as text.
async fn ask(client: &Client, query: &str) -> Option<String> {
    client.query_one(query, &[]).await.unwrap().get(0)
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn postmaster_pid(folder: &Path) -> Pid {
    let text = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
}

/// What tells a file from one that was written in its place: its number, and when it was written.
fn identity(file: &Path) -> (u64, i64, i64) {
    let metadata = fs::metadata(file).unwrap();
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}

fn signal(process: &Child, signal: Signal) {
    kill(Pid::from_raw(process.id().cast_signed()), signal).unwrap();
}

/// A Lectern of its own, and the URL of its private server.
fn start_lectern(arguments: &[&str], folder: &Path) -> (Child, String) {
    let mut command = Command::new(LECTERN);
    command.arg("postgres").args(arguments).arg("--folder").arg(folder).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (process, url.trim().to_owned())
}

#[tokio::test]
async fn keeps_its_data_over_a_restart_without_being_initialised_again() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Durable).await;
    let initialised = identity(&folder.path().join("data/PG_VERSION"));
    let client = connect(&server.url()).await;
    client.batch_execute("CREATE TABLE kept (n bigint); INSERT INTO kept VALUES (42)").await.unwrap();
    assert_eq!(ask(&client, "SHOW fsync").await.as_deref(), Some("on"));
    assert_eq!(ask(&client, "SHOW server_encoding").await.as_deref(), Some("UTF8"));
    assert_eq!(ask(&client, "SHOW listen_addresses").await.as_deref(), Some("127.0.0.1"));
    assert_eq!(
        ask(&client, "SELECT current_user || '@' || current_database()").await.as_deref(),
        Some("lectern@lectern")
    );
    drop(client);
    server.stop().await.unwrap();

    let server = start(folder.path(), Durability::Durable).await;
    assert_eq!(ask(&connect(&server.url()).await, "SELECT n::text FROM kept").await.as_deref(), Some("42"));
    assert_eq!(identity(&folder.path().join("data/PG_VERSION")), initialised);
    server.stop().await.unwrap();
    assert!(!folder.path().join("data/postmaster.pid").exists());
    let log = fs::read_to_string(folder.path().join("postgres.log")).unwrap();
    assert!(log.contains("database system is shut down"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_login_cannot_become_the_owner() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Durable).await;
    let urls = server.urls();
    Migrations::run(&urls.owner).await.unwrap();
    for _ in 0..2 {
        embedded::admit_service(&urls).await.unwrap();
    }
    assert_eq!(embedded::running(folder.path()), Some(urls.clone()));
    let client = connect(&urls.service).await;
    client.batch_execute("SET ROLE lectern_service; SELECT count(*) FROM employees").await.unwrap();
    client.batch_execute("RESET ROLE").await.unwrap();
    let standing =
        "SELECT concat_ws(' ', current_user, session_user, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls)
                      FROM pg_roles WHERE rolname = current_user";
    assert_eq!(ask(&client, standing).await.as_deref(), Some("lectern_login lectern_login f f f f"));
    for refused in [
        "SET ROLE lectern",
        "SET SESSION AUTHORIZATION lectern",
        "SELECT count(*) FROM employees",
        "ALTER ROLE lectern_login SUPERUSER",
        "GRANT lectern TO lectern_login",
        "DROP TABLE employees CASCADE",
    ] {
        let error = client.batch_execute(refused).await.unwrap_err();
        assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("42501"), "{refused}: {error}");
    }
    // The owner's password does not follow from the service's.
    let owner = urls.service.replace("lectern_login:", "lectern:");
    assert!(tokio_postgres::connect(&owner, NoTls).await.is_err());
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn lets_nobody_in_without_the_password() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Throwaway).await;
    let (before, after) = server.url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let user = before.rsplit_once(':').unwrap().0;
    let password = fs::read_to_string(folder.path().join("password")).unwrap();
    assert_eq!(before, format!("{user}:{password}"));
    for url in [format!("{user}@{after}"), format!("{user}:wrong@{after}")] {
        assert!(tokio_postgres::connect(&url, NoTls).await.is_err(), "{url}");
    }
    for (entry, mode) in [("password", 0o600), ("data", 0o700), ("socket", 0o700)] {
        let metadata = fs::metadata(folder.path().join(entry)).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, mode, "{entry}");
    }
    server.stop().await.unwrap();
}

#[tokio::test]
async fn listens_on_a_socket_when_its_path_is_short_enough() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Throwaway).await;
    let socket = server.socket_folder().expect("a temporary folder has a short path").to_owned();
    let port = server.url().rsplit_once(':').unwrap().1.split_once('/').unwrap().0.parse().unwrap();
    let mut config = tokio_postgres::Config::new();
    let password = fs::read_to_string(folder.path().join("password")).unwrap();
    config.host_path(&socket).port(port).user("lectern").password(password).dbname("lectern");
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(ask(&client, "SELECT inet_server_addr()::text").await, None);
    drop(client);
    server.stop().await.unwrap();

    let long = folder.path().join("a".repeat(90));
    let server = start(&long, Durability::Throwaway).await;
    assert_eq!(server.socket_folder(), None);
    assert_eq!(ask(&connect(&server.url()).await, "SHOW unix_socket_directories").await.as_deref(), Some(""));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn ends_with_its_lectern_even_when_that_is_killed() {
    let folder = TempDir::new().unwrap();
    let (mut lectern, url) = start_lectern(&[], folder.path());
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute("CREATE TABLE kept (n bigint); INSERT INTO kept VALUES (42)").await.unwrap();
    signal(&lectern, Signal::SIGKILL);
    lectern.wait().unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), connection).await.expect("within a minute").unwrap();
    assert!(ended.is_err(), "cut by the server");

    // Without a pause: the start waits for the server before it.
    let server = start(folder.path(), Durability::Durable).await;
    assert_eq!(ask(&connect(&server.url()).await, "SELECT n::text FROM kept").await.as_deref(), Some("42"));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn stops_in_order_when_its_lectern_is_interrupted() {
    let folder = TempDir::new().unwrap();
    let (mut lectern, url) = start_lectern(&[], folder.path());
    assert_eq!(ask(&connect(&url).await, "SELECT 'up'").await.as_deref(), Some("up"));
    signal(&lectern, Signal::SIGINT);
    assert!(lectern.wait().unwrap().success());
    assert!(!folder.path().join("data/postmaster.pid").exists());
}

#[tokio::test]
async fn begins_an_interrupted_initialisation_again() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Durable).await;
    connect(&server.url()).await.batch_execute("CREATE TABLE of_before ()").await.unwrap();
    server.stop().await.unwrap();
    // What an initdb leaves that was cut in the middle.
    fs::write(folder.path().join("state"), "initialising").unwrap();
    fs::remove_file(folder.path().join("data/global/pg_control")).unwrap();

    let server = start(folder.path(), Durability::Durable).await;
    let found = ask(&connect(&server.url()).await, "SELECT to_regclass('of_before')::text").await;
    assert_eq!(found, None);
    assert_eq!(fs::read_to_string(folder.path().join("state")).unwrap(), "durable");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn refuses_a_second_start_on_the_same_folder() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Durable).await;
    for durability in [Durability::Durable, Durability::Throwaway] {
        let holder = Some(format!("process {}", std::process::id()));
        assert_eq!(refused(folder.path(), durability).await, Error::InUse { folder: folder.path().into(), holder });
    }
    assert_eq!(ask(&connect(&server.url()).await, "SELECT 'still up'").await.as_deref(), Some("still up"));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn removes_the_folder_of_a_throwaway_server() {
    let top = TempDir::new().unwrap();
    // The account that Postgres runs under when root calls must get through.
    fs::set_permissions(top.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let folder = top.path().join("one/two");
    let server = start(&folder, Durability::Throwaway).await;
    assert_eq!(ask(&connect(&server.url()).await, "SHOW fsync").await.as_deref(), Some("off"));
    server.stop().await.unwrap();
    assert!(!folder.exists());

    let (mut lectern, url) = start_lectern(&["--throwaway"], &folder);
    assert_eq!(ask(&connect(&url).await, "SELECT 'up'").await.as_deref(), Some("up"));
    signal(&lectern, Signal::SIGKILL);
    lectern.wait().unwrap();
    until("the folder is gone", || !folder.exists()).await;
}

#[tokio::test]
async fn starts_postgres_again_when_it_dies() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Durable).await;
    connect(&server.url()).await.batch_execute("CREATE TABLE kept (n bigint)").await.unwrap();
    let before = postmaster_pid(folder.path());
    kill(before, Signal::SIGKILL).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let client = loop {
        match tokio_postgres::connect(&server.url(), NoTls).await {
            Ok((client, connection)) if postmaster_pid(folder.path()) != before => {
                tokio::spawn(connection);
                break client;
            }
            _ => assert!(Instant::now() < deadline, "not within a minute"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(ask(&client, "SELECT count(*)::text FROM kept").await.as_deref(), Some("0"));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn leaves_alone_what_is_not_its_own() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let found = "it has `thesis.txt` and no `lock`".to_owned();
    let refusal = Error::Foreign { folder: folder.path().into(), found };
    assert_eq!(refused(folder.path(), Durability::Throwaway).await, refusal);
    let entries: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries, [folder.path().join("thesis.txt")]);
}

#[tokio::test]
async fn keeps_durable_data_from_a_throwaway_server_and_from_another_version() {
    let folder = TempDir::new().unwrap();
    start(folder.path(), Durability::Durable).await.stop().await.unwrap();
    let refusal = Error::HoldsDurableData { folder: folder.path().into() };
    assert_eq!(refused(folder.path(), Durability::Throwaway).await, refusal);

    let version = folder.path().join("data/PG_VERSION");
    let written_by = fs::read_to_string(&version).unwrap();
    fs::write(&version, "14\n").unwrap();
    match refused(folder.path(), Durability::Durable).await {
        Error::OtherMajorVersion { data, installed, .. } => {
            assert_eq!(data, "14");
            assert!(installed.contains(&written_by.trim().parse().unwrap()), "{installed:?}");
        }
        other => panic!("{other}"),
    }
    fs::write(&version, written_by).unwrap();
    start(folder.path(), Durability::Durable).await.stop().await.unwrap();
}

#[tokio::test]
async fn deletes_a_data_folder_only_while_nobody_uses_it() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Durable).await;
    assert!(matches!(embedded::remove(folder.path()), Err(Error::InUse { .. })));
    server.stop().await.unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    embedded::remove(folder.path()).unwrap();
    let entries: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries, [folder.path().join("thesis.txt")]);
    fs::remove_file(folder.path().join("thesis.txt")).unwrap();
    embedded::remove(folder.path()).unwrap();
}

/// Where the system shows the working folder of a process; elsewhere Postgres itself refuses the start.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn takes_over_from_a_postgres_whose_guard_was_killed() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path(), Durability::Durable).await;
    let left = postmaster_pid(folder.path());
    let status = fs::read_to_string(format!("/proc/{left}/status")).unwrap();
    let guard = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap().trim().parse().unwrap();
    kill(Pid::from_raw(guard), Signal::SIGKILL).unwrap();
    assert!(matches!(server.stop().await, Err(Error::Guard { .. })));

    let server = start(folder.path(), Durability::Durable).await;
    assert_ne!(postmaster_pid(folder.path()), left);
    assert_eq!(ask(&connect(&server.url()).await, "SELECT 'up'").await.as_deref(), Some("up"));
    server.stop().await.unwrap();
}
