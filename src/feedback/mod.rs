//! The feedback of learners on a session: a rating, answers to items, and a text.
//!
//! A person who attended a delivered session rates it within its window, and may change the rating until the window ends. Whether
//! it counts is decided when it is taken and kept with it: no later change of attendance, lecturers, registration or window takes
//! it out or in, so that no sum before and after shows a single rating. (A delivery corrected to missed or cancelled takes the
//! ratings of the session out as a whole.) Windows are extended for a session, never for a learner.
//!
//! In the mode `named`, the lecturer sees who gave what, at once. In `confidential`, no response of the API ever links a rating to a
//! person, and the operation log says that a rating was taken, not by whom. In `anonymous`, the database does not link them either.
//! In no mode do ratings appear in the operation log, the outbox or the logs. The pair (session, learner) makes a rating idempotent,
//! and the answer to it is the same whatever was given before.
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
//! # Anonymous feedback
//!
//! What is stored, and with what a dump of the database, system columns included, could tie it together:
//!
//! - *Who took part*: `anonymous_participants` (session, learner). It keeps anybody from rating twice.
//! - *What was said*: `anonymous_counts`, how often each value was given as the rating of a session or as the answer to an item, on
//!   which form. The answers of one person are not kept together: what was added to different counts has nothing in common.
//! - *What was written*: `anonymous_texts`, without the rating that came with it.
//!
//! They have the session in common and nothing else: ids are random (v4), there is no time, no order and no key. Every answer takes
//! out who took part in its session and what is held back on it, and stores all of it anew in random order. So all of these rows have
//! the transaction of the last answer (`xmin`, and `xmax` of the employees that they refer to), one command for each table (`cmin`),
//! and places (`ctid`) in random order: nothing shows which row the last answer added, or in which order people came. Rows that were
//! released no longer change; they have the transaction of the release. The log shows an entry a rating, by nobody, of no session,
//! on a day ([`taking`]); events tell of batches; a rating has no idempotency key and no stored response.
//!
//! A released batch is what was held back until then (counts and texts): what is shown is a copy that no later answer touches, so the
//! rules for batches hold as above, with k at least 5. What is left of a session when its window closes is too little to stand for
//! itself: it waits to be added up with what is left of other sessions of the same lecturers, and the rest joins at the close.
//!
//! From this it follows that the first answer stands (to change it, one would have to find it); that files and paper forms, which
//! name who said what, bring no ratings; and that after the merge of two records of one person both of their answers stay: nothing
//! says which they are. Who took part is read through the merged record, so a third is not taken.
//!
//! It does not withstand: whoever compares two dumps between which a session got a single answer; a session with a single answer,
//! or with one value from everybody; what the server of the database keeps of its work for a while (dead rows until vacuum, the
//! write-ahead log, a log of statements), and what a proxy notes of requests. Whoever runs the database holds those.
//!
//! # Where things are
//!
//! Files bring no ratings of the time in which learners rate by themselves; [`papers`] are entered by two administrators.
//!
//! Other features may ask which feedback counts or is shown ([`COUNTED_FEEDBACK`], [`RELEASED_FEEDBACK`], [`BATCHED_FEEDBACK`], and the
//! same of anonymous answers: parts of a statement), and store ratings of the past ([`import_store`]). Lock order: the learners (not
//! of anonymous feedback: it would be a trace), the sessions of anonymous feedback by id, then the others, the lecturers of what is not
//! given under a name by id, who are locked while it is stored and released, the feedback by session and learner, its programme.

mod anonymous;
mod counting;
mod dto;
pub mod import_store;
mod merge;
mod model;
mod papers;
mod parts;
mod queries;
mod release;
pub mod routes;
mod rules;
mod service;
mod taking;

pub use counting::{
    BATCHED_ANSWERS, BATCHED_FEEDBACK, COUNTED_ANSWERS, COUNTED_FEEDBACK, RELEASED_ANSWERS, RELEASED_FEEDBACK,
    TEXTS_OF_BATCHES,
};
pub use dto::{FeedbackText, MAX_TEXTS};
pub use merge::take_over;
pub use queries::WINDOW_ENDS_AT;
pub use release::join_rest;
pub use taking::Ratings;
