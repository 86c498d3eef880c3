//! Batches (批次): the entries that are paid together, from the draft to the final acknowledgement.
//!
//! A draft claims every entry it takes. People who cannot be paid, and people whose total would be negative, are left out and
//! listed as exclusions. A draft never changes: to get another one, void it and create a new one. Locking creates the lines
//! and control totals.

pub mod dto;
mod exclusions;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;

pub use model::{Batch, BatchState, ControlTotals};
pub use queries::{find, find_for_update, mark_acknowledged, release_claims};
