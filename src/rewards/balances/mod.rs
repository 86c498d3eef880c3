//! What each person has of each policy, as sums over the ledger: how much was granted, and where that is now. Nothing is stored.
//!
//! Every cent that was granted is in exactly one place: in no batch yet, carried forward, in a live batch, paid, or given up.

pub mod dto;
mod queries;
pub mod routes;
