//! Pay groups: people who are paid together. A person is in one group at most; the default group takes those in none.

pub mod dto;
mod queries;
pub mod routes;

pub use queries::{PayGroup, find};
