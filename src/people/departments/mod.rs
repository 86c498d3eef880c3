//! Departments: the organisation as a tree.
//!
//! Invariants: a code is unique, and the tree has no cycle. Before a department is moved, all departments of the tenant are
//! locked, ordered by id, so that two moves at the same time cannot create a cycle. A department to which something refers cannot
//! be deleted.

mod dto;
mod guarded;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;

pub use dto::{DepartmentRef, Departments};
pub use guarded::{ParentMove, asked_manager, gainers, hold_parents, standing};
pub use queries::{find_for_update, ids_by_code, lock_tree, refs};
pub use rules::would_cycle;
pub use service::{touch, update_manager, update_parent};
