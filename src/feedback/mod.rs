//! What learners say about a session: a rating, answers to items, a text.
//!
//! A person who attended rates a delivered session once, within its window. No answer of the API ever ties a rating to a person
//! in the mode `confidential`, and none goes into audit, outbox or logs in any mode. (Session, learner) is the idempotency
//! of a rating: the same one sent again is answered the same, another one is refused.
//!
//! Others may ask which feedback counts ([`COUNTED_FEEDBACK`], a part of a statement), and store ratings of the past
//! ([`import_store`]). Nothing is locked: one row of the table decides who was first.

mod counting;
mod dto;
pub mod import_store;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;

pub use counting::COUNTED_FEEDBACK;
