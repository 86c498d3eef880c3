//! What every write leaves behind in its own transaction: its audit entry, its events for the outbox, the answer for a retry.
//!
//! [`Tx`] is a transaction as services see it. What it collects is written just before the commit, so that the rows of a
//! command cost one round trip however many they are, and none of them can be without the effect.

mod idempotency;
mod outbox;
mod record;
mod tx;
mod write;

pub use idempotency::{Claim, FORGET_AT_ONCE, IdempotencyKey, claim, forget_expired, keep};
pub use outbox::Event;
pub use record::Record;
pub use tx::{Circumstances, Tx};
pub use write::{read_tx, snapshot_tx, write_tx};
