//! Precedence (优先权) for training opportunities. A run of good periods gives it ([`super::streaks`]): once, for the next opportunity with
//! its code. `opportunities` ranks whoever has one first, and spends it with the offer of a place.
//!
//! One that was not spent stays until it is. HR withdraws one with a reason; a restatement that takes its ground away becomes a task.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use queries::{codes_of, give_back, spend, usable};
