//! Which feedback counts, in one place for everything that adds it up.

use crate::db::concat;
use crate::sessions::is_lecturer;

/// The feedback that counts, of the sessions in a relation `held` that comes before it in the same statement. `:tenant` is the
/// tenant.
///
/// `held` contains the delivered sessions with `id`, `delivered_start`, `delivered_minutes`, `window_minutes` (of the programme)
/// and `has_records` (whether the attendance is recorded). The lecturers of a session never count. Once there is attendance, only
/// the ratings of people who were present count. A rating must also have arrived within its window as it was at that time: an
/// accepted rating stays accepted, even if the programme's window or the reported delivery changes later. (If that window was not
/// stored, the current window decides, or the longer one granted to the learner.)
///
/// For feedback taken over from an older system, neither can be checked: its attendance records have gaps, and its window was
/// different. It counts as it came, unless the session's records call the person absent.
pub const COUNTED_FEEDBACK: &str = concat!(
    "
SELECT f.session_id, f.rating, f.scale, f.items, f.comment
  FROM held h
  JOIN feedback f ON f.tenant_id = :tenant AND f.session_id = h.id
  LEFT JOIN attendance_records r
    ON r.tenant_id = :tenant AND r.session_id = f.session_id AND r.employee_id = f.learner_id
  LEFT JOIN feedback_extensions x
    ON x.tenant_id = :tenant AND x.session_id = f.session_id AND x.learner_id = f.learner_id
 WHERE NOT ",
    is_lecturer!("f.session_id", "f.learner_id"),
    "
   AND ((f.source = 'import' AND r.state IS DISTINCT FROM 'absent')
        OR (f.source <> 'import' AND (NOT h.has_records OR r.state = 'present')
            AND f.received_at <= coalesce(f.admissible_until, greatest(
                h.delivered_start + make_interval(mins => h.delivered_minutes + h.window_minutes), x.extended_until))))"
);
