//! Late facts: what came or changed since a period was closed, and what it would change. Today's inputs minus the frozen ones.

mod changes;
mod comparison;
mod dto;
mod guard;
mod service;
mod sides;

pub use dto::{LateFactsPage, LateResult};
pub use service::list;
