//! Employees, with what other systems call them.
//!
//! Invariants: an employee number, and an id of another system, is one person's. Who changes several people locks their rows in
//! the order of their ids. Nobody is deleted: leavers are paid what they earned.

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
