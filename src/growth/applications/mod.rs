//! Applications for a position: taken from who is eligible, with the whole answer of the check; decided by a person who is neither
//! the applicant nor, without the small-company switch, the one who handed it in.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;
