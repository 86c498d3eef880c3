//! Changes of who somebody is or what they may do, as a second person confirms or withdraws them.

mod dto;
pub mod routes;
mod service;

pub use dto::AccessChangeResponse;
pub use service::{confirm, confirm_as_operator, render};
