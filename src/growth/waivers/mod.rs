//! Waivers: a criterion that one lecturer need not meet for one position. One person asks for it with a reason, and two others approve
//! it, none of them the lecturer; in a company that allows self-approval, who asks may be one of the two. From the day of the second
//! approval on, checks show the criterion as waived, until somebody revokes it. A waiver is for the criterion as it stood when it was
//! asked for: in a later version of the policy it counts only where an equal one stands.

pub mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use dto::{AppliedWaiver, CreatePromotionWaiverRequest, applied};
pub use queries::approved;
pub use service::create;
