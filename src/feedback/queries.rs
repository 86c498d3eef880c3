//! Statements on feedback.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::counting::COUNTED_FEEDBACK;
use super::model::{Extension, Given, ItemTotal, OccasionRow, RatingTotal, TextRow};
use crate::db::{concat, statement};
use crate::journal::Tx;
use crate::programmes::FeedbackMode;
use crate::schema::{feedback, feedback_extensions, programmes, sessions};
use crate::sessions::{PARTICIPATION, SessionState};

/// None if there is no such session.
pub async fn find_occasion(tx: &mut Tx<'_>, session: Uuid, person: Uuid) -> QueryResult<Option<OccasionRow>> {
    const OCCASION: &str = concat!(
        "SELECT s.delivered_start, s.delivered_minutes, p.feedback_window_minutes AS window_minutes, p.feedback_scale AS scale,
                p.feedback_mode AS mode, p.feedback_items AS form, ",
        PARTICIPATION,
        ",
                (SELECT x.extended_until FROM feedback_extensions x
                  WHERE x.tenant_id = :tenant AND x.session_id = s.id) AS extended_until
           FROM sessions s
           JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id
          WHERE s.tenant_id = :tenant AND s.id = :session"
    );
    statement(OCCASION)
        .bind("tenant", tx.tenant)
        .bind("session", session)
        .bind("person", person)
        .get_result(tx.conn)
        .await
        .optional()
}

/// Whether the person has rated the session.
pub async fn has_rated(tx: &mut Tx<'_>, session: Uuid, learner: Uuid) -> QueryResult<bool> {
    let own = feedback::table
        .filter(feedback::tenant_id.eq(tx.tenant))
        .filter(feedback::session_id.eq(session))
        .filter(feedback::learner_id.eq(learner));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
}

/// Stores what the learner gives, with the last instant at which it may be given. It replaces what the learner gave before. It is
/// taken, so it counts. Returns whether anything changed.
pub async fn upsert(
    tx: &mut Tx<'_>,
    session: Uuid,
    learner: Uuid,
    given: &Given,
    until: DateTime<Utc>,
) -> QueryResult<bool> {
    let stored = statement(
        "INSERT INTO feedback AS f (tenant_id, id, session_id, learner_id, rating, scale, items, comment, received_at, source,
                                    admissible_until, counts)
         VALUES (:tenant, :id, :session, :learner, :rating, :scale, :items, :comment, :now, 'live', :until, true)
         ON CONFLICT (tenant_id, session_id, learner_id) DO UPDATE
            SET rating = excluded.rating, scale = excluded.scale, items = excluded.items, comment = excluded.comment,
                received_at = excluded.received_at, source = excluded.source, admissible_until = excluded.admissible_until,
                counts = excluded.counts
          WHERE (f.rating, f.scale, f.items, f.comment, f.counts)
                IS DISTINCT FROM (excluded.rating, excluded.scale, excluded.items, excluded.comment, excluded.counts)",
    )
    .bind("id", tx.id())
    .bind("session", session)
    .bind("learner", learner)
    .bind("rating", given.rating)
    .bind("scale", given.scale)
    .bind("items", given.items.clone())
    .bind("comment", given.comment.as_deref().map(ToOwned::to_owned))
    .bind("until", until);
    Ok(tx.complete(stored).execute(tx.conn).await? == 1)
}

/// Grants a longer window, or changes one granted before.
pub async fn upsert_extension(
    tx: &mut Tx<'_>,
    session: Uuid,
    until: DateTime<Utc>,
    reason: &str,
) -> QueryResult<Extension> {
    use diesel::upsert::excluded;
    use feedback_extensions::dsl;
    diesel::insert_into(dsl::feedback_extensions)
        .values((
            dsl::tenant_id.eq(tx.tenant),
            dsl::id.eq(tx.id()),
            dsl::session_id.eq(session),
            dsl::extended_until.eq(until),
            dsl::reason.eq(reason),
            dsl::granted_by_id.eq(tx.actor.person()),
            dsl::created_at.eq(tx.now),
        ))
        .on_conflict((dsl::tenant_id, dsl::session_id))
        .do_update()
        .set((
            dsl::extended_until.eq(excluded(dsl::extended_until)),
            dsl::reason.eq(excluded(dsl::reason)),
            dsl::granted_by_id.eq(excluded(dsl::granted_by_id)),
        ))
        .returning(Extension::as_returning())
        .get_result(tx.conn)
        .await
}

/// The feedback that counts of the one session `:session`, if it was delivered, as `given`.
const GIVEN: &str = concat!(
    "WITH held AS (
  SELECT s.id FROM sessions s WHERE s.tenant_id = :tenant AND s.id = :session AND s.state = 'delivered'), given AS (",
    COUNTED_FEEDBACK,
    ")"
);

pub async fn rating_totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<RatingTotal>> {
    statement(concat!(
        GIVEN,
        " SELECT scale, count(*) AS n, sum(rating) AS sum FROM given GROUP BY scale ORDER BY scale"
    ))
    .bind("tenant", tx.tenant)
    .bind("session", session)
    .load(tx.conn)
    .await
}

pub async fn item_totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<ItemTotal>> {
    statement(concat!(
        GIVEN,
        " SELECT i.key, i.scale, count(*) AS n, sum(i.value) AS sum
            FROM given g CROSS JOIN LATERAL jsonb_to_recordset(g.items) AS i (key text, value integer, scale integer)
           GROUP BY i.key, i.scale ORDER BY i.key COLLATE \"C\", i.scale"
    ))
    .bind("tenant", tx.tenant)
    .bind("session", session)
    .load(tx.conn)
    .await
}

/// At most `limit` texts, ordered by their characters, which does not show who wrote them or when.
pub async fn texts(tx: &mut Tx<'_>, session: Uuid, limit: i32) -> QueryResult<Vec<TextRow>> {
    statement(concat!(
        GIVEN,
        " SELECT comment FROM given WHERE comment IS NOT NULL ORDER BY comment COLLATE \"C\" LIMIT :limit"
    ))
    .bind("tenant", tx.tenant)
    .bind("session", session)
    .bind("limit", limit)
    .load(tx.conn)
    .await
}

/// What at most `limit` learners gave whose feedback counts, ordered by their ids. Only for the mode `named`.
pub async fn by_learner(tx: &mut Tx<'_>, session: Uuid, limit: i32) -> QueryResult<Vec<(Uuid, Given)>> {
    feedback::table
        .inner_join(
            sessions::table.on(sessions::tenant_id.eq(feedback::tenant_id).and(sessions::id.eq(feedback::session_id))),
        )
        .filter(feedback::tenant_id.eq(tx.tenant))
        .filter(feedback::session_id.eq(session))
        .filter(feedback::counts)
        .filter(sessions::state.eq(SessionState::Delivered.slug()))
        .order(feedback::learner_id)
        .limit(limit.into())
        .select((feedback::learner_id, Given::as_select()))
        .load(tx.conn)
        .await
}

/// The mode of the session's programme.
pub async fn mode(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<FeedbackMode> {
    sessions::table
        .inner_join(
            programmes::table
                .on(programmes::tenant_id.eq(sessions::tenant_id).and(programmes::id.eq(sessions::programme_id))),
        )
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq(session))
        .select(programmes::feedback_mode)
        .first(tx.conn)
        .await
}
