//! Restating a closed period (重新核算): computing it again from today's facts, under the versions of rule and policies that closed it.
//!
//! States: `proposed → accepted | declined`. A job computes snapshot k+1 and compares it with the one that counts ([`propose`]): who
//! moves and why, and what follows in money ([`differences`]), titles and notices ([`runs`]). Nothing of it counts until somebody other
//! than its maker accepts it ([`decide`]): then the period names the new snapshot, the ledger takes the differences, and what has lost
//! its ground becomes one of the [`tasks`] of HR. What was declined is read by nobody.
//!
//! What was decided stays decided until its facts change: where neither the lecturer's frozen inputs nor what a policy gives differ
//! from the snapshot that counts, nothing is proposed, whatever the ledger holds by now (rewards rejected, parts declined, amounts
//! corrected by hand). So restating again proposes nothing.
//!
//! The job takes no locks: of two at once, the unique keys let one pass. Lock order of a decision: the row of the period, then the
//! restatement. Whoever rejects or corrects a reward of the period holds the same row, so that what a restatement takes back is still
//! there; if it is not any more, accepting is refused.

mod decide;
mod differences;
mod dto;
mod job;
mod lines;
mod model;
mod propose;
mod queries;
pub mod routes;
mod runs;
mod tasks;

pub use job::{RESTATE_JOB, run_restate};
