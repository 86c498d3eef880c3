//! What every write leaves in its own transaction: its audit entry, its events for the outbox, and the response for a retry.
//!
//! [`Tx`] is the transaction as services see it. What it collects is written just before the commit. So all these rows cost
//! one round trip per command, however many there are, and none of them can exist without the effect.

mod asking;
mod closed;
mod idempotency;
pub mod marks;
mod outbox;
mod record;
mod tx;
mod write;

pub use asking::Asking;
pub use closed::{ClosedPeriod, ClosedPeriods, Days, PERIOD_CLOSED, Touched};
pub use idempotency::{Claim, FORGET_AT_ONCE, IdempotencyKey, claim, forget_expired, keep};
pub use outbox::Event;
pub use record::Record;
pub use tx::{Circumstances, Tx};
pub use write::{read_tx, snapshot_tx, tell_marked, write_tx};
