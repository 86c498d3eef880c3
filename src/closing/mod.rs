//! Closing a period: freezing its inputs, computing its results, and writing what follows from them, exactly once.
//!
//! The whole close is one REPEATABLE READ transaction (`journal::snapshot_tx`). The facts of a period are in a dozen tables that
//! many callers write. Only a database snapshot gives one consistent view of them; row locks would have to block every writer of
//! every fact. Two closes of the same period meet at the period's row, which both lock. The later one fails with `busy`, because
//! the row has changed since its snapshot; it starts again and finds the period closed. A crash leaves nothing behind, and the
//! next run of the job closes the period. So a period has exactly one snapshot 1, whatever happens; the unique key (period,
//! number) is the last guard.
//!
//! What follows from the frozen inputs is a pure function ([`computation`]), so that a [`replay`](mod@replay) gives the same digest. The close
//! streams: a chunk of lecturers is read, scored, frozen and added to the digest at a time ([`sheets`]), and of each only a row of
//! what the others' results depend on stays in memory.
//!
//! Money is paid only for what somebody other than the lecturer has confirmed. So a close waits until attendance or HR has
//! confirmed every delivery of its period. A forced close treats unconfirmed deliveries as undecided and leaves them out. The
//! provisional score always counts them.
//!
//! A close freezes what was known then. What comes later is listed ([`late`]), and counts once somebody has the period computed again
//! and somebody else accepts that ([`restating`]).
//!
//! Lock order: first the programme, shared, so that its calendar, terms and versions stay the same until the commit (whoever
//! changes them writes its row, and a close whose snapshot is older starts again); then the period's row.

pub mod advice;
pub mod canonical;
pub mod computation;
mod dto;
mod granting;
mod job;
mod late;
mod model;
mod obstacles;
pub mod provisional;
mod queries;
mod replay;
mod restating;
pub mod routes;
mod service;
mod sheets;
mod sorted_lines;
mod standings;
mod streaks;
pub mod what_if;
mod writer;

pub use job::{CLOSE_JOB, run_close};
pub use queries::{Kept, kept};
pub use replay::{Replay, replay};
pub use restating::{RESTATE_JOB, routes as restatement_routes, run_restate};
pub use service::{ClosePeriod, close};
pub use standings::{WithoutPlaces, fill_places, without_places};
