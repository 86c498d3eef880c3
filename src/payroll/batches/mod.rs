//! Batches (批次): which entries are paid together, from the draft to the end.
//!
//! A draft claims every entry it takes; people who cannot be paid and people whose total would be negative stay out and are
//! listed as exclusions. A draft never changes: who wants another one voids it. Locking makes the lines and control totals.

pub mod dto;
mod exclusions;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;

pub use model::{Batch, BatchState, ControlTotals};
pub use queries::{find, find_for_update, mark_acknowledged, release_claims};
