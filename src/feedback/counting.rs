//! Which feedback counts, in one place for everything that adds it up.

/// The feedback that counts, of the sessions in a relation `held` that comes before it in the same statement. `:tenant` is the
/// tenant, and `held` contains the delivered sessions with their `id`.
///
/// Whether a rating counts was decided when it was taken. A look at attendance, lecturers or windows here would let anybody who
/// can change them read a single rating from the sums before and after.
pub const COUNTED_FEEDBACK: &str = "
SELECT f.session_id, f.rating, f.scale, f.items, f.comment
  FROM held h
  JOIN feedback f ON f.tenant_id = :tenant AND f.session_id = h.id
 WHERE f.counts";
