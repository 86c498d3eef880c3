//! What-if (试算): a draft of rules or policies, or both, tried on closed periods before it is published.
//!
//! It computes each period twice from the frozen inputs of its snapshot, by the same pure functions as the close and the replay
//! ([`Draft`](super::computation::Draft)): under the terms of the snapshot, and under the draft. Only what the two differ in is
//! stored. The work is a job, a transaction for each period, a chunk of lecturers at a time.
//!
//! What is not among the frozen inputs cannot be tried: whom other groups bring in, kinds of reuse that were not counted, ratings that
//! were not taken, questions that were not asked. The report names such settings (`untried`).

mod dto;
mod job;
mod model;
mod queries;
pub mod routes;
mod service;
mod trial;

pub use dto::{OrderWhatIfRequest, WhatIfResponse};
pub use job::{RunWhatIf, WHAT_IF_JOB, run, run_what_if};
pub use model::WhatIf;
pub use queries::latest_closed;
pub use service::{order, response};
