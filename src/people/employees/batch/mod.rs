//! Many employees in one call, by employee number: a dozen statements however many there are.
//!
//! Lock order: the employees by id. In `per_item` mode what is wrong with one item refuses that item alone.

mod draft;
mod dto;
mod service;

pub use dto::{BatchEmployeesRequest, BatchEmployeesResponse, BatchMode};
pub use service::run;
