//! In which department a person is from when to when: one at a time, as dated facts.
//!
//! A move is said by its first day. It ends what held until then, replaces what began on that very day, and lasts until what is
//! recorded next. Moves of many people take five statements. Who moves people holds the locks on their rows first.

mod dto;
mod queries;
pub mod routes;
mod service;

pub use dto::MembershipResponse;
pub use service::{Move, carry_out, find_all, plan};
