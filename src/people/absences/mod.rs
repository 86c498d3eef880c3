//! Absences: whole days on which a person is excused, each counted once however many rows name it.
//!
//! Another system names an absence by its own id; a second delivery of it changes the row instead of adding one.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::AbsenceKind;
