//! Pay groups: people who are paid together. A person is in one group at a time; who is named by none is in the default one.
//!
//! Whoever makes a batch locks the group, and whoever moves people locks all of them, so that nobody changes groups while a
//! batch is being made.

pub mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::PayGroup;
pub use queries::find_for_update;
pub use service::create;
