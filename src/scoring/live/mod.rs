//! Live results: the results of open periods, stored for each lecturer and computed anew when a fact moves them.
//!
//! Every fact leaves a mark in its own transaction ([`crate::journal::marks`]). The [`projector`] follows the marks, and computes
//! whom they name with the same functions as the close. Reads never compute: they read what is stored, and say up to when all facts
//! are in. The rank is not stored, so that one rating does not rewrite everybody's: it follows from counts of scores.
//!
//! A period is live from its begin, if a rule serves for it, until soon after its close.
//!
//! Only one projector works for a tenant at a time: it holds the tenant's row in `live_turns`. It reads facts and marks as of one
//! instant and writes results, counts and the deletion of the marks together. So if it dies, the marks are still there; and if facts
//! come meanwhile, so do their marks.

mod aside;
mod calendar;
mod change;
mod check;
mod model;
mod projector;
mod round;
mod store;
mod terms;

pub use check::{Checked, Difference, check};
pub use model::{LivePeriod, LiveResult, board_of_department, shortfall};
pub use projector::{Projector, drain, drain_tenant};
