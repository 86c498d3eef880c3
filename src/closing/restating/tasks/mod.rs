//! Tasks for HR (人力资源待办): what an accepted restatement has taken the ground from. A certificate, a title, a notice or a
//! precedence never goes by itself: HR withdraws or closes it, or leaves it as it is, and says so here.
//!
//! States: `open → done | dismissed`, each with a reason.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use service::open;
