//! The feedback by, and of, two records that become one.
//!
//! Whose a rating is never changes: a rating keeps the id of the record that gave it, and is found through the kept one
//! ([`rated_as`](super::parts::rated_as)). Of two ratings of one session the first counts. Outside the mode `named` this must not
//! show the other one: if it was released, it stays in its batch until the close, which counts without it; if a close has counted it,
//! it stays counted. Of anonymous answers nothing says which they are, so both of them count: who took part keeps the id of the record
//! and is found through the kept one.

use diesel::QueryResult;
use uuid::Uuid;

use crate::db::statement;
use crate::error::Result;
use crate::journal::Tx;
use crate::people::records_of_all;
use crate::sign_in::Merge;

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    // A batch is shown to the lecturers of its release.
    const LECTURERS: &str = "
UPDATE feedback_batch_lecturers b SET lecturer_id = :kept
 WHERE b.tenant_id = :tenant AND b.lecturer_id = :duplicate
   AND NOT EXISTS (SELECT FROM feedback_batch_lecturers o
                    WHERE o.tenant_id = :tenant AND o.batch_id = b.batch_id AND o.lecturer_id = :kept)";
    let counted_once = count_once(tx, merge).await?;
    tx.touch_feedback(&counted_once).await?;
    merge.write(tx, LECTURERS).await?;
    Ok(())
}

/// Lets the later one of two ratings of a session count no more. Returns these sessions.
async fn count_once(tx: &mut Tx<'_>, merge: Merge) -> QueryResult<Vec<Uuid>> {
    let people = records_of_all(tx, &[merge.kept, merge.duplicate]).await?;
    statement(
        "UPDATE feedback f SET counts = false
           FROM feedback o, sessions s, programmes p
          WHERE f.tenant_id = :tenant AND f.learner_id = ANY (:people) AND f.counts
            AND o.tenant_id = :tenant AND o.session_id = f.session_id AND o.learner_id = ANY (:people) AND o.counts
            AND (o.received_at, o.id) < (f.received_at, f.id)
            AND s.tenant_id = :tenant AND s.id = f.session_id
            AND p.tenant_id = :tenant AND p.id = s.programme_id
            AND (p.feedback_mode = 'named'
                 OR NOT EXISTS (SELECT FROM periods d
                                 WHERE d.tenant_id = :tenant AND d.programme_id = s.programme_id AND d.state = 'closed'
                                   AND d.starts_at <= s.delivered_start AND d.ends_at > s.delivered_start))
         RETURNING f.session_id AS id",
    )
    .bind("tenant", tx.tenant)
    .bind("people", people)
    .load_ids(tx.conn)
    .await
}
