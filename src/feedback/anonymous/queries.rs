//! Statements on anonymous feedback.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{CountRow, NewCount, NewParticipant, NewText, PartRow, SaidRow};
use crate::db::{collect_column, concat, insert_set, statement};
use crate::feedback::model::{Extent, ItemTotal, RatingTotal, TextRow};
use crate::journal::Tx;
use crate::people::person_of;

/// Locks these sessions, so that the rows of each are rewritten by one transaction at a time.
pub async fn lock(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<()> {
    const LOCK: &str = "SELECT s.id FROM sessions s WHERE s.tenant_id = :tenant AND s.id = ANY (:sessions)
                         ORDER BY s.id FOR NO KEY UPDATE";
    if !sessions.is_empty() {
        statement(LOCK).bind("tenant", tx.tenant).bind("sessions", sessions).execute(tx.conn).await?;
    }
    Ok(())
}

/// Everybody who has rated one of these sessions. The offset keeps the planner from reading all employees.
pub async fn participants(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<Vec<PartRow>> {
    const PARTICIPANTS: &str = concat!(
        "SELECT p.session_id, p.learner_id, ",
        person_of!("e"),
        " AS person
           FROM anonymous_participants p
          CROSS JOIN LATERAL (SELECT * FROM employees e WHERE e.tenant_id = :tenant AND e.id = p.learner_id OFFSET 0) e
          WHERE p.tenant_id = :tenant AND p.session_id = ANY (:sessions)"
    );
    statement(PARTICIPANTS).bind("tenant", tx.tenant).bind("sessions", sessions).load(tx.conn).await
}

/// Takes out who has rated these sessions, to be stored anew.
pub async fn withdraw_participants(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<usize> {
    statement("DELETE FROM anonymous_participants p WHERE p.tenant_id = :tenant AND p.session_id = ANY (:sessions)")
        .bind("tenant", tx.tenant)
        .bind("sessions", sessions)
        .execute(tx.conn)
        .await
}

/// Takes out the counts of these sessions that are held back, to be stored anew.
pub async fn withdraw_counts(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<Vec<CountRow>> {
    statement(
        "DELETE FROM anonymous_counts c
          WHERE c.tenant_id = :tenant AND c.session_id = ANY (:sessions) AND c.batch_id IS NULL
         RETURNING c.session_id, c.rule_id, c.key, c.scale, c.value, c.times",
    )
    .bind("tenant", tx.tenant)
    .bind("sessions", sessions)
    .load(tx.conn)
    .await
}

/// Takes out the texts on these sessions that are held back, to be stored anew.
pub async fn withdraw_texts(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<Vec<SaidRow>> {
    statement(
        "DELETE FROM anonymous_texts t
          WHERE t.tenant_id = :tenant AND t.session_id = ANY (:sessions) AND t.batch_id IS NULL
         RETURNING t.session_id, t.comment",
    )
    .bind("tenant", tx.tenant)
    .bind("sessions", sessions)
    .load(tx.conn)
    .await
}

/// Stores rows, each set in the order given.
pub async fn insert(
    tx: &mut Tx<'_>,
    participants: &[NewParticipant],
    counts: &[NewCount],
    texts: &[NewText],
) -> QueryResult<()> {
    insert_set(tx.conn, participants).await?;
    insert_set(tx.conn, counts).await?;
    insert_set(tx.conn, texts).await?;
    Ok(())
}

/// Puts what is held back of sessions into batches, as pairs (session, batch). Returns the number of answers.
pub async fn release(tx: &mut Tx<'_>, released: &[(Uuid, Uuid)]) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Moved {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    const COUNTS: &str = "
WITH moved AS (
  UPDATE anonymous_counts c SET batch_id = r.batch FROM :rows
   WHERE c.tenant_id = :tenant AND c.session_id = r.member AND c.batch_id IS NULL
  RETURNING c.key, c.times)
SELECT coalesce(sum(times), 0)::bigint AS n FROM moved WHERE key IS NULL";
    const TEXTS: &str = "
UPDATE anonymous_texts t SET batch_id = r.batch FROM :rows
 WHERE t.tenant_id = :tenant AND t.session_id = r.member AND t.batch_id IS NULL";
    let rows = |text: &'static str| {
        statement(text)
            .bind("tenant", tx.tenant)
            .by("member", collect_column(released, |(session, _)| *session))
            .by("batch", collect_column(released, |(_, batch)| *batch))
    };
    let (counts, texts) = (rows(COUNTS), rows(TEXTS));
    let moved: Moved = counts.get_result(tx.conn).await?;
    texts.execute(tx.conn).await?;
    Ok(moved.n)
}

/// The counts of the one session `:session`, if it was delivered, that were released of it alone.
const RELEASED: &str = "
  FROM sessions s
  JOIN feedback_batches b ON b.tenant_id = :tenant AND b.session_id = s.id
  JOIN anonymous_counts c ON c.tenant_id = :tenant AND c.batch_id = b.id
 WHERE s.tenant_id = :tenant AND s.id = :session AND s.state = 'delivered'";

pub async fn rating_totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<RatingTotal>> {
    const TOTALS: &str = concat!(
        "SELECT c.scale, sum(c.times) AS n, sum(c.value * c.times) AS sum",
        RELEASED,
        " AND c.key IS NULL GROUP BY c.scale ORDER BY c.scale"
    );
    statement(TOTALS).bind("tenant", tx.tenant).bind("session", session).load(tx.conn).await
}

pub async fn item_totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<ItemTotal>> {
    const TOTALS: &str = concat!(
        "SELECT c.key, c.scale, sum(c.times) AS n, sum(c.value * c.times) AS sum",
        RELEASED,
        " AND c.key IS NOT NULL GROUP BY c.key, c.scale ORDER BY c.key COLLATE \"C\", c.scale"
    );
    statement(TOTALS).bind("tenant", tx.tenant).bind("session", session).load(tx.conn).await
}

/// At most `limit` texts on a session: of the batches that were released of it alone, or those that a close has counted.
pub async fn texts(tx: &mut Tx<'_>, session: Uuid, extent: Extent, limit: i32) -> QueryResult<Vec<TextRow>> {
    statement(
        "SELECT t.comment
           FROM sessions s
           JOIN anonymous_texts t ON t.tenant_id = :tenant AND t.session_id = s.id
           JOIN feedback_batches b ON b.tenant_id = :tenant AND b.id = t.batch_id
          WHERE s.tenant_id = :tenant AND s.id = :session AND s.state = 'delivered'
            AND CASE WHEN :frozen THEN t.is_counted ELSE b.session_id = s.id END
          ORDER BY t.id LIMIT :limit",
    )
    .bind("tenant", tx.tenant)
    .bind("session", session)
    .bind("frozen", matches!(extent, Extent::Frozen(_)))
    .bind("limit", limit)
    .load(tx.conn)
    .await
}
