//! The service over HTTP, against a real Postgres: a database of its own for every test.

mod support;

mod authorization;
mod frame;
mod imports;
mod rate_limits;
mod schema;
