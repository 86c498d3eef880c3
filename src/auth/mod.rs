//! Who calls, and what they may do. Roles are looked up in the database for every call and never taken from a token.
//!
//! A right is a type ([`rights`]) in the handler's signature. Each right defines which roles grant it, and how far it reaches
//! ([`Reach`]).

mod actor;
mod actor_ref;
mod authenticate;
mod reach;
pub mod rights;
pub mod routes;

pub(crate) use actor::records_of;
pub use actor::{Actor, ActorKind, Identity};
pub use actor_ref::ActorRef;
pub use authenticate::{Caller, authenticate, client_id, employee_of, public_client_id};
pub use reach::{Breadth, Managed, Reach, Role};
pub use rights::Right;
