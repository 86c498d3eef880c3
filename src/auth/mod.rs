//! Who calls, and what they may: roles are looked up in the database at every call, never trusted from a token.
//!
//! A right is a type ([`rights`]) that stands in a handler's signature; each right says which role gives it, and how far it
//! reaches ([`Reach`]).

mod actor;
mod actor_ref;
mod authenticate;
mod reach;
pub mod rights;
pub mod routes;

pub use actor::{Actor, ActorKind, Identity};
pub use actor_ref::ActorRef;
pub use authenticate::{Caller, authenticate, client_id, public_client_id};
pub use reach::{Breadth, Managed, Reach, Role};
pub use rights::Right;
