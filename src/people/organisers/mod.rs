//! Organisers of lecturer groups: appointed by HR, for a time. They decide what the group's lecturers ask for.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use queries::groups_organised_by;
