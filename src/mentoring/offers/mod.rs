//! Offers to mentor. Everybody in the company sees them: newcomers choose among them.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use dto::CreateMentorOfferRequest;
pub use model::MentorOffer;
pub use queries::{find_standing_for_update, touch};
pub use service::{create, refuse_full, standing};
