//! Promotion policies: what a position requires. Checks use the highest published version for the position.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use dto::PromotionPolicyRequest;
pub use model::PromotionPolicy;
pub use queries::in_force;
