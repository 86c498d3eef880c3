//! Applications for a position. An application is accepted only if the applicant is eligible, and keeps the whole result of
//! the check. It is decided by a person who is not the applicant and, unless the company allows self-approval, did not submit
//! it either.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use dto::CreatePromotionApplicationRequest;
pub use model::ApplicationState;
pub use service::create;
