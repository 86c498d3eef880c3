//! Offers and pairs of two records that become one. Of two offers that stand in a programme that of the kept record does. Of two live pairs
//! of one person in a programme the active one goes on, else that of the kept record. Who ended a pair or wrote a note stays, and is read
//! through the kept record. That one was mentor of the other stands against the merge.

use crate::db::statement;
use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::{Ended, Merge};

const OFFERED_TWICE: &str = "
UPDATE mentor_offers d SET withdrawn_at = :now, updated_at = :now, version = d.version + 1
 WHERE d.tenant_id = :tenant AND d.employee_id = :duplicate AND d.withdrawn_at IS NULL
   AND EXISTS (SELECT FROM mentor_offers k
                WHERE k.tenant_id = :tenant AND k.employee_id = :kept AND k.programme_id = d.programme_id
                  AND k.withdrawn_at IS NULL)
RETURNING d.id, jsonb_build_object('id', d.id, 'programme_id', d.programme_id, 'employee_id', d.employee_id) AS told";
const OFFERS: &str = "
UPDATE mentor_offers o SET employee_id = :kept, updated_at = :now, version = o.version + 1
 WHERE o.tenant_id = :tenant AND o.employee_id = :duplicate";

const ASKED_TWICE: &str = "
UPDATE mentorships m SET state = 'withdrawn', answered_at = :now, updated_at = :now, version = m.version + 1
 WHERE m.tenant_id = :tenant AND m.state = 'asked' AND m.mentee_id IN (:kept, :duplicate)
   AND EXISTS (SELECT FROM mentorships o
                WHERE o.tenant_id = :tenant AND o.programme_id = m.programme_id AND o.mentee_id IN (:kept, :duplicate)
                  AND o.mentee_id <> m.mentee_id
                  AND (o.state = 'active' OR o.state = 'asked' AND m.mentee_id = :duplicate))
RETURNING m.id, jsonb_build_object('id', m.id, 'programme_id', m.programme_id, 'mentor_id', m.mentor_id,
                                   'mentee_id', m.mentee_id, 'state', m.state) AS told";
const ACTIVE_TWICE: &str = "
UPDATE mentorships m SET state = 'ended', ended_at = :now, result = 'broken_off', updated_at = :now, version = m.version + 1
 WHERE m.tenant_id = :tenant AND m.state = 'active' AND m.mentee_id = :duplicate
   AND EXISTS (SELECT FROM mentorships k
                WHERE k.tenant_id = :tenant AND k.programme_id = m.programme_id AND k.mentee_id = :kept AND k.state = 'active')
RETURNING m.id, jsonb_build_object('id', m.id, 'programme_id', m.programme_id, 'mentor_id', m.mentor_id,
                                   'mentee_id', m.mentee_id, 'state', m.state, 'result', m.result) AS told";
const PAIRS: &str = "
UPDATE mentorships m
   SET mentor_id = CASE m.mentor_id WHEN :duplicate THEN :kept ELSE m.mentor_id END,
       mentee_id = CASE m.mentee_id WHEN :duplicate THEN :kept ELSE m.mentee_id END,
       updated_at = :now, version = m.version + 1
 WHERE m.tenant_id = :tenant AND :duplicate IN (m.mentor_id, m.mentee_id)";

/// Returns the pairs that end.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<Vec<Ended>> {
    merge.end(tx, ("mentor_offer.withdrawn", "mentor_offer"), statement(OFFERED_TWICE)).await?;
    merge.write(tx, OFFERS).await?;
    let mut ended = merge.end(tx, ("mentorship.withdrawn", "mentorship"), statement(ASKED_TWICE)).await?;
    ended.extend(merge.end(tx, ("mentorship.ended", "mentorship"), statement(ACTIVE_TWICE)).await?);
    merge.write(tx, PAIRS).await?;
    Ok(ended)
}
