//! Many employees in one request, by employee number, with about a dozen statements for any number of employees.
//!
//! Lock order: the employees by id. In `per_item` mode, faults in one item refuse only that item.

mod draft;
mod dto;
mod service;

pub use dto::{BatchEmployeesRequest, BatchEmployeesResponse, BatchMode};
pub use service::run;
