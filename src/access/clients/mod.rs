//! Machine clients: `active → revoked`.

mod dto;
mod queries;
pub mod routes;
mod service;
