//! The service over HTTP, against a real Postgres: a database of its own for every test.

mod support;

mod facts;
mod feedback;
mod frame;
mod schema;
mod scores;
mod stored_vectors;
