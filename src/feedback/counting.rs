//! Which feedback counts, said once for everything that sums it.

use crate::db::concat;
use crate::sessions::is_lecturer;

/// The feedback that counts, of the sessions in a relation `held` that stands before it in the same statement; `:tenant` is
/// the tenant.
///
/// `held` has the delivered sessions with `id`, `delivered_start`, `delivered_minutes`, `window_minutes` (of the programme) and
/// `has_records` (whether its attendance is recorded). A session's own lecturers never count. Once there is attendance, only who
/// was present counts; and only what arrived while it was admissible, by the window as it stood when it was taken: what was
/// accepted stays accepted, whatever becomes of the programme's window or of the report of the delivery. (Where that was not kept,
/// the present window decides, or the longer one that the learner was granted.)
///
/// Of feedback taken over from an older system neither can be told: its records of attendance have gaps, and its window was
/// another one. It counts as it came, unless the session's records call the person absent.
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
