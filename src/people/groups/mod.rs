//! Lecturer groups: lecturers of one subject, who take turns. A person may be in several groups, but only once at a time in each.
//!
//! A membership is valid from a day on until it is ended. A membership that never existed is deleted; one that is over is ended.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use service::{get, take_over};
