//! Statements that store what learners give.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::db::{collect_column, concat, row_set, statement};
use crate::journal::{Asking, Tx};
use crate::kernel::text::Comment;
use crate::programmes::FEEDBACK_K;

row_set! {
    /// What a learner gives on a session, to be stored.
    pub struct NewFeedback into feedback {
        pub session_id: Uuid,
        pub learner_id: Uuid,
        pub rule_id: Option<Uuid>,
        pub rating: i32,
        pub scale: i32,
        pub items: Value,
        pub comment: Option<Comment>,
        /// The last instant at which it may be given.
        pub admissible_until: Option<DateTime<Utc>>,
    }
}

/// Holds these sessions until the commit: nobody gives one to other lecturers or another day meanwhile. A new rating would hold its
/// session by its reference to it; one that is given again would not. Each is looked up by its key, in this order, whatever the
/// planner knows of the company.
pub async fn hold_sessions(asking: Asking<'_>, sessions: &[Uuid]) -> QueryResult<()> {
    const HOLD: &str = "SELECT s.id FROM unnest(:sessions) AS asked (id)
          CROSS JOIN LATERAL (SELECT s.id FROM sessions s WHERE s.tenant_id = :tenant AND s.id = asked.id FOR KEY SHARE) s";
    let mut conn = asking.conn;
    if !sessions.is_empty() {
        statement(HOLD).bind("tenant", asking.tenant).bind("sessions", sessions).execute(&mut conn).await?;
    }
    Ok(())
}

/// What a learner gave on a session before.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Earlier {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    session_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    learner_id: Uuid,
    #[diesel(sql_type = Bool)]
    pub counts: bool,
    /// With what it was released. None: it was not.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub batch_id: Option<Uuid>,
}

/// What was given before by those of these learners who gave something on these sessions, by the pair (session, learner).
pub async fn earlier(asking: Asking<'_>, given: &[&NewFeedback]) -> QueryResult<BTreeMap<(Uuid, Uuid), Earlier>> {
    const EARLIER: &str = "SELECT f.id, f.session_id, f.learner_id, f.counts, f.batch_id
           FROM unnest(:sessions, :learners) AS asked (session_id, learner_id)
          CROSS JOIN LATERAL (SELECT * FROM feedback f
                               WHERE f.tenant_id = :tenant AND f.session_id = asked.session_id AND f.learner_id = asked.learner_id OFFSET 0) f";
    let mut conn = asking.conn;
    if given.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Earlier> = statement(EARLIER)
        .bind("tenant", asking.tenant)
        .bind("sessions", collect_column(given, |row| row.session_id))
        .bind("learners", collect_column(given, |row| row.learner_id))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(|row| ((row.session_id, row.learner_id), row)).collect())
}

/// Where new feedback is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its id, if it is new.
    pub id: Uuid,
    /// The batch that it completes. None: it waits, or its programme releases nothing in batches.
    pub batch_id: Option<Uuid>,
}

/// Stores what learners give on sessions that are held, each at its place if it is new. It replaces what they gave before, and stays in
/// the batch in which that was released. It is taken, so it counts. Returns the pairs (session, learner) whose feedback is new or has
/// changed, each with its id.
pub async fn upsert(
    asking: Asking<'_>,
    given: &[NewFeedback],
    places: &[Place],
) -> QueryResult<BTreeMap<(Uuid, Uuid), Uuid>> {
    if given.is_empty() {
        return Ok(BTreeMap::new());
    }
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        session_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        learner_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    const UPSERT: &str = "
         INSERT INTO feedback AS f (tenant_id, received_at, source, counts, :columns)
         SELECT :tenant, :now, 'live', true, :fields FROM :rows ORDER BY r.session_id, r.learner_id
         ON CONFLICT (tenant_id, session_id, learner_id) DO UPDATE
            SET rule_id = excluded.rule_id, rating = excluded.rating, scale = excluded.scale, items = excluded.items, comment = excluded.comment,
                received_at = excluded.received_at, source = excluded.source, admissible_until = excluded.admissible_until,
                counts = excluded.counts,
                shown = CASE WHEN f.batch_id IS NOT NULL THEN nullif(
                    coalesce(f.shown, jsonb_build_object(
                        'rating', f.rating, 'scale', f.scale, 'items', f.items, 'comment', f.comment)),
                    jsonb_build_object('rating', excluded.rating, 'scale', excluded.scale, 'items', excluded.items,
                                       'comment', excluded.comment)) END
          WHERE (f.rule_id, f.rating, f.scale, f.items, f.comment, f.counts) IS DISTINCT FROM
                (excluded.rule_id, excluded.rating, excluded.scale, excluded.items, excluded.comment, excluded.counts)
         RETURNING f.session_id, f.learner_id, f.id";
    let stored = statement(UPSERT)
        .rows(given)
        .with("id", collect_column(places, |place| place.id))
        .with("batch_id", collect_column(places, |place| place.batch_id));
    let mut conn = asking.conn;
    let rows: Vec<Row> = asking.complete(stored).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| ((row.session_id, row.learner_id), row.id)).collect())
}

/// Shows the changed feedback of each of these batches as it is now, if at least k of it were changed and that has not been done before.
/// Each batch comes with a session of it, whose k it is. Returns the sessions of what is shown, each once or more.
pub async fn show_changes(tx: &mut Tx<'_>, batches: &BTreeMap<Uuid, Uuid>) -> QueryResult<Vec<Uuid>> {
    const SHOW: &str = concat!(
        "WITH asked AS (
           SELECT r.batch, ",
        FEEDBACK_K,
        " AS k
             FROM :rows
             JOIN sessions s ON s.tenant_id = :tenant AND s.id = r.session
             JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id),
         revised AS (
           UPDATE feedback_batches b SET is_revised = true FROM asked r
            WHERE b.tenant_id = :tenant AND b.id = r.batch AND NOT b.is_revised
              AND r.k <= (SELECT count(*) FROM feedback g
                           WHERE g.tenant_id = :tenant AND g.batch_id = b.id AND g.shown IS NOT NULL)
           RETURNING b.id)
         UPDATE feedback f SET shown = NULL FROM revised v
          WHERE f.tenant_id = :tenant AND f.batch_id = v.id AND f.shown IS NOT NULL
         RETURNING f.session_id AS id"
    );
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let (batch, session) = (batches.keys().copied().collect(), batches.values().copied().collect());
    tx.complete(statement(SHOW).by("batch", batch).by("session", session)).load_ids(tx.conn).await
}
