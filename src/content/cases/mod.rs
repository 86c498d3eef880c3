//! Application cases (应用案例): what a learner did with what they learned. One per learner and session, from attendees only.
//!
//! States: `submitted → confirmed | rejected`. The learner's manager or HR decides once, but never the learner or a lecturer of
//! the session.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::CaseState;
