//! The texts of the statements on stored boards.

/// The lecturers `r` of an open period.
pub const LIVE: &str = "
SELECT r.employee_id, r.board_id, r.shortfall, r.grade
  FROM live_results r
 WHERE r.tenant_id = :tenant AND r.live_period_id = :results";

/// The lecturers `r` of a snapshot.
pub const SNAPSHOT: &str = "
SELECT r.employee_id, r.board_id, r.shortfall, r.grade
  FROM snapshot_lecturers r
 WHERE r.tenant_id = :tenant AND r.snapshot_id = :results";

pub const ON_ANY_BOARD: &str = " AND r.score IS NOT NULL";

pub const ON_THIS_BOARD: &str = " AND r.score IS NOT NULL AND r.board_id = :board";

pub const OF_PERSON: &str = " AND r.employee_id = ANY (:records)";

pub const FOLLOWING: &str = "
   AND (r.shortfall, r.employee_id) > (:shortfall, :employee)
 ORDER BY r.shortfall, r.employee_id
 LIMIT :fetch";

pub const BETTER: &str = "
   AND r.shortfall < :shortfall
 ORDER BY r.shortfall DESC, r.employee_id DESC
 LIMIT :fetch";

pub const SNAPSHOT_PLACES: &str = "
SELECT s.shortfall, s.lecturers, s.better, s.better_scores,
       (SELECT l.better + l.lecturers FROM snapshot_standings l
         WHERE l.tenant_id = :tenant AND l.snapshot_id = :results AND l.board_id = :board
         ORDER BY l.shortfall DESC LIMIT 1) AS ranked_of
  FROM snapshot_standings s
 WHERE s.tenant_id = :tenant AND s.snapshot_id = :results AND s.board_id = :board AND s.shortfall = ANY (:shortfalls)";

pub const SNAPSHOT_FROM_PLACE: &str = "
SELECT s.shortfall, s.lecturers, s.better, s.better_scores, 0 AS ranked_of
  FROM snapshot_standings s
 WHERE s.tenant_id = :tenant AND s.snapshot_id = :results AND s.board_id = :board
   AND CASE WHEN :dense THEN s.better_scores ELSE s.better END >= :ahead
 ORDER BY s.shortfall LIMIT 1";

/// `:wholes` are the scores without their hundredths: whoever has a whole point more is counted by it, the others by their scores.
pub const LIVE_PLACES: &str = "
SELECT g.shortfall, own.people AS lecturers, (whole.people + beside.people)::integer AS better,
       (whole.scores + beside.scores)::integer AS better_scores, everybody.people::integer AS ranked_of
  FROM unnest(:shortfalls, :wholes) AS g (shortfall, whole)
  JOIN live_score_counts own
    ON own.tenant_id = :tenant AND own.live_period_id = :results AND own.board_id = :board AND NOT own.is_whole
   AND own.shortfall = g.shortfall AND own.people > 0
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.people), 0) AS people, coalesce(sum(c.scores), 0) AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :results AND c.board_id = :board AND c.is_whole
       AND c.shortfall < g.whole) whole
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.people), 0) AS people, coalesce(sum(c.scores), 0) AS scores
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :results AND c.board_id = :board AND NOT c.is_whole
       AND c.shortfall < g.shortfall AND c.shortfall > g.whole - 100) beside
 CROSS JOIN (
    SELECT coalesce(sum(c.people), 0) AS people
      FROM live_score_counts c
     WHERE c.tenant_id = :tenant AND c.live_period_id = :results AND c.board_id = :board AND c.is_whole) everybody";

pub const LIVE_FROM_PLACE: &str = "
SELECT s.shortfall, s.lecturers, s.better, s.better_scores, 0 AS ranked_of
  FROM (SELECT c.shortfall, c.people AS lecturers, coalesce(sum(c.people) OVER above, 0)::integer AS better,
               (count(*) OVER above)::integer AS better_scores
          FROM live_score_counts c
         WHERE c.tenant_id = :tenant AND c.live_period_id = :results AND c.board_id = :board AND NOT c.is_whole AND c.people > 0
        WINDOW above AS (ORDER BY c.shortfall ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) s
 WHERE CASE WHEN :dense THEN s.better_scores ELSE s.better END >= :ahead
 ORDER BY s.shortfall LIMIT 1";
