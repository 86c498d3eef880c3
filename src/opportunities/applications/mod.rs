//! Applications for training opportunities, and the places that are offered for them.

pub mod dto;
pub mod model;
pub mod queries;
pub mod routes;
mod service;

pub use service::{accept, apply, record_attendance};
