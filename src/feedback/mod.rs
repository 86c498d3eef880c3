//! The feedback of learners on a session: a rating, answers to items, and a text.
//!
//! A person who attended a delivered session rates it within its window, and may change the rating until the window ends. Whether
//! it counts is decided when it is taken and kept with it: no later change of attendance, lecturers, registration or window takes
//! it out or in, so that no sum before and after shows a single rating. (A delivery corrected to missed or cancelled takes the
//! ratings of the session out as a whole.) Windows are extended for a session, never for a learner.
//!
//! In the mode `named`, the lecturer sees who gave what, at once. In `confidential`, no response of the API ever links a rating to a
//! person, and the operation log says that a rating was taken, not by whom. In no mode do ratings appear in the operation log, the
//! outbox or the logs. The pair (session, learner) makes a rating idempotent, and the answer to it is the same whatever was given
//! before.
//!
//! What learners are asked is the form of the rule version that serves for the period of the session. Feedback keeps that version
//! and the scale of every answer, so that a later form scales nothing anew; a change is given on the form of now.
//!
//! # Batches
//!
//! Outside `named`, nobody may find a rating by comparing what is shown at two moments, to two people, or of two lecturers. So
//! ratings are released in batches of at least k (`feedback_min_k`), a batch never changes, and **everything shown is a union of
//! whole batches**: any two shown states, whatever lies between them, differ by whole batches, and so does every sum or difference
//! of sums. Only the close counts every rating, released or not.
//!
//! - A batch is made of ratings that are held back on sessions of the same programme, period and *set of lecturers*, once there are
//!   k. With one batch for each lecturer, the cards of two co-lecturers would differ by less than k. A session with k of them has a
//!   batch of its own and stands apart; the others share one, and nothing is shown of their sessions alone.
//! - What takes ratings out or in (a delivery corrected, moved into another period, given to other lecturers) takes a batch out
//!   once none of its ratings is left in the lecturer's period, and shows it elsewhere once all of them are there.
//! - A change of a released rating is held back (`shown` keeps the former version) until k of its batch were changed, once for each
//!   batch; later changes join at the close.
//! - The close puts what is left into a batch that releases nothing ([`join_rest`]), so that what comes after it is released by
//!   itself.
//! - The close freezes which sessions stand apart in its statements: those with k ratings, where the rest of every lecturer of
//!   theirs has k or none.
//!
//! Whatever ratings move reads [`RELEASED_FEEDBACK`] (scorecards, ranks, boards, statements), the report of a session included.
//!
//! Files bring no ratings of the time in which learners rate by themselves; [`papers`] are entered by two administrators.
//!
//! Other features may ask which feedback counts or is shown ([`COUNTED_FEEDBACK`], [`RELEASED_FEEDBACK`], [`BATCHED_FEEDBACK`]: parts
//! of a statement), and store ratings of the past ([`import_store`]). Lock order: the feedback's own row, then the session's
//! lecturers by id, who are locked while their feedback is released.

mod counting;
mod dto;
pub mod import_store;
mod merge;
mod model;
mod papers;
mod queries;
mod release;
pub mod routes;
mod rules;
mod service;

pub use counting::{BATCHED_FEEDBACK, COUNTED_FEEDBACK, RELEASED_FEEDBACK};
pub use dto::{FeedbackText, MAX_TEXTS};
pub use merge::take_over;
pub use release::join_rest;
