//! Departments: the tree of the organisation.
//!
//! Invariants: a code is given once; the tree has no cycle. Who moves a department locks all departments of the tenant first, in
//! the order of their ids, so that two moves cannot make a cycle together. A department that anything names stays.

mod dto;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;

pub use dto::{DepartmentRef, Departments};
pub use queries::{ids_by_code, lock_tree, refs};
pub use rules::would_cycle;
