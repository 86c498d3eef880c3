//! The texts of the statements on stored boards.

use crate::auth::records_of;
use crate::db::concat;

const PLACED: &str = "
SELECT r.employee_id, r.board_id, r.shortfall, r.grade";

const CARDED: &str = "
SELECT r.employee_id, r.board_id, r.shortfall, r.card";

const OF_LIVE: &str = "
  FROM live_results r
 WHERE r.tenant_id = :tenant AND r.live_period_id = :results";

const OF_SNAPSHOT: &str = "
  FROM snapshot_lecturers r
 WHERE r.tenant_id = :tenant AND r.snapshot_id = :results";

/// The lecturers `r` of an open period.
pub const LIVE: &str = concat!(PLACED, OF_LIVE);

/// The lecturers `r` of a snapshot.
pub const SNAPSHOT: &str = concat!(PLACED, OF_SNAPSHOT);

/// The cards `r` of an open period.
pub const LIVE_CARDS: &str = concat!(CARDED, OF_LIVE);

/// The cards `r` of a snapshot.
pub const SNAPSHOT_CARDS: &str = concat!(CARDED, OF_SNAPSHOT);

pub const ON_ANY_BOARD: &str = " AND r.score IS NOT NULL";

pub const ON_THIS_BOARD: &str = " AND r.score IS NOT NULL AND r.board_id = :board";

pub const OF_PEOPLE: &str = " AND r.employee_id = ANY (:records)";

pub const OF_PERSON: &str = concat!(" AND r.employee_id = ANY (ARRAY", records_of!(":person"), ")");

pub const FOLLOWING: &str = "
   AND (r.shortfall, r.employee_id) > (:shortfall, :employee)
 ORDER BY r.shortfall, r.employee_id
 LIMIT :fetch";

/// The best of those who are selected before.
pub const BEST: &str = "
 ORDER BY r.shortfall, r.employee_id
 LIMIT :places) r
UNION ALL
SELECT same.*
  FROM (";

/// The last of them.
pub const LAST: &str = "
 ORDER BY r.shortfall, r.employee_id
OFFSET :places - 1 LIMIT 1) last
 CROSS JOIN LATERAL (";

/// Those who share the place of the last one.
pub const SHARING: &str = "
   AND r.shortfall = last.shortfall AND r.employee_id > last.employee_id
 ORDER BY r.employee_id
 LIMIT :more) same";

pub const LIVE_RANKED: &str = "
SELECT coalesce(sum(c.lecturers), 0)::integer AS lecturers
  FROM live_score_counts c
 WHERE c.tenant_id = :tenant AND c.live_period_id = :results AND c.board_id = :board AND c.is_whole";

pub const SNAPSHOT_RANKED: &str = "
SELECT coalesce((SELECT s.better + s.lecturers FROM snapshot_standings s
                  WHERE s.tenant_id = :tenant AND s.snapshot_id = :results AND s.board_id = :board
                  ORDER BY s.shortfall DESC LIMIT 1), 0) AS lecturers";

pub const BETTER: &str = "
   AND r.shortfall < :shortfall
 ORDER BY r.shortfall DESC, r.employee_id DESC
 LIMIT :fetch";

pub const SNAPSHOT_PLACES: &str = "
SELECT s.board_id, s.shortfall, s.lecturers, s.better, s.better_scores,
       (SELECT l.better + l.lecturers FROM snapshot_standings l
         WHERE l.tenant_id = :tenant AND l.snapshot_id = :results AND l.board_id = s.board_id
         ORDER BY l.shortfall DESC LIMIT 1) AS ranked_of
  FROM unnest(:boards, :shortfalls) AS g (board_id, shortfall)
  JOIN snapshot_standings s
    ON s.tenant_id = :tenant AND s.snapshot_id = :results AND s.board_id = g.board_id AND s.shortfall = g.shortfall";

pub const SNAPSHOT_FROM_PLACE: &str = "
SELECT :board AS board_id, s.shortfall, s.lecturers, s.better, s.better_scores, 0 AS ranked_of
  FROM snapshot_standings s
 WHERE s.tenant_id = :tenant AND s.snapshot_id = :results AND s.board_id = :board
   AND CASE WHEN :dense THEN s.better_scores ELSE s.better END >= :ahead
 ORDER BY s.shortfall LIMIT 1";

/// Joins how many are ahead of `at.shortfall` on the board `at.board_id` of the live results `at.results`, and how many are on it.
/// Whoever is ahead by whole hundreds of shortfalls (`at.hundreds`) is counted by them, the others by their own.
pub const AHEAD: &str = "
 CROSS JOIN LATERAL (
    SELECT sum(c.lecturers)::integer AS everybody,
           coalesce(sum(c.lecturers) FILTER (WHERE c.shortfall < at.hundreds), 0) AS better,
           coalesce(sum(c.scores) FILTER (WHERE c.shortfall < at.hundreds), 0) AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = at.results AND c.board_id = at.board_id AND c.is_whole) whole
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.lecturers), 0) AS better, coalesce(sum(c.scores), 0) AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = at.results AND c.board_id = at.board_id AND NOT c.is_whole
       AND c.shortfall >= at.hundreds AND c.shortfall < at.shortfall) beside";

pub const LIVE_PLACES: &str = concat!(
    "
SELECT at.board_id, at.shortfall, own.lecturers, (whole.better + beside.better)::integer AS better,
       (whole.scores + beside.scores)::integer AS better_scores, whole.everybody AS ranked_of
  FROM (SELECT :results AS results, g.board_id, g.shortfall, g.shortfall - g.shortfall % 100 AS hundreds
          FROM unnest(:boards, :shortfalls) AS g (board_id, shortfall) OFFSET 0) at
  JOIN live_score_counts own
    ON own.tenant_id = :tenant AND own.live_period_id = :results AND own.board_id = at.board_id AND NOT own.is_whole
   AND own.shortfall = at.shortfall AND own.lecturers > 0",
    AHEAD
);

pub const LIVE_FROM_PLACE: &str = "
SELECT :board AS board_id, s.shortfall, s.lecturers, s.better, s.better_scores, 0 AS ranked_of
  FROM (SELECT c.shortfall, c.lecturers, coalesce(sum(c.lecturers) OVER above, 0)::integer AS better,
               (count(*) OVER above)::integer AS better_scores
          FROM live_score_counts c
         WHERE c.tenant_id = :tenant AND c.live_period_id = :results AND c.board_id = :board AND NOT c.is_whole
           AND c.lecturers > 0
        WINDOW above AS (ORDER BY c.shortfall ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) s
 WHERE CASE WHEN :dense THEN s.better_scores ELSE s.better END >= :ahead
 ORDER BY s.shortfall LIMIT 1";

pub const OF_PAGE: &str = " AND r.employee_id > :after ORDER BY r.employee_id LIMIT :fetch";
