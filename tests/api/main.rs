//! The service over HTTP, against a real Postgres: a database of its own for every test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

mod authorization;
mod content;
mod frame;
mod imports;
mod people;
mod programmes;
mod rate_limits;
mod schema;
mod sessions;
