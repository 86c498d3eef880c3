//! What the tests stand on: a server, a database of its own for each test, a client that checks every answer against the contract.

mod client;
mod database;
mod given;
mod process;
mod random;
mod server;
mod story;
mod until;

pub use client::{Answer, Client, document, resolved};
pub use database::{TestDatabase, shared_runtime};
pub use given::{Given, literal};
pub use process::{Process, open_more_files};
pub use random::Random;
pub use server::{Options, PATIENT, TestServer, at};
pub use story::{Department, Person, Story, published};
pub use until::{MOMENT, WORK, until};
