//! Promotion policies: what a position asks for, in numbered versions. `draft → published`; a published one never changes.

mod dto;
mod queries;
pub mod routes;
mod service;

pub use dto::PromotionPolicyRequest;
pub use queries::{PromotionPolicy, find};
pub use service::{create, in_force, publish};
