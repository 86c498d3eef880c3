//! Employees and their ids in other systems.
//!
//! Invariants: an employee number belongs to one person, and so do an id in another system and, among the staff of a day, a mail
//! address. When several people are changed,
//! their rows are locked ordered by id. Employees are never deleted, because people who leave are still paid what they earned.

mod batch;
mod dto;
mod external_ids;
mod former;
mod guarded;
mod marks;
mod merge;
mod model;
mod numbers;
mod queries;
mod resolve;
pub mod routes;
mod service;

pub use batch::BatchMode;
pub use dto::{EmployeeChange, EmployeeResponse, ExternalId, UpdateEmployeeRequest};
pub use external_ids::find_all as find_external_ids;
pub use former::{keep_ids as keep_former_ids, tell_ids as tell_former_ids, tell_mails as tell_former_mails};
pub use guarded::{Guarded, hold_back, standing, uncovered};
pub use marks::{AwaitedMarks, awaited_marks, awaited_numbers};
pub use merge::give_up;
pub use model::Employee;
pub use numbers::{NumberHolder, find_holder, holders, keep_former, lend, release, unnumbered};
pub use queries::{find_for_merge, find_for_update, find_many_for_update, touch};
pub use service::{render, replace_confirmed_ids, update_confirmed};
