//! Pay groups: people who are paid together. A person is in at most one group; people in no group belong to the default
//! group.
//!
//! Creating a batch locks its group, and moving people locks all groups. So nobody changes groups while a batch is being
//! created.

pub mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::PayGroup;
pub use queries::{find, find_for_update};
pub use service::create;
