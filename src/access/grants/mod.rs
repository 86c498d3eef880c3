//! Roles granted to people. A grant never changes, so its version is always 1.

mod dto;
mod queries;
pub mod routes;
mod service;

pub use service::{asked_role, ensure, grant_confirmed};
