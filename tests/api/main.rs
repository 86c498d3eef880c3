//! The service over HTTP, against a real Postgres: a database of its own for every test.

mod support;

mod access;
mod audit;
mod frame;
mod lecturers;
mod people;
mod schema;
