//! Statements on feedback.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Integer, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::counting::COUNTED_FEEDBACK;
use super::model::{Extension, Given, ItemTotal, OccasionRow, RatingTotal, TextRow};
use crate::journal::Tx;
use crate::schema::{feedback, feedback_extensions, session_lecturers, sessions};

/// None if there is no such session.
pub async fn find_occasion(tx: &mut Tx<'_>, session: Uuid, person: Uuid) -> QueryResult<Option<OccasionRow>> {
    sql_query(
        "SELECT s.delivered_start, s.delivered_minutes, p.feedback_window_minutes AS window_minutes, p.feedback_scale AS scale,
                p.feedback_mode = 'anonymous' AS is_anonymous,
                p.feedback_items AS form,
                EXISTS (SELECT FROM session_lecturers l
                         WHERE l.tenant_id = $1 AND l.session_id = s.id AND l.employee_id = $3) AS is_own,
                s.attendance_recorded_at IS NOT NULL
                OR EXISTS (SELECT FROM attendance_records r WHERE r.tenant_id = $1 AND r.session_id = s.id) AS has_records,
                (SELECT r.state = 'present' FROM attendance_records r
                  WHERE r.tenant_id = $1 AND r.session_id = s.id AND r.employee_id = $3) AS is_present,
                EXISTS (SELECT FROM session_audience a
                         WHERE a.tenant_id = $1 AND a.session_id = s.id AND a.employee_id = $3) AS is_registered,
                (SELECT x.extended_until FROM feedback_extensions x
                  WHERE x.tenant_id = $1 AND x.session_id = s.id AND x.learner_id = $3) AS extended_until
           FROM sessions s
           JOIN programmes p ON p.tenant_id = $1 AND p.id = s.programme_id
          WHERE s.tenant_id = $1 AND s.id = $2",
    )
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .bind::<SqlUuid, _>(person)
    .get_result(tx.conn)
    .await
    .optional()
}

/// What the person said about the session.
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

/// Keeps a rating with the last instant at which it may be given. Answers whether it was taken: not if the person has rated the
/// session before, or is doing so right now.
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

/// Grants a longer window, or changes the one granted before.
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

/// Department credited with a session; none if there is no such session.
pub async fn find_department(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Option<Option<Uuid>>> {
    sessions::table
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq(session))
        .select(sessions::department_id)
        .first(tx.conn)
        .await
        .optional()
}

pub async fn lecturers(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<Uuid>> {
    session_lecturers::table
        .filter(session_lecturers::tenant_id.eq(tx.tenant))
        .filter(session_lecturers::session_id.eq(session))
        .select(session_lecturers::employee_id)
        .load(tx.conn)
        .await
}

/// The one session `$2`, if it was delivered, as [`COUNTED_FEEDBACK`] wants it.
const HELD: &str = "
held AS (
  SELECT s.id, s.delivered_start, s.delivered_minutes, p.feedback_window_minutes AS window_minutes,
         s.attendance_recorded_at IS NOT NULL
         OR EXISTS (SELECT FROM attendance_records r WHERE r.tenant_id = $1 AND r.session_id = s.id) AS has_records
    FROM sessions s
    JOIN programmes p ON p.tenant_id = $1 AND p.id = s.programme_id
   WHERE s.tenant_id = $1 AND s.id = $2 AND s.state = 'delivered')";

pub async fn rating_totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<RatingTotal>> {
    sql_query(format!(
        "WITH {HELD}, given AS ({COUNTED_FEEDBACK})
         SELECT scale, count(*) AS n, sum(rating) AS sum FROM given GROUP BY scale ORDER BY scale"
    ))
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .load(tx.conn)
    .await
}

pub async fn item_totals(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Vec<ItemTotal>> {
    sql_query(format!(
        "WITH {HELD}, given AS ({COUNTED_FEEDBACK})
         SELECT i.key, i.scale, count(*) AS n, sum(i.value) AS sum
           FROM given g CROSS JOIN LATERAL jsonb_to_recordset(g.items) AS i (key text, value integer, scale integer)
          GROUP BY i.key, i.scale ORDER BY i.key COLLATE \"C\", i.scale"
    ))
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .load(tx.conn)
    .await
}

/// At most `limit` texts in the order of their letters, which tells nothing of who wrote them or when.
pub async fn texts(tx: &mut Tx<'_>, session: Uuid, limit: i32) -> QueryResult<Vec<TextRow>> {
    sql_query(format!(
        "WITH {HELD}, given AS ({COUNTED_FEEDBACK})
         SELECT comment FROM given WHERE comment IS NOT NULL ORDER BY comment COLLATE \"C\" LIMIT $3"
    ))
    .bind::<SqlUuid, _>(tx.tenant)
    .bind::<SqlUuid, _>(session)
    .bind::<Integer, _>(limit)
    .load(tx.conn)
    .await
}
