//! Events that a statement adds to the histories of many entries at once: the rows never pass through the service.

use diesel::QueryResult;

use crate::db::{Constraint as _, Statement};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;

/// Violated when two writers of one history meet.
const SEQ_KEY: &str = "reward_entry_events_seq_key";

/// Adds the rows of `told` to histories: its columns are `entry_id`, `seq`, `event`, `maker_id`,
/// `batch_id`, `self_approved` and `reason_code`.
/// [`telling`] binds the rest.
///
/// The ids are one id of the service with the number of the row in its last 32 bits.
pub const TELL: &str = "
INSERT INTO reward_entry_events
       (tenant_id, id, entry_id, seq, event, maker_id, actor_kind, actor_id, batch_id, self_approved, reason_code, occurred_at)
SELECT :tenant,
       overlay(:id::text PLACING lpad(to_hex(row_number() OVER (ORDER BY t.entry_id, t.seq)), 8, '0') FROM 29)::uuid,
       t.entry_id, t.seq, t.event, t.maker_id, :actor_kind, :actor_id, t.batch_id, t.self_approved, t.reason_code, :now
  FROM told t";

/// Binds what [`TELL`] says besides its rows: the tenant, the time, the actor, and the id.
pub fn telling<'q>(tx: &Tx<'_>, statement: Statement<'q>) -> Statement<'q> {
    let actor = tx.actor.identity;
    tx.complete(statement).bind("id", tx.id()).bind("actor_kind", actor.kind().slug()).bind("actor_id", actor.id())
}

/// `busy` if somebody else has added to one of the histories in the meantime: read again.
pub fn undisturbed<T>(told: QueryResult<T>) -> Result<T> {
    told.on_constraint(SEQ_KEY, || Error::new(Code::Busy))
}
