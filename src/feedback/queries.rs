//! Statements on feedback.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::counting::COUNTED_FEEDBACK;
use super::model::{Extension, Given, ItemTotal, OccasionRow, RatingTotal, TextRow};
use crate::db::{concat, statement};
use crate::journal::Tx;
use crate::schema::{feedback, feedback_extensions};
use crate::sessions::{HAS_RECORDS, PARTICIPATION};

/// None if there is no such session.
pub async fn find_occasion(tx: &mut Tx<'_>, session: Uuid, person: Uuid) -> QueryResult<Option<OccasionRow>> {
    const OCCASION: &str = concat!(
        "SELECT s.delivered_start, s.delivered_minutes, p.feedback_window_minutes AS window_minutes, p.feedback_scale AS scale,
                p.feedback_mode = 'anonymous' AS is_anonymous, p.feedback_items AS form, ",
        PARTICIPATION,
        ",
                (SELECT x.extended_until FROM feedback_extensions x
                  WHERE x.tenant_id = :tenant AND x.session_id = s.id AND x.learner_id = :person) AS extended_until
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

/// The person's feedback on the session.
pub async fn find_given(tx: &mut Tx<'_>, session: Uuid, learner: Uuid) -> QueryResult<Option<Given>> {
    feedback::table
        .filter(feedback::tenant_id.eq(tx.tenant))
        .filter(feedback::session_id.eq(session))
        .filter(feedback::learner_id.eq(learner))
        .select(Given::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// Stores feedback with the last instant at which it may be given. Returns whether it was stored. It is not if the person has
/// rated the session before, or is rating it in another request at this moment.
pub async fn insert(
    tx: &mut Tx<'_>,
    session: Uuid,
    learner: Uuid,
    given: &Given,
    until: DateTime<Utc>,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(feedback::table)
        .values((
            feedback::tenant_id.eq(tx.tenant),
            feedback::id.eq(tx.id()),
            feedback::session_id.eq(session),
            feedback::learner_id.eq(learner),
            feedback::rating.eq(given.rating),
            feedback::scale.eq(given.scale),
            feedback::items.eq(&given.items),
            feedback::comment.eq(&given.comment),
            feedback::received_at.eq(tx.now),
            feedback::source.eq("live"),
            feedback::admissible_until.eq(until),
        ))
        .on_conflict((feedback::tenant_id, feedback::session_id, feedback::learner_id))
        .do_nothing()
        .execute(tx.conn)
        .await?;
    Ok(inserted == 1)
}

/// Grants a longer window, or changes one granted before.
pub async fn upsert_extension(
    tx: &mut Tx<'_>,
    session: Uuid,
    learner: Uuid,
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
            dsl::learner_id.eq(learner),
            dsl::extended_until.eq(until),
            dsl::reason.eq(reason),
            dsl::granted_by_id.eq(tx.actor.person()),
            dsl::created_at.eq(tx.now),
        ))
        .on_conflict((dsl::tenant_id, dsl::session_id, dsl::learner_id))
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

/// The one session `:session`, if it was delivered, in the form that [`COUNTED_FEEDBACK`] needs; and its feedback that counts, as
/// `given`.
const GIVEN: &str = concat!(
    "WITH held AS (
  SELECT s.id, s.delivered_start, s.delivered_minutes, p.feedback_window_minutes AS window_minutes, ",
    HAS_RECORDS,
    " AS has_records
    FROM sessions s
    JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id
   WHERE s.tenant_id = :tenant AND s.id = :session AND s.state = 'delivered'), given AS (",
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
