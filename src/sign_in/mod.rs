//! Who signs in as whom, and what waits for a second person before that, or what somebody may do, changes.
//!
//! - `binding`: at the first sign-on a subject of an issuer is bound to an employee, and wins from then on.
//! - `hold`: which changes wait. Every door through which such a change can come asks [`hold()`] before it writes.
//! - `change`, `queries`: the changes that wait or waited. `access` confirms and withdraws them.
//! - `merge`: two records of one person, and that one of them signs in.
//! - `cover`: the company never loses its last person who can give access.

mod binding;
mod change;
mod cover;
mod hold;
mod merge;
mod queries;

pub use binding::{Binding, ListSignInBindingsQuery, find_binding, list_bindings, recognised, unbind, unbind_all};
pub use change::{AccessChange, AccessChangeState, AccessField, WaitingChange};
pub use cover::{Holder, Term, last_holders, lose_role};
pub use hold::{Asked, Fate, confirm, hold, propose_one, withdraw};
pub use merge::{Ended, Merge, take_over};
pub use queries::{
    ListAccessChangesQuery, WaitingMark, find, find_for_update, first_waiting, list_page, waiting,
    waiting_appointments, waiting_for, waiting_marks, waiting_of, waiting_of_departments, waiting_of_marks,
};
