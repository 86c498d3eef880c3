//! Lecturer groups: lecturers of one subject, who take turns; a person may be in several, each once at a time.
//!
//! A membership is `from a day on` until it is ended. What was never true is deleted; what was true and is over is ended.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;
