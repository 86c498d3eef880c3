//! The rewards ledger (奖励台账): what was granted to whom, and how far it is on its way to payroll.
//!
//! An entry is written once. Its state is the last event of its history, and both tables refuse every change. So an entry cannot
//! be locked: two writers of one history conflict on the unique number of the event, and the later one is refused.
//!
//! States: `granted → approved → batched → accepted → paid`; `granted → held` over budget, and `held → granted → approved` when
//! somebody approves it after the budget of the period is raised to the snapshot's total ([`release`]), or when two people or a
//! restatement release it from the gates of its fee ([`holds`]); `granted | held | approved |
//! carried_forward → rejected` by a checker; `approved → carried_forward → batched` for a negative total; from `batched` or
//! `accepted` back to `approved` when payroll rejects the line or the batch is voided. The approval stays valid in both cases:
//! the next batch takes the entry without a new approval.
//!
//! People enter awards and corrections by hand (`by_hand`). A correction names an entry that corrects none, and takes back at most
//! what is left of it (`corrections`).
//!
//! Other modules call [`grant`] (closing), [`take_back`] and, for what payroll does with entries, [`record`], or put [`TELL`] into a
//! statement of theirs; no other module writes these tables.
//!
//! Lock order: the programme, then the row of the period.

mod by_hand;
mod corrections;
pub mod dto;
mod export;
mod holds;
mod model;
mod queries;
pub mod reason;
mod release;
pub mod routes;
mod service;
mod set;
mod whole_period;

pub use by_hand::adjust;
pub use corrections::{Had, TakenBack, had, take_back};
pub use holds::{Holds, Regated, reasons, regate};
pub use model::{Entry, EntryEvent, EntryState, RewardEventKind, RewardKind};
pub use queries::{Budget, LAST_EVENT, STATE, budget_of};
pub use service::{EventsBy, Grant, NewEvent, SnapshotRef, approve, grant, record};
pub use set::{TELL, telling, undisturbed};
