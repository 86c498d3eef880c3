//! Provisional rewards: what an open period would grant as things stand, and what of its budget that reserves.
//!
//! They are computed from the live results by the functions that the close uses ([`Draft`](super::computation::Draft)), and stored; reads
//! never compute. A [`Keeper`] in every process that serves looks for periods whose results, rules or policies have changed since.
//! A period is computed anew once a minute at most, a large one more seldom: the more lecturers, the longer its rest.
//!
//! Two processes may work on one period at once. Then the later one meets rows that have changed, and leaves them.

mod compute;
mod dto;
mod keeper;
mod model;
mod near;
mod preview;
mod queries;
pub mod routes;

pub use dto::{ExpectedRun, RunOutcome};
pub use keeper::{Keeper, renew_all};
