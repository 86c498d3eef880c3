//! The rewards ledger (奖励台账): what was promised to whom, and how far it is on its way into a salary.
//!
//! An entry is written once; its state is the last event of its history, and both tables refuse every change. So nobody can
//! lock an entry: two writers of one history are told apart by the unique number of the event, and the later one is refused.
//!
//! States: `granted → approved → batched → accepted → paid`; `granted → held` over budget, and `held → granted → approved` by whoever
//! approves once the budget is raised to what the snapshot granted ([`release`]); `granted | held |
//! approved | carried_forward → rejected` by a checker; `approved → carried_forward → batched` for a negative total; from
//! `batched` or `accepted` back to `approved` when payroll rejects the line or the batch is undone. An approval outlives both:
//! what comes back is taken up by the next batch without being asked for again.
//!
//! Others call [`grant`] (closing) and, for what payroll does with an entry, [`record`]; nobody else writes these tables.

pub mod dto;
mod model;
mod queries;
pub mod reason;
mod release;
pub mod routes;
mod service;

pub use model::{Entry, EntryEvent, EntryState, RewardEventKind, RewardKind};
pub use queries::{LAST_EVENT, STATE};
pub use service::{EventsBy, Grant, NewEvent, SnapshotRef, grant, record};
