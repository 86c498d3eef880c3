//! The feedback of learners on a session: a rating, answers to items, and a text.
//!
//! A person who attended a delivered session rates it within its window, and may change the rating until the window ends. Whether
//! it counts is decided when it is taken and kept with it: no later change of attendance, lecturers, registration or window takes
//! it out or in, so that no sum before and after shows a single rating. (A delivery corrected to missed or cancelled takes the
//! ratings of the session out as a whole.) Windows are extended for a session, never for a learner.
//!
//! In the mode `named`, the lecturer sees who gave what. In `confidential`, no response of the API ever links a rating to a person,
//! and the operation log says that a rating was taken, not by whom. In no mode do ratings appear in the operation log, the outbox
//! or the logs. The pair (session, learner) makes a rating idempotent, and the answer to it is the same whatever was given before.
//!
//! Other features may ask which feedback counts ([`COUNTED_FEEDBACK`], a part of a statement), and store ratings of the past
//! ([`import_store`]). Nothing is locked: one row of the table decides which is last.

mod counting;
mod dto;
pub mod import_store;
mod model;
mod queries;
pub mod routes;
mod rules;
mod service;

pub use counting::COUNTED_FEEDBACK;
