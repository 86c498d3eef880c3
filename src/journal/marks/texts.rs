//! The texts of the statements that insert marks.

use crate::db::concat;

/// The head of a statement that inserts marks of people, or of everybody. The ids tell nothing, least of all an order.
macro_rules! mark {
    ($($text:expr),+ $(,)?) => {
        concat!(
            "INSERT INTO live_marks (tenant_id, id, marked_at, programme_id, employee_id, first_day, end_day)
SELECT :tenant, gen_random_uuid(), :now, ",
            $($text),+
        )
    };
}

/// A statement that inserts marks of the sessions `:ids`. Of one that was neither held nor missed nothing counts.
macro_rules! mark_sessions {
    ($of_feedback:literal) => {
        concat!(
            "INSERT INTO live_marks (tenant_id, id, marked_at, session_id, of_feedback)
SELECT :tenant, gen_random_uuid(), :now, s.id, ",
            $of_feedback,
            "
  FROM sessions s
 WHERE s.tenant_id = :tenant AND s.id = ANY (:ids) AND s.state IN ('delivered', 'missed')"
        )
    };
}

/// Whether somebody can have a result: lecturers, and whoever gave a session or has one already.
macro_rules! may_be_scored {
    ($employee:literal) => {
        concat!(
            "(EXISTS (SELECT FROM lecturers x WHERE x.tenant_id = :tenant AND x.employee_id = ",
            $employee,
            ") OR EXISTS (SELECT FROM session_lecturers x WHERE x.tenant_id = :tenant AND x.employee_id = ",
            $employee,
            ") OR EXISTS (SELECT FROM live_results x WHERE x.tenant_id = :tenant AND x.employee_id = ",
            $employee,
            "))"
        )
    };
}

/// Whether published policies of the programme pay fees.
macro_rules! pays_fees {
    ($programme:literal) => {
        concat!(
            "EXISTS (SELECT FROM reward_policy_sets x
              WHERE x.tenant_id = :tenant AND x.published_at IS NOT NULL
                AND x.document @> '{\"policies\": [{\"kind\": \"session_fee\"}]}' AND x.programme_id = ",
            $programme,
            ")"
        )
    };
}

pub(super) use {mark, may_be_scored};

/// The sessions `:ids`, and whoever their lecturers are now: the command may give them to others afterwards.
pub const MARK_SESSIONS: &str = concat!(
    "WITH of_lecturers AS (",
    mark!(
        "s.programme_id, l.employee_id, d.day, d.day + 1
  FROM sessions s
  JOIN programmes g ON g.tenant_id = :tenant AND g.id = s.programme_id
  JOIN session_lecturers l ON l.tenant_id = :tenant AND l.session_id = s.id
 CROSS JOIN LATERAL (SELECT (coalesce(s.delivered_start, s.scheduled_start) AT TIME ZONE g.time_zone)::date AS day) d
 WHERE s.tenant_id = :tenant AND s.id = ANY (:ids) AND s.state IN ('delivered', 'missed')"
    ),
    "),
marked AS (",
    mark_sessions!("false")
);

/// The feedback of the sessions `:ids` alone: what else is stored of their lecturers stays as it is.
pub const MARK_FEEDBACK: &str = concat!("WITH marked AS (", mark_sessions!("true"));

/// What the events `:ids` reused, in the period and in all later ones.
pub const MARK_REUSED: &str = "
WITH marked AS (
INSERT INTO live_marks (tenant_id, id, marked_at, content_id, first_day)
SELECT :tenant, gen_random_uuid(), :now, d.content_id, d.day
  FROM (SELECT f.content_id, min((f.occurred_at AT TIME ZONE g.time_zone)::date) AS day
          FROM reuse_events f
          JOIN contents c ON c.tenant_id = :tenant AND c.id = f.content_id
          JOIN programmes g ON g.tenant_id = :tenant AND g.id = c.programme_id
         WHERE f.tenant_id = :tenant AND f.id = ANY (:ids)
         GROUP BY f.content_id) d";

/// The contents `:ids`, or those of these sessions, from the publication on; and whoever their authors are now.
pub const MARK_CONTENTS: &str = concat!(
    "WITH published AS (
  SELECT f.id, f.programme_id, (f.published_at AT TIME ZONE g.time_zone)::date AS day
    FROM contents f
    JOIN programmes g ON g.tenant_id = :tenant AND g.id = f.programme_id
   WHERE f.tenant_id = :tenant AND (f.id = ANY (:ids) OR f.session_id = ANY (:ids)) AND f.published_at IS NOT NULL),
of_authors AS (",
    mark!(
        "d.programme_id, d.employee_id, d.day, NULL
  FROM (SELECT p.programme_id, a.employee_id, min(p.day) AS day
          FROM published p
          JOIN content_authors a ON a.tenant_id = :tenant AND a.content_id = p.id
         GROUP BY p.programme_id, a.employee_id) d"
    ),
    "),
marked AS (
INSERT INTO live_marks (tenant_id, id, marked_at, content_id, first_day)
SELECT :tenant, gen_random_uuid(), :now, p.id, p.day FROM published p"
);

/// Days of people, in every programme.
pub const MARK_DAYS: &str = concat!(
    "WITH marked AS (",
    mark!(
        "NULL, d.employee_id, d.first_day, d.end_day
  FROM unnest(:people, :firsts, :ends) AS d (employee_id, first_day, end_day)
 WHERE d.first_day IS NULL OR d.end_day IS NULL OR d.first_day < d.end_day"
    )
);

/// The departments `:ids` with those below them, which are in the relation `below` afterwards.
pub const MARK_DEPARTMENTS: &str = "
WITH RECURSIVE below AS (
  SELECT d.id FROM departments d WHERE d.tenant_id = :tenant AND d.id = ANY (:ids)
   UNION
  SELECT d.id FROM below b JOIN departments d ON d.tenant_id = :tenant AND d.parent_id = b.id),
marked AS (
INSERT INTO live_marks (tenant_id, id, marked_at, department_id)
SELECT :tenant, gen_random_uuid(), :now, d.id FROM departments d WHERE d.tenant_id = :tenant AND d.id = ANY (:ids)";

/// These people in one period.
pub const MARK_IN_PERIOD: &str = concat!(
    "WITH marked AS (",
    mark!(
        ":programme, d.employee_id, :first_day, :last_day + 1
  FROM (SELECT DISTINCT p.employee_id FROM unnest(:people) AS p (employee_id)) d"
    )
);

/// Everybody of the programmes that pay fees, on the days from `:first` to the day before `:end`.
pub const MARK_CALENDAR: &str = concat!(
    "WITH marked AS (",
    mark!("g.id, NULL, :first::date, :end::date FROM programmes g WHERE g.tenant_id = :tenant AND "),
    pays_fees!("g.id")
);
