//! The feedback of learners on a session: a rating, answers to items, and a text.
//!
//! A person who attended a delivered session rates it once, within its window. In the mode `confidential`, no response of the API
//! ever links a rating to a person. In no mode do ratings appear in the operation log, the outbox or the logs. The pair (session,
//! learner) makes a rating idempotent: the same rating sent again gets the same response, and a different one is refused.
//!
//! Other features may ask which feedback counts ([`COUNTED_FEEDBACK`], a part of a statement), and store ratings of the past
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
