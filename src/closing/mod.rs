//! Closing a period: freezing its inputs, computing its results, and writing what follows from them, once.
//!
//! The whole close is one transaction in REPEATABLE READ (`journal::snapshot_tx`): the facts of a period lie in a dozen tables
//! that many write, so one consistent view of them can only be one database snapshot; row locks would have to hold up every
//! writer of every fact. Two closes of one period meet at the period's row, which both lock: the later one then fails with `busy`,
//! because the row has changed since its snapshot, begins again and finds the period closed. A crash leaves nothing behind, and
//! the job's next run closes. So a period has one snapshot 1, whatever happens; the unique key (period, number) is the last guard.
//!
//! What follows from the frozen inputs is a pure function ([`computation`]), so that a [`replay`] gives the same digest.
//!
//! Money is paid for what somebody besides the lecturer has vouched for. So a close waits for every delivery of its period to be
//! confirmed, by attendance or HR, and a forced one freezes without those that are not, as if nobody had decided them. The
//! provisional score counts them all along.
//!
//! Lock order: the programme, shared, so that its calendar, terms and versions stay what they are until the commit (whoever
//! changes them writes its row, and a close whose snapshot was taken before begins again); then the period's row.

pub mod canonical;
pub mod computation;
mod dto;
mod job;
mod model;
mod queries;
mod replay;
pub mod routes;
mod service;

pub use job::{CLOSE_JOB, run_close};
pub use service::{ClosePeriod, close};
