//! The department of a person over time, as dated facts: one department at a time.
//!
//! A move is given by its first day. It ends the membership that is valid on that day, replaces one that began on that very day,
//! and lasts until the next recorded membership, at most until the person leaves. Where two memberships in the same department
//! adjoin, they are one. Moves of many people take five statements. The caller locks the rows of the people first.

mod dto;
mod queries;
pub mod routes;
mod service;

pub use dto::MembershipResponse;
pub use service::{Move, carry_out, find_all, plan, take_over};
