//! Employees and their ids in other systems.
//!
//! Invariants: an employee number belongs to one person, and so does an id in another system. When several people are changed,
//! their rows are locked ordered by id. Employees are never deleted, because people who leave are still paid what they earned.

mod batch;
mod dto;
mod external_ids;
mod model;
mod queries;
mod resolve;
pub mod routes;
mod service;

pub use batch::BatchMode;
pub use dto::EmployeeResponse;
pub use queries::{find_for_update, touch};
pub use service::render;
