//! Promotion policies: what a position asks for. Checks look at the highest published version of a position.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use dto::PromotionPolicyRequest;
pub use model::PromotionPolicy;
pub use queries::in_force;
