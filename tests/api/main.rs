//! The service over HTTP, against a real Postgres: a database of its own for every test.

mod support;

mod frame;
mod imports;
mod payroll;
mod programmes;
mod schema;
mod stored_vectors;
