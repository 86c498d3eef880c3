//! Batches (批次): the entries that are paid together, from the draft to the final acknowledgement.
//!
//! A draft claims every entry it takes. People who cannot be paid, and people whose total would be negative, are left out and
//! listed as exclusions. Its pay group, currency, pay period and cut-off never change: to get another one, void it and create a new
//! one. Its people are judged anew (`judgement`) whenever it is read and when it is locked. Locking creates the lines and control
//! totals.

mod candidates;
pub mod dto;
mod exclusions;
mod judgement;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;

pub use model::{Batch, BatchState, ControlTotals};
pub use queries::{find, find_for_update, mark_acknowledged, release_claims};
