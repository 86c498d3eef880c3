//! Content, reuse and cases of two records that become one.

use diesel::QueryResult;
use uuid::Uuid;

use crate::db::{Statement, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::sign_in::{Ended, Merge};

const CONTENTS: &str = "
UPDATE contents c SET updated_at = :now, version = c.version + 1
 WHERE c.tenant_id = :tenant
   AND c.id IN (SELECT a.content_id FROM content_authors a WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate)";

const WRITTEN_BY_BOTH: &str = "
DELETE FROM content_authors d
 WHERE d.tenant_id = :tenant AND d.employee_id = :duplicate
   AND EXISTS (SELECT FROM content_authors k
                WHERE k.tenant_id = :tenant AND k.content_id = d.content_id AND k.employee_id = :kept)";
const WRITTEN: &str =
    "UPDATE content_authors a SET employee_id = :kept WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";

const REUSED: &str =
    "UPDATE reuse_events r SET employee_id = :kept WHERE r.tenant_id = :tenant AND r.employee_id = :duplicate";

const CASES: &str = "
UPDATE application_cases c SET learner_id = :kept, updated_at = :now, version = c.version + 1
 WHERE c.tenant_id = :tenant AND c.learner_id = :duplicate";

/// `reason`: why both are one person. Returns the cases that are voided.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge, reason: &str) -> Result<Vec<Ended>> {
    let reused = found(tx, merge, REUSED_TWICE).await?;
    tx.touch_reuse(&reused).await?;
    let written = found(tx, merge, CONTENTS_WRITTEN).await?;
    tx.touch_contents(&written).await?;
    let voided = void_second(tx, merge, reason).await?;
    for text in [CONTENTS, WRITTEN_BY_BOTH, WRITTEN, REUSED, CASES] {
        merge.write(tx, text).await?;
    }
    Ok(voided)
}

/// Reuse that no longer counts, or no longer twice: of one content by both, or of the content of one by the other.
const REUSED_TWICE: &str = "
SELECT r.id
  FROM reuse_events r
 WHERE r.tenant_id = :tenant AND r.employee_id IN (:kept, :duplicate)
   AND (EXISTS (SELECT FROM reuse_events o
                 WHERE o.tenant_id = :tenant AND o.content_id = r.content_id
                   AND o.employee_id IN (:kept, :duplicate) AND o.employee_id <> r.employee_id)
        OR EXISTS (SELECT FROM content_authors a
                    WHERE a.tenant_id = :tenant AND a.content_id = r.content_id
                      AND a.employee_id IN (:kept, :duplicate) AND a.employee_id <> r.employee_id))";

const CONTENTS_WRITTEN: &str =
    "SELECT a.content_id AS id FROM content_authors a WHERE a.tenant_id = :tenant AND a.employee_id = :duplicate";

/// Voids one of two cases of a session: the one that is not confirmed, else the later one.
async fn void_second(tx: &mut Tx<'_>, merge: Merge, reason: &str) -> QueryResult<Vec<Ended>> {
    const VOID: &str = "
UPDATE application_cases c
   SET voided_at = :now, void_reason = :reason, updated_at = :now, version = c.version + 1
  FROM application_cases o
 WHERE c.tenant_id = :tenant AND c.learner_id IN (:kept, :duplicate) AND c.voided_at IS NULL
   AND o.tenant_id = :tenant AND o.session_id = c.session_id AND o.learner_id IN (:kept, :duplicate)
   AND o.learner_id <> c.learner_id AND o.voided_at IS NULL
   AND (o.state <> 'confirmed', o.submitted_at, o.id) < (c.state <> 'confirmed', c.submitted_at, c.id)
RETURNING c.id, jsonb_build_object(
  'session_id', c.session_id, 'learner_id', c.learner_id, 'was', c.state,
  'lecturer_ids', ARRAY(SELECT l.employee_id FROM session_lecturers l
                         WHERE l.tenant_id = :tenant AND l.session_id = c.session_id ORDER BY l.employee_id)) AS told";
    const SESSIONS: &str = "SELECT DISTINCT c.session_id AS id FROM application_cases c WHERE c.tenant_id = :tenant AND c.id = ANY (:cases)";
    let voided = merge.end(tx, ("case.voided", "application_case"), statement(VOID).bind("reason", reason)).await?;
    let cases = statement(SESSIONS).bind("tenant", tx.tenant).bind("cases", Ended::ids(&voided));
    let sessions = cases.load_ids(tx.conn).await?;
    tx.touch_sessions(&sessions).await?;
    Ok(voided)
}

async fn found(tx: &mut Tx<'_>, merge: Merge, text: &'static str) -> QueryResult<Vec<Uuid>> {
    load(tx, merge, statement(text)).await
}

async fn load(tx: &mut Tx<'_>, merge: Merge, text: Statement<'_>) -> QueryResult<Vec<Uuid>> {
    let bound = text.bind("tenant", tx.tenant).bind_if_asked("kept", merge.kept).bind("duplicate", merge.duplicate);
    bound.load_ids(tx.conn).await
}
