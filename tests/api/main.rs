//! The service over HTTP, against a real Postgres: a database of its own for every test.

mod support;

mod closing;
mod frame;
mod imports;
mod programmes;
mod rewards;
mod schema;
mod stored_vectors;
