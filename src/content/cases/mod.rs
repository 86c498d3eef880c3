//! Application cases (应用案例): what a learner did with what was taught. One per learner and session; attendees only.
//!
//! States: `submitted → confirmed | rejected`, decided once, by the learner's manager or HR, never by the learner or a lecturer of
//! the session.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::CaseState;
