//! Sends requests to a running service from many clients at once, and says how long the answers took. `run.py` calls it.
//!
//! `load ADDRESS CLIENTS SECONDS TOKENS REQUESTS [once]`: a line of TOKENS is a token; a line of REQUESTS is a method, a path, the number
//! of the token's line from 0 on, and a body or nothing, separated by tabs. The clients take the requests in their order, each over
//! a connection of its own, and begin again after the last; with `once` they stop there. It is one thread, so that it takes little of
//! the machine from what is measured.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{Error, Result};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// What all clients share.
struct Load {
    address: String,
    requests: Vec<String>,
    next: Cell<usize>,
    once: bool,
    until: Instant,
    /// Of each answer the time that it took, in microseconds.
    took: RefCell<Vec<u128>>,
    statuses: RefCell<BTreeMap<String, u64>>,
}

impl Load {
    /// The next request; nothing when the time is over.
    fn take(&self) -> Option<&String> {
        let at = self.next.get();
        self.next.set(at + 1);
        let at = if self.once { at } else { at % self.requests.len() };
        self.requests.get(at).filter(|_| Instant::now() < self.until)
    }

    async fn client(&self) -> Result<()> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let mut read = Vec::new();
        while let Some(request) = self.take() {
            let started = Instant::now();
            stream.write_all(request.as_bytes()).await?;
            let status = answer(&mut stream, &mut read).await?;
            self.took.borrow_mut().push(started.elapsed().as_micros());
            *self.statuses.borrow_mut().entry(status).or_default() += 1;
        }
        Ok(())
    }
}

/// Reads one answer to its end. Returns its status.
async fn answer(stream: &mut TcpStream, read: &mut Vec<u8>) -> Result<String> {
    read.clear();
    loop {
        if stream.read_buf(read).await? == 0 {
            return Err(Error::other("the service closed the connection"));
        }
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(read.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let whole = |length: usize| read.len() >= end + 4 + length;
        let is_whole = match head.lines().find_map(|line| line.strip_prefix("content-length:")) {
            Some(length) => whole(length.trim().parse().map_err(Error::other)?),
            None if head.contains("transfer-encoding: chunked") => read.ends_with(b"0\r\n\r\n"),
            None => true,
        };
        if is_whole {
            return Ok(head.split(' ').nth(1).unwrap_or_default().to_owned());
        }
    }
}

/// The requests as they are sent.
fn requests(address: &str, tokens: &str, lines: &str) -> Vec<String> {
    let tokens: Vec<&str> = tokens.lines().collect();
    let request = |line: &str| {
        let mut parts = line.split('\t');
        let mut part = || parts.next().unwrap_or_default();
        let (method, path, token, body) = (part(), part(), part(), part());
        let token = token.parse().ok().and_then(|at: usize| tokens.get(at).copied()).unwrap_or_default();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n");
        let more = match method {
            "GET" => String::new(),
            _ => format!("if-match: *\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len()),
        };
        format!("{head}{more}\r\n{body}")
    };
    lines.lines().map(request).collect()
}

async fn run(load: Load, clients: usize) -> Result<()> {
    let (load, started) = (Rc::new(load), Instant::now());
    let all = LocalSet::new();
    let running: Vec<_> = (0..clients)
        .map(|_| {
            let load = Rc::clone(&load);
            all.spawn_local(async move { load.client().await })
        })
        .collect();
    all.await;
    for client in running {
        client.await??;
    }
    let micros = started.elapsed().as_micros().max(1);
    let mut took = load.took.take();
    took.sort_unstable();
    let at = |hundredth: usize| took.get(took.len() * hundredth / 100).copied().unwrap_or_default();
    let statuses: Vec<String> =
        load.statuses.take().iter().map(|(status, count)| format!("\"{status}\": {count}")).collect();
    println!(
        "{{\"answers\": {}, \"micros\": {micros}, \"p50_micros\": {}, \"p99_micros\": {}, \"statuses\": {{{}}}}}",
        took.len(),
        at(50),
        at(99),
        statuses.join(", ")
    );
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, clients, seconds, tokens, lines, rest @ ..] = arguments.as_slice() else {
        return Err(Error::other("load ADDRESS CLIENTS SECONDS TOKENS REQUESTS [once]"));
    };
    let (tokens, lines) = (std::fs::read_to_string(tokens)?, std::fs::read_to_string(lines)?);
    let load = Load {
        address: address.clone(),
        requests: requests(address, &tokens, &lines),
        next: Cell::new(0),
        once: rest.iter().any(|word| word == "once"),
        until: Instant::now() + Duration::from_secs(seconds.parse().map_err(Error::other)?),
        took: RefCell::default(),
        statuses: RefCell::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(load, clients.parse().map_err(Error::other)?))
}
