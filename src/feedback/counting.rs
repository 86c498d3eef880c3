//! Which feedback counts, and which of it is shown, in one place for everything that adds it up.

use crate::db::concat;

/// The feedback that counts, of the sessions in a relation `held` that comes before it in the same statement. `:tenant` is the
/// tenant, and `held` contains the delivered sessions with their `id`. This is what a close counts, and what the mode `named`
/// shows.
///
/// Whether a rating counts was decided when it was taken. A look at attendance, lecturers or windows here would let anybody who
/// can change them read a single rating from the sums before and after.
pub const COUNTED_FEEDBACK: &str = "
SELECT NULL::uuid AS employee_id, f.session_id, true AS is_apart, f.rating, f.scale, f.items
  FROM held h
  JOIN feedback f ON f.tenant_id = :tenant AND f.session_id = h.id
 WHERE f.counts";

/// Of the same sessions, the feedback that counts and is in a batch, as it is shown: everything that a close has counted, and what
/// was released since. This is what a closed period is compared with.
pub const BATCHED_FEEDBACK: &str = concat!(
    "
SELECT NULL::uuid AS employee_id, f.session_id, true AS is_apart, shown.rating, shown.scale, shown.items
  FROM held h
  JOIN feedback f ON f.tenant_id = :tenant AND f.session_id = h.id
 CROSS JOIN LATERAL ",
    SHOWN_COLUMNS,
    "
 WHERE f.counts AND f.batch_id IS NOT NULL"
);

/// The columns of the feedback `f` as they are shown: after a change that is held back, still what they were.
pub const SHOWN_COLUMNS: &str = "(
    SELECT coalesce((f.shown ->> 'rating')::integer, f.rating) AS rating,
           coalesce((f.shown ->> 'scale')::integer, f.scale) AS scale,
           coalesce(f.shown -> 'items', f.items) AS items,
           CASE WHEN f.shown IS NULL THEN f.comment ELSE f.shown ->> 'comment' END AS comment) AS shown";

/// The place of the shown text of the feedback `f` among others: a digest of ids that are never shown, and of the text, so that a
/// changed one is not found in the place of what it was.
pub const TEXT_PLACE: &str = "md5(concat(f.batch_id, f.id, shown.comment))";

/// The feedback that is shown as that of the lecturers `:only` (null: all), outside the mode `named`: whole batches. A batch is
/// shown to the lecturers of its release as long as one of its ratings is on a session that they have in the period, and to others
/// once all of its ratings are. `held` is as for [`COUNTED_FEEDBACK`]: the sessions of the programme `:programme` in the period that
/// begins on `:first_day`.
///
/// `session_id` is one of the lecturer's sessions with a rating of the batch. It stands for itself only if `is_apart`.
pub const RELEASED_FEEDBACK: &str = concat!(
    "
SELECT w.employee_id, w.session_id, w.batch_id, b.session_id IS NOT NULL AS is_apart, shown.rating, shown.scale, shown.items
  FROM (SELECT l.employee_id, f.batch_id, count(*) AS n, min(f.session_id::text)::uuid AS session_id
          FROM held h
          JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = h.id AND (:only IS NULL OR l.employee_id = ANY (:only))
          JOIN feedback f ON f.tenant_id = :tenant AND f.session_id = h.id AND f.batch_id IS NOT NULL
         GROUP BY l.employee_id, f.batch_id) w
  JOIN feedback_batches b ON b.tenant_id = :tenant AND b.id = w.batch_id AND NOT b.is_rest
  JOIN feedback f ON f.tenant_id = :tenant AND f.batch_id = b.id
 CROSS JOIN LATERAL ",
    SHOWN_COLUMNS,
    "
 WHERE ((b.programme_id = :programme AND b.starts_on = :first_day
         AND EXISTS (SELECT FROM feedback_batch_lecturers o
                      WHERE o.tenant_id = :tenant AND o.batch_id = b.id AND o.lecturer_id = w.employee_id))
        OR w.n = (SELECT count(*) FROM feedback g WHERE g.tenant_id = :tenant AND g.batch_id = b.id))"
);

/// Like [`COUNTED_FEEDBACK`], for anonymous feedback: how often (`times`) each value was given as the rating (`key` null) or as the
/// answer to an item.
pub const COUNTED_ANSWERS: &str = "
SELECT NULL::uuid AS employee_id, c.session_id, true AS is_apart, c.key, c.scale, c.value, c.times
  FROM held h
  JOIN anonymous_counts c ON c.tenant_id = :tenant AND c.session_id = h.id";

/// Like [`BATCHED_FEEDBACK`], for anonymous feedback.
pub const BATCHED_ANSWERS: &str = concat!(COUNTED_ANSWERS, " WHERE c.batch_id IS NOT NULL");

/// The batches `r` of anonymous feedback that are shown as that of the lecturers `:only`, by the rule of [`RELEASED_FEEDBACK`].
const RELEASED_BATCHES: &str = "
  FROM (
    SELECT w.employee_id, w.session_id, w.batch_id, b.session_id IS NOT NULL AS is_apart
      FROM (SELECT l.employee_id, c.batch_id, sum(c.times) AS n, min(c.session_id::text)::uuid AS session_id
              FROM held h
              JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = h.id AND (:only IS NULL OR l.employee_id = ANY (:only))
              JOIN anonymous_counts c ON c.tenant_id = :tenant AND c.session_id = h.id AND c.batch_id IS NOT NULL AND c.key IS NULL
             GROUP BY l.employee_id, c.batch_id) w
      JOIN feedback_batches b ON b.tenant_id = :tenant AND b.id = w.batch_id AND NOT b.is_rest
     WHERE (b.programme_id = :programme AND b.starts_on = :first_day
            AND EXISTS (SELECT FROM feedback_batch_lecturers o
                         WHERE o.tenant_id = :tenant AND o.batch_id = b.id AND o.lecturer_id = w.employee_id))
           OR w.n = (SELECT sum(g.times) FROM anonymous_counts g
                      WHERE g.tenant_id = :tenant AND g.batch_id = b.id AND g.key IS NULL)) r";

/// Like [`RELEASED_FEEDBACK`], for anonymous feedback: the counts of whole batches.
pub const RELEASED_ANSWERS: &str = concat!(
    "
SELECT r.employee_id, r.session_id, r.batch_id, r.is_apart, c.key, c.scale, c.value, c.times",
    RELEASED_BATCHES,
    "
  JOIN anonymous_counts c ON c.tenant_id = :tenant AND c.batch_id = r.batch_id"
);

/// The texts of the batches `:batches` as they are shown, under a name or anonymous. `place` orders them so that nobody can foresee it.
pub const TEXTS_OF_BATCHES: &str = concat!(
    "
SELECT shown.comment, ",
    TEXT_PLACE,
    " AS place
  FROM feedback f
 CROSS JOIN LATERAL ",
    SHOWN_COLUMNS,
    "
 WHERE f.tenant_id = :tenant AND f.batch_id = ANY (:batches) AND shown.comment IS NOT NULL
 UNION ALL
SELECT t.comment, t.id::text
  FROM anonymous_texts t
 WHERE t.tenant_id = :tenant AND t.batch_id = ANY (:batches)"
);
