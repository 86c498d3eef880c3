//! Lines: what payroll is told about one reward each. Made when a batch is locked, in a fixed order, and never changed; they
//! keep the names of that day.
//!
//! The canonical form of a batch is its lines as RFC 8785 JSON, one a line, in their order; its SHA-256 is the control total,
//! so that whoever downloads the batch as JSON lines can check it with nothing but a hash.

pub mod dto;
mod export;
mod make;
mod model;
pub mod queries;
pub mod routes;

pub use make::{Made, make};
pub use model::Line;
