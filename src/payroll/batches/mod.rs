//! Batches (批次): draft, lock, exclusions, void. What is locked is never changed again.

pub mod dto;
mod model;
pub mod queries;
pub mod routes;
mod service;

pub use model::{Batch, BatchState};
pub use service::hold;
