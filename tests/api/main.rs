//! The service over HTTP, against a real Postgres: a database of its own for every test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

mod access;
mod audit;
mod authorization;
mod closing;
mod closing_guards;
mod content;
mod facts;
mod feedback;
mod frame;
mod growth;
mod imports;
mod lecturers;
mod payroll;
mod people;
mod programmes;
mod rate_limits;
mod rewards;
mod schema;
mod scores;
mod sessions;
mod stored_vectors;
