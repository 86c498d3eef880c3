//! What many listeners cost.

use std::time::Duration;

use lectern::scoring::{Pace, live};
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::boards::Boards;
use crate::support::{Client, MOMENT, Options, TestServer, open_more_files, until};

/// The others wait for nothing meanwhile.
#[tokio::test]
async fn whether_many_have_the_right_is_asked_at_once() {
    const OF_EACH: usize = 40;
    open_more_files();
    let pace = Pace { heartbeat: Duration::from_secs(600), recheck: Duration::ZERO, ..Pace::default() };
    let server = TestServer::start_as(Options { pace, ..Options::default() }).await;
    let boards = Boards::new(&server, "competition").await;
    let hr = boards.hr().await;
    live::drain(&server.state).await.unwrap();
    let board = boards.path("leaderboard/events");
    let mut of_hr = sockets(&server, &hr, &board, 5 * OF_EACH, "\"ranked_of\":9").await;
    let mut of_lecturers = Vec::new();
    for place in 0..5 {
        of_lecturers.extend(sockets(&server, &boards.as_lecturer(place), &board, OF_EACH, "\"ranked_of\":9").await);
    }
    let statements = server.state.db.statements();
    boards.send(&[(boards.lecturers[8], "75")]).await;
    live::drain(&server.state).await.unwrap();
    for socket in of_hr.iter_mut().chain(&mut of_lecturers) {
        read_until(socket, "\"ranked_of\":10").await;
    }
    let needed = server.state.db.statements() - statements;
    assert!(needed < 200, "{needed} statements for {} listeners", 10 * OF_EACH);

    let revoked = "UPDATE api_clients SET revoked_at = now() WHERE 'admin' = ANY (roles)";
    boards.given.sql.batch_execute(revoked).await.unwrap();
    boards.send(&[(boards.lecturers[8], "85")]).await;
    live::drain(&server.state).await.unwrap();
    for socket in &mut of_hr {
        read_until(socket, "0\r\n\r\n").await;
    }
    for socket in &mut of_lecturers {
        read_until(socket, "\"score\":\"85.00\"").await;
    }
}

/// As many as this listen at once.
const MANY: usize = 1500;

/// The listeners read from plain sockets, so that the memory that is measured is that of the service.
#[tokio::test]
async fn many_listeners_hold_no_connection_of_the_database_and_little_memory() {
    open_more_files();
    let pace = Pace { heartbeat: Duration::from_secs(5), ..Pace::default() };
    let server = TestServer::start_as(Options { pace, ..Options::default() }).await;
    let boards = Boards::new(&server, "competition").await;
    let hr = boards.hr().await;
    live::drain(&server.state).await.unwrap();
    let before = resident_kib();
    let mut sockets = sockets(&server, &hr, &boards.path("leaderboard/events"), MANY, "\"ranked_of\":9").await;
    assert_eq!(server.feeds.listeners(), i64::try_from(MANY).unwrap());
    let grown = resident_kib().saturating_sub(before);
    println!("{MANY} listeners: {grown} KiB, {} KiB each with the client's side", grown / MANY as u64);
    assert!(grown < MANY as u64 * 256, "{grown} KiB");
    until("no connection is held", MOMENT, async || {
        let (open, idle) = server.state.db.connections();
        if open == idle { Ok(()) } else { Err(format!("{} of {open} are taken", open - idle)) }
    })
    .await;

    // One change is read once, however many are told of it.
    let statements = server.state.db.statements();
    boards.send(&[(boards.lecturers[8], "75")]).await;
    live::drain(&server.state).await.unwrap();
    for socket in &mut sockets {
        read_until(socket, "\"ranked_of\":10").await;
    }
    let needed = server.state.db.statements() - statements;
    assert!(needed < 500, "{needed} statements for {MANY} listeners");
    drop(sockets);
    until("all have left", MOMENT, async || {
        let listeners = server.feeds.listeners();
        if listeners == 0 { Ok(()) } else { Err(format!("{listeners} listen")) }
    })
    .await;
}

/// So many connections on which this client listens and has got this. A few come at a time: what is measured is how many stay, not how
/// many come at once.
async fn sockets(server: &TestServer, client: &Client, path: &str, count: usize, told: &str) -> Vec<TcpStream> {
    let request = client.request(Method::GET, path).build().unwrap();
    let token = request.headers()["authorization"].to_str().unwrap().to_owned();
    let host = server.base.strip_prefix("http://").unwrap();
    let text = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {token}\r\n\r\n");
    let mut sockets = Vec::new();
    while sockets.len() < count {
        let begun = sockets.len();
        for _ in 0..50.min(count - begun) {
            let mut socket = TcpStream::connect(host).await.unwrap();
            socket.write_all(text.as_bytes()).await.unwrap();
            sockets.push(socket);
        }
        for socket in &mut sockets[begun..] {
            read_until(socket, told).await;
        }
    }
    sockets
}

/// Reads until this was told.
async fn read_until(socket: &mut TcpStream, told: &str) {
    let mut read = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&read).contains(told) {
        let count = tokio::time::timeout(Duration::from_secs(120), socket.read(&mut part)).await.unwrap().unwrap();
        assert!(count > 0, "the stream ended: {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&part[..count]);
    }
}

/// Resident memory of this process.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
