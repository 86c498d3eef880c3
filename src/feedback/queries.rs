//! Statements on feedback.

use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::counting::{SHOWN_COLUMNS, TEXT_PLACE};
use super::model::{
    Extension, Extent, Given, ItemTotal, NewBatch, NewBatchLecturer, RatingTotal, StandingRow, TermsRow, TextRow,
    WaitingRow,
};
use crate::auth::records_of;
use crate::db::{SetRow as _, Statement, collect_column, concat, execute_together, statement};
use crate::journal::{Asking, Tx};
use crate::people::lock_employees;
use crate::programmes::{FEEDBACK_K, FEEDBACK_TERMS};
use crate::schema::{feedback, feedback_extensions, sessions};
use crate::sessions::{ATTENDEES, HAS_RECORDS, SessionState};

/// How those of these sessions that are there are rated. Each row is looked up by its key (`OFFSET 0`), here and below, whatever the
/// planner knows of the company.
pub async fn find_terms(tx: &mut Tx<'_>, sessions: &[Uuid]) -> QueryResult<Vec<TermsRow>> {
    const TERMS: &str = concat!(
        "SELECT s.id AS session_id, s.delivered_start, s.delivered_minutes, terms.window_minutes, terms.form, terms.rule_id,
                p.feedback_mode AS mode, p.id AS programme_id, p.time_zone,
                CASE WHEN p.feedback_mode = 'named'
                      AND coalesce(p.live_feedback_from_on > (s.delivered_start AT TIME ZONE p.time_zone)::date, true)
                     THEN (s.delivered_start AT TIME ZONE p.time_zone)::date END AS begins_live_on,
                CASE WHEN p.feedback_mode <> 'named'
                      AND date_trunc(p.cycle, s.delivered_start AT TIME ZONE p.time_zone)
                        < date_trunc(p.cycle, p.live_feedback_from_on::timestamp)
                     THEN p.live_feedback_from_on END AS live_only_from_on,
                (SELECT x.extended_until FROM feedback_extensions x
                  WHERE x.tenant_id = :tenant AND x.session_id = s.id) AS extended_until
           FROM unnest(:sessions) AS asked (id)
          CROSS JOIN LATERAL (SELECT * FROM sessions s WHERE s.tenant_id = :tenant AND s.id = asked.id OFFSET 0) s
           JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id",
        FEEDBACK_TERMS
    );
    statement(TERMS).bind("tenant", tx.tenant).bind("sessions", sessions).load(tx.conn).await
}

/// Locks the lecturers of these sessions, so that their feedback is stored and released by one transaction at a time.
pub async fn lock_lecturers(asking: Asking<'_>, sessions: &[Uuid]) -> QueryResult<()> {
    const LOCK: &str = lock_employees!(
        "ARRAY(SELECT l.employee_id FROM session_lecturers l WHERE l.tenant_id = :tenant AND l.session_id = ANY (:sessions))"
    );
    let mut conn = asking.conn;
    if !sessions.is_empty() {
        statement(LOCK).bind("tenant", asking.tenant).bind("sessions", sessions).execute(&mut conn).await?;
    }
    Ok(())
}

/// The periods that these sessions are in: of every programme that releases feedback in batches, with the first local moment of each.
/// `reach` is from when until when they are, and a day more on both sides, whatever the clocks do at a border.
const PERIODS: &str = "WITH asked AS (
           SELECT coalesce(s.delivered_start, s.scheduled_start) AS starts_at
             FROM unnest(:sessions) AS asked (id)
            CROSS JOIN LATERAL (SELECT * FROM sessions s WHERE s.tenant_id = :tenant AND s.id = asked.id OFFSET 0) s),
         of_programmes AS (
           SELECT DISTINCT p.id AS programme_id, p.cycle, p.time_zone, date_trunc(p.cycle, a.starts_at AT TIME ZONE p.time_zone) AS begins
             FROM asked a
             JOIN programmes p ON p.tenant_id = :tenant AND p.feedback_mode <> 'named'),
         reach AS (
           SELECT min(d.begins AT TIME ZONE d.time_zone) - interval '1 day' AS from_at,
                  max((d.begins + CASE d.cycle WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months'
                                               ELSE interval '1 year' END) AT TIME ZONE d.time_zone) + interval '1 day' AS until_at
             FROM of_programmes d)";

/// These sessions, and those that their lecturers give within `reach`. The last release dates nothing, so what has no date is looked at
/// as well; a session that it moved is found again when it changes, and no later than its period is closed.
const NEAR: &str = "near AS (
           SELECT l.session_id FROM session_lecturers l WHERE l.tenant_id = :tenant AND l.session_id = ANY (:sessions)
            UNION
           SELECT o.session_id
             FROM reach r
            CROSS JOIN (SELECT DISTINCT l.employee_id FROM session_lecturers l
                         WHERE l.tenant_id = :tenant AND l.session_id = ANY (:sessions)) l
            CROSS JOIN LATERAL (
              SELECT o.session_id FROM session_lecturers o
               WHERE o.tenant_id = :tenant AND o.employee_id = l.employee_id AND o.starts_at >= r.from_at AND o.starts_at < r.until_at
               UNION ALL
              SELECT o.session_id FROM session_lecturers o
               WHERE o.tenant_id = :tenant AND o.employee_id = l.employee_id AND o.starts_at IS NULL
              OFFSET 0) o)";

/// The feedback held back on those delivered sessions of the lecturers of these sessions that are in the same periods, of whatever
/// programme, ordered by what may be released together. All of what may be released together is there. Those in `rated` are there even
/// if nothing is held back on them. What the lecturers gave in other periods is not looked at, however much it is.
pub async fn waiting(asking: Asking<'_>, sessions: &[Uuid], rated: &[Uuid]) -> QueryResult<Vec<WaitingRow>> {
    const WAITING: &str = concat!(
        PERIODS,
        ",
         ",
        NEAR,
        "
         SELECT s.programme_id, date_trunc(p.cycle, s.delivered_start AT TIME ZONE p.time_zone)::date AS starts_on,
                array(SELECT l.employee_id FROM session_lecturers l
                       WHERE l.tenant_id = :tenant AND l.session_id = s.id ORDER BY l.employee_id) AS lecturers,
                ",
        FEEDBACK_K,
        " AS min_k, s.id AS session_id, f.ratings, f.answers
           FROM near n
          CROSS JOIN LATERAL (SELECT * FROM sessions s
                               WHERE s.tenant_id = :tenant AND s.id = n.session_id AND s.state = 'delivered' OFFSET 0) s
          CROSS JOIN LATERAL (SELECT * FROM programmes p
                               WHERE p.tenant_id = :tenant AND p.id = s.programme_id
                                 AND EXISTS (SELECT FROM of_programmes d
                                              WHERE d.programme_id = p.id
                                                AND d.begins = date_trunc(p.cycle, s.delivered_start AT TIME ZONE p.time_zone)) OFFSET 0) p
          CROSS JOIN LATERAL (
             SELECT array(SELECT f.id FROM feedback f
                           WHERE f.tenant_id = :tenant AND f.session_id = s.id AND f.counts AND f.batch_id IS NULL) AS ratings,
                    CASE WHEN p.feedback_mode = 'anonymous' THEN
                         (SELECT sum(c.times) FROM anonymous_counts c
                           WHERE c.tenant_id = :tenant AND c.session_id = s.id AND c.batch_id IS NULL AND c.key IS NULL) END AS answers
             OFFSET 0) f
          WHERE cardinality(f.ratings) > 0 OR f.answers > 0 OR s.id = ANY (:rated)
          ORDER BY 1, 2, 3, 5"
    );
    let mut conn = asking.conn;
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    statement(WAITING)
        .bind("tenant", asking.tenant)
        .bind("sessions", sessions)
        .bind("rated", rated)
        .load(&mut conn)
        .await
}

/// Stores batches with their lecturers.
pub async fn store_batches(
    asking: Asking<'_>,
    batches: &[NewBatch],
    lecturers: &[NewBatchLecturer],
) -> QueryResult<()> {
    let mut statements = Vec::with_capacity(2);
    if !batches.is_empty() {
        statements.push(NewBatch::bind(statement(NewBatch::INSERT), batches));
    }
    if !lecturers.is_empty() {
        statements.push(NewBatchLecturer::bind(statement(NewBatchLecturer::INSERT), lecturers));
    }
    execute_together(asking.conn, statements).await
}

/// Puts stored feedback into batches, as pairs (feedback, batch).
pub async fn put_into_batches(asking: Asking<'_>, members: &[(Uuid, Uuid)]) -> QueryResult<()> {
    const RELEASE: &str =
        "UPDATE feedback f SET batch_id = r.batch FROM :rows WHERE f.tenant_id = :tenant AND f.id = r.member";
    let mut conn = asking.conn;
    if !members.is_empty() {
        let members = statement(RELEASE)
            .by("member", collect_column(members, |(member, _)| *member))
            .by("batch", collect_column(members, |(_, batch)| *batch));
        asking.complete(members).execute(&mut conn).await?;
    }
    Ok(())
}

/// The feedback on sessions of the programme `:programme` that were delivered in a period, and confirmed. A condition follows.
const OF_PERIOD: &str = "
  FROM sessions s
 WHERE s.tenant_id = :tenant AND s.programme_id = :programme AND s.state = 'delivered'
   AND s.delivered_start >= :starts_at AND s.delivered_start < :ends_at AND s.delivery_confirmed_at IS NOT NULL
   AND f.tenant_id = :tenant AND f.session_id = s.id";

/// Puts what is held back of the period into the batch of its rest, and notes which anonymous texts the close has counted.
pub async fn join(tx: &mut Tx<'_>, rest: &NewBatch, period: &Range<DateTime<Utc>>) -> QueryResult<()> {
    const FEEDBACK: &str =
        concat!("UPDATE feedback f SET batch_id = :batch", OF_PERIOD, " AND f.counts AND f.batch_id IS NULL");
    const COUNTS: &str =
        concat!("UPDATE anonymous_counts f SET batch_id = :batch", OF_PERIOD, " AND f.batch_id IS NULL");
    const TEXTS: &str = concat!(
        "UPDATE anonymous_texts f SET batch_id = coalesce(f.batch_id, :batch), is_counted = true",
        OF_PERIOD,
        " AND NOT f.is_counted"
    );
    for text in [FEEDBACK, COUNTS, TEXTS] {
        of_period(tx, text, rest.programme_id, period).bind("batch", rest.id).execute(tx.conn).await?;
    }
    Ok(())
}

/// Shows all changes of the period.
pub async fn show_all_changes(tx: &mut Tx<'_>, programme: Uuid, period: &Range<DateTime<Utc>>) -> QueryResult<usize> {
    const SHOW: &str = concat!("UPDATE feedback f SET shown = NULL", OF_PERIOD, " AND f.shown IS NOT NULL");
    of_period(tx, SHOW, programme, period).execute(tx.conn).await
}

fn of_period(tx: &Tx<'_>, text: &'static str, programme: Uuid, period: &Range<DateTime<Utc>>) -> Statement<'static> {
    statement(text)
        .bind("tenant", tx.tenant)
        .bind("programme", programme)
        .bind("starts_at", period.start)
        .bind("ends_at", period.end)
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

/// When the feedback on the session `s` ends, with the extension that was granted: an expression in a statement with `:tenant` and
/// [`FEEDBACK_TERMS`]. Null while it has not taken place.
pub const WINDOW_ENDS_AT: &str =
    "greatest(s.delivered_start + make_interval(mins => s.delivered_minutes + terms.window_minutes),
                         (SELECT x.extended_until FROM feedback_extensions x
                           WHERE x.tenant_id = :tenant AND x.session_id = s.id AND s.delivered_start IS NOT NULL))";

/// None if there is no such session.
pub async fn find_standing(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Option<StandingRow>> {
    const STANDING: &str = concat!(
        "SELECT p.feedback_mode AS mode, c.closed_at, c.stands_apart,
                ",
        WINDOW_ENDS_AT,
        " AS window_ends_at,
                CASE WHEN p.feedback_mode = 'anonymous'
                     THEN (SELECT count(*) FROM anonymous_participants a WHERE a.tenant_id = :tenant AND a.session_id = s.id)
                     ELSE (SELECT count(*) FROM feedback f WHERE f.tenant_id = :tenant AND f.session_id = s.id AND f.counts)
                END AS rated,
                CASE WHEN ",
        HAS_RECORDS,
        " THEN (SELECT count(*) FROM (",
        ATTENDEES,
        ") a WHERE a.session_id = s.id)
                     ELSE (SELECT count(*) FROM session_audience a WHERE a.tenant_id = :tenant AND a.session_id = s.id)
                END AS invited
           FROM sessions s
           JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id",
        FEEDBACK_TERMS,
        "
           LEFT JOIN LATERAL (
             SELECT n.closed_at, EXISTS (
                      SELECT FROM session_lecturers l
                        JOIN snapshot_lecturers i ON i.tenant_id = :tenant AND i.employee_id IN ",
        records_of!("l.employee_id"),
        "
                       WHERE l.tenant_id = :tenant AND l.session_id = s.id AND i.snapshot_id = n.id AND i.apart @> to_jsonb(s.id)
                    ) AS stands_apart
               FROM periods d
               JOIN snapshots n ON n.tenant_id = :tenant AND n.id = d.snapshot_id
              WHERE d.tenant_id = :tenant AND d.programme_id = s.programme_id
                AND d.starts_at <= s.delivered_start AND d.ends_at > s.delivered_start
              LIMIT 1) c ON true
          WHERE s.tenant_id = :tenant AND s.id = :session"
    );
    statement(STANDING).bind("tenant", tx.tenant).bind("session", session).get_result(tx.conn).await.optional()
}

/// The feedback of the one session `:session`, if it was delivered, as `given`: if `:everything`, all that counts; else what the
/// close of the moment `:closed_at` has counted, as it is shown; if that is null, the batches that were released of this session
/// alone. At the close everything that counts was in a batch: such a batch has a rating that was received before, or an older
/// one to show.
const GIVEN: &str = concat!(
    "WITH given AS (
  SELECT shown.rating, shown.scale, shown.items, shown.comment, ",
    TEXT_PLACE,
    " AS place
    FROM sessions s
    JOIN (SELECT f.tenant_id, f.id, f.session_id, f.batch_id, f.counts, f.rating, f.scale, f.items, f.comment,
                 CASE WHEN NOT :everything THEN f.shown END AS shown
            FROM feedback f
           WHERE f.tenant_id = :tenant AND f.session_id = :session AND (f.counts OR NOT :everything)) f ON f.session_id = s.id
    LEFT JOIN feedback_batches b ON b.tenant_id = :tenant AND b.id = f.batch_id
   CROSS JOIN LATERAL ",
    SHOWN_COLUMNS,
    "
   WHERE s.tenant_id = :tenant AND s.id = :session AND s.state = 'delivered'
     AND CASE WHEN :everything THEN true
              WHEN :closed_at IS NULL THEN b.session_id = :session
              ELSE f.counts AND (f.shown IS NOT NULL
                     OR EXISTS (SELECT FROM feedback g
                                 WHERE g.tenant_id = :tenant AND g.batch_id = f.batch_id AND g.received_at <= :closed_at)) END)"
);

/// The session `:session` as the close has frozen it. Its lecturers have the same sums of it.
const FROZEN: &str = "WITH frozen AS (
  SELECT x.session
    FROM sessions s
    JOIN periods d ON d.tenant_id = :tenant AND d.programme_id = s.programme_id
     AND d.starts_at <= s.delivered_start AND d.ends_at > s.delivered_start
    JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = s.id
    JOIN snapshot_lecturers i ON i.tenant_id = :tenant AND i.snapshot_id = d.snapshot_id AND i.employee_id = l.employee_id
   CROSS JOIN LATERAL jsonb_array_elements(i.inputs -> 'sessions') AS x (session)
   WHERE s.tenant_id = :tenant AND s.id = :session AND x.session ->> 'session_id' = s.id::text
   ORDER BY i.employee_id LIMIT 1)";

/// What of a session's feedback a statement is about. [`Extent::Nothing`] is not asked.
fn given(tx: &Tx<'_>, text: &'static str, session: Uuid, extent: Extent) -> Statement<'static> {
    let closed_at = if let Extent::Frozen(closed_at) = extent { Some(closed_at) } else { None };
    statement(text)
        .bind("tenant", tx.tenant)
        .bind("session", session)
        .bind("everything", extent == Extent::Everything)
        .bind("closed_at", closed_at)
}

pub async fn rating_totals(tx: &mut Tx<'_>, session: Uuid, extent: Extent) -> QueryResult<Vec<RatingTotal>> {
    const TOTALS: &str =
        concat!(GIVEN, " SELECT scale, count(*) AS n, sum(rating) AS sum FROM given GROUP BY scale ORDER BY scale");
    const FROZEN_TOTALS: &str = concat!(
        FROZEN,
        " SELECT r.scale, r.n, r.sum::bigint AS sum
            FROM frozen f
           CROSS JOIN LATERAL jsonb_to_recordset(f.session -> 'ratings') AS r (scale integer, n bigint, sum numeric)
           ORDER BY r.scale"
    );
    totals(tx, [TOTALS, FROZEN_TOTALS], session, extent).load(tx.conn).await
}

pub async fn item_totals(tx: &mut Tx<'_>, session: Uuid, extent: Extent) -> QueryResult<Vec<ItemTotal>> {
    const TOTALS: &str = concat!(
        GIVEN,
        " SELECT i.key, i.scale, count(*) AS n, sum(i.value) AS sum
            FROM given g CROSS JOIN LATERAL jsonb_to_recordset(g.items) AS i (key text, value integer, scale integer)
           GROUP BY i.key, i.scale ORDER BY i.key COLLATE \"C\", i.scale"
    );
    const FROZEN_TOTALS: &str = concat!(
        FROZEN,
        " SELECT i.key, i.scale, i.n, i.sum::bigint AS sum
            FROM frozen f
           CROSS JOIN LATERAL jsonb_to_recordset(f.session -> 'items')
             AS i (key text, scale integer, n bigint, sum numeric)
           ORDER BY i.key COLLATE \"C\", i.scale"
    );
    totals(tx, [TOTALS, FROZEN_TOTALS], session, extent).load(tx.conn).await
}

/// A statement of sums: of feedback as it is, or as a close has frozen it.
fn totals(tx: &Tx<'_>, [of_given, of_frozen]: [&'static str; 2], session: Uuid, extent: Extent) -> Statement<'static> {
    match extent {
        Extent::Frozen(_) => statement(of_frozen).bind("tenant", tx.tenant).bind("session", session),
        _ => given(tx, of_given, session, extent),
    }
}

/// At most `limit` texts, in an order that nobody can foresee.
pub async fn texts(tx: &mut Tx<'_>, session: Uuid, extent: Extent, limit: i32) -> QueryResult<Vec<TextRow>> {
    const TEXTS: &str =
        concat!(GIVEN, " SELECT comment FROM given WHERE comment IS NOT NULL ORDER BY place LIMIT :limit");
    given(tx, TEXTS, session, extent).bind("limit", limit).load(tx.conn).await
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
